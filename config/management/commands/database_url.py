"""``manage.py database_url``: the database's address for psql, pg_dump and pg_restore."""

from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Prints an address with its password: for a pipe, not for a screen."""

    help = "Print the database's address for psql, pg_dump, pg_restore (KAOJI_DATABASE_ROLE=owner: the owner's)."
    requires_system_checks: list[str] = []

    def handle(self, **_: Any) -> None:
        database = settings.DATABASES["default"]
        user = f"{quote(database['USER'], safe='')}:{quote(database['PASSWORD'], safe='')}@"
        options = {"host": database["HOST"]} | ({"port": database["PORT"]} if database["PORT"] else {}) | database["OPTIONS"]
        self.stdout.write(f"postgresql://{user}/{quote(database['NAME'], safe='')}?{urlencode(options)}")
