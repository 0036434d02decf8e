"""``/healthz`` says that the process lives, ``/readyz`` that it can work.

Outermost, so that host names and redirects do not matter to a probe.
"""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis import Redis, RedisError

PROBE_SECONDS = 2
logger = structlog.get_logger(__name__)


class HealthMiddleware:
    """Answers the two probes before anything else looks at the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"alive": True})
        if request.path == "/readyz":
            return _readiness()
        return self.get_response(request)


def database_answers() -> bool:
    """A statement goes through."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def migrations_are_applied() -> bool:
    """The tables are those of this code."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def broker_answers() -> bool:
    """The broker takes commands."""
    client = Redis.from_url(broker_url(), socket_timeout=PROBE_SECONDS, socket_connect_timeout=PROBE_SECONDS)
    try:
        return bool(client.ping())
    finally:
        client.close()


def broker_url() -> str:
    """The broker's address as redis-py takes it (Celery writes sockets differently)."""
    return settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")


PROBES: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "broker": broker_answers,
    "migrations": migrations_are_applied,
}


def _readiness() -> JsonResponse:
    answers = {name: _holds(probe) for name, probe in PROBES.items()}
    return JsonResponse(answers, status=200 if all(answers.values()) else 503)


def _holds(probe: Callable[[], bool]) -> bool:
    try:
        return probe()
    except (DatabaseError, RedisError, OSError):
        logger.exception("probe_failed", probe=probe.__name__)
        return False
