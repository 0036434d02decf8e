"""What the application's database role may do: rows, but no tables, and on the trail only adding and reading (HOUSE §3)."""

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from psycopg2 import sql

TRAIL = ("audit_event", "audit_seal", "audit_dailyreport")
STATEMENTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
)
CLOSED_TABLES = ("django_migrations",)


def grant(using: str = "default") -> None:
    """Give the application's role its rights on every table there is and will be; makes the role where the owner may.

    Does nothing where the connection itself is the application's: it could grant itself nothing.
    """
    role = settings.APPLICATION_ROLE
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if cursor.fetchone() == (role,) or not _role_stands(cursor, role):
            return
        names = {"role": sql.Identifier(role), "database": sql.Identifier(connection.settings_dict["NAME"])}
        for statement in STATEMENTS:
            cursor.execute(sql.SQL(statement).format(**names))
        _close(cursor, sql.Identifier(role))


def _close(cursor: CursorWrapper, role: sql.Identifier) -> None:
    tables = _tables(cursor)
    for table in TRAIL:
        if table in tables:
            cursor.execute(sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(sql.Identifier(table), role))
    for table in CLOSED_TABLES:
        if table in tables:
            cursor.execute(sql.SQL("REVOKE INSERT, UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), role))


def _tables(cursor: CursorWrapper) -> set[str]:
    """The tables of the schema."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name for (name,) in cursor.fetchall()}


def _role_stands(cursor: CursorWrapper, role: str) -> bool:
    """Whether the role exists, after making it where the connection's user may make roles."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('kaoji-roles'))")
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone():
        return True
    cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
    if cursor.fetchone() != (True,):
        return False
    cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
    return True
