"""Django's registration of the app, and what follows a migration and a connection."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from config import celery, checks, counter, privileges


class ConfigConfig(AppConfig):
    """The config app."""

    name = "config"

    def ready(self) -> None:
        """Make every thread send its jobs to our broker; connect what the two database roles need."""
        celery.app.set_default()
        checks.register_all()
        import_module("config.review_effects")  # it names models, which do not exist yet when Django reads this module
        post_migrate.connect(after_migrate)
        if settings.ASSUMED_ROLE:
            connection_created.connect(assume_role)


def after_migrate(sender: AppConfig, using: str, **_: Any) -> None:
    """Bring counter, rights and roles up to what now exists; once, after the last of the apps (Django sends for each)."""
    if sender == [app for app in apps.get_app_configs() if app.models_module][-1]:
        counter.catch_up(using)
        privileges.grant(using)
        import_module("config.roles").sync()  # it names models, which do not exist yet when Django reads this module


def assume_role(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Where one address serves both roles, work as the application's as soon as ``migrate`` has made it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('role', rolname, false) FROM pg_roles WHERE rolname = %s AND pg_has_role(rolname, 'MEMBER')",
            [settings.ASSUMED_ROLE],
        )
