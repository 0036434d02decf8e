"""Every table that holds a record or authority, changed in every way there is: each row is found, with who, where and why."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
import pytest
from django.apps import apps
from django.db import connection, models, transaction
from psycopg2 import sql
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from audit.acting import acting
from audit.models import Event
from tests.audit.rows import FIRST, columns_of, insert, names_of, plain_field, row_of, stripped
from tests.audit.sealing import execute
from tests.factories import CandidateFactory, UniversityFactory, UserFactory

NOT_TRAILED = {
    "audit_event": "the trail itself: only added to, sealed",
    "audit_seal": "the trail's seals: only added to, chained",
    "audit_dailyreport": "only added to, by triggers",
    "records_creditchange": "the feed that followers read: made from credits, which are trailed",
    "records_feedcursor": "how far a follower has read",
    "records_lookupcount": "counts of look-ups, of nobody in particular",
    "records_incomingmessage": "what the gateway handed in, with its answer: a log of its own",
    "records_outgoingmessage": "messages on their way; what they tell stands elsewhere",
    "records_paperfileserial": "a counter; the numbers that it gave are trailed where they stand",
    "records_job": "the progress of work; what the work changes is trailed with its starter as actor",
    "records_signedsession": "sign-ins with the moment last seen: a history of its own that nothing is decided by",
    "scores_stagedregistration": "a file's rows while they are checked; the file and its SHA-256 are the evidence",
    "scores_replacedregistration": "where somebody was to sit before a batch changed it, to undo it; the change is trailed",
    "scores_sittingtally": "counted from registrations and marks, at any time anew",
    "scores_stagedmark": "a file's rows while they are checked; the file and its SHA-256 are the evidence",
    "scores_replacedmark": "what an unpublished mark was before a batch, to undo it; marks are trailed from their publication on",
    "scores_resultsheet": "made from marks, at any time anew",
    "scores_sittingstatistic": "computed from published marks, at any time anew",
    "scores_touchedstatistic": "which of these rows are to be computed anew",
    "scores_cohortstatistic": "counted from registrations and credits, at any time anew",
    "graduation_cohortaudit": "an audit of many, without consequence for anybody: applications are",
    "graduation_cohortoutcome": "its results, computed at any time anew",
    "django_migrations": "Django's",
    "django_content_type": "names of models, as the code has them",
    "django_session": "sessions: short-lived secrets",
    "django_celery_beat_solarschedule": "the clock of periodic tasks; that seals are made shows in the daily report",
    "django_celery_beat_intervalschedule": "the same",
    "django_celery_beat_clockedschedule": "the same",
    "django_celery_beat_crontabschedule": "the same",
    "django_celery_beat_periodictasks": "the same",
    "django_celery_beat_periodictask": "the same",
    "axes_accessattempt": "failed sign-ins, counted to lock out",
    "axes_accessattemptexpiration": "the same",
    "axes_accesslog": "the same",
    "axes_accessfailurelog": "the same",
}
MORE = {  # values that a table's own constraints ask for
    "scores_mark": {"publication_id": str(FIRST)},
    "scores_keyedmark": {"turn": "1"},
    "records_penalty": {"ends_on": "date '2030-01-01'"},
    "scores_papertime": {"ends_at": "time '23:59'"},
    "records_mergerequest": {"candidate_id": str(FIRST)},
    "records_probableduplicate": {"second_id": str(FIRST)},
}
SIDES = {"update": {"before", "after"}, "delete": {"before"}, "insert": {"after"}}
CIRCUMSTANCES = {"purpose": "百分之100%的'目的'\\", "leave_id": 77, "request_id": "r-1"}


@dataclass(frozen=True)
class Table:
    """A trailed table: a model on it, which statements its triggers catch, which columns they leave out."""

    name: str
    model: type[models.Model]
    verbs: frozenset[str]
    left_out: frozenset[str]

    def __str__(self) -> str:
        return self.name


def tables() -> list[Table]:
    found: dict[str, Table] = {}
    for model in apps.get_models(include_auto_created=True):
        triggers = [each for each in getattr(model._meta, "triggers", []) if each.name.startswith("trail_")]
        if triggers:
            left_out = re.search(r"'\{(.*?)\}'::text", triggers[0].func)
            assert left_out is not None
            verbs = frozenset(each.name.removeprefix("trail_") for each in triggers)
            found[model._meta.db_table] = Table(model._meta.db_table, model, verbs, frozenset(left_out[1].split(",")))
    return sorted(found.values(), key=str)


TRAILED = tables()


def test_every_table_is_trailed_or_it_is_said_why_not():
    everything = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}

    assert {table.name for table in TRAILED} | set(NOT_TRAILED) == everything | {"django_migrations"}
    assert {table.name for table in TRAILED} & set(NOT_TRAILED) == set()
    assert all(NOT_TRAILED.values())


def test_updates_and_deletes_are_caught_of_every_trailed_table():
    assert all({"update", "delete"} <= table.verbs for table in TRAILED)


# ways to change rows: each gets the table, a plain field, and the keys of its own rows


def changed(field: models.Field[Any, Any], key: int | str = "id") -> str:
    """SQL of another value for the field, different for every row."""
    return columns_of(field.model._meta.db_table)[field.column].value(f"({key} - {FIRST} + 41)")


def python_value(field: models.Field[Any, Any], key: int) -> Any:
    """The same as a Python value."""
    return execute(f"SELECT {changed(field, key)}")[0][0]


GUARDED = {"guardian_userobjectpermission", "guardian_groupobjectpermission"}  # saving asks whether the permission fits the row


def by_save(table: Table, field: Any, keys: list[int]) -> None:
    for key in keys:
        row = table.model._base_manager.only("pk", field.name).get(pk=key)
        setattr(row, field.attname, python_value(field, key))
        if table.name in GUARDED:
            row.save_base(update_fields=[field.name])
        else:
            row.save(update_fields=[field.name])


def by_queryset(table: Table, field: Any, keys: list[int]) -> None:
    for key in keys:
        table.model._base_manager.filter(pk=key).update(**{field.name: python_value(field, key)})


def by_bulk_update(table: Table, field: Any, keys: list[int]) -> None:
    rows = list(table.model._base_manager.only("pk", field.name).filter(pk__in=keys))
    for row in rows:
        setattr(row, field.attname, python_value(field, row.pk))
    table.model._base_manager.bulk_update(rows, [field.name])


def by_statement(template: str) -> Callable[[Table, Any, list[int]], None]:
    def change(table: Table, field: Any, keys: list[int]) -> None:
        value = changed(field).replace("%", "%%")
        words = {"table": table.name, "column": f'"{field.column}"', "value": value}
        execute(template.format(**words), [keys])

    return change


def by_statement_without_parameters(table: Table, field: Any, keys: list[int]) -> None:
    value = changed(field)
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {table.name} SET "{field.column}" = {value} WHERE id IN ({", ".join(map(str, keys))})')


def by_composed_statement(table: Table, field: Any, keys: list[int]) -> None:
    value = sql.SQL(changed(field).replace("%", "%%"))
    composed = sql.SQL("UPDATE {} SET {} = {} WHERE id = ANY(%s)")
    with connection.cursor() as cursor:
        cursor.execute(composed.format(sql.Identifier(table.name), sql.Identifier(field.column), value), [keys])


def by_many_statements(table: Table, field: Any, keys: list[int]) -> None:
    value = changed(field).replace("%", "%%")
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE {table.name} SET "{field.column}" = {value} WHERE id = %s', [[key] for key in keys])


UPDATES = {
    "save": by_save,
    "queryset": by_queryset,
    "bulk_update": by_bulk_update,
    "raw": by_statement("UPDATE {table} SET {column} = {value} WHERE id = ANY(%s)"),
    "lower case behind a comment": by_statement("/* SELECT */ update {table} set {column} = {value} where id = any(%s)"),
    "from another table": by_statement(
        "UPDATE {table} SET {column} = {value} FROM unnest(%s) AS k(key) WHERE {table}.id = k.key"
    ),
    "within a query": by_statement(
        "WITH done AS (UPDATE {table} SET {column} = {value} WHERE id = ANY(%s) RETURNING 1) SELECT count(*) FROM done"
    ),
    "without parameters": by_statement_without_parameters,
    "composed": by_composed_statement,
    "executemany": by_many_statements,
}
DELETES = {
    "queryset": lambda table, _field, keys: table.model._base_manager.filter(pk__in=keys)._raw_delete("default"),
    "raw": by_statement("DELETE FROM {table} WHERE id = ANY(%s)"),
    "using another table": by_statement("DELETE FROM {table} USING unnest(%s) AS k(key) WHERE {table}.id = k.key"),
}


# ways to put rows in: each gets the table and the rows, as SQL of their values


def by_insert(table: str, rows: list[dict[str, str]]) -> None:
    for row in rows:
        execute(f"INSERT INTO {table} ({names_of(row)}) VALUES ({', '.join(row.values())})")


def by_insert_select(table: str, rows: list[dict[str, str]]) -> None:
    selected = " UNION ALL ".join(f"SELECT {', '.join(row.values())}" for row in rows)
    execute(f"INSERT INTO {table} ({names_of(rows[0])}) {selected}")


def by_executemany(table: str, rows: list[dict[str, str]]) -> None:
    casts = [columns_of(table)[name].cast if name != "id" else "bigint" for name in rows[0]]
    places = ", ".join(f"%s::text::{cast}" for cast in casts)
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({names_of(rows[0])}) VALUES ({places})", texts_of(rows))


def by_copy(table: str, rows: list[dict[str, str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(texts_of(rows))
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({names_of(rows[0])}) FROM STDIN WITH (FORMAT csv)", text)


def texts_of(rows: list[dict[str, str]]) -> list[list[str]]:
    return [[str(text) for text in execute(f"SELECT {', '.join(f'({v})::text' for v in row.values())}")[0]] for row in rows]


INSERTS = {"raw": by_insert, "from a query": by_insert_select, "executemany": by_executemany, "COPY": by_copy}


class Rows:
    """Makes rows of a table with ever new numbers."""

    def __init__(self, table: Table) -> None:
        self.table = table.name
        self.number = 0

    def two(self) -> list[dict[str, str]]:
        self.number += 2
        return [row_of(self.table, self.number - back, MORE.get(self.table, {})) for back in (1, 0)]

    def two_there(self) -> list[int]:
        rows = self.two()
        by_insert(self.table, rows)
        return keys_of(rows)


def keys_of(rows: list[dict[str, str]]) -> list[int]:
    return [int(row["id"]) for row in rows]


@pytest.fixture
def person(city):
    return UserFactory(office=city, roles=["O4"])


@contextmanager
def seen(person: Any, table: Table, verb: str, keys: list[int], way: str) -> Iterator[None]:
    """What the person does within is found in the trail: exactly these rows, with all that is known of who did it."""
    before = newest()
    with acting(person, **CIRCUMSTANCES):
        yield
    new = list(Event.objects.filter(pk__gt=before).order_by("subject_id"))
    rows = [(event.kind, event.verb, event.subject_table, event.subject_id) for event in new]
    assert rows == [("change", verb, table.name, key) for key in keys], way
    known = (person.pk, person.office_id, person.capacity, CIRCUMSTANCES["purpose"], 77, "r-1")
    for event in new:
        who = (event.actor_id, event.office_id, event.capacity, event.note, event.leave_id, event.request_id)
        assert who == known, way
        assert set(event.details) == SIDES[verb], way
        assert not table.left_out & {column for columns in event.details.values() for column in columns}, way


def newest() -> int:
    return int(execute("SELECT COALESCE(max(id), 0) FROM audit_event")[0][0])


@pytest.fixture
def ready(db) -> Callable[[Table], Rows]:
    """Makes a table ready to take rows that nothing else belongs to; the test's end takes it all back."""

    def make(table: Table) -> Rows:
        for name in {table.name, "scores_publication"}:
            stripped(name)
        if table.name == "scores_mark":
            insert("scores_publication", 0, {"published_at": "now()"})
        if table.name == "records_dayexception":
            execute("DELETE FROM records_dayexception")  # the holidays that a migration laid down, on the same days
        return Rows(table)

    return make


@pytest.mark.parametrize("table", TRAILED, ids=str)
def test_whatever_is_done_to_a_row_is_found(table, person, ready):
    with taken_back():
        rows = ready(table)
        field = plain_field(table.model, set(table.left_out))
        for way, change in UPDATES.items():
            keys = rows.two_there()
            with seen(person, table, "update", keys, way):
                change(table, field, keys)
        for way, remove in DELETES.items():
            keys = rows.two_there()
            with seen(person, table, "delete", keys, way):
                remove(table, field, keys)


@pytest.mark.parametrize("table", TRAILED, ids=str)
def test_whatever_is_put_in_is_found_unless_batches_bring_it(table, person, ready):
    with taken_back():
        rows = ready(table)
        for way, put in INSERTS.items():
            new = rows.two()
            with seen(person, table, "insert", keys_of(new) if "insert" in table.verbs else [], way):
                put(table.name, new)


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_what_batches_bring_is_the_batchs_evidence_and_nothing_else_is():
    """Rows that come by the thousand; of every other trailed table new rows are found one by one."""
    assert {table.name for table in TRAILED if "insert" not in table.verbs} == {
        "auth_group",
        "auth_permission",
        "exemptions_submission",
        "records_candidate",
        "records_filledin",
        "records_inboxmessage",
        "records_probableduplicate",
        "records_rarename",
        "records_course",
        "records_credit",
        "records_creditentry",
        "records_importfile",
        "records_major",
        "records_major_hosts",
        "records_plan",
        "records_plancourse",
        "records_plangroup",
        "records_registration",
        "records_replacement",
        "records_ticket",
        "scores_keyedline",
        "scores_keyedmark",
        "scores_mark",
        "scores_sitting",
        "scores_sittingregistration",
    }


@pytest.mark.django_db(transaction=True)
def test_a_hand_at_the_database_is_found_with_the_name_it_signed_in_by():
    candidate = CandidateFactory()
    address = connection.get_connection_params()
    hand = psycopg2.connect(**{key: address[key] for key in ("dbname", "user", "password", "host", "port") if address.get(key)})
    with acting(UserFactory()), hand, hand.cursor() as cursor:
        cursor.execute("UPDATE records_candidate SET occupation = '医生' WHERE id = %s", [candidate.pk])
    hand.close()

    event = Event.objects.get(kind="change", subject_table="records_candidate", subject_id=candidate.pk)
    assert (event.actor_id, event.note, event.database_user) == (None, "", address["user"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["executemany", "COPY", "composed"])
def test_outside_of_a_transaction_the_actor_is_named_too_and_gone_afterwards(way):
    person = UserFactory(office=UniversityFactory())
    last = newest()

    with acting(person, **CIRCUMSTANCES):
        if way == "composed":
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("UPDATE records_user SET full_name = {}").format(sql.Literal("新名")))
        else:
            INSERTS[way]("records_recoverycode", [row_of("records_recoverycode", 1, {"person_id": str(person.pk)})])
    named = [event.actor_id for event in Event.objects.filter(pk__gt=last)]
    execute("UPDATE records_user SET full_name = '又一个' WHERE id = %s", [person.pk])

    assert named == [person.pk]
    assert Event.objects.latest("pk").actor_id is None
    assert connection.connection.info.transaction_status == TRANSACTION_STATUS_IDLE


@pytest.mark.django_db(transaction=True)
def test_a_copy_that_fails_leaves_nothing_open():
    person = UserFactory(office=UniversityFactory())

    with acting(person), pytest.raises(psycopg2.IntegrityError):
        INSERTS["COPY"]("records_recoverycode", [row_of("records_recoverycode", 1, {"person_id": "0"})])

    assert connection.connection.info.transaction_status == TRANSACTION_STATUS_IDLE
    assert not Event.objects.filter(subject_table="records_recoverycode").exists()
