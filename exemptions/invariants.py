"""What must hold of exemptions: a granted one is a credit entry, and every such entry has its granted case."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from audit.invariants import Invariant, asked
from exemptions.workflow import ORIGIN


@asked
def entries() -> Iterable[Invariant]:
    """Cases and the entries that they made."""
    return (
        Invariant(
            "exemptions.entry",
            _("已批准的免考有有效的学分依据"),
            "exemptions_exemptionapplication",
            """SELECT a.id FROM exemptions_exemptionapplication a
                WHERE a.status = 'granted'
                  AND NOT EXISTS (SELECT FROM records_creditentry e
                                   WHERE e.origin = %(origin)s AND e.origin_id = a.id::text AND e.revoked_at IS NULL
                                     AND e.candidate_id = a.candidate_id AND e.course_id = a.course_id)""",
            {"origin": ORIGIN},
            part="WHERE status = 'granted'",
        ),
        Invariant(
            "exemptions.case",
            _("免考的学分依据有已批准的申请"),
            "records_creditentry",
            """SELECT e.id
                 FROM records_creditentry e
                 LEFT JOIN exemptions_exemptionapplication a ON a.id::text = e.origin_id AND a.status = 'granted'
                WHERE e.origin = %(origin)s AND e.revoked_at IS NULL
                  AND (a.candidate_id, a.course_id) IS DISTINCT FROM (e.candidate_id, e.course_id)""",
            {"origin": ORIGIN},
            part=f"WHERE origin = '{ORIGIN}'",
        ),
    )
