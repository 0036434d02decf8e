"""What the application's database role can do, and cannot."""

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from config import privileges
from tests.settings import PARALLEL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_application")]


def execute(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "ALTER TABLE records_candidate ADD COLUMN mine int",
        "DROP TABLE audit_event",
        "TRUNCATE audit_event",
        "TRUNCATE records_candidate CASCADE",
        "UPDATE audit_event SET id = id",
        "DELETE FROM audit_event",
        "UPDATE audit_seal SET number = number",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_seal",
        "UPDATE audit_dailyreport SET id = id",
        "CREATE OR REPLACE FUNCTION kaoji_shift() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 9::bigint'",
        "DELETE FROM django_migrations",
        "SET session_replication_role = replica",
    ],
)
def test_tables_and_the_trail_are_out_of_its_reach(statement: str):
    with pytest.raises(ProgrammingError):
        execute(statement)


MISSING_TABLE_RIGHTS = """
    SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename NOT IN ('audit_event', 'audit_seal', 'audit_dailyreport', 'django_migrations')
    AND NOT (SELECT bool_and(has_table_privilege('public.' || tablename, right_))
             FROM unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) right_)
"""
MISSING_TRAIL_RIGHTS = """
    SELECT tablename, right_
    FROM unnest('{audit_event,audit_seal,audit_dailyreport}'::text[]) tablename, unnest('{SELECT,INSERT}'::text[]) right_
    WHERE NOT has_table_privilege(tablename, right_)
"""
MISSING_SEQUENCE_RIGHTS = """
    SELECT sequencename FROM pg_sequences WHERE NOT has_sequence_privilege('public.' || sequencename, 'USAGE')
"""


def test_rows_are_its_work():
    execute("CREATE TEMPORARY TABLE staging (id int)")
    with connection.cursor() as cursor:
        for missing in (MISSING_TABLE_RIGHTS, MISSING_TRAIL_RIGHTS, MISSING_SEQUENCE_RIGHTS):
            cursor.execute(missing)
            assert cursor.fetchall() == []


def test_it_cannot_grant_itself_more():
    privileges.grant()

    with pytest.raises(ProgrammingError):
        execute("DELETE FROM audit_event")


def test_a_table_of_a_later_migration_is_its_work_too():
    execute("RESET ROLE")
    execute("CREATE TABLE public.later (id serial)")
    execute("SET ROLE kaoji_app")

    execute("INSERT INTO later DEFAULT VALUES")
    with pytest.raises(ProgrammingError):
        execute("TRUNCATE later")


def test_an_owner_that_may_make_roles_makes_the_applications(settings: Any):
    settings.APPLICATION_ROLE = f"made_{PARALLEL}"
    execute("RESET ROLE")
    privileges.grant()

    execute(f"SET ROLE made_{PARALLEL}")
    with pytest.raises(ProgrammingError):
        execute("DELETE FROM audit_event")
    execute("SELECT 1 FROM records_candidate")


def test_without_the_right_to_make_it_nothing_is_granted(settings: Any):
    settings.APPLICATION_ROLE = f"never_{PARALLEL}"
    execute("RESET ROLE")
    execute(f"CREATE ROLE plain_{PARALLEL}")
    execute(f"SET ROLE plain_{PARALLEL}")
    privileges.grant()

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", [settings.APPLICATION_ROLE])
        assert cursor.fetchone() == (0,)
