"""Who acts, for what: carried from the request or job to the database, where the triggers write it into the trail.

``with acting(user, purpose=…):`` sets it for the running thread. An execute wrapper puts it in front of every writing statement
as transaction-local settings (``kaoji.actor`` …), so that it costs no round trip, survives connection pooling, and a statement
sent past the portal simply has no actor. A COPY, which Django's wrappers do not see, is named by the connection's own cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg2.extensions import TRANSACTION_STATUS_IDLE, QuotedString, cursor
from psycopg2.sql import Composable

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from audit.workflow import User


@dataclass(frozen=True)
class Acting:
    """The circumstances of what is done now; all empty when nobody is named."""

    actor_id: int | None = None
    office_id: int | None = None
    capacity: str = ""
    purpose: str = ""
    leave_id: int | None = None
    request_id: str = ""

    def columns(self) -> dict[str, Any]:
        """What the trail keeps of it on every event."""
        return {
            "actor_id": self.actor_id,
            "office_id": self.office_id,
            "capacity": self.capacity,
            "leave_id": self.leave_id,
            "request_id": self.request_id,
        }


NOBODY = Acting()
_current: ContextVar[Acting] = ContextVar("acting", default=NOBODY)


def current() -> Acting:
    """The circumstances in force in this thread."""
    return _current.get()


@contextmanager
def acting(user: User | None = None, **circumstances: Any) -> Iterator[Acting]:
    """Within the block, what is written is attributed to ``user``; named circumstances replace those in force."""
    if user is not None:
        own = {"actor_id": user.pk, "office_id": getattr(user, "office_id", None), "capacity": getattr(user, "capacity", "")}
        circumstances = own | circumstances
    token = _current.set(replace(_current.get(), **circumstances))
    try:
        yield _current.get()
    finally:
        _current.reset(token)


def attribute_writes(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receiver of ``connection_created``: every connection names the actor before it writes."""
    if _name_the_actor not in connection.execute_wrappers:
        connection.execute_wrappers.append(_name_the_actor)
    connection.connection.cursor_factory = CopyingCursor


class CopyingCursor(cursor):  # type: ignore[misc]
    """Names the actor in front of a COPY as well, which passes Django's execute wrappers by."""

    def copy_expert(self, sql: str, file: Any, size: int = 8192) -> None:
        """Copy in one transaction with the actor's settings; PostgreSQL takes a COPY only as a statement of its own."""
        now = _current.get()
        if now == NOBODY or self.connection.info.transaction_status != TRANSACTION_STATUS_IDLE:
            self._copy(now, sql, file, size)
            return
        self.execute("BEGIN")
        try:
            self._copy(now, sql, file, size)
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    def _copy(self, now: Acting, sql: str, file: Any, size: int) -> None:
        if now != NOBODY:
            self.execute(_setting(now))
        super().copy_expert(sql, file, size)


_READING = (
    "SELECT",
    "SAVEPOINT",
    "RELEASE",
    "ROLLBACK",
    "SET",
    "SHOW",
    "DECLARE",
    "FETCH",
    "EXPLAIN",
    "CLOSE",
    "BEGIN",
    "COMMIT",
)


def _name_the_actor(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    now = _current.get()
    if now == NOBODY:
        return execute(sql, params, many, context)
    if isinstance(sql, Composable):
        sql = sql.as_string(context["cursor"].cursor)
    if sql.lstrip().upper().startswith(_READING):
        return execute(sql, params, many, context)
    setting = _setting(now)
    if params is not None:
        setting = setting.replace("%", "%%")
    return execute(f"{setting}; {sql}", params, many, context)


def _setting(now: Acting) -> str:
    names = {
        "kaoji.actor": now.actor_id or "",
        "kaoji.office": now.office_id or "",
        "kaoji.capacity": now.capacity,
        "kaoji.purpose": now.purpose,
        "kaoji.leave": now.leave_id or "",
        "kaoji.request": now.request_id,
    }
    return "SELECT " + ", ".join(f"set_config('{name}', {_quoted(str(value))}, true)" for name, value in names.items())


def _quoted(text: str) -> str:
    quoted = QuotedString(text.replace("\x00", ""))
    quoted.encoding = "utf-8"
    return str(quoted.getquoted(), "utf-8")
