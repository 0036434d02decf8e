"""Django's registration of the app."""

from django.apps import AppConfig


class ExemptionsConfig(AppConfig):
    """The exemptions app."""

    name = "exemptions"
