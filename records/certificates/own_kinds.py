"""The kinds of certificate that the hub knows by itself: transcript, pass of one course, registration (U3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.candidates.models import Candidate
from records.certificates.differences import differing
from records.certificates.facts import pass_of, registration_of, transcript_of
from records.certificates.kinds import Facts, Kind, register
from records.certificates.wording import day, month, plain
from records.ledger.models import Source

WAYS = {
    Source.EXAM: gettext_lazy("笔试"),
    Source.PRACTICAL: gettext_lazy("实践"),
    Source.EXEMPTION: gettext_lazy("免考"),
    Source.TRANSFER: gettext_lazy("转入"),
}
COUNTED = {
    Source.EXAM: gettext_lazy("笔试%(count)s门"),
    Source.PRACTICAL: gettext_lazy("实践考核%(count)s门"),
    Source.EXEMPTION: gettext_lazy("免考%(count)s门"),
    Source.TRANSFER: gettext_lazy("外省转入%(count)s门"),
}
NONE = "—"


def rows_of_person(facts: Facts) -> list[list[tuple[str, str]]]:
    """The table on top: who the certificate is about."""
    return [
        [(_("姓名"), facts["name"]), (_("性别"), facts["sex"]), (_("出生日期"), day(facts["birth_date"]))],
        [(_("证件类型"), facts["document"]), (_("证件号码"), facts["identity"])],
        [(_("考籍号"), facts["record_number"] or _("尚未建立")), (_("准考证号"), facts["ticket_number"] or _("尚未发放"))],
    ]


def column(label: str, width: str = "auto", align: str = "center") -> dict[str, str]:
    """A column as the office's paper takes it."""
    return {"label": label, "width": width, "align": align}


def courses_table(lines: list[dict[str, str]]) -> dict[str, Any]:
    """The courses: an exemption stands as 免考 and without a mark, a transferred course as 转入."""
    total = sum((Decimal(line["credits"]) for line in lines if line["credits"]), Decimal(0))
    heads = [
        (_("序号"),),
        (_("课程代码"),),
        (_("课程名称"), "1fr", "left"),
        (_("方式"),),
        (_("学分"),),
        (_("成绩"),),
        (_("合格时间"),),
    ]
    return {
        "title": "",
        "columns": [column(*head) for head in heads],
        "rows": [_course(place, line) for place, line in enumerate(lines, 1)],
        "total": [_("合计%(count)s门（以下空白）") % {"count": len(lines)}, plain(total), "", ""],
    }


def _course(place: int, line: dict[str, str]) -> list[str]:
    is_examined = line["source"] in (Source.EXAM, Source.PRACTICAL)
    return [
        str(place),
        line["code"],
        line["name"],
        str(WAYS[Source(line["source"])]),
        line["credits"] or NONE,
        line["mark"] or NONE,
        month(line["on"]) if is_examined else day(line["on"]),
    ]


def transcript_paper(facts: Facts) -> dict[str, Any]:
    """《课程合格成绩证明》: the courses, and how many came by which way."""
    lines = facts["courses"]
    counts = [(way, sum(line["source"] == way for line in lines)) for way in Source]
    ways = "，".join(str(COUNTED[way]) % {"count": count} for way, count in counts if count)
    extent = _("以上为全部合格课程") if facts["is_all"] else _("以上为所选合格课程")
    table = courses_table(lines)
    return {
        "facts": rows_of_person(facts),
        "tables": [table],
        "courses": table,
        "closing": _("%(extent)s，其中%(ways)s。免考和转入的课程不是在本市考试取得的成绩。特此证明。")
        % {"extent": extent, "ways": ways}
        if any(line["source"] in (Source.EXEMPTION, Source.TRANSFER) for line in lines)
        else _("%(extent)s，其中%(ways)s，经高等教育自学考试合格，特此证明。") % {"extent": extent, "ways": ways},
    }


def said_of_courses(facts: Facts) -> list[dict[str, Any]]:
    """To whoever verifies: the courses as they stand on the certificate."""
    return [courses_table(facts["courses"])]


def said_of_majors(facts: Facts) -> list[dict[str, Any]]:
    """To whoever verifies: the registrations."""
    return [majors_table(facts["majors"])] if facts["majors"] else []


def pass_paper(facts: Facts) -> dict[str, Any]:
    """单科合格证书: one course in a sentence."""
    [line] = facts["courses"]
    result = _("%(mark)s分") % {"mark": line["mark"]} if line["mark"][:1].isdigit() else line["mark"]
    rows = [
        [(_("课程代码"), line["code"]), (_("课程名称"), line["name"])],
        [(_("方式"), str(WAYS[Source(line["source"])])), (_("学分"), line["credits"] or NONE), (_("成绩"), result or _("合格"))],
        [(_("合格时间"), month(line["on"]))],
    ]
    words = _("%(name)s参加高等教育自学考试，“%(course)s”课程成绩合格，特发此证。")
    return {
        "facts": [*rows_of_person(facts), *rows],
        "tables": [],
        "closing": words % {"name": facts["name"], "course": line["name"]},
    }


def registration_paper(facts: Facts) -> dict[str, Any]:
    """报名注册证明: the numbers and the majors."""
    opened = day(facts["record_opened_on"]) or _("尚未建立考籍")
    numbers = [[(_("报名号"), facts["registration_number"]), (_("建籍日期"), opened)], [(_("主考院校"), facts["university"])]]
    words = _("%(name)s已注册参加高等教育自学考试，报考专业如上，特此证明。")
    if not facts["majors"]:
        words = _("%(name)s已注册参加高等教育自学考试，尚未登记报考专业，特此证明。")
    return {
        "facts": [*rows_of_person(facts), *numbers],
        "tables": [majors_table(facts["majors"])] if facts["majors"] else [],
        "closing": words % {"name": facts["name"]},
    }


def majors_table(majors: list[dict[str, str]]) -> dict[str, Any]:
    """The registrations, each with its days."""
    heads = [(_("专业代码"),), (_("专业"), "1fr", "left"), (_("主考院校"), "auto", "left"), (_("注册日期"),), (_("结束日期"),)]
    rows = [
        [each["code"], each["name"], each["university"], day(each["registered_on"]), day(each["closed_on"]) or NONE]
        for each in majors
    ]
    return {"title": _("报考专业"), "columns": [column(*head) for head in heads], "rows": rows}


def courses_to_choose(candidate: Candidate) -> list[dict[str, str]]:
    """The candidate's passed courses for a form; [] for none."""
    return transcript_of(candidate, {})["courses"] if candidate.credits.exists() else []


register(
    Kind(
        "transcript",
        gettext_lazy("课程合格成绩证明"),
        gettext_lazy("写全部或所选的合格课程、学分和成绩。"),
        "transcript",
        transcript_of,
        transcript_paper,
        said_of_courses,
        differing,
        chooses_courses="any",
    )
)
register(
    Kind(
        "pass",
        gettext_lazy("单科合格证书"),
        gettext_lazy("写一门考试或实践考核合格的课程。"),
        "statement",
        pass_of,
        pass_paper,
        said_of_courses,
        differing,
        chooses_courses="one",
    )
)
register(
    Kind(
        "registration",
        gettext_lazy("报名注册证明"),
        gettext_lazy("写注册的专业、主考院校和号码；没有考籍也可以办。"),
        "statement",
        registration_of,
        registration_paper,
        said_of_majors,
        differing,
    )
)
