"""The two probes of a load balancer."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def database_is_away() -> Iterator[None]:
    def refuse(execute: Callable[..., Any], statement: str, *_: Any) -> Any:
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(refuse):
        yield


def test_alive_asks_nobody(client: Client, django_assert_num_queries: Callable[[int], Any]):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"alive": True})


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_needs_neither_host_name_nor_https(client: Client, path: str):
    assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200


def test_ready_when_all_answer(client: Client):
    assert client.get("/readyz").json() == {"database": True, "broker": True, "migrations": True}


@pytest.mark.usefixtures("database_is_away")
def test_not_ready_without_the_database_but_alive(client: Client):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (503, {"database": False, "broker": True, "migrations": False})
    assert client.get("/healthz").status_code == 200


def test_not_ready_without_the_broker(client: Client, settings: Any):
    settings.CELERY_BROKER_URL = "redis+socket:///nowhere/valkey.sock?virtual_host=0"
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (503, {"database": True, "broker": False, "migrations": True})


def test_not_ready_before_the_tables_are_those_of_the_code(client: Client):
    MigrationRecorder.Migration.objects.filter(app="records").order_by("id").last().delete()
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (503, {"database": True, "broker": True, "migrations": False})


@pytest.mark.usefixtures("as_application")
def test_the_applications_role_can_tell(client: Client):
    assert client.get("/readyz").status_code == 200
