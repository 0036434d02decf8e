"""Django's registration of the app."""

from django.apps import AppConfig


class TransfersConfig(AppConfig):
    """The transfers app."""

    name = "transfers"
