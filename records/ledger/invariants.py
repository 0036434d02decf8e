"""What must hold of credits: the best standing entry counts, every change is in the feed, a first pass opens the record."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from audit.invariants import Invariant, asked

_BEST = """
SELECT candidate_id, course_id, id, source, mark, grade, "on", first_on, latest_on
  FROM (SELECT e.*, min("on") OVER pair AS first_on, max("on") OVER pair AS latest_on,
               row_number() OVER (PARTITION BY candidate_id, course_id
                                  ORDER BY rank DESC NULLS LAST,
                                           array_position(ARRAY['exam', 'practical', 'transfer', 'exemption'], source::text),
                                           "on", id) AS place
          FROM records_creditentry e WHERE revoked_at IS NULL
        WINDOW pair AS (PARTITION BY candidate_id, course_id)) standing
 WHERE place = 1
"""


@asked
def ledger() -> Iterable[Invariant]:
    """Entries, credits and their feed."""
    return (
        Invariant(
            "ledger.best-entry",
            _("学分等于最好的有效依据"),
            "records_credit",
            f"""SELECT COALESCE(c.id, b.id)
                  FROM ({_BEST}) b FULL JOIN records_credit c USING (candidate_id, course_id)
                 WHERE (c.entry_id, c.source, c.mark, c.grade, c."on", c.first_on, c.latest_on)
                       IS DISTINCT FROM (b.id, b.source, b.mark, b.grade, b."on", b.first_on, b.latest_on)""",
        ),
        Invariant(
            "ledger.feed",
            _("每条学分的变化都在变更流中"),
            "records_creditchange",
            """SELECT COALESCE(c.id, f.id)
                 FROM (SELECT DISTINCT ON (candidate_id, course_id) candidate_id, course_id, id, kind
                         FROM records_creditchange WHERE kind <> 'corrected' ORDER BY candidate_id, course_id, id DESC) f
                 FULL JOIN records_credit c USING (candidate_id, course_id)
                WHERE (c.id IS NOT NULL) <> (f.id IS NOT NULL AND f.kind <> 'revoked')""",
        ),
        Invariant(
            "ledger.opening",
            _("有考试合格记录即已建籍，并有考籍号"),
            "records_candidate",
            """SELECT c.id
                 FROM records_candidate c
                 LEFT JOIN (SELECT DISTINCT candidate_id FROM records_creditentry WHERE source IN ('exam', 'practical')) e
                        ON e.candidate_id = c.id
                WHERE c.merged_into_id IS NULL
                  AND ((c.record_opened_on IS NOT NULL) <> (e.candidate_id IS NOT NULL)
                       OR (c.record_opened_on IS NOT NULL AND c.record_number IS NULL))""",
            part="WHERE merged_into_id IS NULL",
        ),
    )
