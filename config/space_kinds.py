"""The pages behind the seven cards: facts, tables and cases of one kind, each with the words that stand where nothing is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from config.own_cases import OwnCase
from config.passed import result_in_words
from config.record import Record
from config.record_parts import ADDITIONAL, REGISTERED
from config.wording import grouped_number, plain_number, written_date, written_month, written_month_day
from records.candidates.models import Candidate
from records.ledger.models import Source
from scores.reviews.asking import Choice, choices_for

WIDE = frozenset({"household", "address", "study_support"})
"""What is too long for half the width."""


@dataclass(frozen=True)
class Cell:
    """What stands in a column; the label is shown beside it on a phone."""

    label: str
    value: Any
    is_number: bool = False
    url: str = ""


@dataclass(frozen=True)
class Part:
    """A sheet of the page: ``facts``, or ``rows`` of cells, or ``cases``; else the sentence ``empty``.

    A fact is label and value, and True as a third for one over the full width.
    """

    title: str
    empty: str = ""
    facts: list[tuple[Any, ...]] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    cases: list[OwnCase] = field(default_factory=list)


def part_for(kind: str, record: Record, candidate: Candidate, cases: list[OwnCase]) -> list[Part]:
    """The sheets of one kind (a key of ``space_cards.KINDS``)."""
    return PARTS[kind](record, candidate, cases)


def _personal(record: Record, candidate: Candidate, cases: list[OwnCase]) -> list[Part]:
    person = record.personal
    missing = _("未登记")
    former = [ticket.number for ticket in candidate.tickets.all() if not ticket.is_current]
    facts: list[tuple[Any, ...]] = [
        (_("姓名"), person["name"]),
        (_("性别"), person["sex"]),
        (_("民族"), person["ethnicity"] or missing),
        (_("证件类型"), person["document"]),
        (_("证件号码"), person["identity"]),
        (_("出生日期"), written_date(person["birth_date"])),
        (_("报名号"), grouped_number(record.numbers["registration"])),
        (_("建籍日期"), written_date(person["record_opened_on"]) or _("尚未建立考籍")),
        *([(_("曾用准考证号"), "、".join(former))] if former else []),
        (_("手机号码"), person["phone"] or missing),
        (_("电子邮箱"), candidate.email_mask or missing),
        (_("前置学历"), person["prior_education"] or missing),
        (_("前置专业"), person["prior_major"] or missing),
        (_("加考"), ADDITIONAL[person["additional_courses"]]),
        *((label, person[name] or missing, name in WIDE) for name, label in REGISTERED.items()),
    ]
    return [Part(_("本人情况"), facts=facts), Part(_("报考专业"), _("还没有登记报考专业。"), rows=_majors(record))]


def _majors(record: Record) -> list[list[Cell]]:
    return [
        [
            Cell(_("专业"), f"{each['code']} {each['name']}"),
            Cell(_("主考院校"), each["university_name"]),
            Cell(_("注册日期"), written_date(each["registered_on"])),
            Cell(_("状态"), _("%(date)s结束") % {"date": written_date(each["closed_on"])} if each["closed_on"] else _("在考")),
        ]
        for each in record.personal["majors"]
    ]


def review_cell(choice: Choice | None) -> Cell:
    """申请复核（至12月3日）, the review that there is, or nothing."""
    label = _("复核")
    if choice is not None and choice.case is not None:
        return Cell(label, choice.case.case_number, url=reverse("reviews:detail", args=[choice.case.pk]))
    if choice is None or not choice.is_open or choice.window is None:
        return Cell(label, "—")
    words = _("申请复核（至%(last)s）") % {"last": written_month_day(choice.window.last_day)}
    return Cell(label, words, url=reverse("reviews:new", args=[choice.mark.pk]))


def _marks(record: Record, candidate: Candidate, cases: list[OwnCase]) -> list[Part]:
    choices = {(each.mark.sitting.name, each.mark.course.code): each for each in choices_for(candidate)}
    rows = [
        [
            Cell(_("考次"), written_month(mark["on"])),
            Cell(_("课程"), f"{mark['course']} {mark['name']}"),
            Cell(_("考核"), _("实践") if mark["practical"] else _("笔试")),
            Cell(_("成绩"), result_in_words(mark["mark"], mark["flag"]), is_number=True),
            review_cell(choices.get((mark["sitting"], mark["course"]))),
        ]
        for mark in reversed(record.marks)
    ]
    mine = [case for case in cases if case.namespace == "reviews"]
    return [
        Part(_("历次成绩"), _("还没有公布的成绩。每次考试成绩公布后列在这里，合格的同时记入“已通过课程”。"), rows=rows),
        *([Part(_("成绩复核"), cases=mine)] if mine else []),
    ]


VOID = frozenset({"违纪", "作弊", "取消"})


def _violations(record: Record, candidate: Candidate, cases: list[OwnCase]) -> list[Part]:
    decisions = [
        [
            Cell(_("处理"), each["penalty"]),
            Cell(_("起止"), _("%(first)s至%(last)s") % {"first": written_date(each["from"]), "last": written_date(each["to"])}),
            Cell(_("文号"), each["decision"]),
            Cell(_("效力"), _("已撤销") if each["revoked"] else _("有效")),
        ]
        for each in record.violations
    ]
    void = [
        [
            Cell(_("考次"), written_month(mark["on"])),
            Cell(_("课程"), f"{mark['course']} {mark['name']}"),
            Cell(_("标记"), mark["flag"]),
        ]
        for mark in record.marks
        if mark["flag"] in VOID
    ]
    return [
        Part(_("处理决定"), _("没有处理决定。违规经认定并作出停考、延迟毕业等决定后记在这里。"), rows=decisions),
        Part(_("取消的成绩"), _("没有因违规取消的成绩。"), rows=void),
    ]


def _transfers(record: Record, candidate: Candidate, cases: list[OwnCase]) -> list[Part]:
    return [Part(_("转出"), _("没有转出。考籍转到外省、或转到本市另一所主考院校办结后，记在这里。"))]


def _receptions(record: Record, candidate: Candidate, cases: list[OwnCase]) -> list[Part]:
    rows = [[*_course(each), Cell(_("接收日期"), written_date(each["on"]))] for each in record.receptions]
    return [Part(_("从外省转入的课程"), _("没有从外省转入的课程。外省合格的课程办理转入、本市接收后，记在这里。"), rows=rows)]


def _course(credit: dict[str, Any]) -> list[Cell]:
    credits = "—" if credit["credits"] is None else plain_number(credit["credits"])
    return [
        Cell(_("课程"), f"{credit['course']} {credit['name']}"),
        Cell(_("学分"), credits, is_number=True),
    ]


def _exemptions(record: Record, candidate: Candidate, cases: list[OwnCase]) -> list[Part]:
    granted = [credit for credit in record.credits if credit["source"] == Source.EXEMPTION]
    rows = [[*_course(each), Cell(_("批准日期"), written_date(each["on"]))] for each in granted]
    mine = [case for case in cases if case.namespace == "exemptions"]
    return [
        Part(_("免考申请"), _("没有免考申请。凭学历证书或等级考试证书提出申请后，记在这里。"), cases=mine),
        Part(_("已批准免考的课程"), _("没有免考的课程。申请经市自考办批准后，记在这里。"), rows=rows),
    ]


def _graduations(record: Record, candidate: Candidate, cases: list[OwnCase]) -> list[Part]:
    rows = [
        [
            Cell(_("证书编号"), each["diploma"]),
            Cell(_("专业"), f"{each['major']} {each['name']}"),
            Cell(_("毕业时间"), each["term"]),
        ]
        for each in record.graduations
        if each["diploma"]
    ]
    mine = [case for case in cases if case.namespace == "graduation"]
    return [
        Part(_("毕业申请"), _("没有毕业申请。专业考试计划完成后，在开放时间内提出申请，记在这里。"), cases=mine),
        Part(_("毕业证书"), _("还没有毕业证书。申请经市自考办批准后发给。"), rows=rows),
    ]


PARTS: dict[str, Callable[[Record, Candidate, list[OwnCase]], list[Part]]] = {
    "personal": _personal,
    "marks": _marks,
    "violations": _violations,
    "transfers": _transfers,
    "receptions": _receptions,
    "exemptions": _exemptions,
    "graduations": _graduations,
}
