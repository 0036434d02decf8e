"""Servers that the environment names: nothing is started, and the two database roles hold there too."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from config.postgresql import PostgreSQL
from tests.settings import HOME, PARALLEL
from tests.signing_keys import signing_key_file

KEY = base64.b64encode(bytes(32)).decode()
WHO = "from django.db import connection as c; k = c.cursor(); k.execute('SELECT current_user'); print(k.fetchone()[0])"
RIGHTS = (
    "from django.db import connection as c; k = c.cursor();"
    "k.execute(\"SELECT has_table_privilege('audit_event', 'INSERT'), has_table_privilege('audit_event', 'UPDATE')\");"
    "print(*k.fetchone())"
)
NAME = f"external_{PARALLEL}"
PASSWORD = "p/w:1@"


def as_superuser(*statements: str) -> None:
    connection = PostgreSQL(HOME).connect("postgres")
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def address(user: str) -> str:
    return f"postgresql://{user}:p%2Fw%3A1%40@/{NAME}?host={HOME.postgresql_socket}"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A machine whose database belongs to a role that is no superuser but may make roles."""
    as_superuser(
        f"DROP DATABASE IF EXISTS {NAME}",
        f"DROP ROLE IF EXISTS {NAME}_owner",
        f"DROP ROLE IF EXISTS {NAME}_portal",
        f"CREATE ROLE {NAME}_owner LOGIN CREATEROLE PASSWORD '{PASSWORD}'",
        f"CREATE ROLE {NAME}_portal LOGIN PASSWORD '{PASSWORD}'",
        f"CREATE DATABASE {NAME} OWNER {NAME}_owner",
    )
    yield {
        "PATH": os.environ["PATH"],
        "KAOJI_HOME": str(tmp_path / "home"),
        "DATABASE_URL": address(f"{NAME}_owner"),
        "REDIS_URL": settings.CELERY_BROKER_URL,
        "SECRET_KEY": "s" * 60,
        "KAOJI_FIELD_KEYS": f"1:{KEY}",
        "KAOJI_LOOKUP_KEY": KEY,
        "KAOJI_NUMBER_KEY": KEY,
        "KAOJI_ALTCHA_KEY": KEY,
        "KAOJI_SIGNING_KEY": str(signing_key_file()),
    }
    as_superuser(f"DROP DATABASE {NAME} WITH (FORCE)", f"DROP ROLE {NAME}_owner", f"DROP ROLE {NAME}_portal")


def manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_two_addresses_are_two_roles(environment: dict[str, str]):
    environment |= {"DATABASE_URL": address(f"{NAME}_portal"), "OWNER_DATABASE_URL": address(f"{NAME}_owner")}
    manage(environment, "migrate", "--verbosity", "0")

    assert manage(environment, "shell", "--verbosity", "0", "--command", WHO) == f"{NAME}_portal"
    answer = manage(environment, "shell", "--verbosity", "0", "--command", RIGHTS)
    assert answer == "True False"
    assert not Path(environment["KAOJI_HOME"]).exists()


def test_one_address_changes_to_the_applications_role_but_for_tables(environment: dict[str, str]):
    as_superuser(f"GRANT kaoji_app TO {NAME}_owner")
    manage(environment, "migrate", "--verbosity", "0")

    assert manage(environment, "shell", "--verbosity", "0", "--command", WHO) == "kaoji_app"
    assert manage(environment, "shell", "--verbosity", "0", "--command", RIGHTS) == "True False"
    as_owner = environment | {"KAOJI_DATABASE_ROLE": "owner"}
    assert manage(as_owner, "shell", "--verbosity", "0", "--command", WHO) == f"{NAME}_owner"
