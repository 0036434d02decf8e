"""What must hold across the apps: every case of every workflow lies where its last step put it; what holds of appointments."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from audit.invariants import Invariant, asked
from config.appointing import invariants as appointing  # noqa: F401 - registers them
from config.workflows import KINDS


@asked
def desks() -> Iterable[Invariant]:
    """Each case lies on a desk of its own workflow, and came there by the step that the trail names last."""
    for kind in KINDS:
        table = kind.workflow.model._meta.db_table
        steps = kind.workflow.table
        desks = {status for step in steps for status in (*step.source, step.target)} | {"revoked"}
        yield Invariant(
            f"{kind.namespace}.desk",
            _("每件申请都在其最后一步所到之处"),
            table,
            f"""SELECT a.id
                  FROM {table} a
                  LEFT JOIN (SELECT DISTINCT ON (subject_id) subject_id, after FROM audit_event
                              WHERE kind = 'step' AND outcome = 'done' AND subject_table = %(table)s
                              ORDER BY subject_id, id DESC) e ON e.subject_id = a.id
                 WHERE a.status <> ALL(%(desks)s) OR a.status <> COALESCE(e.after, 'draft')""",
            {"table": table, "desks": sorted(map(str, desks))},
        )
