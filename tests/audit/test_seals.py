"""Sealing: everything that has become final, once, in one chain; nobody who writes waits for it."""

from __future__ import annotations

import json
import threading
from hashlib import sha256
from io import StringIO
from itertools import chain

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from audit import merkle, seals
from audit.models import Event, Seal
from audit.seals import OutOfStep, seal_trail
from audit.tasks import seal as seal_task
from audit.verification import verify
from tests.audit.sealing import counting_on, execute, happen, meanwhile, nothing_happened, seal
from tests.patience import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def empty_trail(transactional_db):
    nothing_happened()


def sealed_numbers() -> list[list[int]]:
    """The events of each seal, in their order."""
    rows = [bytes(leaves) for leaves in Seal.objects.order_by("number").values_list("leaves", flat=True)]
    return [[int.from_bytes(row[at : at + 8], "big") for at in range(0, len(row), 40)] for row in rows]


def test_without_events_there_is_nothing_to_seal():
    sealed = seal()

    assert (sealed.number, sealed.entries, sealed.hash) == (None, 0, b"")
    assert not Seal.objects.exists()
    assert verify().as_json() == {"entries": 0, "seals": 0, "unsealed": 0, "intact": True, "first_fault": None}


def test_without_a_seal_everything_is_intact_and_unsealed():
    happen(3)

    assert verify().as_json() == {"entries": 3, "seals": 0, "unsealed": 3, "intact": True, "first_fault": None}


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_a_seal_holds_the_events_and_can_be_computed_anew_from_its_row(count):
    events = happen(count)

    sealed = seal()

    row = Seal.objects.get()
    text = execute(f"SELECT {seals.TEXT} FROM audit_seal")[0][0]
    assert (sealed.number, sealed.entries, sealed.hash) == (1, count, bytes(row.hash))
    assert sealed_numbers() == [[event.pk for event in events]]
    assert text.split("\t")[:7] == [
        "kaoji-event-1", "1", "00" * 32, str(count), str(row.upto_transaction), str(events[-1].pk), bytes(row.root).hex()
    ]  # fmt: skip
    assert sha256(text.encode()).digest() == sealed.hash
    assert row.upto_transaction == Event.objects.get(pk=events[-1].pk).transaction
    assert merkle.root(seals.hashes(bytes(row.leaves))) == bytes(row.root)
    assert abs((row.sealed_at - Event.objects.latest("pk").at).total_seconds()) < 100
    assert verify().first_fault is None


def test_a_second_seal_takes_what_came_since_and_is_chained_to_the_first():
    happen(3)
    first = seal()
    happen(2)
    second = seal()

    assert [first.entries, second.entries, second.number] == [3, 2, 2]
    assert bytes(Seal.objects.get(number=2).previous) == first.hash
    assert verify().as_json() == {"entries": 5, "seals": 2, "unsealed": 0, "intact": True, "first_fault": None}


def test_without_anything_new_no_seal_is_added():
    happen(3)
    first = seal()
    again = seal()

    assert (again.number, again.entries, again.hash) == (1, 0, first.hash)
    assert Seal.objects.count() == 1


@pytest.mark.parametrize(("count", "sizes"), [(4, [4]), (5, [5]), (6, [5, 1]), (10, [5, 5]), (11, [5, 5, 1])])
def test_a_seal_never_holds_more_than_so_many(count, sizes):
    events = happen(count)

    sealed = seal(at_most=5)

    assert list(Seal.objects.order_by("number").values_list("entries", flat=True)) == sizes
    assert (sealed.number, sealed.entries) == (len(sizes), count)
    assert list(chain(*sealed_numbers())) == [event.pk for event in events]
    assert verify().first_fault is None


def test_fifty_thousand_are_one_seal_and_one_more_begins_the_next():
    execute(
        "INSERT INTO audit_event (kind, verb, subject_table, subject_id)"
        " SELECT 'change', 'update', 't', n FROM generate_series(1, 50001) n"
    )

    seal()

    assert list(Seal.objects.order_by("number").values_list("entries", flat=True)) == [50_000, 1]
    assert verify().as_json() == {"entries": 50_001, "seals": 2, "unsealed": 0, "intact": True, "first_fault": None}


def test_a_transaction_that_commits_late_comes_into_a_later_seal_though_its_numbers_are_lower():
    with meanwhile(lambda: happen(2, note="慢")) as end:
        happen(3, note="快")
        assert seal_trail().entries == 0  # the slow one began before: nothing of or after it is final
        assert verify().as_json()["unsealed"] == 3
        end()
    happen(1)
    seal()

    slow = list(Event.objects.filter(note="慢").order_by("pk").values_list("pk", flat=True))
    quick = list(Event.objects.filter(note="快").order_by("pk").values_list("pk", flat=True))
    assert slow < quick
    assert sealed_numbers()[0][:5] == [*slow, *quick]
    assert verify().first_fault is None


def test_a_transaction_that_began_early_and_wrote_late_keeps_its_place():
    wrote_late = threading.Event()

    def early():
        with transaction.atomic():
            execute("SELECT pg_current_xact_id()")
            begun.set()
            wrote_late.wait(60)
            happen(1, note="先开始后写")
        connection.close()

    begun = threading.Event()
    thread = threading.Thread(target=early)
    thread.start()
    begun.wait(60)
    happen(2)
    assert seal_trail().entries == 0
    wrote_late.set()
    thread.join()
    seal()

    late = Event.objects.get(note="先开始后写").pk
    assert late == max(sealed_numbers()[0])
    assert sealed_numbers()[0][0] == late
    assert verify().first_fault is None


def test_what_was_rolled_back_leaves_no_gap_that_counts():
    happen(1)
    with transaction.atomic():
        happen(2)
        transaction.set_rollback(True)
    happen(1)

    assert seal().entries == 2
    assert verify().first_fault is None


def test_who_writes_does_not_wait_for_who_seals():
    happen(3)
    seal()
    happen(1)

    def sealing():
        execute("SELECT pg_advisory_xact_lock(hashtext('kaoji-seals'))")
        seal_trail()

    with meanwhile(sealing):
        execute("SET statement_timeout = 2000")
        happen(2)
        execute("SET statement_timeout = 0")

    seal()
    assert verify().as_json()["unsealed"] == 0


def test_sealers_at_the_same_moment_make_one_chain():
    happen(40)
    assert until(lambda: seal_trail(at_most=1).entries >= 0)
    errors: list[Exception] = []

    def work():
        try:
            for _round in range(10):
                happen(1)
                seal_trail(at_most=3)
        except Exception as error:  # noqa: BLE001 - it is told below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal()

    assert errors == []
    assert list(Seal.objects.order_by("number").values_list("number", flat=True)) == list(range(1, Seal.objects.count() + 1))
    assert sorted(chain(*sealed_numbers())) == sorted(Event.objects.values_list("pk", flat=True))
    assert verify().first_fault is None


def test_the_applications_own_role_seals_and_verifies(as_application):
    happen(2)

    assert seal().entries == 2
    assert verify().first_fault is None


def test_the_task_seals_every_five_minutes_and_keeps_quiet_when_there_is_nothing():
    happen(2)
    seal_task()
    assert until(lambda: seal_trail().number)
    count = Seal.objects.count()
    seal_task()

    assert Seal.objects.count() == count
    assert {"task": seal_task.name, "schedule": 300} in settings.CELERY_BEAT_SCHEDULE.values()


def test_a_restored_database_is_not_sealed_before_it_was_migrated():
    with counting_on(1_000_000_000_000):
        happen(2)
        assert seal().entries == 2
    happen(1)

    with pytest.raises(OutOfStep, match="migrate"):
        seal_trail()
    with pytest.raises(SystemExit) as left:
        call_command("seal_trail", stderr=StringIO())
    assert left.value.code == 1
    assert Seal.objects.count() == 1


def test_the_command_answers_one_line():
    def ask() -> dict[str, object]:
        out = StringIO()
        call_command("seal_trail", stdout=out)
        assert out.getvalue().count("\n") == 1
        return json.loads(out.getvalue())

    assert ask() == {"seal": None, "entries": 0, "hash": None}
    happen(3)
    seal()
    assert ask() == {"seal": 1, "entries": 0, "hash": bytes(Seal.objects.get().hash).hex()}


def test_a_seal_is_neither_altered_nor_removed_by_the_owner():
    happen(1)
    seal()

    for statement in (
        "UPDATE audit_seal SET entries = 9",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_seal",
        "TRUNCATE audit_event",
    ):
        with pytest.raises(Exception, match="Cannot"), transaction.atomic():
            execute(statement)
    assert verify().first_fault is None
