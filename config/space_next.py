"""下一步: what a candidate can or must do now, from the real state of things, by due date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import Status
from config import states
from config.own_cases import OwnCase, why_returned
from config.record import Record
from config.space_cards import Standing
from config.space_windows import concerns, what_to_do
from config.wording import written_date, written_month_day
from records.notices.models import Window
from scores.sittings.own import Coming

MOST = 5
NAMED = 3
"""How many missing things a step names."""
SOON = dt.timedelta(days=60)
"""Windows that open later than this are left to the calendar."""


@dataclass(frozen=True)
class NextStep:
    """One item: ``due_on`` orders (None: no date), ``is_due`` says that it can be done today."""

    title: str
    text: str
    state: states.State
    due_on: dt.date | None = None
    is_due: bool = False
    url: str = ""
    action: str = ""
    button: str = ""


def next_steps(
    record: Record,
    cases: list[OwnCase],
    windows: Iterable[Window],
    standing: Standing | None,
    *,
    lacks_photo: bool = False,
    unread: int = 0,
    coming: Sequence[Coming] = (),
) -> list[NextStep]:
    """At most five: what came back, what can be done today by its last day, what is coming, what has no day."""
    today = timezone.localdate()
    open_kinds = open_kinds_of(cases)
    near = [window for window in windows if window.opens_on <= today + SOON and concerns(window, record, standing, open_kinds)]
    steps = [
        *_returned(cases),
        *_drafts(cases),
        *(_of_window(window, record, standing, today) for window in near),
        *_examinations(coming, today),
        *([] if coming else _first_course(record, near)),
        *_phone(record),
        *_photo(lacks_photo=lacks_photo),
        *_unread(unread),
        *_missing(near, standing),
        *_conditions(standing, open_kinds),
        *_graduation(near, standing, open_kinds),
    ]
    return _with_one_lead(sorted(steps, key=_order)[:MOST])


def open_kinds_of(cases: Iterable[OwnCase]) -> frozenset[str]:
    """The kinds of cases that are under way, by namespace."""
    return frozenset(case.namespace for case in cases if case.is_open)


def _order(step: NextStep) -> tuple[bool, bool, dt.date]:
    return step.state.icon != states.state_of(Status.RETURNED.label).icon, not step.is_due, step.due_on or dt.date.max


def _with_one_lead(steps: list[NextStep]) -> list[NextStep]:
    """Only one button of a page is filled: that of the first step that can be done today."""
    lead = next((step for step in steps if step.url and step.is_due), None)
    return [replace(step, button=_button(step, is_lead=step is lead)) for step in steps]


def _button(step: NextStep, *, is_lead: bool) -> str:
    if not (step.url and step.is_due):
        return ""
    return "primary" if is_lead else "outline-primary"


def _returned(cases: list[OwnCase]) -> list[NextStep]:
    return [
        NextStep(
            title=_("补正%(kind)s申请的材料") % {"kind": case.kind},
            text=_("%(subject)s：%(date)s退回，%(reason)s")
            % {"subject": case.subject, "date": written_month_day(event.at), "reason": event.note},
            state=states.state_of(case.state),
            is_due=True,
            url=case.url,
            action=_("去补正"),
        )
        for case, event in why_returned(cases).items()
    ]


def _drafts(cases: list[OwnCase]) -> list[NextStep]:
    return [
        NextStep(
            title=_("提交%(kind)s申请") % {"kind": case.kind},
            text=_("%(subject)s：还是草稿，没有提交。") % {"subject": case.subject},
            state=states.state_of(case.state),
            is_due=True,
            url=case.url,
            action=_("接着填写"),
        )
        for case in cases
        if case.status == Status.DRAFT
    ]


def _of_window(window: Window, record: Record, standing: Standing | None, today: dt.date) -> NextStep:
    is_open = window.opens_on <= today
    state, left = states.window(window.opens_on, window.closes_on, today)
    span = _("%(first)s至%(last)s。") % {"first": _day(window.opens_on, today), "last": _day(window.closes_on, today)}
    way = what_to_do(window, record, standing)
    return NextStep(
        title=window.title,
        text=span + way.text + window.note,
        state=states.State(left, state.tone, state.icon),
        due_on=window.closes_on if is_open else window.opens_on,
        is_due=is_open,
        url=way.url,
        action=way.action,
    )


def _day(day: dt.date, today: dt.date) -> str:
    return written_month_day(day) if day.year == today.year else written_date(day)


def _examinations(coming: Sequence[Coming], today: dt.date) -> list[NextStep]:
    """The sittings for which the candidate is registered: the notice says when and where."""
    return [
        NextStep(
            title=_("参加%(sitting)s考试") % {"sitting": each.sitting},
            text=_("报考%(count)s门，%(when)s。考前下载考试通知单。") % {"count": len(each.papers), "when": _beginning(each)},
            state=_until(each, today),
            due_on=each.days[0],
            url=reverse("sittings:own"),
            action=_("看考试安排"),
        )
        for each in coming
        if each.days[1] >= today
    ]


def _until(coming: Coming, today: dt.date) -> states.State:
    """How long until the examination begins, or that it is on."""
    state, words = states.window(*coming.days, today)
    return states.State(words if today < coming.days[0] else _("考试期间"), state.tone, state.icon)


def _beginning(coming: Coming) -> str:
    """When the first paper begins."""
    if coming.first is None:
        return _("时间待公布")
    return _("%(day)s%(hour)s开始") % {"day": coming.papers[0].day, "hour": f"{coming.first.starts_at:%H:%M}"}


def _first_course(record: Record, near: list[Window]) -> list[NextStep]:
    """Nothing passed yet and no examination announced: where to look for one."""
    if record.credits or any(window.kind == Window.Kind.EXAMINATION for window in near):
        return []
    return [
        NextStep(
            title=_("报考第一门课程"),
            text=_("第一门课程考试合格后建立考籍，发给考籍号。报名时间公布后列在办理日历里。"),
            state=states.state_of(_("未开始")),
            url=reverse("notices"),
            action=_("看办理日历"),
        )
    ]


def _phone(record: Record) -> list[NextStep]:
    """Without a phone no code and no message arrives: a forgotten password then means a way to the counter."""
    if record.personal["phone"]:
        return []
    return [
        NextStep(
            title=_("登记手机号码"),
            text=_("没有登记手机，忘记密码时收不到验证码，也收不到办理通知。"),
            state=states.State(_("未登记"), states.YOUR_TURN, "warn"),
            is_due=True,
            url=reverse("contact-phone"),
            action=_("登记手机"),
        )
    ]


def _photo(*, lacks_photo: bool) -> list[NextStep]:
    """Ticket and diploma bear the photo; one that waits for the clerk's eyes is no step any more."""
    if not lacks_photo:
        return []
    return [
        NextStep(
            title=_("上传照片"),
            text=_("准考证和毕业证书上要用。按要求拍好上传，主考院校审核后采用。"),
            state=states.State(_("还没有照片"), states.YOUR_TURN, "warn"),
            is_due=True,
            url=reverse("photos:own"),
            action=_("上传照片"),
        )
    ]


def _unread(count: int) -> list[NextStep]:
    if not count:
        return []
    return [
        NextStep(
            title=_("看消息"),
            text=_("有%(count)s条消息没有读。") % {"count": count},
            state=states.State(_("未读"), states.YOUR_TURN, "info"),
            is_due=True,
            url=reverse("inbox"),
            action=_("看消息"),
        )
    ]


def _missing(near: list[Window], standing: Standing | None) -> list[NextStep]:
    """What the nearest plan still lacks, where no announced examination says so already."""
    if standing is None or standing.is_complete or not standing.earned:
        return []
    if any(window.kind == Window.Kind.EXAMINATION for window in near):
        return []
    words = {"major": standing.major, "wanting": _listed(standing.wanting)}
    return [
        NextStep(
            title=_("学完%(major)s") % {"major": standing.major},
            text=_("毕业还要：%(wanting)s。") % words,
            state=states.lacking(standing.lacking),
            url=reverse("progress"),
            action=_("看毕业进度"),
        )
    ]


def _conditions(standing: Standing | None, open_kinds: frozenset[str]) -> list[NextStep]:
    """The plan is complete, and something beside it keeps the candidate from graduating."""
    if standing is None or not standing.is_complete or not standing.wanting or "graduation" in open_kinds:
        return []
    words = {"major": standing.major, "wanting": _listed(standing.wanting)}
    return [
        NextStep(
            title=_("补齐毕业条件"),
            text=_("%(major)s的课程已经齐了，还差：%(wanting)s。") % words,
            state=states.lacking(len(standing.wanting)),
            is_due=True,
            url=reverse("progress"),
            action=_("看毕业进度"),
        )
    ]


def _listed(wanting: tuple[str, ...]) -> str:
    """The first three, and how many more."""
    shown = "；".join(wanting[:NAMED])
    return shown if len(wanting) <= NAMED else _("%(shown)s等%(count)s项") % {"shown": shown, "count": len(wanting)}


def _graduation(near: list[Window], standing: Standing | None, open_kinds: frozenset[str]) -> list[NextStep]:
    """The plan is complete, nothing is under way, and no window says when."""
    if standing is None or not standing.is_complete or standing.wanting or "graduation" in open_kinds:
        return []
    if any(window.kind == Window.Kind.GRADUATION for window in near):
        return []
    return [
        NextStep(
            title=_("申请毕业"),
            text=_("%(major)s的课程已经齐了。申请前先看毕业进度里其余的条件。") % {"major": standing.major},
            state=states.state_of(_("已满足")),
            is_due=True,
            url=reverse("progress"),
            action=_("看毕业进度"),
        )
    ]
