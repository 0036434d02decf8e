"""What is wrong with a batch and what is worth knowing, found in the database over all rows at once (``reading.py``)."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.imports.faults import Faults, Notice
from records.imports.findings import Finding, add_faults, notices_of
from scores.entry.reading import DEFERRED, FULL_MARKS, OLD_NOTATION
from scores.entry.staging import COURSE, FLAG, MARK, SITE, TICKET
from scores.models import Mark, Publication, ScoreBatch

LONGEST_SITE = Mark._meta.get_field("site").max_length
READING = "score_reading"

_NUMBER = r"r.mark ~ '^-?[0-9]+(\.[0-9]+)?$'"
_FINE = r"r.mark ~ '^0{0,3}[0-9]{1,2}\.[0-9]+$'"
_UNREAD = "r.mark <> '' AND r.points IS NULL AND r.grade = '' AND r.old_flag IS NULL AND r.void_by IS NULL"
_FLAGS = ", ".join(f"'{flag}'" for flag in Mark.Flag.values)
_PRACTICAL = "%(practical)s"
THEORY_NOT_PASSED = """r.course_practical
               AND EXISTS (SELECT 1 FROM records_plancourse pc WHERE pc.course_id = r.course_id AND pc.theory_id IS NOT NULL)
               AND NOT EXISTS (SELECT 1 FROM records_plancourse pc
                                 JOIN records_credit h ON h.course_id = pc.theory_id AND h.candidate_id = r.candidate_id
                                WHERE pc.course_id = r.course_id)"""
"""A practical link of a reading ``r`` whose theory course, where a plan names one, the candidate has not passed."""

# fmt: off
FAULTS = (
    Finding("scores.ticket-missing", TICKET, "r.ticket", "r.ticket = ''",
            gettext_lazy("没有填写。应填考生的准考证号")),
    Finding("scores.unknown-ticket", TICKET, "r.ticket", "r.ticket <> '' AND r.candidate_id IS NULL",
            gettext_lazy("没有这个准考证号。请对照准考证核对，新考生要先登记")),
    Finding("scores.course-missing", COURSE, "r.course", "r.course = ''",
            gettext_lazy("没有填写。应填课程代码")),
    Finding("scores.unknown-course", COURSE, "r.course", "r.course <> '' AND r.course_id IS NULL",
            gettext_lazy("没有这个课程代码。请对照专业考试计划核对")),
    Finding("scores.twice-in-file", COURSE, "r.course", "r.row > f.first",
            gettext_lazy("重复。与第 %(detail)s 行是同一考生、同一课程，一个考次只能有一个成绩"), "f.first",
            """JOIN (SELECT candidate_id, course_id, min(row) AS first FROM score_reading
                      WHERE candidate_id IS NOT NULL AND course_id IS NOT NULL
                      GROUP BY candidate_id, course_id HAVING count(*) > 1) f USING (candidate_id, course_id)"""),
    Finding("scores.unknown-flag", FLAG, "r.flag", f"r.given_flag NOT IN ({_FLAGS})",
            gettext_lazy("不认识的标记。应为正常、缺考、违纪、作弊、取消之一，留空就是正常")),
    Finding("scores.flag-contradicts", FLAG, "r.flag",
            "r.old_flag IS NOT NULL AND r.given_flag NOT IN ('正常', r.old_flag)",
            gettext_lazy("与成绩栏的旧记号不一致。成绩栏的记号意思是“%(detail)s”"), "r.old_flag"),
    Finding("scores.mark-not-empty", MARK, "r.mark",
            f"r.mark <> '' AND r.old_flag IS NULL AND r.given_flag IN ({_FLAGS}) AND r.given_flag <> '正常'",
            gettext_lazy("应为空。标记不是“正常”时成绩留空")),
    Finding("scores.mark-missing", MARK, "r.mark", "r.mark = '' AND r.given_flag = '正常'",
            gettext_lazy("没有成绩。标记为正常（或为空）时要填成绩，没有到考请在标记栏写缺考")),
    Finding("scores.mark-decimals", MARK, "r.mark", f"{_UNREAD} AND {_FINE}",
            gettext_lazy("小数太多。应为 0 至 100，最多一位小数")),
    Finding("scores.mark-out-of-range", MARK, "r.mark", f"{_UNREAD} AND {_NUMBER} AND NOT {_FINE}",
            gettext_lazy("超出范围。应为 0 至 100，最多一位小数")),
    Finding("scores.mark-not-a-number", MARK, "r.mark", f"{_UNREAD} AND NOT {_NUMBER}",
            gettext_lazy("不是数字。应为 0 至 100，最多一位小数；实践成绩也可以是优秀、良好、中等、及格、不及格、合格、不合格")),
    Finding("scores.grade-in-theory", MARK, "r.mark", f"r.grade <> '' AND NOT {_PRACTICAL}",
            gettext_lazy("笔试成绩不用等第。应为 0 至 100 的数字；如果是实践成绩，请作为实践成绩文件上传")),
    Finding("scores.site-too-long", SITE, "r.site", f"length(r.site) > {LONGEST_SITE}",
            gettext_lazy("太长。最多 %(detail)s 个字"), str(LONGEST_SITE)),
    Finding("scores.other-kind", COURSE, "r.course", f"r.was_practical <> {_PRACTICAL}",
            gettext_lazy("这个考次已有该考生这门课程的%(detail)s成绩。请核对文件是笔试成绩还是实践成绩"),
            "CASE WHEN r.was_practical THEN '实践' ELSE '笔试' END"),
    Finding("scores.published", MARK, "r.mark", f"r.is_published AND r.differs AND r.was_practical = {_PRACTICAL}",
            gettext_lazy("已公布的成绩不能用导入改动（第 %(detail)s 次公布的成绩与此不同）。如确有错误，请办理成绩复核或更正"),
            "r.sequence"),
)

WARNINGS = (
    Finding("scores.void-by-penalty", TICKET, "r.ticket", "r.void_by IS NOT NULL",
            gettext_lazy("该考生在停考或延迟毕业期内（%(detail)s），成绩按取消记"), "r.void_by"),
    Finding("scores.void-by-decision", TICKET, "r.ticket", "r.decided_by IS NOT NULL AND r.reads_as <> '缺考'",
            gettext_lazy("该考生有违规处理决定（%(detail)s），成绩入库时按决定取消，文件里的成绩另行保存"), "r.decided_by"),
    Finding("scores.practical-in-theory", COURSE, "r.course", f"r.course_practical AND NOT {_PRACTICAL}",
            gettext_lazy("这是实践课程，却在笔试成绩文件里。已照收")),
    Finding("scores.theory-in-practical", COURSE, "r.course", f"NOT r.course_practical AND {_PRACTICAL}",
            gettext_lazy("这是理论课程，却在实践成绩文件里。已照收")),
    Finding("scores.practical-without-theory", COURSE, "r.course",
            f"r.reads_as = '正常' AND {THEORY_NOT_PASSED}",
            gettext_lazy("该考生还没有通过这个实践环节的理论课程。已照收")),
    Finding("scores.not-registered", TICKET, "r.ticket",
            """g.id IS NULL AND EXISTS (SELECT FROM scores_sittingregistration o
                                         WHERE o.sitting_id = %(sitting)s AND o.practical = %(practical)s)""",
            gettext_lazy("该考生在这个考次没有报考这门课程。请核对报考名单，已照收"), "NULL",
            """LEFT JOIN scores_sittingregistration g
                 ON g.sitting_id = %(sitting)s AND g.course_id = r.course_id AND g.candidate_id = r.candidate_id"""),
)
# fmt: on


def find_faults(batch: ScoreBatch, faults: Faults) -> None:
    """Add every fault of the rows in ``score_reading`` to those that reading the file has found."""
    add_faults(FAULTS, READING, _parameters(batch), faults)


def find_warnings(batch: ScoreBatch) -> list[Notice]:
    """What is worth knowing of rows that are taken: the first of each kind one by one, the others counted."""
    return notices_of(WARNINGS, READING, _parameters(batch)) + _interpreted()


def _parameters(batch: ScoreBatch) -> dict[str, int]:
    return {"practical": batch.kind == Publication.Kind.PRACTICAL, "sitting": batch.sitting_id}


def _interpreted() -> list[Notice]:
    """How often an old notation was read, one notice for each."""
    signs = {FULL_MARKS: "100", **{sign: flag.value for sign, flag in OLD_NOTATION.items()}}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mark, count(*), min(row) FROM score_reading WHERE mark = ANY(%s) GROUP BY mark ORDER BY mark", [[*signs]]
        )
        found = [(MARK, sign, signs[sign], *counted) for sign, *counted in cursor.fetchall()]
        cursor.execute("SELECT flag, count(*), min(row) FROM score_reading WHERE flag = %s GROUP BY flag", [DEFERRED])
        found += [(FLAG, flag, Mark.Flag.ABSENT.value, *counted) for flag, *counted in cursor.fetchall()]
    text = _("%(count)d 处“%(sign)s”读作%(meaning)s")
    return [
        Notice(first, column, sign, "scores.old-notation", text % {"count": count, "sign": sign, "meaning": meaning})
        for column, sign, meaning, count, first in found
    ]
