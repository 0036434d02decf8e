"""Django's registration of the app."""

from django.apps import AppConfig


class ScoresConfig(AppConfig):
    """The scores app."""

    name = "scores"
