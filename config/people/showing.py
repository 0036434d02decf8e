"""People and appointments as the pages show them: lines of tables, tags of duties, the history of a person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from audit.models import Event
from audit.timeline import Line
from config import states
from config.appointing import duties, rules
from config.appointing.trail import END, TITLES
from config.roles import PERMISSIONS, ROLES
from config.states import State
from config.wording import written_date, written_month_day
from records.offices.models import Office
from records.people.models import Appointment, User

SHOWN_EVENTS = 50
PARTS = ("appointments", "appointments__role", "appointments__office", "appointments__deputy_for")
"""What ``tags_of`` reads of each person."""


@dataclass(frozen=True)
class Row:
    """An appointment as a line of a table; ``part`` is now, coming or past."""

    appointment: Appointment
    part: str
    duty: str
    term: str
    deputy_for: str
    state: State
    given: str
    taken: str
    may_change: bool


def tags_of(person: User, office: Office, today: dt.date) -> list[State]:
    """The duties that a person has at the office or is to have, each with its dates where it has any."""
    mine = [each for each in person.appointments.all() if each.office_id == office.pk and is_standing(each, today)]
    return [tag_of(each, today) for each in sorted(mine, key=_by_code)]


def _by_code(appointment: Appointment) -> tuple[str, dt.date]:
    return appointment.role.name, appointment.starts_on


def is_standing(appointment: Appointment, today: dt.date) -> bool:
    """Whether the appointment is neither taken back nor over."""
    return appointment.taken_at is None and (appointment.ends_on is None or appointment.ends_on >= today)


def tag_of(appointment: Appointment, today: dt.date) -> State:
    """免考审定(O4), with 代理 whom, from when where that is to come, until when where there is an end."""
    words = [duties.title_of(appointment.role.name)]
    if appointment.deputy_for is not None:
        words.append(_("代理%(person)s") % {"person": appointment.deputy_for})
    is_coming = appointment.starts_on > today
    if is_coming:
        words.append(_("%(day)s起") % {"day": written_month_day(appointment.starts_on)})
    if appointment.ends_on is not None:
        words.append(_("至%(day)s") % {"day": written_month_day(appointment.ends_on)})
    tone = states.UNDER_WAY if appointment.deputy_for is not None else states.AT_REST
    return State("，".join(words), tone, "clock" if is_coming or appointment.ends_on else "user")


def row_of(appointment: Appointment, by: User, today: dt.date) -> Row:
    """The appointment with who gave and took it, and whether ``by`` may change it."""
    duty = duties.Duty.of(appointment)
    return Row(
        appointment,
        part_of(appointment, today),
        duty.words,
        duties.term_in_words(appointment),
        str(appointment.deputy_for or ""),
        state_of(appointment, today),
        _who_and_when(appointment.given_by, appointment.given_at),
        _who_and_when(appointment.taken_by, appointment.taken_at) if appointment.taken_at else "",
        is_standing(appointment, today) and not rules.barred_from(by, duty, today),
    )


def part_of(appointment: Appointment, today: dt.date) -> str:
    """Whether the duty is held ``now``, is ``coming`` or ``past``."""
    if not is_standing(appointment, today):
        return "past"
    return "coming" if appointment.starts_on > today else "now"


def state_of(appointment: Appointment, today: dt.date) -> State:
    """The same in a word, for what is past how it ended."""
    words = {"now": _("在任"), "coming": _("未到任"), "past": _("已收回") if appointment.taken_at else _("已到期")}
    return states.state_of(words[part_of(appointment, today)])


def _who_and_when(person: User | None, at: dt.datetime) -> str:
    return f"{person or _('系统')}，{written_date(at)}"


def permits(code: str) -> list[str]:
    """What a duty may do, in words."""
    return [str(PERMISSIONS.get(name, name)) for name in ROLES[code].permissions] if code in ROLES else []


def history_of(person: User) -> list[Line]:
    """The newest steps of appointing about a person, refused ones included."""
    steps = Event.objects.about(person).filter(kind=Event.Kind.STEP, verb__in=list(TITLES)).select_related("actor")
    return [_line(event) for event in steps.order_by("-pk")[:SHOWN_EVENTS]]


def _line(event: Event) -> Line:
    code = event.details.get("duty", "")
    title = f"{TITLES[event.verb]}：{duties.title_of(code)}" if code else str(TITLES[event.verb])
    if event.outcome == Event.Outcome.DENIED:
        title = _("%(title)s（无权，未执行）") % {"title": title}
    actor = str(event.actor) if event.actor else _("系统管理员（命令行）")
    return Line(title, "，".join(part for part in (actor, _term(event)) if part), event.at, event.note)


def _term(event: Event) -> str:
    """任期 of an appointment in words; of a moved end also what it was before."""
    since = event.details.get("from")
    if since is None:
        return ""
    words = _("任期%(term)s") % {"term": duties.days_in_words(_day(since), _day(event.details.get("until")))}
    if event.verb != END or event.outcome == Event.Outcome.DENIED:
        return words
    before = _day(event.details.get("before"))
    return words + _("（原来%(before)s）") % {"before": _("至%(day)s") % {"day": written_date(before)} if before else _("长期")}


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
