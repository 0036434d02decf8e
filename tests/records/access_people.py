"""The people of the tests of leave to look, and their requests."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group
from django.utils import timezone

from records.access.models import AccessRequest
from records.access.workflow import LEAVE
from records.models import Appointment, Candidate, Office, User
from tests.factories import AccessRequestFactory, UserFactory

SHANGHAI = ZoneInfo("Asia/Shanghai")
REASON = "检察机关在场等候核对"


def deputy_of(head: User, office: Office, **dates: Any) -> User:
    """Somebody who stands in for the head until next month."""
    person: User = UserFactory(office=office, roles=["US"])
    dates = {"ends_on": timezone.localdate() + dt.timedelta(days=30)} | dates
    Appointment.objects.create(person=person, role=Group.objects.get(name="UH"), office=office, deputy_for=head, **dates)
    return person


def request_of(requester: User, candidates: list[Candidate], status: str = "draft", **more: Any) -> AccessRequest:
    """A request for these records, wherever it is said to lie."""
    case: AccessRequest = AccessRequestFactory(requester=requester, candidates=candidates, status=status, **more)
    return case


def granted(requester: User, head: User, candidates: list[Candidate], **more: Any) -> AccessRequest:
    """Leave that the head has given just now."""
    case = request_of(requester, candidates, "head", **more)
    LEAVE.take("grant", case, by=head)
    case.refresh_from_db()
    return case


def urgent_look(requester: User, candidates: list[Candidate]) -> AccessRequest:
    """Records opened at once."""
    case = request_of(requester, candidates, urgent_reason=REASON)
    LEAVE.take("urgent", case, by=requester)
    case.refresh_from_db()
    return case


def in_a_day() -> dt.datetime:
    """When a leave that runs may end."""
    return timezone.now() + dt.timedelta(days=1)
