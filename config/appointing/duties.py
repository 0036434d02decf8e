"""What a duty is, for which term, and who holds which: facts for the rules of appointing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum

from django.utils import timezone
from django.utils.translation import gettext as _

from config.appointing.places import office_of
from config.roles import HEADS, ROLES
from config.wording import written_date
from records.offices.models import Office
from records.people.models import Appointment, AppointmentQuerySet, User
from records.settings.values import value_of

DEPUTY_DAYS = "people.deputy_days"


class Standing(IntEnum):
    """As what somebody acts in the own office: not at all, as the head's deputy, or as its head."""

    NONE = 0
    DEPUTY = 1
    HEAD = 2


@dataclass(frozen=True)
class Duty:
    """A duty as somebody has it or would have it: who, which, where, and for whom as deputy."""

    person: User
    code: str
    office: Office
    deputy_for: User | None = None

    @classmethod
    def of(cls, appointment: Appointment) -> Duty:
        """What an appointment gives."""
        return cls(appointment.person, appointment.role.name, appointment.office, appointment.deputy_for)

    @property
    def is_headship(self) -> bool:
        """Whether it is the duty of the head of its office."""
        return self.code == HEADS[self.office.kind]

    @property
    def words(self) -> str:
        """免考审定(O4)."""
        return title_of(self.code)


@dataclass(frozen=True)
class Term:
    """From which day until which last day a duty is held; without a last day for good."""

    starts_on: dt.date
    ends_on: dt.date | None = None


def title_of(code: str) -> str:
    """A duty in words with its code: 免考审定(O4)."""
    return f"{ROLES[code].title}({code})" if code in ROLES else code


def standing_of(person: User, on: dt.date) -> Standing:
    """As what a person acts on a day, read anew: by the head's duty at the office to which the person belongs."""
    office = office_of(person)
    if office is None or not person.is_active:
        return Standing.NONE
    held = heads_of(office).filter(person=person).in_force(on)
    if not held.exists():
        return Standing.NONE
    return Standing.HEAD if held.filter(deputy_for__isnull=True).exists() else Standing.DEPUTY


def heads_of(office: Office) -> AppointmentQuerySet:
    """The appointments to the office's headship, deputies' included, whatever their dates."""
    return Appointment.objects.filter(office=office, role__name=HEADS[office.kind])


def standing_duties(office: Office) -> AppointmentQuerySet:
    """The appointments at the office that are in force or to come."""
    return Appointment.objects.filter(office=office).not_over(timezone.localdate())


def is_municipal_head(person: User, on: dt.date) -> bool:
    """Whether the person is the head of the municipal office, in the own right."""
    office = office_of(person)
    return office is not None and office.kind == Office.Kind.MUNICIPALITY and standing_of(person, on) == Standing.HEAD


def duties_of(person: User, today: dt.date) -> list[Duty]:
    """What a person holds now or is to hold."""
    rows = Appointment.objects.filter(person=person).not_over(today).select_related("role", "office", "deputy_for")
    return [Duty.of(each) for each in rows]


def holds_in_full(person: User, duty: Duty, on: dt.date) -> bool:
    """Whether a person holds the duty at its office on a day, not as somebody's deputy."""
    held = Appointment.objects.filter(person=person, office=duty.office, role__name=duty.code, deputy_for__isnull=True)
    return held.in_force(on).exists()


def deputy_days(today: dt.date) -> int:
    """How many days ahead a deputy may be appointed at most."""
    return int(value_of(DEPUTY_DAYS, on=today))


def last_day_of_deputies(today: dt.date) -> dt.date:
    """The last day on which a deputy appointed today may still stand in."""
    return today + dt.timedelta(days=deputy_days(today))


def term_in_words(appointment: Appointment) -> str:
    """2026年11月23日起, 2026年11月23日至2026年12月31日."""
    return days_in_words(appointment.starts_on, appointment.ends_on)


def days_in_words(first: dt.date | None, last: dt.date | None) -> str:
    """The same of two days."""
    if last is None:
        return _("%(day)s起") % {"day": written_date(first)}
    return _("%(first)s至%(last)s") % {"first": written_date(first), "last": written_date(last)}
