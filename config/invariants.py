"""What must hold in the database whatever happened: each sentence one statement over all rows, asked of one snapshot.

``examine`` asks them all; a sound database answers nothing. Subjects are ids of rows, never numbers or names of people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from config.appointing.invariants import PEOPLE
from config.workflows import KINDS
from exemptions.workflow import ORIGIN as EXEMPTION_ORIGIN
from records.candidates.numbers import has_valid_check_digit
from records.ledger.book import PASS_MARK, PASSING_GRADES
from records.merging.moving import field_of, moving_fields
from records.settings.catalogue import DEFINITIONS
from records.settings.models import Setting
from scores.models import Mark

SHOWN_OF_EACH = 100


@dataclass(frozen=True)
class Invariant:
    """A sentence that is true when all is well, the table it is about, and the statement that finds the rows that break it.

    ``broken`` yields ids; with ``holds`` it yields ids with a value each, and those break it whose value does not hold.
    """

    code: str
    sentence: Any
    table: str
    broken: str
    params: dict[str, Any] | None = None
    holds: Callable[[str], bool] | None = None
    part: str = ""

    def rows(self) -> int:
        """How many rows it is about."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self.table} {self.part}")
            return int(cursor.fetchone()[0])

    def breaches(self) -> Iterator[int]:
        """The ids of the rows that break it, streamed."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(self.broken, self.params or {})
            for row in cursor:
                if self.holds is None or not self.holds(row[1]):
                    yield row[0]


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

LEDGER = (
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

NUMBERS = (
    Invariant(
        "numbers.current-ticket",
        _("每名考生有且只有一个现用准考证号"),
        "records_candidate",
        """SELECT c.id FROM records_candidate c
             LEFT JOIN records_ticket t ON t.candidate_id = c.id AND t.is_current
            WHERE c.merged_into_id IS NULL
            GROUP BY c.id HAVING count(t.id) <> 1""",
        part="WHERE merged_into_id IS NULL",
    ),
    Invariant(
        "numbers.one-holder",
        _("一个号码只属于一名考生"),
        "records_candidate",
        """SELECT min(candidate_id)
             FROM (SELECT number, candidate_id FROM records_ticket
                   UNION ALL SELECT record_number, COALESCE(merged_into_id, id) FROM records_candidate
                              WHERE record_number IS NOT NULL
                   UNION ALL SELECT registration_number, COALESCE(merged_into_id, id) FROM records_candidate) held
            GROUP BY number HAVING count(DISTINCT candidate_id) > 1""",
    ),
)
MERGED = (
    Invariant(
        "merging.chains",
        _("考籍并入的是一份仍在使用的考籍"),
        "records_candidate",
        """SELECT c.id FROM records_candidate c JOIN records_candidate k ON k.id = c.merged_into_id
            WHERE k.merged_into_id IS NOT NULL OR k.id = c.id""",
        part="WHERE merged_into_id IS NOT NULL",
    ),
    Invariant(
        "merging.case",
        _("并入的考籍有已办结的合并"),
        "records_mergerequest",
        """SELECT c.id FROM records_candidate c
            WHERE c.merged_into_id IS NOT NULL
              AND NOT EXISTS (SELECT FROM records_mergerequest m WHERE m.merged_id = c.id AND m.status = 'done')
            UNION ALL
           SELECT m.merged_id FROM records_mergerequest m JOIN records_candidate c ON c.id = m.merged_id
            WHERE m.status = 'done' AND c.merged_into_id IS DISTINCT FROM m.candidate_id""",
        part="WHERE status = 'done'",
    ),
)
_CHECK_DIGITS = Invariant(
    "numbers.check-digit",
    _("报名号的校验码正确"),
    "records_candidate",
    "SELECT id, registration_number FROM records_candidate",
    holds=has_valid_check_digit,
)

CASES = (
    Invariant(
        "exemptions.entry",
        _("已批准的免考有有效的学分依据"),
        "exemptions_exemptionapplication",
        """SELECT a.id FROM exemptions_exemptionapplication a
            WHERE a.status = 'granted'
              AND NOT EXISTS (SELECT FROM records_creditentry e
                               WHERE e.origin = %(origin)s AND e.origin_id = a.id::text AND e.revoked_at IS NULL
                                 AND e.candidate_id = a.candidate_id AND e.course_id = a.course_id)""",
        {"origin": EXEMPTION_ORIGIN},
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
        {"origin": EXEMPTION_ORIGIN},
        part=f"WHERE origin = '{EXEMPTION_ORIGIN}'",
    ),
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

PAPER = (
    Invariant(
        "archive.proof",
        _("已更改的考籍更改申请，证明材料已归入纸质档案，更改记录单已列入目录"),
        "records_correctionrequest",
        """SELECT r.id FROM records_correctionrequest r
            WHERE r.status = 'done'
              AND (SELECT count(DISTINCT kind) FROM records_paperitem i
                    WHERE i.correction_id = r.id
                      AND (i.kind = 'proof' AND i.filed_on IS NOT NULL OR i.kind = 'change-note')) < 2""",
        part="WHERE status = 'done'",
    ),
    Invariant(
        "archive.candidate",
        _("更改申请的材料在该考生的纸质档案里"),
        "records_paperitem",
        """SELECT i.id
             FROM records_paperitem i
             JOIN records_paperfile f ON f.id = i.file_id
             JOIN records_correctionrequest r ON r.id = i.correction_id
            WHERE r.candidate_id <> f.candidate_id""",
        part="WHERE correction_id IS NOT NULL",
    ),
    Invariant(
        "archive.number",
        _("一所院校的一个档案编号只给一份档案"),
        "records_paperfile",
        "SELECT min(id) FROM records_paperfile GROUP BY university_id, number HAVING count(*) > 1",
    ),
    Invariant(
        "archive.period",
        _("一所院校的档案变动报告，报告期互不重叠"),
        "records_archivereport",
        """SELECT a.id FROM records_archivereport a JOIN records_archivereport b USING (university_id)
            WHERE a.id > b.id AND a.first_day <= b.last_day AND a.last_day >= b.first_day""",
    ),
)

_PASSES = "m.flag = %(normal)s AND (m.points >= %(pass)s OR m.grade = ANY(%(grades)s))"
_PASSING = {"normal": Mark.Flag.NORMAL.value, "pass": PASS_MARK, "grades": [*PASSING_GRADES]}
MARKS = (
    Invariant(
        "marks.published",
        _("只有已公布的合格成绩计入学分"),
        "records_creditentry",
        f"""WITH e AS MATERIALIZED (SELECT id, candidate_id, course_id, origin_id::bigint AS mark_id
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
               AND NOT EXISTS (SELECT FROM records_creditentry e WHERE e.origin = 'scores.mark' AND e.origin_id = m.id::text)""",
        _PASSING,
    ),
)


def _desks() -> Iterator[Invariant]:
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


def _left_behind() -> Invariant:
    """Through no foreign key that moves in a merger does anything point at a record that was merged into another one."""
    places = [(model._meta.db_table, model._meta.get_field(name)) for model, name in map(field_of, moving_fields())]
    pointing = " OR ".join(f"EXISTS (SELECT FROM {table} r WHERE r.{field.column} = c.id)" for table, field in places)  # type: ignore[union-attr]
    return Invariant(
        "merging.left-behind",
        _("没有内容留在已并入的考籍上"),
        "records_candidate",
        f"SELECT c.id FROM records_candidate c WHERE c.merged_into_id IS NOT NULL AND ({pointing})",
        part="WHERE merged_into_id IS NOT NULL",
    )


def invariants() -> list[Invariant]:
    """Everything that is asked."""
    numbers = [*NUMBERS, _CHECK_DIGITS] if _always_checked("number.registration") else [*NUMBERS]
    return [*LEDGER, *numbers, *MERGED, _left_behind(), *CASES, *PAPER, *MARKS, *(Invariant(*each) for each in PEOPLE), *_desks()]


def _always_checked(key: str) -> bool:
    """Whether every number format that was ever in force ends in a check digit."""
    formats = [DEFINITIONS[key].default, *Setting.objects.filter(key=key).values_list("value", flat=True)]
    return all(str(pattern).endswith("{check}") for pattern in formats)


def examine() -> dict[str, Any]:
    """Ask everything of one snapshot: ``{"checked": {code: rows}, "broken": [{"code", "message", "table", "id"}]}``.

    Of each invariant at most the first hundred rows that break it are named; a line without an id says that there are more.
    """
    checked: dict[str, int] = {}
    broken: list[dict[str, Any]] = []
    with transaction.atomic():
        _one_snapshot()
        for invariant in invariants():
            checked[invariant.code] = invariant.rows()
            broken += _named(invariant)
    return {"checked": checked, "broken": broken}


def _one_snapshot() -> None:
    """Nothing that happens meanwhile is seen by halves; within a caller's transaction its own snapshot has to do."""
    if len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _named(invariant: Invariant) -> list[dict[str, Any]]:
    ids: list[int | None] = list(islice(invariant.breaches(), SHOWN_OF_EACH + 1))
    shown = [*ids[:SHOWN_OF_EACH], None] if len(ids) > SHOWN_OF_EACH else ids
    about = {"code": invariant.code, "message": str(invariant.sentence), "table": invariant.table}
    return [{**about, "id": row_id} for row_id in shown]
