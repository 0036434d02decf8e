"""What every test stands on: its database, its cache and, for jobs, a real worker over the real broker."""

import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models.signals import post_migrate
from django.test import Client

from records.models import CorrectionKind, DayException
from tests.factories import lay_down_correction_kinds, lay_down_holidays
from tests.settings import PARALLEL
from tests.working import Worker

pytest_plugins = ["tests.people"]

hypothesis.settings.register_profile("every-run-alike", derandomize=True)
if "CI" in os.environ:  # what a change is judged by does not depend on luck; everywhere else new examples are tried
    hypothesis.settings.load_profile("every-run-alike")


class SecureClient(Client):
    """A browser that speaks HTTPS, as production's do."""

    def generic(self, *arguments: Any, **options: Any) -> Any:
        return super().generic(*arguments, **{**options, "secure": True})


@pytest.fixture
def client() -> SecureClient:
    return SecureClient()


@pytest.fixture(scope="session", autouse=True)
def emptying_passes_the_triggers() -> Iterator[None]:
    """Transactional tests end by emptying the tables, which the trail's triggers refuse: the owner passes them by."""
    original = DatabaseOperations.sql_flush

    def sql_flush(operations: DatabaseOperations, *arguments: object, **options: object) -> list[str]:
        statements = original(operations, *arguments, **options)
        return ["SET LOCAL session_replication_role = replica", *statements] if statements else []

    DatabaseOperations.sql_flush = sql_flush
    yield
    DatabaseOperations.sql_flush = original


@pytest.fixture(scope="session", autouse=True)
def emptying_leaves_what_migrations_laid_down() -> Iterator[None]:
    """After the tables are emptied the kinds of correction and the holidays stand again, as the roles do, for the next test."""

    def restore(**_signal: object) -> None:
        if CorrectionKind._meta.db_table in connection.introspection.table_names():
            lay_down_correction_kinds()
        if DayException._meta.db_table in connection.introspection.table_names():
            lay_down_holidays()

    post_migrate.connect(restore, sender=apps.get_app_config("records"), weak=False, dispatch_uid="laid-down")
    yield
    post_migrate.disconnect(sender=apps.get_app_config("records"), dispatch_uid="laid-down")


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """No test sees what another one cached."""
    cache.clear()


@pytest.fixture(scope="session")
def worker_process(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[Worker]:
    """One worker for all tests of this process that ask for it."""
    with django_db_blocker.unblock():
        worker = Worker(PARALLEL)
        worker.forget()
    yield worker
    worker.kill()


@pytest.fixture
def worker(transactional_db: None, worker_process: Worker) -> Iterator[Worker]:
    """A running worker and an empty queue: ``finish()`` waits for the jobs; ``kill()`` and ``start()`` are for hard times.

    Between the tests that ask for it the worker pauses, so that it takes nothing that other tests have sent.
    """
    if worker_process.process is None:
        worker_process.start()
    worker_process.go_on()
    worker_process.forget()
    yield worker_process
    worker_process.forget()
    worker_process.pause()


@pytest.fixture
def as_application(db: None) -> Iterator[None]:
    """Statements of the test run in the application's database role, which has no say over tables nor over the trail."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE kaoji_app")
    yield
    if not connection.in_atomic_block:  # else the role goes with the test's transaction
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
