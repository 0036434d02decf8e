"""The steps of appointing in the trail; the subject is the person concerned, the note why it was done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.acting import acting, current
from audit.models import Event
from audit.workflow import Problem
from records.people import sign_in_trail
from records.people.models import Appointment, User
from records.people.sign_in_trail import RESET

GIVE, TAKE, END = "give-duty", "take-duty", "move-end"
JOIN, LEAVE = "join-office", "leave-office"

TITLES = {
    GIVE: _("任命职责"),
    TAKE: _("收回职责"),
    END: _("改任职最后一天"),
    JOIN: _("加入机构"),
    LEAVE: _("离开机构"),
    RESET: sign_in_trail.TITLES[RESET],
}


class Barred(PermissionDenied):
    """Somebody tried what is not theirs to do; ``problems`` says why. The refusal is in the trail."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems = problems


@contextmanager
def step(verb: str, person: User, *, by: User | None, note: str = "", **details: Any) -> Iterator[None]:
    """A move about ``person`` in one transaction, attributed to ``by``; where it is barred, that is written instead."""
    try:
        with acting(by, purpose=note.strip()), transaction.atomic():
            yield
    except Barred as barred:
        codes = [problem.code for problem in barred.problems]
        with acting(by, purpose=note.strip()):
            record(verb, person, outcome=Event.Outcome.DENIED, problems=codes, **details)
        raise


def record(verb: str, person: User, *, outcome: str = Event.Outcome.DONE, **details: Any) -> Event:
    """Write a step about ``person`` with the note in force; ``details`` hold ids, codes and days."""
    now = current()
    return Event.objects.create(
        kind=Event.Kind.STEP,
        verb=verb,
        outcome=outcome,
        subject_table=User._meta.db_table,
        subject_id=person.pk,
        note=now.purpose,
        details=details,
        **now.columns(),
    )


def facts_of(appointment: Appointment) -> dict[str, Any]:
    """What the trail says of an appointment: ids, the duty's code, days."""
    return {
        "appointment": appointment.pk,
        "duty": appointment.role.name,
        "office": appointment.office_id,
        "from": appointment.starts_on.isoformat(),
        "until": appointment.ends_on.isoformat() if appointment.ends_on else None,
        "deputy_for": appointment.deputy_for_id,
    }
