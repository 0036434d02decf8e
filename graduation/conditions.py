"""What graduating asks for beside a complete plan: one function per condition, each with its article.

Each takes a ``Case`` (everything known of one candidate, major and day; nothing is asked of the database here) and answers a
``Condition``: a sentence, whether it holds, what is missing in plain words with the next step.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from graduation.verdicts import Verdict

LOCAL_SOURCES = ("exam", "practical")


@dataclass(frozen=True)
class Condition:
    """A requirement of kind ``condition``; ``missing`` says in words what is lacking, ``next_step`` what the candidate can do."""

    code: str
    label: str
    satisfied: bool
    source: str = ""
    missing: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class Confirmed:
    """What the university wrote down on the application; None: not looked at yet."""

    appraisal: bool | None = None
    identity: bool | None = None
    photo: bool | None = None
    prior_diploma: bool | None = None


@dataclass(frozen=True)
class Case:
    """One candidate, one major, one plan version, one day."""

    on: dt.date
    level: str
    prior_diploma_needed: str
    prior_education: str
    is_plan_open: bool
    additional_courses: bool | None
    confirmed: Confirmed
    held_sources: dict[str, int] = field(default_factory=dict)
    last_transfer_on: dt.date | None = None
    theses: tuple[tuple[str, int | None], ...] = ()
    host_id: int | None = None
    has_diploma_of_major: bool = False
    has_pending_case: bool = False
    penalty: str = ""
    windows: tuple[tuple[dt.date, dt.date], ...] = ()
    local_minimum: dict[str, int] = field(default_factory=dict)
    transfer_months: int = 6


Check = Callable[[Case, Verdict], Condition | None]


def conditions_of(case: Case, verdict: Verdict) -> list[Condition]:
    """Every condition that concerns this case, in the order of the register."""
    return [condition for check in CHECKS if (condition := check(case, verdict)) is not None]


def prior_diploma(case: Case, verdict: Verdict) -> Condition | None:
    """A bachelor's diploma is issued only to who holds an associate or higher diploma, or a 本科结业证书 (FACTS §7)."""
    if not case.prior_diploma_needed:
        return None
    declared = bool(case.prior_education)
    met = declared and case.confirmed.prior_diploma is not False
    missing = "" if met else _("没有可核验的专科及以上学历") if not declared else _("前置学历未通过核验")
    return _condition(
        "prior_diploma",
        _("持有国家承认的专科及以上学历（或本科结业证书）"),
        met,
        "专业考试计划简编 编写说明",
        missing,
        _("可以继续考试；毕业前向主考院校交验毕业证书原件。"),
    )


def appraisal(case: Case, verdict: Verdict) -> Condition:
    """The moral appraisal is passed (Regulations art. 25(3))."""
    missing = _("思想品德鉴定不合格") if case.confirmed.appraisal is False else _("思想品德鉴定尚未完成")
    return _condition(
        "appraisal",
        _("思想品德经鉴定符合要求"),
        case.confirmed.appraisal is True,
        "暂行条例第二十五条第三款",
        missing,
        _("提交毕业申请并交《毕业生登记表》，由主考院校登记鉴定结果。"),
    )


def penalty(case: Case, verdict: Verdict) -> Condition:
    """No suspension or delay of graduation is running (令33号 art. 9)."""
    return _condition(
        "penalty",
        _("没有正在执行的停考或延迟毕业处理"),
        not case.penalty,
        "国家教育考试违规处理办法第九条",
        case.penalty,
        _("期满后再申请；期间取得的成绩无效。"),
    )


def thesis_host(case: Case, verdict: Verdict) -> Condition | None:
    """The thesis was passed at the university of the major in which one graduates (FACTS §7)."""
    if not case.theses:
        return None
    elsewhere = [code for code, university in case.theses if university not in (None, case.host_id)]
    return _condition(
        "thesis_host",
        _("毕业论文（设计）由本专业主考院校考核"),
        not elsewhere,
        "毕业审核要求",
        _("论文%(codes)s不是由本次毕业的主考院校考核") % {"codes": "、".join(elsewhere)},
        _("向本专业主考院校申请论文考核，或在原主考院校申请毕业。"),
    )


def graduated_before(case: Case, verdict: Verdict) -> Condition:
    """Nobody graduates twice in one major of the self-study examination (FACTS §7)."""
    return _condition(
        "graduated_before",
        _("未在本专业取得过自学考试毕业证书"),
        not case.has_diploma_of_major,
        "毕业审核要求",
        _("已取得本专业毕业证书"),
        _("可以申请其他专业毕业。"),
    )


def pending_case(case: Case, verdict: Verdict) -> Condition:
    """No exemption or transfer is under way (FACTS §7)."""
    return _condition(
        "pending_case",
        _("没有未办结的免考或转考申请"),
        not case.has_pending_case,
        "毕业审核要求",
        _("有免考或转考申请未办结"),
        _("等申请办结，或撤回申请后再申请毕业。"),
    )


def identity(case: Case, verdict: Verdict) -> Condition:
    """Name and identity number agree with the document; nothing can be changed after the diploma is issued."""
    missing = _("姓名或证件号码与证件不一致") if case.confirmed.identity is False else _("姓名与证件尚未核对")
    return _condition(
        "identity",
        _("姓名、证件号码与有效证件一致"),
        case.confirmed.identity is True,
        "毕业审核要求",
        missing,
        _("不一致的先办更正；一致的在毕业申请时由主考院校核对。"),
    )


def photo(case: Case, verdict: Verdict) -> Condition:
    """The photo meets the register's standard (教试中心函〔2021〕125号)."""
    missing = _("照片不符合标准") if case.confirmed.photo is False else _("照片尚未核对")
    return _condition(
        "photo",
        _("毕业照片符合采集标准"),
        case.confirmed.photo is True,
        "教试中心函〔2021〕125号",
        missing,
        _("按标准重新采集照片，或在毕业申请时由主考院校核对。"),
    )


def local_minimum(case: Case, verdict: Verdict) -> Condition | None:
    """Who brought courses from another province has passed a minimum of courses here."""
    if not case.held_sources.get("transfer"):
        return None
    local = sum(case.held_sources.get(source, 0) for source in LOCAL_SOURCES)
    needed = case.local_minimum.get(case.level, 0)
    return _condition(
        "local_minimum",
        _("在本市考试合格的课程不少于%(needed)s门") % {"needed": needed},
        local >= needed,
        "沪转入办法",
        _("在本市考试合格%(local)s门，还差%(more)s门") % {"local": local, "more": needed - local},
        _("在本市再考课程；户籍迁入、军人等情形可向市自考办申请免除。"),
    )


def transfer_age(case: Case, verdict: Verdict) -> Condition | None:
    """A transfer was finished long enough before graduating."""
    if case.last_transfer_on is None:
        return None
    ready_on = _months_later(case.last_transfer_on, case.transfer_months)
    return _condition(
        "transfer_age",
        _("转入手续办结满%(months)s个月") % {"months": case.transfer_months},
        case.on >= ready_on,
        "沪转入办法",
        _("%(day)s起方可毕业") % {"day": ready_on.isoformat()},
        _("在下一个毕业批次申请。"),
    )


def window(case: Case, verdict: Verdict) -> Condition:
    """Applications are taken in announced windows; who misses one goes with the next half-year (Regulations art. 27)."""
    is_open = not case.windows or any(first <= case.on <= last for first, last in case.windows)
    return _condition(
        "window",
        _("在公布的毕业申请时间内"),
        is_open,
        "暂行条例第二十七条",
        _("不在毕业申请时间内"),
        _("在下一个毕业申请时间提交，按下半年批次办理。"),
    )


def plan_open(case: Case, verdict: Verdict) -> Condition:
    """The plan version serves this candidate on this day: its dates and the day of registration."""
    return _condition(
        "plan_open",
        _("本版专业考试计划可用于毕业"),
        case.is_plan_open,
        "专业考试计划简编 编写说明",
        _("本版计划已停用，或不适用于您的注册日期"),
        _("按现行版本计划申请毕业。"),
    )


def additional_courses(case: Case, verdict: Verdict) -> Condition | None:
    """Whether a cross-field candidate owes the plan's additional courses (加考) has been decided."""
    if not verdict.additional_undecided:
        return None
    return _condition(
        "additional_courses",
        _("是否需要加考已经认定"),
        False,
        "专业考试计划",
        _("尚未认定是否需要加考"),
        _("请主考院校按前置专业认定。"),
    )


CHECKS: tuple[Check, ...] = (
    prior_diploma,
    appraisal,
    penalty,
    thesis_host,
    graduated_before,
    pending_case,
    identity,
    photo,
    local_minimum,
    transfer_age,
    window,
    plan_open,
    additional_courses,
)


def _condition(code: str, label: str, met: bool, source: str, missing: str, next_step: str) -> Condition:
    return Condition(code, label, met, source, "" if met else missing, "" if met else next_step)


def _months_later(day: dt.date, months: int) -> dt.date:
    """The same day ``months`` later, or the last day of a shorter month."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month, min(day.day, last))


def as_requirement(condition: Condition) -> dict[str, Any]:
    """The condition as ``audit_graduation`` prints it."""
    return {
        "code": condition.code,
        "kind": "condition",
        "label": condition.label,
        "satisfied": condition.satisfied,
        "by": [],
        "missing": [condition.missing] if condition.missing else [],
    }
