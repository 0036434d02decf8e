"""The first head of an office, and the head of the city: registered by a command, not on a page."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.acting import acting
from audit.workflow import Problem, Refused
from config.appointing import duties, rules
from config.appointing.duties import Duty, Term
from config.appointing.joining import bring_in
from config.appointing.moves import enter, lock_offices, withdraw
from config.appointing.places import office_of
from config.roles import HEADS
from records.offices.models import Office
from records.people.models import Appointment, User


@transaction.atomic
def appoint_head(username: str, full_name: str, office: Office, *, end: str = "") -> tuple[User, str]:
    """Make somebody the head of ``office`` from today on, and return the initial password, "" for an account in use.

    ``end`` is the login name of the head who goes. Raises ``Refused``: the office has another head, ``end`` is not its head, the
    person belongs to another office or is the head already.
    """
    with acting(purpose=_("命令行登记机构负责人")):
        lock_offices([office.pk])
        today = timezone.localdate()
        _end_former(office, end)
        person, password = _member(username, full_name, office)
        duty, term = Duty(person, HEADS[office.kind], office), Term(today)
        problems = rules.faults_of_term(duty, term, today)
        if problems:
            raise Refused(problems)
        enter(duty, term, by=None)
        return person, password


def _end_former(office: Office, username: str) -> None:
    heads = duties.heads_of(office).filter(deputy_for__isnull=True).not_over(timezone.localdate())
    former = list(heads.filter(person__username=username).select_related("person", "role", "office"))
    if username and not former:
        text = _("%(login)s不是%(office)s的负责人。") % {"login": username, "office": office}
        raise Refused([Problem("appointing.no-such-head", text)])
    withdraw(former, by=None)


def _member(username: str, full_name: str, office: Office) -> tuple[User, str]:
    """The person as a member of the office: as is, or brought in."""
    known = User.objects.filter(username=username.strip().lower(), candidate__isnull=True).first()
    home = office_of(known) if known else None
    if known is None or home is None:
        return bring_in(username, full_name, office, by=None)
    if home != office or not known.is_active or known.full_name != full_name:
        words = {"login": username, "name": known.full_name, "home": home}
        text = _("登录名%(login)s属于%(home)s的%(name)s，机构、姓名不符或账户已停用。")
        raise Refused([Problem("appointing.login-taken", text % words)])
    return known, ""


def current_head(office: Office) -> Appointment | None:
    """The appointment of the head in force today, in the own right."""
    return duties.heads_of(office).filter(deputy_for__isnull=True).in_force(timezone.localdate()).select_related("person").first()
