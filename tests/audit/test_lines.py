"""An event's line: the same bytes under every setting, and never the same for two different events."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection, models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import lines
from audit.models import Event
from tests.audit.sealing import execute, happen, past_the_triggers

pytestmark = pytest.mark.django_db

TEXT = st.text(st.characters(blacklist_characters="\x00", blacklist_categories=["Cs"]), max_size=60)
NASTY = st.one_of(TEXT, st.text(st.sampled_from("\\tnNrb.\t\n\r\v\f\b \x1c\x85\u2028𝄞考"), max_size=12))
UNTOUCHED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
ESCAPES = {b"t": b"\t", b"n": b"\n", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v", b"\\": b"\\"}


class Kept(list[bytes]):
    write = list.append


def line_of(event: Event) -> bytes:
    kept = Kept()
    lines.copy_events(kept, "id = %s", [event.pk])
    assert len(kept) == 1
    return kept[0]


def cells_of(line: bytes) -> dict[str, str | None]:
    """Read the line back as its format says."""
    assert line.endswith(b"\n")
    cells = line[:-1].split(b"\t")
    texts = [None if cell == rb"\N" else re.sub(rb"\\(.)", lambda m: ESCAPES[m[1]], cell).decode() for cell in cells]
    return dict(zip(lines.COLUMNS, texts, strict=True))


def test_every_column_of_the_table_is_in_the_line():
    assert set(lines.COLUMNS) == {field.column for field in Event._meta.get_fields() if isinstance(field, models.Field)}
    assert list(lines.COLUMNS)[:2] == ["id", "transaction"]


@UNTOUCHED
@given(note=NASTY, capacity=NASTY, after=NASTY.map(lambda text: text[:20]), name=NASTY)
def test_whatever_the_words_the_line_tells_them(note, capacity, after, name):
    (event,) = happen(note=note, capacity=capacity, after=after, details={"before": {"name": name}})
    event.refresh_from_db()

    line = line_of(event)
    cells = cells_of(line)

    assert line.count(b"\n") == 1
    assert (cells["note"], cells["capacity"], cells["after"]) == (note, capacity, after)
    assert json.loads(cells["details"]) == {"before": {"name": name}}
    assert (lines.number_of(line), lines.place_of(line)) == (event.pk, (event.transaction, event.pk))


@UNTOUCHED
@given(first=st.tuples(NASTY, NASTY), second=st.tuples(NASTY, NASTY))
def test_two_different_events_never_have_the_same_line(first, second):
    (event,) = happen(note=first[0], request_id=first[1])
    before = line_of(event)
    with past_the_triggers():
        Event.objects.filter(pk=event.pk).update(note=second[0], request_id=second[1])

    assert (line_of(event) == before) is (first == second)


def test_nothing_and_the_sign_for_nothing_are_told_apart():
    (event,) = happen(note="\\N", leave_id=None)

    cells = line_of(event)[:-1].split(b"\t")
    assert (cells[list(lines.COLUMNS).index("note")], cells[list(lines.COLUMNS).index("leave_id")]) == (rb"\\N", rb"\N")


@pytest.mark.parametrize(
    "setting",
    [
        "TimeZone = 'America/New_York'",
        "DateStyle = 'German, DMY'",
        "IntervalStyle = 'iso_8601'",
        "extra_float_digits = 0",
        "bytea_output = 'escape'",
        "client_encoding = 'GB18030'",
        "lc_numeric = 'C'",
        "standard_conforming_strings = off",
    ],
)
def test_no_setting_of_the_session_changes_the_line(setting):
    (event,) = happen(note="更正\\t𝄞", details={"n": 1.50})
    before = line_of(event)

    with transaction.atomic():
        execute(f"SET LOCAL {setting}")
        during = line_of(event)
        execute("SET LOCAL client_encoding = 'UTF8'")

    assert during == before


def test_every_moment_has_a_line_of_its_own():
    moments = ["2026-11-23 08:00:00.1+08", "2026-11-23 08:00:00.100001+08", "2026-11-23 08:00:00.1+08 BC"]
    moments += ["12026-11-23 08:00:00.1+08", "infinity", "-infinity"]
    (event,) = happen()
    seen = set()
    for moment in moments:
        with past_the_triggers():
            execute("UPDATE audit_event SET at = %s WHERE id = %s", [moment, event.pk])
        seen.add(line_of(event))

    assert len(seen) == len(moments)


def test_the_moment_stands_in_utc():
    (event,) = happen()
    with past_the_triggers():
        execute("UPDATE audit_event SET at = '2026-11-23 00:30:00.000250+08' WHERE id = %s", [event.pk])

    assert cells_of(line_of(event))["at"] == "2026-11-22T16:30:00.00025"


def test_the_lines_come_in_the_order_of_transactions():
    first, second = happen(2)
    with past_the_triggers():
        execute("UPDATE audit_event SET transaction = transaction - 1 WHERE id = %s", [second.pk])
    kept = Kept()

    lines.copy_events(kept, "id IN (%s, %s)", [first.pk, second.pk])

    assert [lines.number_of(line) for line in kept] == [second.pk, first.pk]


def test_no_more_lines_come_than_were_asked_for():
    events = happen(3)
    kept = Kept()

    lines.copy_events(kept, "id >= %s AND note LIKE '同%%'", [events[0].pk], at_most=2)

    assert len(kept) == 2
    assert connection.is_usable()
