"""Verification: whatever a superuser of the database alters, removes or slips in is found and named, and nothing else is."""

from __future__ import annotations

import json
import threading
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from audit import lines, seals
from audit.models import Event, Seal
from audit.seals import seal_trail
from audit.verification import WORDS, verify
from tests.audit.sealing import (
    after,
    counting_on,
    execute,
    found,
    happen,
    nothing_happened,
    past_the_triggers,
    seal,
)

pytestmark = pytest.mark.django_db(transaction=True)

SIZE = 4  # events of each of three seals
OTHER_VALUES = {
    "text": ["''", "{column} || ' '", "'x' || {column}", "upper({column})", "'\\N'"],
    "number": ["COALESCE({column}, 0) + 1", "-COALESCE({column}, 1)", "9223372036854775807", "NULL"],
    "moment": ["{column} + interval '1 microsecond'", "{column} - interval '4051 years'", "'infinity'", "to_timestamp(0)"],
    "object": ["'{{}}'", "{column} || '{{\"x\": null}}'", "jsonb_set({column}, '{{before,a}}', '1.0')", "'[]'", "'null'"],
}
EVENT_COLUMNS = {
    "kind": "text", "verb": "text", "outcome": "text", "at": "moment", "actor_id": "number", "office_id": "number",
    "capacity": "text", "subject_table": "text", "subject_id": "number", "candidate_id": "number", "before": "text",
    "after": "text", "note": "text", "leave_id": "number", "request_id": "text", "database_user": "text", "details": "object",
}  # fmt: skip
OTHER_PLACES = {
    "id": ["id + 1000000", "id - 1000000", "-id", "0"],
    "transaction": [f"transaction {change}" for change in ("+ 1", "- 1", "+ 2", "- 2", "* 0", "* -1", "* 9")],
}
SEAL_COLUMNS = {
    "version": ["'kaoji-event-2'", "''"],
    "number": ["number + 100", "-number", "0"],
    "entries": ["entries + 1", "entries - 1", "0"],
    "upto_transaction": ["upto_transaction + 1", "upto_transaction - 1", "0"],
    "upto_event": ["upto_event + 1", "upto_event - 1", "0"],
    "sealed_at": ["sealed_at + interval '1 microsecond'", "'infinity'", "sealed_at - interval '4051 years'"],
    "root": ["''", "root || root", "substr(root, 2)"],
    "hash": ["''", "hash || hash", "substr(hash, 2)"],
    "previous": ["''", "previous || previous", "substr(previous, 2)"],
    "leaves": ["''", "leaves || leaves", "substr(leaves, 41)", "leaves || substr(leaves, 1, 40)", "substr(leaves, 2)"],
}


@pytest.fixture
def trail(transactional_db) -> list[Event]:
    """Twelve events under three seals, each event in a transaction of its own."""
    nothing_happened()
    facts = {"before": "a", "after": "b", "capacity": "o4", "request_id": "r", "verb": "v", "kind": "k", "outcome": "o"}
    happen(3 * SIZE, actor_id=7, office_id=8, candidate_id=9, leave_id=10, **facts)
    seal(at_most=SIZE)
    assert list(Seal.objects.order_by("number").values_list("entries", flat=True)) == [SIZE] * 3
    assert verify().first_fault is None
    return list(Event.objects.order_by("transaction", "pk"))


def seal_of(index: int) -> int:
    """The seal that holds the event at this place of the trail."""
    return index // SIZE + 1


def differs(column: str, table: str, key: str, number: int, value: str) -> bool:
    """Whether the value is another one than the row has."""
    return execute(f"SELECT {column} IS DISTINCT FROM ({value}) FROM {table} WHERE {key} = {number}") == [(True,)]


def test_every_column_of_an_event_is_covered():
    assert {*EVENT_COLUMNS, *OTHER_PLACES} == set(lines.COLUMNS)
    assert set(SEAL_COLUMNS) == {field.column for field in Seal._meta.concrete_fields}


def test_whatever_is_altered_in_whichever_event_is_named(trail):
    tried = 0
    for index, event in enumerate(trail):
        for column, kind in EVENT_COLUMNS.items():
            for template in OTHER_VALUES[kind]:
                value = template.format(column=column)
                if differs(column, "audit_event", "id", event.pk, value) or kind == "object":
                    verdict = after(f"UPDATE audit_event SET {column} = {value} WHERE id = {event.pk}")
                    assert found(verdict) == ("altered", seal_of(index), event.pk), (column, value)
                    tried += 1
    assert tried > len(trail) * len(EVENT_COLUMNS) * 2
    assert verify().first_fault is None


def test_every_letter_of_a_note_and_every_bit_of_a_number_counts(trail):
    event = trail[5]
    with past_the_triggers():
        execute("TRUNCATE audit_seal")
        execute("UPDATE audit_event SET note = 'a\tb\\c\nd更正𝄞' WHERE id = %s", [event.pk])
    seal(at_most=SIZE)
    for at in range(1, len(Event.objects.get(pk=event.pk).note) + 1):
        verdict = after(f"UPDATE audit_event SET note = overlay(note placing '?' from {at} for 1) WHERE id = {event.pk}")
        assert found(verdict) == ("altered", 2, event.pk)
    for bit in range(63):
        verdict = after(f"UPDATE audit_event SET actor_id = actor_id # (1::bigint << {bit}) WHERE id = {event.pk}")
        assert found(verdict) == ("altered", 2, event.pk)


def test_an_event_that_gets_another_number_or_another_place_is_named(trail):
    for index, event in enumerate(trail):
        for column, values in OTHER_PLACES.items():
            for value in values:
                verdict = after(f"UPDATE audit_event SET {column} = {value} WHERE id = {event.pk}")
                fault, number, named = found(verdict)
                assert (fault in {"altered", "moved", "removed"}, named) == (True, event.pk), (column, value, fault)
                assert number is not None
                assert number <= seal_of(index)


def test_an_event_removed_is_named(trail):
    for index, event in enumerate(trail):
        verdict = after(f"DELETE FROM audit_event WHERE id = {event.pk}")
        assert found(verdict) == ("removed", seal_of(index), event.pk)
        assert verdict.entries == len(trail) - 1
    assert found(after("DELETE FROM audit_event")) == ("removed", 1, trail[0].pk)
    assert found(after("TRUNCATE audit_event")) == ("removed", 1, trail[0].pk)


COPY = """INSERT INTO audit_event (id, transaction, kind, verb, subject_table, note)
          SELECT {id}, {transaction}, kind, verb, subject_table, '塞入' FROM audit_event WHERE id = {of}"""


def test_an_event_slipped_in_anywhere_is_named(trail):
    for index, event in enumerate(trail):
        new = trail[-1].pk + 1000
        behind = COPY.format(id=new, transaction="transaction", of=event.pk)
        ahead = COPY.format(id=-5, transaction="transaction", of=event.pk)
        assert found(after(ahead)) == ("inserted", seal_of(index), -5)
        if index < len(trail) - 1:  # behind the very last it is simply new
            assert found(after(behind)) == ("inserted", seal_of(index if index % SIZE < SIZE - 1 else index + 1), new)
    for old in ("0", "transaction - 1000000", "-9223372036854775808"):
        assert found(after(COPY.format(id=-9223372036854775808, transaction=old, of=trail[0].pk))) == (
            "inserted", 1, -9223372036854775808
        )  # fmt: skip


def test_a_row_doubled_past_the_key_is_named(trail):
    drop = "ALTER TABLE audit_event DROP CONSTRAINT audit_event_pkey"
    for index, event in enumerate(trail[:-1]):
        verdict = after(drop, f"INSERT INTO audit_event SELECT * FROM audit_event WHERE id = {event.pk}")
        assert found(verdict) == ("inserted", seal_of(index), event.pk)


def test_an_event_put_where_no_event_can_be_is_found(trail):
    future = COPY.format(id=10**9, transaction=10**12, of=trail[0].pk)
    unordered = (
        "ALTER TABLE audit_event ALTER transaction DROP NOT NULL",
        COPY.format(id=10**9, transaction="NULL", of=trail[0].pk),
    )

    assert found(after(future)) == ("out-of-order", None, 10**9)
    assert found(after(*unordered)) == ("out-of-order", None, 10**9)


def test_two_events_that_change_places_are_found(trail):
    """Their numbers, their transactions, or all they say."""
    one, two = trail[4].pk, trail[9].pk
    said = ", ".join(f"{column} = o.{column}" for column in EVENT_COLUMNS if column != "subject_id")
    swap = f"UPDATE audit_event e SET {{}} FROM audit_event o WHERE (e.id, o.id) IN (({one}, {two}), ({two}, {one}))"
    numbers = [f"UPDATE audit_event SET id = {new} WHERE id = {old}" for old, new in ((one, -1), (two, one), (-1, two))]

    assert found(after(swap.format("subject_id = o.subject_id"))) == ("altered", 2, one)
    assert found(after(swap.format("transaction = o.transaction"))) == ("moved", 2, two)
    assert found(after(*numbers)) == ("moved", 2, two)
    with past_the_triggers():
        execute("UPDATE audit_event SET note = '另一句' WHERE id = %s", [two])
        execute("TRUNCATE audit_seal")
    seal(at_most=SIZE)
    assert found(after(swap.format(said))) == ("altered", 2, one)


def test_events_of_one_transaction_are_told_apart_too(transactional_db):
    nothing_happened()
    with transaction.atomic():
        events = happen(7)
    seal()
    first, second, last = events[0].pk, events[1].pk, events[-1].pk

    assert found(after(f"DELETE FROM audit_event WHERE id = {second}")) == ("removed", 1, second)
    assert found(after(f"UPDATE audit_event SET id = -1 WHERE id = {first}")) == ("altered", 1, first)
    assert found(after(f"UPDATE audit_event SET id = -1 WHERE id = {second}")) == ("inserted", 1, -1)
    assert found(after(f"UPDATE audit_event SET id = id + 100 WHERE id = {second}")) == ("removed", 1, second)
    assert found(after(f"UPDATE audit_event SET transaction = transaction + 1 WHERE id = {second}")) == ("moved", 1, second)
    assert found(after(f"DELETE FROM audit_event WHERE id = {last}")) == ("removed", 1, last)
    assert found(after(f"UPDATE audit_event SET id = id + 100 WHERE id = {last}")) == ("removed", 1, last)


def test_whatever_is_altered_in_whichever_seal_is_named(trail):
    for number in (1, 2, 3):
        for column, values in SEAL_COLUMNS.items():
            for value in values:
                if not differs(column, "audit_seal", "number", number, value):
                    continue
                fault, named, event = found(after(f"UPDATE audit_seal SET {column} = {value} WHERE number = {number}"))
                assert event is None
                assert fault in {"seal-altered", "seal-missing", "leaves-altered"}, (column, value)
                assert named == number or (column == "number" and named in {number, -number, 0}), (column, value)


def test_every_byte_of_a_seal_counts(trail):
    for number in (1, 2, 3):
        for column, size in {"hash": 32, "root": 32, "previous": 32, "leaves": 40 * SIZE}.items():
            for at in range(size):
                changed = f"set_byte({column}, {at}, get_byte({column}, {at}) # {1 << at % 8})"
                verdict = after(f"UPDATE audit_seal SET {column} = {changed} WHERE number = {number}")
                wanted = "leaves-altered" if column == "leaves" else "seal-altered"
                assert found(verdict) == (wanted, number, None), (column, at)


def test_a_seal_emptied_past_its_constraints_is_named(trail):
    for column in ("version", "entries", "upto_transaction", "upto_event", "root", "leaves", "previous", "hash", "sealed_at"):
        loosened = f"ALTER TABLE audit_seal ALTER {column} DROP NOT NULL"
        fault, number, event = found(after(loosened, f"UPDATE audit_seal SET {column} = NULL WHERE number = 2"))
        assert (fault in {"seal-altered", "leaves-altered"}, number, event) == (True, 2, None), column


def test_a_seal_removed_from_the_middle_is_missed(trail):
    assert found(after("DELETE FROM audit_seal WHERE number = 1")) == ("seal-missing", 1, None)
    assert found(after("DELETE FROM audit_seal WHERE number = 2")) == ("seal-missing", 2, None)
    moved_up = "DELETE FROM audit_seal WHERE number = 2", "UPDATE audit_seal SET number = 2 WHERE number = 3"
    assert found(after(*moved_up)) == ("seal-altered", 2, None)


def test_seals_that_change_places_are_found(trail):
    swap = [f"UPDATE audit_seal SET number = {new} WHERE number = {old}" for old, new in ((1, 99), (2, 1), (99, 2))]
    assert found(after(*swap)) == ("seal-altered", 1, None)


def test_events_and_leaves_altered_together_still_do_not_fit_the_root(trail):
    event = trail[5]
    line = "convert_to('x', 'UTF8')"
    leaves = f"overlay(leaves placing sha256({line}) from 49 for 32)"

    verdict = after(
        f"UPDATE audit_event SET note = '改' WHERE id = {event.pk}", f"UPDATE audit_seal SET leaves = {leaves} WHERE number = 2"
    )

    assert found(verdict) == ("leaves-altered", 2, None)


def test_the_first_of_several_faults_is_named(trail):
    verdict = after(
        f"UPDATE audit_event SET note = '改' WHERE id IN ({trail[10].pk}, {trail[6].pk})",
        "UPDATE audit_seal SET entries = 9 WHERE number = 3",
    )
    assert found(verdict) == ("altered", 2, trail[6].pk)


def test_a_tail_cut_off_with_its_seal_is_found_by_the_printed_seal_alone(trail):
    printed = [(3, bytes(Seal.objects.get(number=3).hash))]
    cut = (f"DELETE FROM audit_event WHERE id >= {trail[8].pk}", "DELETE FROM audit_seal WHERE number = 3")

    assert after(*cut).first_fault is None  # what is left is a whole, shorter trail: only paper knows better
    assert found(after(*cut, against=printed)) == ("cut-off", 3, None)
    assert found(after("DELETE FROM audit_seal WHERE number = 3", against=printed)) == ("cut-off", 3, None)
    assert found(after("TRUNCATE audit_event, audit_seal", against=printed)) == ("cut-off", 3, None)
    assert verify(printed).first_fault is None


def test_a_chain_rewritten_from_the_beginning_is_found_by_the_printed_seal_alone(trail):
    printed = [(number, bytes(Seal.objects.get(number=number).hash)) for number in (2, 3)]
    with past_the_triggers():
        execute("TRUNCATE audit_seal")
        execute("UPDATE audit_event SET note = '不予同意' WHERE id = %s", [trail[6].pk])
    seal(at_most=SIZE)

    assert verify().first_fault is None  # every hash fits: only paper knows better
    assert found(verify(printed)) == ("rewritten", 2, None)
    assert found(verify(printed[1:])) == ("rewritten", 3, None)


def test_a_chain_rewritten_and_sealed_otherwise_is_found_too(trail):
    printed = [(3, bytes(Seal.objects.get(number=3).hash))]
    with past_the_triggers():
        execute("TRUNCATE audit_seal")
    seal(at_most=3 * SIZE)

    assert verify().first_fault is None
    assert found(verify(printed)) == ("cut-off", 3, None)


def test_only_the_newest_seal_made_anew_is_found(trail):
    """The same events sealed at another moment: another hash."""
    printed = [(3, bytes(Seal.objects.get(number=3).hash))]
    with past_the_triggers():
        execute("DELETE FROM audit_seal WHERE number = 3")
    seal()

    assert found(verify(printed)) == ("rewritten", 3, None)


def test_a_seal_put_into_a_chain_that_does_not_go_on_from_it_is_found(trail):
    """A forged second seal, sound in itself."""
    forged = f"UPDATE audit_seal SET hash = sha256(convert_to({seals.TEXT}, 'UTF8'))"
    verdict = after("UPDATE audit_seal SET sealed_at = now() WHERE number = 2", f"{forged} WHERE number = 2")
    assert found(verdict) == ("chain-broken", 3, None)


def test_a_database_restored_and_not_yet_migrated_is_not_called_tampered(transactional_db):
    nothing_happened()
    with counting_on(1_000_000_000_000):
        happen(3)
        seal()
        happen(1)

    assert verify().as_json() == {"entries": 4, "seals": 1, "unsealed": 1, "intact": True, "first_fault": None}


def test_every_fault_has_words():
    for code, words in WORDS.items():
        assert words % {"seal": 1, "event": 2}, code


def test_the_application_verifies_what_it_cannot_alter(trail, as_application):
    assert verify().as_json() == {"entries": 12, "seals": 3, "unsealed": 0, "intact": True, "first_fault": None}


def ask(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error of the command."""
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("verify_trail", *arguments, stdout=out, stderr=err)
    except SystemExit as left:
        code = left.code
    return code, out.getvalue(), err.getvalue()


def test_the_command_answers_one_line_and_tells_by_its_exit_code(trail):
    happen(2)
    hashed = bytes(Seal.objects.get(number=3).hash).hex()
    intact = {"entries": 14, "seals": 3, "unsealed": 2, "intact": True, "first_fault": None}

    for arguments in ([], ["--against", f"3:{hashed}"], [f"--against=3:{hashed.upper()}", f"--against=3:{hashed}"]):
        code, out, err = ask(*arguments)
        assert (code, json.loads(out), out.count("\n"), err) == (0, intact, 1, "")
    code, out, err = ask("--against", f"4:{hashed}", "--against", f"3:{hashed}")
    assert (code, out.count("\n"), err) == (1, 1, "")
    answer = json.loads(out)
    assert answer["first_fault"].pop("message")
    assert answer == intact | {"intact": False, "first_fault": {"seal": 4, "event": None, "fault": "cut-off"}}
    assert ask("--against", f"2:{hashed}")[0] == 1


HASH = "0" * 64


@pytest.mark.parametrize(
    "text", ["", "3", "3:", ":", HASH, f"x:{HASH}", f"3:{HASH}0", f"3:{HASH[1:]}", f"0:{HASH}", f"-1:{HASH}"]
)
def test_a_printed_seal_mistyped_is_refused_in_one_plain_line(text):
    code, out, err = ask(f"--against={text}")

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "Traceback" not in err


def test_verification_goes_on_while_others_write_and_seal(trail):
    stop = threading.Event()

    def write_and_seal():
        try:
            while not stop.is_set():
                happen(2)
                seal_trail(at_most=SIZE)
        finally:
            connection.close()

    thread = threading.Thread(target=write_and_seal)
    thread.start()
    verdicts = [verify() for _ in range(30)]
    stop.set()
    thread.join()

    assert [verdict.first_fault for verdict in verdicts] == [None] * 30
    assert verdicts[-1].entries > verdicts[0].entries
