"""A small trail to seal and to tamper with, past every trigger, as a superuser of the database could."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from audit.models import Event
from audit.order import FINAL
from audit.seals import AT_MOST, Sealed, seal_trail
from audit.verification import Verdict, verify
from tests.patience import until


def nothing_happened() -> None:
    """Empty the trail and its seals."""
    with past_the_triggers():
        execute("TRUNCATE audit_event, audit_seal")


def execute(statement: str, params: Sequence[Any] = ()) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(params) or None)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def past_the_triggers() -> Iterator[None]:
    with transaction.atomic():
        execute("SET LOCAL session_replication_role = replica")
        yield


def happen(count: int = 1, **fields: Any) -> list[Event]:
    """So many events, each in a transaction of its own."""
    facts = {"kind": "step", "verb": "grant", "subject_table": "cases", "note": "同意", "details": {"before": {"a": 1}}}
    return [Event.objects.create(subject_id=number, **{**facts, **fields}) for number in range(count)]


def everything_is_final() -> bool:
    return execute(f"SELECT count(*) FROM audit_event WHERE NOT ({FINAL})") == [(0,)]


def seal(at_most: int = AT_MOST) -> Sealed:
    """Seal all there is, once nothing of this server (other tests' databases too) holds it back."""
    assert until(everything_is_final)
    return seal_trail(at_most=at_most)


def after(*tampering: tuple[str, Sequence[Any]] | str, against: Sequence[tuple[int, bytes]] = ()) -> Verdict:
    """What verification says after the statements, which are then taken back."""
    with past_the_triggers():
        for each in tampering:
            statement, params = (each, ()) if isinstance(each, str) else each
            execute(statement, params)
        verdict = verify(against)
        transaction.set_rollback(True)
    return verdict


def found(verdict: Verdict) -> tuple[str, int | None, int | None]:
    """The first fault: its code, seal and event."""
    fault = verdict.first_fault
    assert fault is not None
    assert fault.message
    return fault.fault, fault.seal, fault.event


@contextmanager
def meanwhile(work: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """``work`` in a transaction of another connection that stays open within the block, or until the yielded call ends it."""
    begun, ended = threading.Event(), threading.Event()

    def run() -> None:
        try:
            with transaction.atomic():
                work()
                begun.set()
                ended.wait(60)
        finally:
            begun.set()
            connection.close()

    def end() -> None:
        ended.set()
        thread.join()

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait(60)
    try:
        yield end
    finally:
        end()


@contextmanager
def counting_on(shift: int) -> Iterator[None]:
    """Transactions counted from ``shift`` on within the block, as in a server that has run for long."""
    define = "CREATE OR REPLACE FUNCTION kaoji_shift() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT {}::bigint'"
    execute(define.format(shift))
    try:
        yield
    finally:
        execute(define.format(0))
