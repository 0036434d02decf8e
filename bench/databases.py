"""Databases of a benchmark's own, beside the city's on the same server."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import psycopg2
from django.conf import settings

from bench.city import BASE
from config.environment import owner_database


def program(database: str, *arguments: str) -> str:
    """What a Python program says that works as the owner of this database."""
    environment = os.environ | {"KAOJI_DATABASE": database, "KAOJI_DATABASE_ROLE": "owner"}
    done = subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.PIPE, text=True, cwd=BASE, env=environment)
    return done.stdout


def server(*statements: str) -> None:
    """Run statements that belong to no database of ours."""
    address: dict[str, Any] = owner_database(settings.BASE_DIR)
    connection = psycopg2.connect(
        dbname="postgres", user=address["USER"], password=address["PASSWORD"], host=address["HOST"], port=address["PORT"] or None
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()
