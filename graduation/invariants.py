"""What must hold of graduation: a granted case has its diploma, a diploma its case, a number is given out once."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from audit.invariants import Invariant, asked


@asked
def diplomas() -> Iterable[Invariant]:
    """Cases and their diplomas."""
    return (
        Invariant(
            "graduation.case",
            _("毕业证书有已批准的申请，或为接收的旧证"),
            "graduation_diploma",
            """SELECT d.id
                 FROM graduation_diploma d JOIN graduation_graduationapplication a ON a.id = d.application_id
                WHERE (a.candidate_id, a.major_id) <> (d.candidate_id, d.major_id)
                   OR NOT (a.status = 'granted' OR (a.status = 'revoked' AND d.cancelled_at IS NOT NULL))""",
        ),
        Invariant(
            "graduation.diploma",
            _("已批准的毕业申请有毕业证书"),
            "graduation_graduationapplication",
            """SELECT a.id FROM graduation_graduationapplication a
                WHERE a.status = 'granted' AND NOT EXISTS (SELECT FROM graduation_diploma d WHERE d.application_id = a.id)""",
            part="WHERE status = 'granted'",
        ),
        Invariant(
            "graduation.number",
            _("毕业证书编号只发一次"),
            "graduation_diploma",
            "SELECT min(id) FROM graduation_diploma GROUP BY number HAVING count(*) > 1",
        ),
    )
