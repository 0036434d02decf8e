"""Django's registration of the app."""

from django.apps import AppConfig


class GraduationConfig(AppConfig):
    """The graduation app."""

    name = "graduation"
