"""What every test stands on: the databases of this process and, for jobs, a real worker over the real broker."""

import pytest
from django.core.cache import cache
from django.db.backends.postgresql.operations import DatabaseOperations


@pytest.fixture(scope="session", autouse=True)
def emptying_passes_the_triggers() -> None:
    """Between transactional tests tables are emptied; the trail's triggers refuse that to everybody who has not switched them off."""
    flush = DatabaseOperations.sql_flush

    def sql_flush(self: DatabaseOperations, *arguments: object, **options: object) -> list[str]:
        statements = flush(self, *arguments, **options)
        return ["SET LOCAL session_replication_role = replica", *statements] if statements else []

    DatabaseOperations.sql_flush = sql_flush


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """No test sees what another one cached."""
    cache.clear()
