"""Coming into an office and leaving it: accounts, the grant on the office, starting a sign-in anew."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import NotNow, Problem, Refused
from config.appointing import duties, rules
from config.appointing.duties import Duty, Standing, Term
from config.appointing.moves import give, lock_offices, lock_person, withdraw
from config.appointing.places import let_in, let_out, office_of
from config.appointing.trail import JOIN, LEAVE, Barred, record, step
from config.roles import HEADS
from records.offices.models import Office
from records.people import signed_sessions
from records.people.initial import new_person, reset_sign_in
from records.people.models import Appointment, User
from records.people.sign_in_trail import RESET

LOGIN_NAME = re.compile(r"(?!candidate-)[a-z][a-z0-9._-]{1,31}", re.ASCII)
LEFT = "left-office"


def add_person(username: str, full_name: str, *, by: User) -> tuple[User, str]:
    """Make somebody a member of the head's own office and return the initial password, which nobody can read again.

    Who has left an office and comes back has the account of before, so that one person is one account for good: the login name
    and the name must be the same. Raises ``Barred``, or ``Refused`` for a login name that is taken or badly formed.
    """
    with step(JOIN, by, by=by):
        office = office_of(by)
        if office is None or duties.standing_of(by, timezone.localdate()) == Standing.NONE:
            raise Barred([Problem("appointing.not-head", _("只有机构负责人或其代理人可以添加人员。"))])
        return bring_in(username, full_name, office, by=by)


def add_head(username: str, full_name: str, office: Office, term: Term, *, by: User, note: str = "") -> tuple[User, str]:
    """Make somebody a member of another office and its head, as ``moves.give`` does; both or nothing."""
    with step(JOIN, by, by=by, note=note, office=office.pk):
        if not duties.is_municipal_head(by, timezone.localdate()):
            raise Barred([Problem("appointing.other-office", _("机构负责人由市自考办负责人任命。"))])
        person, password = bring_in(username, full_name, office, by=by)
        duty = Duty(person, HEADS[office.kind], office)
        give(duty, by=by, starts_on=term.starts_on, ends_on=term.ends_on, note=note)
        return person, password


def bring_in(username: str, full_name: str, office: Office, *, by: User | None) -> tuple[User, str]:
    """The account, new or come back, as a member of the office; whoever calls has asked who may."""
    username, full_name = username.strip().lower(), full_name.strip()
    if not LOGIN_NAME.fullmatch(username):
        raise Refused([Problem("appointing.login-name", _("登录名用2到32个小写字母、数字、点、横线，以字母开头。"))])
    known = User.objects.filter(username=username).first()
    person, password = _new(username, full_name, by) if known is None else _come_back(known, full_name, by)
    let_in(person, office)
    record(JOIN, person, office=office.pk)
    return person, password


def _new(username: str, full_name: str, by: User | None) -> tuple[User, str]:
    try:
        with transaction.atomic():
            return new_person(username, full_name, by=by)
    except IntegrityError:
        raise Refused([_taken(username)]) from None


def _come_back(person: User, full_name: str, by: User | None) -> tuple[User, str]:
    person = lock_person(person)
    if person.candidate_id is not None or office_of(person) is not None or person.full_name != full_name or person.is_superuser:
        raise Refused([_taken(person.username)])
    person.is_active = True
    person.save(update_fields=["is_active"])
    return person, reset_sign_in(person, by=by)


def _taken(username: str) -> Problem:
    return Problem("appointing.login-taken", _("登录名%(name)s已有人使用，请换一个。") % {"name": username})


def reset(person: User, *, by: User) -> str:
    """Start somebody's sign-in anew and return the initial password. Raises ``Barred``, or ``Refused`` for who is deactivated."""
    with step(RESET, person, by=by):
        lock_person(person)
        problems = rules.barred_from_account(User.objects.get(pk=by.pk), person, timezone.localdate())
        if problems:
            raise Barred(problems)
        if not person.is_active:
            raise Refused([Problem("appointing.inactive", _("%(person)s的账户已停用。") % {"person": person})])
        return reset_sign_in(person, by=by)


def leave(person: User, *, by: User, note: str = "") -> list[Appointment]:
    """End what somebody has at the office: duties, grant, sessions, account. The history stays; returns what was taken.

    Raises ``Barred``, or ``NotNow`` for who belongs to no office any more.
    """
    today = timezone.localdate()
    with step(LEAVE, person, by=by, note=note):
        lock_person(person)
        office = office_of(person)
        if office is None:
            raise NotNow([Problem("appointing.left-already", _("%(person)s已经离开机构。") % {"person": person})])
        lock_offices([office.pk])
        problems = rules.barred_from_letting_go(User.objects.get(pk=by.pk), person, today)
        if problems:
            raise Barred(problems)
        standing = Appointment.objects.filter(person=person).not_over(today).select_related("person", "role", "office")
        taken = list(standing.order_by("role__name", "pk"))
        withdraw(taken, by=by)
        let_out(person, office)
        User.objects.filter(pk=person.pk).update(is_active=False)
        signed_sessions.end_all(person, because=LEFT)
        record(LEAVE, person, office=office.pk, duties=[each.role.name for each in taken])
        return taken
