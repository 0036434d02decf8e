"""Under which seal an event stands."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from audit.models import Event

_SEAL_OVER = """
SELECT e.id, (SELECT s.number FROM audit_seal s
               WHERE (s.upto_transaction, s.upto_event) >= (e.transaction, e.id)
               ORDER BY s.upto_transaction, s.upto_event LIMIT 1)
  FROM audit_event e WHERE e.id = ANY(%s)
"""


def seals_of(events: Iterable[Event]) -> dict[int, int]:
    """The numbers of the seals that reach as far as the events, by event; those not sealed yet are missing."""
    with connection.cursor() as cursor:
        cursor.execute(_SEAL_OVER, [[event.pk for event in events]])
        return {pk: number for pk, number in cursor.fetchall() if number is not None}
