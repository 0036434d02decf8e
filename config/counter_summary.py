"""A record in short, as a counter shows and prints it: who it is, the seven kinds in a line each, the passed courses."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from audit.workflow import Status
from config.passed import passed_courses_of
from config.record import Record, seven_kinds
from config.record_parts import record_state
from config.wording import grouped_number, plain_number, written_date
from records.candidates.models import Candidate


def short_of(candidate: Candidate) -> dict[str, Any]:
    """``who``, ``facts``, ``kinds``, ``courses`` and their ``sum`` for the page; no phone, no address, the document masked."""
    record = seven_kinds(candidate)
    passed = passed_courses_of(record)
    words = {"count": passed["count"], "credits": plain_number(passed["credits"])}
    return {
        "candidate": candidate,
        "who": {"label": _("考生"), "name": candidate.name, "state": record_state(record), "facts": _numbers(record)},
        "facts": _facts(candidate, record),
        "kinds": _kinds(record),
        "courses": [*passed["written"], *passed["practical"]],
        "sum": _("%(count)s门，%(credits)s学分") % words,
    }


def _numbers(record: Record) -> list[tuple[str, Any]]:
    return [
        (_("考籍号"), grouped_number(record.numbers["record"]) or _("尚未建立")),
        (_("准考证号"), grouped_number(record.numbers["ticket"]) or _("未发放")),
        (_("报名号"), grouped_number(record.numbers["registration"])),
    ]


def _facts(candidate: Candidate, record: Record) -> list[tuple[Any, ...]]:
    person = record.personal
    majors = "、".join(f"{each['name']}（{each['code']}）" for each in person["majors"] if not each["closed_on"])
    return [
        (_("证件类型"), person["document"]),
        (_("证件号码"), person["identity"]),
        (_("性别"), person["sex"]),
        (_("出生日期"), written_date(person["birth_date"])),
        (_("建籍日期"), written_date(person["record_opened_on"]) or _("尚未建立考籍")),
        (_("主考院校"), candidate.managing_university.name),
        (_("报考专业"), majors or _("没有在考专业"), True),
    ]


def _kinds(record: Record) -> list[tuple[str, str]]:
    """The other six kinds; none of them in detail."""
    in_force = [each for each in record.violations if not each["revoked"]]
    granted = [each for each in record.exemptions if each["status"] == Status.GRANTED]
    diplomas = "、".join(each["diploma"] for each in record.graduations if each["diploma"])
    return [
        (_("成绩"), _count(record.marks, _("已公布%(count)s条"))),
        (_("考试违规"), _count(in_force, _("有效处理%(count)s项"))),
        (_("考籍转移"), _count(record.transfers, _("%(count)s项"))),
        (_("接考"), _count(record.receptions, _("%(count)s门"))),
        (_("免考"), _count(granted, _("已批准%(count)s项"))),
        (
            _("毕业"),
            _("证书编号%(numbers)s") % {"numbers": diplomas} if diplomas else _count(record.graduations, _("申请%(count)s件")),
        ),
    ]


def _count(lines: list[dict[str, Any]], words: str) -> str:
    return words % {"count": len(lines)} if lines else _("无")
