"""A record as staff read it: the seven kinds as facts and tables, each with the word that stands where nothing is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.workflow import Status
from config.record import Record
from config.wording import plain_number, written_date
from records.ledger.models import Source

Cell = tuple[Any, bool, bool]  # what stands there, whether it is a figure, whether it is a state


@dataclass(frozen=True)
class Part:
    """One kind of information: ``facts`` (label, value) or a table; ``empty`` says how an entry would come about."""

    title: str
    empty: str = ""
    facts: list[tuple[Any, Any]] = field(default_factory=list)
    heads: list[tuple[str, bool]] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)

    @property
    def is_table(self) -> bool:
        return bool(self.rows)

    @property
    def quiet(self) -> str:
        return _("%(count)s条") % {"count": len(self.rows)} if self.rows else ""


ADDITIONAL = {True: _lazy("须加考"), False: _lazy("不须加考"), None: _lazy("尚未确定")}
"""Whether courses are owed beyond the plan (加考), in words."""

REGISTERED = {
    "political_status": _lazy("政治面貌"),
    "occupation": _lazy("职业"),
    "education": _lazy("文化程度"),
    "household": _lazy("户籍所在地"),
    "address": _lazy("通讯地址"),
    "postcode": _lazy("邮政编码"),
    "exam_area": _lazy("考区"),
    "candidate_kind": _lazy("考生类别"),
    "study_support": _lazy("助学单位"),
}
"""What was told at registration and is kept as it was told, with what it is called."""

STATES = {"registered": _lazy("尚未建立考籍"), "open": _lazy("在籍"), "empty": _lazy("在籍，无有效学分")}


def record_state(record: Record) -> Any:
    """The state of the record in words."""
    return STATES[record.state]


def text(value: Any) -> Cell:
    return ("—" if value in (None, "") else value, False, False)


def figure(value: Any) -> Cell:
    return ("—" if value in (None, "") else plain_number(value) if not isinstance(value, str) else value, True, False)


def word(value: Any) -> Cell:
    return (value, False, True)


def parts_of(record: Record) -> list[Part]:
    """The seven kinds in the order of the record, and the credits behind them."""
    return [
        _personal(record),
        _majors(record),
        _credits(record),
        _marks(record),
        _violations(record),
        Part(_("考籍转移"), _("没有转出记录。省际转考办结后记在这里。")),
        _receptions(record),
        _exemptions(record),
        _graduations(record),
    ]


def _personal(record: Record) -> Part:
    person = record.personal
    return Part(
        _("自然信息"),
        facts=[
            (_("姓名"), person["name"]),
            (_("性别"), person["sex"]),
            (_("民族"), person["ethnicity"] or _("未登记")),
            (_("证件类型"), person["document"]),
            (_("证件号码"), person["identity"]),
            (_("出生日期"), written_date(person["birth_date"])),
            (_("手机号码"), person["phone"] or _("未登记")),
            (_("建籍日期"), written_date(person["record_opened_on"]) or _("尚未建立考籍")),
            (_("前置学历"), person["prior_education"] or _("未登记")),
            (_("前置专业"), person["prior_major"] or _("未登记")),
            (_("加考"), ADDITIONAL[person["additional_courses"]]),
            *((label, person[name] or _("未登记")) for name, label in REGISTERED.items()),
        ],
    )


def _majors(record: Record) -> Part:
    return Part(
        _("报考专业"),
        _("没有登记报考专业。"),
        heads=[
            (_("专业代码"), False),
            (_("专业"), False),
            (_("主考院校"), False),
            (_("注册日期"), False),
            (_("结束日期"), False),
            (_("报考条件证明"), False),
        ],
        rows=[
            [
                text(each["code"]),
                text(each["name"]),
                text(each["university_name"]),
                text(written_date(each["registered_on"])),
                text(written_date(each["closed_on"]) if each["closed_on"] else _("在考")),
                text(each["proof"]),
            ]
            for each in record.personal["majors"]
        ],
    )


def _credits(record: Record) -> Part:
    return Part(
        _("已通过课程"),
        _("还没有通过的课程。第一门课程考试合格后建立考籍。"),
        heads=[
            (_("课程代码"), False),
            (_("课程名称"), False),
            (_("学分"), True),
            (_("来源"), False),
            (_("成绩"), True),
            (_("日期"), False),
        ],
        rows=[
            [
                text(each["course"]),
                text(each["name"]),
                figure(each["credits"]),
                text(Source(each["source"]).label),
                figure(each["mark"]),
                text(written_date(each["on"])),
            ]
            for each in record.credits
        ],
    )


def _marks(record: Record) -> Part:
    return Part(
        _("成绩"),
        _("还没有公布的成绩。每次考试成绩公布后列在这里。"),
        heads=[(_("考次"), False), (_("课程代码"), False), (_("课程名称"), False), (_("成绩"), True), (_("标记"), False)],
        rows=[
            [text(each["sitting"]), text(each["course"]), text(each["name"]), figure(each["mark"]), text(each["flag"])]
            for each in record.marks
        ],
    )


def _violations(record: Record) -> Part:
    return Part(
        _("考试违规"),
        _("没有违规记录。违规经认定并作出处理决定后记在这里。"),
        heads=[(_("处理"), False), (_("文号"), False), (_("自"), False), (_("至"), False), (_("效力"), False)],
        rows=[
            [
                text(each["penalty"]),
                text(each["decision"]),
                text(written_date(each["from"])),
                text(written_date(each["to"])),
                text(_("已撤销") if each["revoked"] else _("有效")),
            ]
            for each in record.violations
        ],
    )


def _receptions(record: Record) -> Part:
    return Part(
        _("接考"),
        _("没有接考记录。外省转入的成绩接收后记在这里。"),
        heads=[(_("课程代码"), False), (_("课程名称"), False), (_("学分"), True), (_("成绩"), True), (_("接收日期"), False)],
        rows=[
            [
                text(each["course"]),
                text(each["name"]),
                figure(each["credits"]),
                figure(each["mark"]),
                text(written_date(each["on"])),
            ]
            for each in record.receptions
        ],
    )


def _exemptions(record: Record) -> Part:
    return Part(
        _("免考"),
        _("没有免考申请。考生提交申请后记在这里。"),
        heads=[(_("编号"), False), (_("课程代码"), False), (_("凭据"), False), (_("状态"), False), (_("自"), False)],
        rows=[
            [
                text(each["number"]),
                text(each["course"]),
                text(each["credential"]),
                word(Status(each["status"]).label),
                text(written_date(timezone.localdate(each["since"]))),
            ]
            for each in record.exemptions
        ],
    )


def _graduations(record: Record) -> Part:
    return Part(
        _("毕业"),
        _("没有毕业申请。考生提交申请后记在这里。"),
        heads=[(_("编号"), False), (_("专业"), False), (_("毕业时间"), False), (_("状态"), False), (_("证书编号"), False)],
        rows=[
            [
                text(each["number"]),
                text(f"{each['major']} {each['name']}"),
                text(each["term"]),
                word(Status(each["status"]).label),
                text(each["diploma"]),
            ]
            for each in record.graduations
        ],
    )
