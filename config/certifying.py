"""考籍信息简表: the seven kinds of the record in short, as of the day of issue (U3, L6). Knowing every app, it stands here."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.workflow import Status
from config.record import Record, seven_kinds
from config.record_parts import STATES
from records.candidates.models import Candidate
from records.certificates.differences import differing
from records.certificates.facts import lines_of, majors_of, person_of
from records.certificates.kinds import ISSUE, Choice, Facts, Kind, register
from records.certificates.own_kinds import column, courses_table, majors_table, rows_of_person
from records.certificates.wording import day
from records.ledger.models import Source
from records.ledger.reading import credits_of

COUNTER = "records.look_up_at_counter"


def summary_of(candidate: Candidate, _choice: Choice) -> Facts:
    """The record in short; also of somebody who has none yet."""
    record = seven_kinds(candidate)
    return person_of(candidate) | {
        "registration_number": candidate.registration_number,
        "university": candidate.managing_university.name,
        "record_opened_on": candidate.record_opened_on.isoformat() if candidate.record_opened_on else "",
        "state": record.state,
        "majors": majors_of(candidate),
        "courses": lines_of(credits_of([candidate.pk])[candidate.pk]),
        "attempts": len(record.marks),
        "violations": _violations(record),
        "transfers": len(record.transfers),
        "exemptions": [each["course"] for each in record.exemptions if each["status"] == Status.GRANTED],
        "graduations": [
            {"major": each["major"], "term": each["term"], "diploma": each["diploma"]}
            for each in record.graduations
            if each["diploma"]
        ],
    }


def _violations(record: Record) -> list[dict[str, str]]:
    """What stands; a revoked decision is none."""
    return [
        {"penalty": str(each["penalty"]), "from": each["from"].isoformat(), "to": each["to"].isoformat() if each["to"] else ""}
        for each in record.violations
        if not each["revoked"]
    ]


def summary_paper(facts: Facts) -> dict[str, Any]:
    """The numbers, the seven kinds in a line each, the majors and the courses."""
    opened = day(facts["record_opened_on"]) or _("尚未建立")
    numbers = [
        [(_("报名号"), facts["registration_number"]), (_("考籍状态"), str(STATES[facts["state"]]))],
        [(_("主考院校"), facts["university"]), (_("建籍日期"), opened)],
    ]
    return {
        "facts": [*rows_of_person(facts), *numbers],
        "tables": said_of_summary(facts),
        "closing": _("以上内容与出具时的电子考籍一致。本表供核对，不代替毕业证书和《课程合格成绩证明》。"),
    }


def said_of_summary(facts: Facts) -> list[dict[str, Any]]:
    """The tables; they hold no number of the person."""
    tables = [_seven(facts)]
    if facts["majors"]:
        tables.append(majors_table(facts["majors"]))
    if facts["courses"]:
        tables.append(courses_table(facts["courses"]) | {"title": _("已通过课程")})
    return tables


def _seven(facts: Facts) -> dict[str, Any]:
    received = sum(line["source"] == Source.TRANSFER for line in facts["courses"])
    violations = "；".join(_violation(each) for each in facts["violations"])
    diplomas = "；".join(f"{each['major']} {each['term']}" for each in facts["graduations"])
    rows = [
        [_("自然信息"), _("见上表")],
        [_("成绩"), _("参加考试、考核%(attempts)s科次，合格%(passed)s门") % _counts(facts)],
        [_("考试违规"), violations or _("无")],
        [_("考籍转移"), _some(facts["transfers"], _("%(count)s次"))],
        [_("接考"), _some(received, _("%(count)s门"))],
        [_("免考"), _some(len(facts["exemptions"]), _("%(count)s门"))],
        [_("毕业"), diplomas or _("无")],
    ]
    heads = [column(_("考籍信息")), column(_("内容"), "1fr", "left")]
    return {"title": _("七类信息"), "columns": heads, "rows": rows}


def _counts(facts: Facts) -> dict[str, int]:
    return {"attempts": facts["attempts"], "passed": len(facts["courses"])}


def _violation(each: dict[str, str]) -> str:
    until = day(each["to"])
    return f"{each['penalty']}（{day(each['from'])}{_('至') + until if until else _('起')}）"


def _some(count: int, words: str) -> str:
    return words % {"count": count} if count else _("无")


register(
    Kind(
        "record",
        gettext_lazy("考籍信息简表"),
        gettext_lazy("七类考籍信息的摘要，供本人和柜台核对。"),
        "statement",
        summary_of,
        summary_paper,
        said_of_summary,
        differing,
        permissions=(ISSUE, COUNTER),
    )
)
