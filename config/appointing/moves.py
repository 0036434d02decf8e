"""Giving a duty, taking it back, moving its last day: every move asks the rules anew under lock and is in the trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import NotNow, Problem, Refused
from config.appointing import rules
from config.appointing.duties import Duty, Term
from config.appointing.places import office_of
from config.appointing.trail import END, GIVE, TAKE, Barred, facts_of, record, step
from records.offices.models import Office
from records.people.models import Appointment, User


def give(
    duty: Duty, *, by: User, starts_on: dt.date | None = None, ends_on: dt.date | None = None, note: str = ""
) -> Appointment:
    """Appoint ``duty.person`` from a day on (today), until a last day or for good; the very same appointment is given once.

    Raises ``Barred`` (also in the trail) for who may not, ``Refused`` with everything that is wrong.
    """
    today = timezone.localdate()
    term = Term(starts_on or today, ends_on)
    with step(GIVE, duty.person, by=by, note=note, duty=duty.code, office=duty.office.pk):
        by = _locked(by, duty)
        _let_through(rules.barred_from(by, duty, today))
        twin = _twin_of(duty, term)
        if twin is not None:
            return twin
        _hold_against(rules.faults_of_giving(by, duty, term, today))
        return enter(duty, term, by=by)


def enter(duty: Duty, term: Term, *, by: User | None) -> Appointment:
    """Write the appointment and its line in the trail; whoever calls has asked the rules."""
    appointment = Appointment.objects.create(
        person=duty.person,
        role=Group.objects.get(name=duty.code),
        office=duty.office,
        starts_on=term.starts_on,
        ends_on=term.ends_on,
        deputy_for=duty.deputy_for,
        given_by=by,
    )
    record(GIVE, duty.person, **facts_of(appointment))
    return appointment


def take(appointment: Appointment, *, by: User, note: str = "") -> Appointment:
    """Take a duty back, at once. Raises ``Barred`` for who may not, ``NotNow`` where it is over or taken already."""
    duty, today = Duty.of(appointment), timezone.localdate()
    with step(TAKE, duty.person, by=by, note=note, **facts_of(appointment)):
        by = _locked(by, duty)
        _let_through(rules.barred_from(by, duty, today))
        appointment = _standing(appointment, today)
        withdraw([appointment], by=by)
        return appointment


def withdraw(appointments: Iterable[Appointment], *, by: User | None) -> None:
    """Write the taking of appointments and a line in the trail for each; whoever calls has asked the rules."""
    for appointment in appointments:
        appointment.taken_by, appointment.taken_at = by, timezone.now()
        appointment.save(update_fields=["taken_by", "taken_at"])
        record(TAKE, appointment.person, **facts_of(appointment))


def end_on(appointment: Appointment, day: dt.date | None, *, by: User, note: str = "") -> Appointment:
    """Move the last day of a duty, nearer or further; None: for good.

    Raises ``Barred`` for who may not, ``NotNow`` where it is over or taken, ``Refused`` with everything that is wrong.
    """
    duty, today = Duty.of(appointment), timezone.localdate()
    with step(END, duty.person, by=by, note=note, **facts_of(appointment)):
        by = _locked(by, duty)
        _let_through(rules.barred_from(by, duty, today))
        appointment = _standing(appointment, today)
        before = appointment.ends_on
        if before == day:
            return appointment
        _hold_against(rules.faults_of_ending(appointment, day, today))
        appointment.ends_on = day
        appointment.save(update_fields=["ends_on"])
        record(END, duty.person, **facts_of(appointment), before=before.isoformat() if before else None)
        return appointment


def _locked(by: User, duty: Duty) -> User:
    """The actor as the database has it now; the person and the two offices stay locked, so that no other move comes between."""
    lock_person(duty.person)
    home = office_of(by)
    lock_offices({duty.office.pk, home.pk if home else duty.office.pk})
    return User.objects.get(pk=by.pk)


def lock_person(person: User) -> User:
    """One move about a person at a time."""
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


def lock_offices(ids: Iterable[int]) -> list[Office]:
    """One move at an office at a time; always in the same order."""
    return list(Office.objects.filter(pk__in=list(ids)).order_by("pk").select_for_update(no_key=True))


def _standing(appointment: Appointment, today: dt.date) -> Appointment:
    """The appointment as it stands now. NotNow where there is nothing left to change."""
    now = Appointment.objects.select_related("person", "role", "office", "deputy_for").get(pk=appointment.pk)
    if now.taken_at is not None:
        raise NotNow([Problem("appointing.taken-already", _("这项职责已经收回。"))])
    if now.ends_on is not None and now.ends_on < today:
        raise NotNow([Problem("appointing.over", _("这项任职已经到期。仍需任职的，请重新给予。"))])
    return now


def _twin_of(duty: Duty, term: Term) -> Appointment | None:
    """The same appointment, given before: a form that was sent twice."""
    alike = Appointment.objects.standing().filter(
        person=duty.person, role__name=duty.code, office=duty.office, deputy_for=duty.deputy_for
    )
    return alike.filter(starts_on=term.starts_on, ends_on=term.ends_on).first()


def _let_through(problems: list[Problem]) -> None:
    if problems:
        raise Barred(problems)


def _hold_against(problems: list[Problem]) -> None:
    if problems:
        raise Refused(problems)
