"""``manage.py database_url [--owner]``: the database's address for psql, pg_dump and pg_restore."""

from argparse import ArgumentParser
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.management.base import BaseCommand

from config.environment import owner_database


class Command(BaseCommand):
    """Prints an address with its password: for a pipe, not for a screen."""

    help = "Print the database's address for psql, pg_dump, pg_restore; --owner: of the user who owns the tables."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--owner", action="store_true", help="the owner's address instead of the application's")

    def handle(self, *, owner: bool, **_: Any) -> None:
        database = owner_database(settings.BASE_DIR) if owner else settings.DATABASES["default"]
        user = f"{quote(database['USER'], safe='')}:{quote(database['PASSWORD'], safe='')}@"
        options = {"host": database["HOST"]} | ({"port": database["PORT"]} if database["PORT"] else {}) | database["OPTIONS"]
        self.stdout.write(f"postgresql://{user}/{quote(database['NAME'], safe='')}?{urlencode(options)}")
