"""What happened to a person's sign-in lately, from the trail, in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.models import Event
from records.people.models import SecondFactor, User
from records.people.sign_in_trail import REFUSED, SIGNED_IN, TITLES

BY = {
    SecondFactor.Kind.TOTP.value: _("验证器"),
    SecondFactor.Kind.PASSKEY.value: _("通行密钥"),
    "recovery": _("恢复码"),
    "password": _("密码"),
    "password-again": _("再次输入的密码"),
    "phone": _("手机验证码"),
    "code": _("短信或邮件验证码"),
    "slip": _("账户启用单"),
}


@dataclass(frozen=True)
class Line:
    """One event as ``components/_trail.html`` shows it."""

    title: str
    who: str
    at: dt.datetime


def latest(person: User, *, most: int) -> list[Line]:
    """The latest events of the sign-in, the newest first."""
    events = Event.objects.filter(
        subject_table=User._meta.db_table, subject_id=person.pk, kind=Event.Kind.STEP, verb__in=list(TITLES)
    ).order_by("-pk")
    return [Line(str(TITLES[event.verb]), _circumstances(event.details), event.at) for event in events[:most]]


def refused_since_last(person: User) -> int:
    """How often somebody did not get in between the sign-in before this one and now: others may have tried."""
    events = Event.objects.filter(subject_table=User._meta.db_table, subject_id=person.pk, kind=Event.Kind.STEP)
    before = events.filter(verb=SIGNED_IN).order_by("-pk").values_list("pk", flat=True)[1:2]
    return events.filter(verb=REFUSED, pk__gt=next(iter(before), 0)).count()


def _circumstances(details: dict[str, Any]) -> str:
    by = details.get("factor") or details.get("by") or ""
    parts = [str(BY.get(by, by)), details.get("machine", ""), details.get("source", "")]
    return " · ".join(part for part in parts if part)
