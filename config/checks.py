"""What ``manage.py check --deploy`` asks of a production machine beyond Django's own questions."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Tags, Warning, register


def two_database_roles(**_: Any) -> list[CheckMessage]:
    """The application must not be able to alter the trail, not even by asking for its owner's rights back."""
    if not settings.ASSUMED_ROLE:
        return []
    return [
        Warning(
            "DATABASE_URL is also the owner's address: whoever breaks into the application can alter the trail.",
            hint="Give the owner's address as OWNER_DATABASE_URL where migrate runs, and the application's as DATABASE_URL.",
            id="kaoji.W001",
        )
    ]


def no_superuser(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Superusers are for installation only (``check --deploy --database default`` asks for them)."""
    users = get_user_model()._default_manager
    if not databases or not users.filter(is_superuser=True, is_active=True).exists():
        return []
    return [Warning("There is an active superuser.", hint="Deactivate it: every duty has a role.", id="kaoji.W002")]


def register_all() -> None:
    """Make Django ask."""
    register(two_database_roles, Tags.security, deploy=True)
    register(no_superuser, Tags.database, deploy=True)
