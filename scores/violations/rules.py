"""What a step of a violation's case asks for, one function an article: a case in, everything that stands against it out.

Non-blocking problems (请人工看) are left to a person: they show on the case page and stop no step.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.timeline import day
from audit.workflow import Problem, rule
from records.penalties.models import Penalty
from scores.models import SittingRegistration
from scores.violations.acts import ACTS, Grave
from scores.violations.deadlines import last_day_of_review, last_day_to_ask_review, last_day_to_state
from scores.violations.models import ENDED, Violation

ARTICLE_5 = _("国家教育考试违规处理办法第五条")
ARTICLE_9 = _("国家教育考试违规处理办法第九条")
ARTICLE_18 = _("国家教育考试违规处理办法第十八条、第十九条")
ARTICLE_25 = _("国家教育考试违规处理办法第二十五条")
ARTICLE_26 = _("国家教育考试违规处理办法第二十六条")
ARTICLE_27 = _("国家教育考试违规处理办法第二十七条")
ARTICLE_28 = _("国家教育考试违规处理办法第二十八条")
LEAST_YEARS, MOST_YEARS = 1, 3


def _today() -> dt.date:
    return timezone.localdate()


def _written(text: str, code: str, message: Any, source: Any) -> list[Problem]:
    return [] if text.strip() else [Problem(f"violation.{code}", message, source)]


def years_after(start: dt.date, years: int) -> dt.date:
    """The day before the same day of the year, so many years on: the last day of a span that begins on ``start``."""
    try:
        end = start.replace(year=start.year + years)
    except ValueError:  # 29 February
        end = start.replace(year=start.year + years, month=3, day=1)
    return end - dt.timedelta(days=1)


@rule(_("违规行为是办法列出的一项。"), ARTICLE_5)
def act_is_listed(case: Violation) -> list[Problem]:
    """``act`` is an item of articles 5 to 8: ``violation.unknown-act``."""
    return [] if case.act in ACTS else [Problem("violation.unknown-act", _("办法没有这一项。"), ARTICLE_5)]


def _is_of_one_course(case: Violation) -> bool:
    return case.act in ACTS and ACTS[case.act].is_of_one_course


@rule(_("违纪写明是哪一门课程：只取消该科成绩。"), ARTICLE_9, applies=_is_of_one_course)
def course_is_named(case: Violation) -> list[Problem]:
    """An act of article 5 names its course: ``violation.no-course``."""
    if case.course_id is not None:
        return []
    return [Problem("violation.no-course", _("还没有写明是哪一门课程。"), ARTICLE_9, _("违纪只取消该科成绩，请选课程。"))]


@rule(_("由两名工作人员记录。"), ARTICLE_18)
def two_people_recorded(case: Violation) -> list[Problem]:
    """Two different names: ``violation.one-recorder``."""
    names = {case.first_recorder.strip(), case.second_recorder.strip()}
    if len(names) == 2 and "" not in names:
        return []
    return [Problem("violation.one-recorder", _("须有两名工作人员签字，不能是同一人。"), ARTICLE_18)]


@rule(_("写明违规事实。"), ARTICLE_18)
def facts_are_written(case: Violation) -> list[Problem]:
    """The facts stand in the record: ``violation.no-facts``."""
    return _written(case.facts, "no-facts", _("还没有写明违规事实。"), ARTICLE_18)


@rule(_("附有证据材料。"), ARTICLE_18)
def evidence_is_there(case: Violation) -> list[Problem]:
    """At least one document: ``violation.no-evidence``. A video alone is named, not uploaded, and does not do."""
    if case.evidence.exists():
        return []
    return [
        Problem("violation.no-evidence", _("还没有上传证据材料。"), ARTICLE_18, _("请上传违规记录单、暂扣物品收据等的扫描件。"))
    ]


@rule(_("发生日期不晚于今天。"), ARTICLE_18)
def it_has_happened(case: Violation) -> list[Problem]:
    """The day of the act is not in the future: ``violation.future``."""
    return [] if case.happened_on <= _today() else [Problem("violation.future", _("发生日期还没有到。"), ARTICLE_18)]


@rule(_("认定的严重情形与行为相符。"), ARTICLE_9)
def grave_kind_fits_the_act(case: Violation) -> list[Problem]:
    """``grave`` is a kind of which the act can be an instance: ``violation.grave-does-not-fit``."""
    if not case.grave or (case.act in ACTS and case.grave in ACTS[case.act].grave):
        return []
    message = gettext("%(act)s，不是“%(grave)s”。") % {"act": ACTS.get(case.act, case.act), "grave": Grave(case.grave).label}
    return [Problem("violation.grave-does-not-fit", message, ARTICLE_9, _("请改选行为，或不选严重情形。"))]


@rule(_("考生报考了这次考试。"), ARTICLE_18)
def candidate_was_registered(case: Violation) -> list[Problem]:
    """Where the sitting's registrations are known the candidate is among them: ``violation.not-registered``, for a person."""
    registered = SittingRegistration.objects.filter(sitting=case.sitting_id)
    own = registered.filter(candidate=case.candidate_id, **({"course": case.course_id} if case.course_id else {}))
    if own.exists() or not registered.exists():
        return []
    message = gettext("没有查到该考生在%(sitting)s的报考。") % {"sitting": case.sitting}
    return [Problem("violation.not-registered", message, ARTICLE_18, _("请核对是不是替他人参加考试。"), blocking=False)]


@rule(_("没有另外登记同一行为。"), ARTICLE_18, staff_only=True)
def not_recorded_twice(case: Violation) -> list[Problem]:
    """No other open case of the candidate in this sitting: ``violation.recorded-twice``, for a person to look at."""
    others = Violation.objects.filter(candidate=case.candidate_id, sitting=case.sitting_id).exclude(pk=case.pk)
    numbers = [other.case_number for other in others.exclude(status__in=[*ENDED, "draft"]).order_by("pk")]
    if not numbers:
        return []
    message = gettext("该考生在这次考试中另有%(numbers)s在办。") % {"numbers": "、".join(numbers)}
    return [Problem("violation.recorded-twice", message, ARTICLE_18, blocking=False)]


@rule(_("告知日期在发生以后，不晚于今天。"), ARTICLE_25, fact="told_on")
def told_after_it_happened(case: Violation) -> list[Problem]:
    """``told_on`` lies between the act and today: ``violation.told-on``."""
    if case.told_on is not None and case.happened_on <= case.told_on <= _today():
        return []
    return [Problem("violation.told-on", _("告知日期应在发生日期以后，不晚于今天。"), ARTICLE_25)]


def _days_to_state(case: Violation) -> Any:
    last = last_day_to_state(case)
    return "" if last is None else gettext("可以陈述申辩、要求听证至%(last)s。") % {"last": day(last)}


@rule(_("陈述申辩、要求听证在期限内提出。"), ARTICLE_25, compared=_days_to_state)
def still_time_to_state(case: Violation) -> list[Problem]:
    """The days for a statement run: ``violation.statement-late``."""
    last = last_day_to_state(case)
    if last is not None and _today() <= last:
        return []
    return [Problem("violation.statement-late", _("陈述申辩的期限已过。"), ARTICLE_25, _("收到决定以后还可以申请复核。"))]


@rule(_("写明陈述申辩的内容。"), ARTICLE_25, fact="statement")
def statement_is_written(case: Violation) -> list[Problem]:
    """``violation.no-statement``."""
    return _written(case.statement, "no-statement", _("请写明陈述申辩的内容。"), ARTICLE_25)


@rule(_("考生已陈述申辩，或期限已过。"), ARTICLE_25, compared=_days_to_state)
def candidate_was_heard(case: Violation) -> list[Problem]:
    """The candidate has answered, or the days for it are over: ``violation.still-to-be-heard``."""
    last = last_day_to_state(case)
    if case.statement.strip() or (last is not None and _today() > last):
        return []
    message = gettext("考生还没有陈述申辩，期限到%(last)s。") % {"last": day(last) if last else "—"}
    return [Problem("violation.still-to-be-heard", message, ARTICLE_25, _("请等考生提出，或期限过后再办。"))]


@rule(_("考生要求听证的，已经举行。"), ARTICLE_25)
def hearing_was_held(case: Violation) -> list[Problem]:
    """A hearing that was asked for was held: ``violation.hearing-owed``."""
    if case.hearing_asked_on is None or case.hearing_held_on is not None:
        return []
    return [Problem("violation.hearing-owed", _("考生要求听证，还没有举行。"), ARTICLE_25, _("请先举行听证，登记听证要点。"))]


@rule(_("拟停考的，告知时已说明可以要求听证。"), ARTICLE_25)
def hearing_was_offered(case: Violation) -> list[Problem]:
    """Before a suspension a hearing is offered: ``violation.hearing-not-offered``."""
    if case.penalty_kind != Penalty.Kind.SUSPENSION or case.hearing_offered:
        return []
    message = _("告知时没有说明可以要求听证，不能停考。")
    return [Problem("violation.hearing-not-offered", message, ARTICLE_25, _("请退回重新告知，或不作停考处理。"))]


@rule(_("听证日期不晚于今天。"), ARTICLE_25, fact="hearing_held_on")
def hearing_has_been(case: Violation) -> list[Problem]:
    """The hearing took place between being told and today, and its gist stands there: ``violation.hearing-held-on``."""
    if case.told_on and case.hearing_held_on and case.told_on <= case.hearing_held_on <= _today():
        return []
    return [Problem("violation.hearing-held-on", _("听证日期应在告知以后，不晚于今天。"), ARTICLE_25)]


def _has_penalty(case: Violation) -> bool:
    return bool(case.penalty_kind)


@rule(_("停考、延迟毕业只适用于四种严重作弊。"), ARTICLE_9, applies=_has_penalty, fact="penalty_kind")
def penalty_is_for_grave_kinds(case: Violation) -> list[Problem]:
    """A penalty beyond the marks takes a grave kind: ``violation.not-grave``."""
    if case.grave:
        return []
    message = gettext("%(act)s，不是四种严重作弊之一，不能停考或延迟毕业。") % {"act": ACTS.get(case.act, case.act)}
    return [Problem("violation.not-grave", message, ARTICLE_9, _("只取消成绩；确属严重情形的，先在登记中写明。"))]


@rule(_("停考、延迟毕业为一至三年。"), ARTICLE_9, applies=_has_penalty, fact="penalty_ends_on")
def penalty_is_one_to_three_years(case: Violation) -> list[Problem]:
    """The span is no shorter than one year, no longer than three: ``violation.penalty-span``; both days are given."""
    first, last = case.penalty_starts_on, case.penalty_ends_on
    if first is None or last is None:
        return [Problem("violation.penalty-span", _("还没有写明停考或延迟毕业的起止日期。"), ARTICLE_9)]
    if years_after(first, LEAST_YEARS) <= last <= years_after(first, MOST_YEARS):
        return []
    words = {"first": day(first), "last": day(last)}
    message = gettext("%(first)s至%(last)s不在一至三年以内。") % words
    return [Problem("violation.penalty-span", message, ARTICLE_9, _("停考或延迟毕业至少一年，最多三年。"))]


@rule(_("停考、延迟毕业不早于违规发生日期开始。"), ARTICLE_9, applies=_has_penalty, fact="penalty_starts_on")
def penalty_starts_after_the_act(case: Violation) -> list[Problem]:
    """It does not begin before the act: ``violation.penalty-too-early``."""
    if case.penalty_starts_on is None or case.penalty_starts_on >= case.happened_on:
        return []
    return [Problem("violation.penalty-too-early", _("停考或延迟毕业不能早于违规发生日期。"), ARTICLE_9)]


@rule(_("写明处理意见。"), ARTICLE_25, fact="opinion")
def opinion_is_written(case: Violation) -> list[Problem]:
    """``violation.no-opinion``."""
    return _written(case.opinion, "no-opinion", _("还没有写明处理意见。"), ARTICLE_25)


@rule(_("决定书有文号，没有别的决定用同一文号。"), ARTICLE_26, fact="decision")
def decision_has_a_number(case: Violation) -> list[Problem]:
    """The written decision has a number of its own: ``violation.no-number``, ``violation.number-taken``."""
    if missing := _written(case.decision, "no-number", _("还没有决定书文号。"), ARTICLE_26):
        return missing
    if not Violation.objects.filter(decision=case.decision).exclude(pk=case.pk).exists():
        return []
    return [Problem("violation.number-taken", _("已有一份决定书用了这个文号。"), ARTICLE_26)]


@rule(_("决定日期在告知以后，不晚于今天。"), ARTICLE_26, fact="decided_on")
def decided_after_it_was_told(case: Violation) -> list[Problem]:
    """``decided_on`` lies between being told and today: ``violation.decided-on``."""
    if case.told_on and case.decided_on and case.told_on <= case.decided_on <= _today():
        return []
    return [Problem("violation.decided-on", _("决定日期应在告知以后，不晚于今天。"), ARTICLE_26)]


@rule(_("送达日期在决定以后，不晚于今天；写明送达方式。"), ARTICLE_26, fact="served_on")
def served_after_it_was_decided(case: Violation) -> list[Problem]:
    """``served_on`` lies between the decision and today, and it is said how: ``violation.served-on``."""
    if case.served_how and case.decided_on and case.served_on and case.decided_on <= case.served_on <= _today():
        return []
    return [Problem("violation.served-on", _("送达日期应在决定以后，不晚于今天，并写明送达方式。"), ARTICLE_26)]


def _days_to_ask(case: Violation) -> Any:
    last = last_day_to_ask_review(case)
    return "" if last is None else gettext("可以申请复核至%(last)s。") % {"last": day(last)}


@rule(_("收到决定后在期限内申请复核。"), ARTICLE_27, compared=_days_to_ask)
def still_time_to_ask_review(case: Violation) -> list[Problem]:
    """Review is asked for within the days after the decision was served: ``violation.review-late``."""
    last = last_day_to_ask_review(case)
    asked = case.review_asked_on or _today()
    if last is not None and asked <= last:
        return []
    next_step = _("可以依法申请行政复议或提起行政诉讼。")
    return [Problem("violation.review-late", _("申请复核的期限已过。"), ARTICLE_27, next_step)]


@rule(_("写明复核理由。"), ARTICLE_27, fact="review_grounds")
def review_grounds_are_given(case: Violation) -> list[Problem]:
    """``violation.no-grounds``."""
    return _written(case.review_grounds, "no-grounds", _("请写明申请复核的理由。"), ARTICLE_27)


@rule(_("申请复核的日期在送达以后，不晚于今天。"), ARTICLE_27, fact="review_asked_on")
def review_asked_after_serving(case: Violation) -> list[Problem]:
    """``violation.asked-on``."""
    if case.served_on and case.review_asked_on and case.served_on <= case.review_asked_on <= _today():
        return []
    return [Problem("violation.asked-on", _("申请复核的日期应在送达以后，不晚于今天。"), ARTICLE_27)]


@rule(_("申请复核的期限已过，没有人申请。"), ARTICLE_27, compared=_days_to_ask)
def time_for_review_is_over(case: Violation) -> list[Problem]:
    """A decision becomes final only when nobody can ask for review any more: ``violation.review-open``."""
    last = last_day_to_ask_review(case)
    if last is not None and _today() > last:
        return []
    message = gettext("考生可以申请复核至%(last)s。") % {"last": day(last) if last else "—"}
    return [Problem("violation.review-open", message, ARTICLE_27)]


@rule(_("复核决定有文号和日期。"), ARTICLE_28, fact="review_number")
def review_has_a_number(case: Violation) -> list[Problem]:
    """The review's decision has a number, and a day after it was asked for: ``violation.no-review-number``."""
    asked, decided = case.review_asked_on, case.review_decided_on
    if case.review_number.strip() and asked and decided and asked <= decided <= _today():
        return []
    return [Problem("violation.no-review-number", _("请填写复核决定的文号和日期；日期在申请以后，不晚于今天。"), ARTICLE_28)]


@rule(_("复核在期限内作出决定。"), ARTICLE_28)
def review_is_in_time(case: Violation) -> list[Problem]:
    """Late reviews count all the same: ``violation.review-overdue`` stops nothing."""
    last, decided = last_day_of_review(case), case.review_decided_on or _today()
    if last is None or decided <= last:
        return []
    message = gettext("复核应在%(last)s以前作出决定。") % {"last": day(last)}
    return [Problem("violation.review-overdue", message, ARTICLE_28, blocking=False)]


RECORDED = (
    act_is_listed,
    course_is_named,
    two_people_recorded,
    facts_are_written,
    evidence_is_there,
    it_has_happened,
    grave_kind_fits_the_act,
    candidate_was_registered,
    not_recorded_twice,
)
PENALTY = (penalty_is_for_grave_kinds, penalty_is_one_to_three_years, penalty_starts_after_the_act, hearing_was_offered)
FOUND = (act_is_listed, course_is_named, grave_kind_fits_the_act)
HEARD = (candidate_was_heard, hearing_was_held)
PROPOSED = (*FOUND, *HEARD, *PENALTY, opinion_is_written)
DECIDED = (*FOUND, evidence_is_there, *HEARD, *PENALTY, decision_has_a_number, decided_after_it_was_told)
REVIEWED = (review_has_a_number, review_is_in_time)
