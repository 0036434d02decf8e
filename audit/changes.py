"""Database triggers that write a changed row's before and after into the trail, however the change was made.

Statement-level with transition tables: one INSERT … SELECT for a bulk update, and raw SQL is caught like the ORM. Actor, purpose
and the rest come with the transaction (``audit/acting.py``).
"""

from collections.abc import Collection
from typing import Any

import pgtrigger

_BODY = """
INSERT INTO audit_event (kind, verb, actor_id, office_id, capacity, note, leave_id, request_id,
                         subject_table, subject_id, candidate_id, details)
SELECT 'change', {verb},
       NULLIF(current_setting('kaoji.actor', true), '')::bigint,
       NULLIF(current_setting('kaoji.office', true), '')::bigint,
       COALESCE(current_setting('kaoji.capacity', true), ''),
       COALESCE(current_setting('kaoji.purpose', true), ''),
       NULLIF(current_setting('kaoji.leave', true), '')::bigint,
       COALESCE(current_setting('kaoji.request', true), ''),
       TG_TABLE_NAME, changed.id, changed.candidate_id, changed.details
  FROM ({changed}) AS changed;
RETURN NULL;
"""

# OFFSET 0 keeps the planner from computing a row's line anew for every column of it: measured twenty times quicker
_UPDATED = """
    SELECT COALESCE((n.line ->> 'id')::bigint, (o.line ->> 'id')::bigint) AS id,
           (COALESCE(n.line, o.line) ->> '{candidate}')::bigint AS candidate_id,
           jsonb_build_object('before', d.was, 'after', d.becomes) AS details
      FROM (SELECT id, to_jsonb(r) - '{left_out}'::text[] AS line FROM old_rows r {only} OFFSET 0) o
      FULL JOIN (SELECT id, to_jsonb(r) - '{left_out}'::text[] AS line FROM new_rows r {only} OFFSET 0) n USING (id)
      CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(key, o.line -> key) FILTER (WHERE o.line IS NOT NULL) AS was,
               jsonb_object_agg(key, n.line -> key) FILTER (WHERE n.line IS NOT NULL) AS becomes
          FROM jsonb_object_keys(COALESCE(n.line, o.line)) AS key
         WHERE o.line -> key IS DISTINCT FROM n.line -> key) d
     WHERE o.line IS DISTINCT FROM n.line
"""

_DELETED = """
    SELECT id, (line ->> '{candidate}')::bigint AS candidate_id, jsonb_build_object('before', line) AS details
      FROM (SELECT id, to_jsonb(r) - '{left_out}'::text[] AS line FROM old_rows r {only}) gone
"""

_INSERTED = """
    SELECT id, (line ->> '{candidate}')::bigint AS candidate_id, jsonb_build_object('after', line) AS details
      FROM (SELECT id, to_jsonb(r) - '{left_out}'::text[] AS line FROM new_rows r {only}) come
"""


def change_triggers(
    *, candidate: str = "candidate_id", left_out: Collection[str] = (), only: str = "", inserts: bool = False
) -> list[pgtrigger.Trigger]:
    """The triggers of one table, for its ``Meta.triggers``.

    ``candidate`` is the column that says whose record a row belongs to; ``left_out`` are columns that never enter the trail
    (ciphertexts); ``only`` is a SQL condition on the row ``r`` (``WHERE …``) for tables of which not every change counts;
    ``inserts`` also records new rows (not for tables that batches fill: there the batch is the evidence).
    """
    words = {"candidate": candidate, "left_out": "{" + ",".join(left_out) + "}", "only": only}
    kinds = [("update", pgtrigger.Update, _UPDATED), ("delete", pgtrigger.Delete, _DELETED)]
    if inserts:
        kinds.append(("insert", pgtrigger.Insert, _INSERTED))
    return [_trigger(verb, operation, body.format(**words)) for verb, operation, body in kinds]


def _trigger(verb: str, operation: Any, changed: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=f"trail_{verb}",
        when=pgtrigger.After,
        operation=operation,
        level=pgtrigger.Statement,
        referencing=pgtrigger.Referencing(
            old="old_rows" if verb != "insert" else None, new="new_rows" if verb != "delete" else None
        ),
        func=_BODY.format(verb=f"'{verb}'", changed=changed),
    )
