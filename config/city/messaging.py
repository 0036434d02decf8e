"""Messages of the demonstration: a candidate's inbox, a batch that waits for its release, one message that could not be sent."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from config import demonstration
from config.city import applicants
from config.city.people import Part
from records.candidates.models import Candidate
from records.messages import batches
from records.messages.models import MessageBatch, OutgoingMessage
from records.messages.sending import State
from records.messages.telling import tell
from records.people.models import User

REFUSED_NUMBER = "13900000000"


def make(people: dict[str, User]) -> None:
    """Nothing where a batch stands already. No short message is left waiting: nothing leaves because of the demonstration."""
    if MessageBatch.objects.exists():
        return
    batches.prepare(
        people[f"u3.{demonstration.universities()[0].code}"],
        title=_("请核对报考信息"),
        text=_("请登录个人空间，核对姓名、证件和报考专业；有误的，请带证件原件到主考院校自考办办理。"),
        query={"record": "open"},
        by_sms=True,
    )
    candidate = applicants.first_of(Part.SHORT_OF_ONE) or Candidate.objects.order_by("pk").first()
    if candidate is not None:
        _tell(candidate)


def _tell(candidate: Candidate) -> None:
    tell(candidate.pk, "account-opened", url=reverse("account"), phone="", email="")
    tell(candidate.pk, "registered", url=reverse("space"), phone="", email="")
    OutgoingMessage.objects.create(
        kind=OutgoingMessage.Kind.SMS,
        to=REFUSED_NUMBER,
        text=_("【考籍】您的报名注册已经办好，请登录个人空间核对信息、下载准考证。"),
        candidate=candidate,
        template="registered",
        state=State.FAILED,
        tries=1,
        fault="bad-recipient",
        is_final=True,
    )
