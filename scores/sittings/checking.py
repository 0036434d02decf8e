"""What is wrong with a file of registrations and what is worth knowing, found over all rows at once (``reading.py``)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from records.imports.faults import Faults, Notice
from records.imports.findings import Finding, add_faults, notices_of
from scores.entry.checking import THEORY_NOT_PASSED
from scores.models import RegistrationFile, SittingRegistration
from scores.sittings.reading import READING, parameters_of
from scores.sittings.staging import COURSE, ROOM, SEAT, SITE, TICKET


def _longest(column: str) -> int:
    return int(getattr(SittingRegistration._meta.get_field(column), "max_length", None) or 0)


def _too_long(column: str, name: str) -> Finding:
    longest = _longest(column)
    text = gettext_lazy("太长。最多 %(detail)s 个字")
    condition = f"length(r.given_{column}) > {longest}"
    return Finding(f"registrations.{column}-too-long", name, f"r.given_{column}", condition, text, str(longest))


_WRITES = "(r.registration_id IS NULL OR r.is_changed)"
_SEATED = "r.seat <> '' AND r.site <> ''"

# fmt: off
FAULTS = (
    Finding("registrations.ticket-missing", TICKET, "r.ticket", "r.ticket = ''",
            gettext_lazy("没有填写。应填考生的准考证号")),
    Finding("registrations.unknown-ticket", TICKET, "r.ticket", "r.ticket <> '' AND r.candidate_id IS NULL",
            gettext_lazy("没有这个准考证号。请对照准考证核对，新考生要先登记")),
    Finding("registrations.suspended", TICKET, "r.ticket", "r.barred_by IS NOT NULL",
            gettext_lazy("该考生停考期未满（%(detail)s，至 %(more)s），不能报考。请从文件中去掉；决定已撤销的，先办撤销"),
            "r.barred_by", more="to_char(r.barred_until, 'YYYY-MM-DD')"),
    Finding("registrations.course-missing", COURSE, "r.course", "r.course = ''",
            gettext_lazy("没有填写。应填课程代码")),
    Finding("registrations.unknown-course", COURSE, "r.course", "r.course <> '' AND r.course_id IS NULL",
            gettext_lazy("没有这个课程代码。请对照专业考试计划核对")),
    Finding("registrations.twice-in-file", COURSE, "r.course", "r.row > f.first",
            gettext_lazy("重复。与第 %(detail)s 行是同一考生、同一课程，一个考次只能报考一次"), "f.first",
            f"""JOIN (SELECT candidate_id, course_id, min(row) AS first FROM {READING}
                       WHERE candidate_id IS NOT NULL AND course_id IS NOT NULL
                       GROUP BY candidate_id, course_id HAVING count(*) > 1) f USING (candidate_id, course_id)"""),
    Finding("registrations.other-kind", COURSE, "r.course", "r.was_practical <> %(practical)s",
            gettext_lazy("该考生这门课程在这个考次已按%(detail)s报考。请核对文件是笔试报考还是实践报考"),
            "CASE WHEN r.was_practical THEN '实践' ELSE '笔试' END"),
    Finding("registrations.published", COURSE, "r.course", _WRITES,
            gettext_lazy("这门课程在这个考次的成绩已经公布，不能再报考或改座位。请核对考次"), "NULL",
            """JOIN (SELECT DISTINCT m.course_id FROM scores_mark m JOIN scores_publication p ON p.id = m.publication_id
                      WHERE m.sitting_id = %(sitting)s AND m.practical = %(practical)s AND p.published_at IS NOT NULL) o
                 USING (course_id)"""),
    _too_long("site", SITE),
    _too_long("room", ROOM),
    _too_long("seat", SEAT),
    Finding("registrations.seat-twice", SEAT, "r.seat", f"{_SEATED} AND r.row > f.first",
            gettext_lazy("座位重复。与第 %(detail)s 行是同一课程、同一考点和考场的同一座位，一个座位只能安排一人"), "f.first",
            f"""JOIN (SELECT course_id, site, room, seat, min(row) AS first FROM {READING}
                       WHERE candidate_id IS NOT NULL AND course_id IS NOT NULL AND seat <> '' AND site <> ''
                       GROUP BY course_id, site, room, seat HAVING count(DISTINCT candidate_id) > 1) f
                  USING (course_id, site, room, seat)"""),
    Finding("registrations.seat-taken", SEAT, "r.seat", f"{_SEATED} AND again.row IS NULL",
            gettext_lazy("这个座位已安排给准考证号 %(detail)s 的考生（同一课程、同一考点和考场）。请换一个座位"), "t.number",
            f"""JOIN scores_sittingregistration g
                  ON g.sitting_id = %(sitting)s AND g.course_id = r.course_id AND g.site = r.site AND g.room = r.room
                 AND g.seat = r.seat AND g.candidate_id <> r.candidate_id
                LEFT JOIN {READING} again ON again.candidate_id = g.candidate_id AND again.course_id = g.course_id
                LEFT JOIN records_ticket t ON t.candidate_id = g.candidate_id AND t.is_current"""),
)

WARNINGS = (
    Finding("registrations.changed", SEAT, "r.seat", "r.is_changed",
            gettext_lazy("该考生已报考这门课程，地点改为这一行所写（原为：%(detail)s）"),
            "COALESCE(NULLIF(r.was_at, ''), '没有安排')"),
    Finding("registrations.already-passed", COURSE, "r.course", "h.candidate_id IS NOT NULL",
            gettext_lazy("该考生已经通过这门课程，可以重考，按最好的成绩计。已照收"), "NULL",
            "JOIN records_credit h ON h.candidate_id = r.candidate_id AND h.course_id = r.course_id"),
    Finding("registrations.practical-in-theory", COURSE, "r.course", "r.course_practical AND NOT %(practical)s",
            gettext_lazy("这是实践课程，却在笔试报考文件里。已照收")),
    Finding("registrations.theory-in-practical", COURSE, "r.course", "NOT r.course_practical AND %(practical)s",
            gettext_lazy("这是理论课程，却在实践报考文件里。已照收")),
    Finding("registrations.practical-without-theory", COURSE, "r.course", THEORY_NOT_PASSED,
            gettext_lazy("该考生还没有通过这个实践环节的理论课程。已照收")),
)
# fmt: on


def find_faults(batch: RegistrationFile, faults: Faults) -> None:
    """Add every fault of the rows in ``registration_reading`` to those that reading the file has found."""
    add_faults(FAULTS, READING, parameters_of(batch), faults)


def find_warnings(batch: RegistrationFile) -> list[Notice]:
    """What is worth knowing of rows that are taken: the first of each kind one by one, the others counted."""
    return notices_of(WARNINGS, READING, parameters_of(batch))
