"""What must hold of marks: a published pass is a credit entry, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from audit.invariants import Invariant, asked
from records.ledger.book import PASS_MARK, PASSING_GRADES
from scores.models import Mark

_PASSES = "m.flag = %(normal)s AND (m.points >= %(pass)s OR m.grade = ANY(%(grades)s))"
_PASSING = {"normal": Mark.Flag.NORMAL.value, "pass": PASS_MARK, "grades": [*PASSING_GRADES]}


@asked
def marks() -> Iterable[Invariant]:
    """Published marks and the entries that they made."""
    return (
        Invariant(
            "marks.published",
            _("只有已公布的合格成绩计入学分"),
            "records_creditentry",
            f"""WITH e AS MATERIALIZED (SELECT id, candidate_id, course_id, split_part(origin_id, '.', 1)::bigint AS mark_id
                                          FROM records_creditentry WHERE origin = 'scores.mark' AND revoked_at IS NULL)
                SELECT e.id
                  FROM e
                  LEFT JOIN (scores_mark m JOIN scores_publication p
                               ON p.id = m.publication_id AND p.published_at <= clock_timestamp() AND {_PASSES})
                         ON m.id = e.mark_id
                 WHERE (m.candidate_id, m.course_id) IS DISTINCT FROM (e.candidate_id, e.course_id)""",
            _PASSING,
            part="WHERE origin = 'scores.mark'",
        ),
        Invariant(
            "marks.entered",
            _("公布完毕的合格成绩都已计入"),
            "scores_mark",
            f"""SELECT m.id
                  FROM scores_mark m JOIN scores_publication p ON p.id = m.publication_id
                 WHERE p.published_at <= clock_timestamp() AND p.credits_entered_at IS NOT NULL AND {_PASSES}
                   AND NOT EXISTS (SELECT FROM records_creditentry e
                                    WHERE e.origin = 'scores.mark' AND split_part(e.origin_id, '.', 1) = m.id::text)""",
            _PASSING,
        ),
    )
