"""Signing in: staff by their login name, candidates by record, ticket or identity number."""

from django.contrib.auth.backends import ModelBackend


class NumberBackend(ModelBackend):
    """Staff sign in with their login name."""
