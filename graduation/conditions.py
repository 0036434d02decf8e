"""What graduating asks for beside a complete plan: one function per condition, each with its article.

Each takes a ``Case`` (everything known of one candidate, major and day; nothing is asked of the database here) and answers
``met`` with what was compared, or ``lacks`` with what is wanting in plain words and the next step.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.timeline import day
from graduation.cases import Case

LOCAL_SOURCES = ("exam", "practical")
REGULATION_25 = gettext_lazy("暂行条例第二十五条第三款")
REGULATION_27 = gettext_lazy("暂行条例第二十七条")
AUDIT_LIST = gettext_lazy("毕业审核要求")
PLAN_NOTES = gettext_lazy("专业考试计划简编 编写说明")
TRANSFER_RULES = gettext_lazy("沪转入办法")


@dataclass(frozen=True)
class Found:
    """How a condition stands: ``why`` is what was compared, or what is wanting; ``next_step`` what one can do about it."""

    satisfied: bool
    why: str = ""
    next_step: str = ""


def met(why: str = "") -> Found:
    """The condition holds."""
    return Found(True, why)


def lacks(missing: str, next_step: str) -> Found:
    """The condition does not hold."""
    return Found(False, missing, next_step)


@dataclass(frozen=True)
class Condition:
    """A requirement of kind ``condition`` as it stands for one case."""

    code: str
    label: str
    source: str
    satisfied: bool
    why: str = ""
    next_step: str = ""

    @property
    def missing(self) -> str:
        """What is wanting, in words; "" when nothing is."""
        return "" if self.satisfied else self.why


Find = Callable[[Case], Found]
Concerns = Callable[[Case], bool]


@dataclass(frozen=True)
class Check:
    """A condition: its code, the sentence that is true when all is well, the article, and the function that looks."""

    code: str
    label: Any
    source: Any
    find: Find
    concerns: Concerns | None = None

    def __call__(self, case: Case) -> Condition | None:
        """The condition for this case; None where it has nothing to say."""
        if self.concerns is not None and not self.concerns(case):
            return None
        found = self.find(case)
        return Condition(self.code, str(self.label), str(self.source), found.satisfied, found.why, found.next_step)


def condition(code: str, label: Any, source: Any, concerns: Concerns | None = None) -> Callable[[Find], Check]:
    """Make a ``Check`` of a function ``case -> Found``."""

    def decorate(find: Find) -> Check:
        return Check(code, label, source, find, concerns)

    return decorate


def conditions_of(case: Case) -> list[Condition]:
    """Every condition that concerns this case, in the order of the register."""
    return [found for check in CHECKS if (found := check(case)) is not None]


def _needs_prior_diploma(case: Case) -> bool:
    return bool(case.prior_diploma_needed)


@condition(
    "prior_diploma", gettext_lazy("持有国家承认的专科及以上学历（或本科结业证书）"), PLAN_NOTES, concerns=_needs_prior_diploma
)
def prior_diploma(case: Case) -> Found:
    """A bachelor's diploma is issued only to who holds an associate or higher diploma, or a 本科结业证书 (FACTS §7).

    What the university found counts; before it looked, what the candidate declared.
    """
    verified, next_step = case.confirmed.prior_diploma, _("可以继续考试；毕业前向主考院校交验毕业证书原件。")
    if verified is False:
        return lacks(_("前置学历未通过核验"), next_step)
    if verified is None and not case.prior_education:
        return lacks(_("没有可核验的专科及以上学历"), next_step)
    return met(case.confirmed.prior_diploma_how if verified else _("登记为%(level)s") % {"level": case.prior_education})


@condition("appraisal", gettext_lazy("思想品德经鉴定符合要求"), REGULATION_25)
def appraisal(case: Case) -> Found:
    """The moral appraisal is passed (Regulations art. 25(3))."""
    if case.confirmed.appraisal:
        return met()
    missing = _("思想品德鉴定尚未完成") if case.confirmed.appraisal is None else _("思想品德鉴定不合格")
    return lacks(missing, _("提交毕业申请并交《毕业生登记表》，由主考院校登记鉴定结果。"))


@condition("penalty", gettext_lazy("没有正在执行的停考或延迟毕业处理"), gettext_lazy("国家教育考试违规处理办法第九条"))
def penalty(case: Case) -> Found:
    """No suspension or delay of graduation is running (令33号 art. 9)."""
    return lacks(case.penalty, _("期满后再申请；期间取得的成绩无效。")) if case.penalty else met()


def _has_thesis(case: Case) -> bool:
    return bool(case.theses)


@condition("thesis_host", gettext_lazy("毕业论文（设计）由本专业主考院校考核"), AUDIT_LIST, concerns=_has_thesis)
def thesis_host(case: Case) -> Found:
    """The thesis was passed at the university of the major in which one graduates (FACTS §7)."""
    elsewhere = [code for code, university in case.theses if university not in (None, case.host_id)]
    if not elsewhere:
        return met()
    missing = _("论文%(codes)s不是由本次毕业的主考院校考核") % {"codes": "、".join(elsewhere)}
    return lacks(missing, _("向本专业主考院校申请论文考核，或在原主考院校申请毕业。"))


@condition("graduated_before", gettext_lazy("未在本专业取得过自学考试毕业证书"), AUDIT_LIST)
def graduated_before(case: Case) -> Found:
    """Nobody graduates twice in one major of the self-study examination (FACTS §7)."""
    return lacks(_("已取得本专业毕业证书"), _("可以申请其他专业毕业。")) if case.has_diploma_of_major else met()


@condition("pending_case", gettext_lazy("没有未办结的免考或转考申请"), AUDIT_LIST)
def pending_case(case: Case) -> Found:
    """No exemption or transfer is under way (FACTS §7)."""
    if not case.has_pending_case:
        return met()
    return lacks(_("有免考或转考申请未办结"), _("等申请办结，或撤回申请后再申请毕业。"))


@condition("identity", gettext_lazy("姓名、证件号码与有效证件一致"), AUDIT_LIST)
def identity(case: Case) -> Found:
    """Name and identity number agree with the document; nothing can be changed after the diploma is issued."""
    if case.confirmed.identity:
        return met()
    if case.confirmed.identity is None:
        return lacks(_("姓名与证件尚未核对"), _("提交毕业申请后由主考院校对照证件原件。"))
    return lacks(_("姓名或证件号码与证件不一致"), _("凭公安机关证明办理更正，更正后在下一批申请毕业。"))


@condition("photo", gettext_lazy("毕业照片符合采集标准"), gettext_lazy("教试中心函〔2021〕125号"))
def photo(case: Case) -> Found:
    """The photo meets the register's standard (教试中心函〔2021〕125号)."""
    if case.confirmed.photo:
        return met()
    missing = _("照片尚未核对") if case.confirmed.photo is None else _("照片不符合标准")
    return lacks(missing, _("按标准采集照片，由主考院校核对。"))


def _has_transfer(case: Case) -> bool:
    return bool(case.held_sources.get("transfer"))


@condition("local_minimum", gettext_lazy("转入考生在本市考试合格的课程达到规定门数"), TRANSFER_RULES, concerns=_has_transfer)
def local_minimum(case: Case) -> Found:
    """Who brought courses from another province has passed a minimum of courses here (a setting, by level)."""
    local = sum(case.held_sources.get(source, 0) for source in LOCAL_SOURCES)
    words = {"local": local, "needed": case.local_minimum.get(case.level, 0)}
    if local >= words["needed"]:
        return met(_("不少于%(needed)s门；已有%(local)s门") % words)
    missing = _("不少于%(needed)s门；已有%(local)s门") % words
    return lacks(missing, _("在本市再考课程；户籍迁入、军人等情形可向市自考办申请免除。"))


def _was_transferred(case: Case) -> bool:
    return case.last_transfer_on is not None


@condition("transfer_age", gettext_lazy("转入手续办结已满规定月数"), TRANSFER_RULES, concerns=_was_transferred)
def transfer_age(case: Case) -> Found:
    """A transfer was finished long enough (a setting, in months) before the day of graduation."""
    assert case.last_transfer_on is not None
    ready_on = months_later(case.last_transfer_on, case.transfer_months)
    words = {"months": case.transfer_months, "day": ready_on.isoformat()}
    if case.graduating_on >= ready_on:
        return met(_("满%(months)s个月：%(day)s起") % words)
    return lacks(_("要满%(months)s个月，%(day)s起方可毕业") % words, _("在下一个毕业批次申请。"))


@condition("window", gettext_lazy("在公布的毕业申请时间内"), REGULATION_27)
def window(case: Case) -> Found:
    """Applications are taken in announced windows, where any are; who misses one goes with the next half-year (art. 27)."""
    if not case.windows or any(first <= case.applied_on <= last for first, last in case.windows):
        return met()
    coming = min((span for span in case.windows if span[0] > case.applied_on), default=None)
    if coming is None:
        return lacks(_("不在毕业申请时间内"), _("下一个毕业申请时间公布后提交，按下半年批次办理。"))
    words = {"first": day(coming[0]), "last": day(coming[1])}
    return lacks(_("不在毕业申请时间内"), _("在下一个毕业申请时间（%(first)s至%(last)s）提交，按那一批办理。") % words)


@condition("plan_open", gettext_lazy("本版专业考试计划可用于毕业"), PLAN_NOTES)
def plan_open(case: Case) -> Found:
    """The plan version serves this candidate on the day of graduation: its dates and the day of registration."""
    words = {"version": case.version, "day": case.registered_on.isoformat()}
    if case.is_plan_open:
        return met(_("%(version)s版；注册于%(day)s") % words)
    missing = _("%(version)s版计划已停用，或不适用于%(day)s注册的考生") % words
    return lacks(missing, _("按现行版本计划申请毕业。"))


def _may_owe_additional(case: Case) -> bool:
    return case.additional_undecided


@condition(
    "additional_courses",
    gettext_lazy("是否需要加考已经认定"),
    gettext_lazy("专业考试计划"),
    concerns=_may_owe_additional,
)
def additional_courses(case: Case) -> Found:
    """Whether a cross-field candidate owes the plan's additional courses (加考) has been decided."""
    return lacks(_("尚未认定是否需要加考"), _("请主考院校按前置专业认定。"))


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


def months_later(start: dt.date, months: int) -> dt.date:
    """The same day ``months`` later, or the last day of a shorter month."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return dt.date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
