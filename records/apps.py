"""Django's registration of the app."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """The records app."""

    name = "records"
