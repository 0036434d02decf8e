"""The log of what left and what could not: masked recipients, what for, how often tried, never the text of what passes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audit.reads import reads
from audit.trail import record_list, record_read
from records.candidates.models import Candidate, within
from records.contact.changing import masked_address
from records.messages import batches, sending
from records.messages.carriers import FAULTS
from records.messages.forms import LogFilter
from records.messages.models import OutgoingMessage
from records.messages.templates import TEMPLATES
from records.people.identity import mask
from records.people.models import User
from records.people.requests import SignedRequest

PAGE = 50


def visible_to(user: User) -> QuerySet[OutgoingMessage]:
    """Messages to candidates within reach; those to nobody in particular (answers to unknown phones) are the city's."""
    found = OutgoingMessage.objects.all()
    if user.reach.municipal:
        return found
    return found.filter(candidate__in=Candidate.objects.filter(within(user.reach)))


def _require_right(user: User) -> None:
    if not (user.has_perm(batches.PREPARE) or user.has_perm(batches.RELEASE)):
        raise PermissionDenied(batches.PREPARE)


@reads("list")
@require_safe
def log(request: SignedRequest) -> HttpResponse:
    """The log, the latest first, by key; filters stand in the address."""
    _require_right(request.user)
    form = LogFilter(request.GET or None)
    found = visible_to(request.user).filter(**(form.chosen if form.is_bound else {})).select_related("candidate").order_by("-pk")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    shown = list(found[: PAGE + 1])
    more, shown = len(shown) > PAGE, shown[:PAGE]
    if shown:
        record_list("messages", OutgoingMessage, len(shown), purpose=_("核对消息发送情况"))
    context = {
        "form": form,
        "rows": [_row(message) for message in shown],
        "pages": {"shown": len(shown), "unit": _("条"), "next_url": _next(request, shown) if more else ""},
        "filters_reset": reverse("messages:log") if request.GET else "",
    }
    return render(request, "records/messages/log.html", context)


def _next(request: SignedRequest, shown: list[OutgoingMessage]) -> str:
    query = request.GET.copy()
    query["before"] = str(shown[-1].pk)
    return f"?{query.urlencode()}"


def _row(message: OutgoingMessage) -> dict[str, Any]:
    """A line of the log; the recipient is masked here and nowhere shown whole."""
    known = TEMPLATES.get(message.template)
    is_sms = message.kind == OutgoingMessage.Kind.SMS
    return {
        "message": message,
        "to": mask(message.to) if is_sms else masked_address(message.to),
        "purpose": known.purpose if known else _("其他"),
        "state": OutgoingMessage.State(message.state).label,
        "fault": FAULTS.get(message.fault, ""),
        "may_again": sending.may_be_sent_again(message),
    }


@reads("message-again")
@require_POST
def again(request: SignedRequest, pk: int) -> HttpResponse:
    """Have a failed message tried again."""
    _require_right(request.user)
    message = get_object_or_404(visible_to(request.user), pk=pk)
    if sending.may_be_sent_again(message):
        sending.send_again(message)
        record_read("message-again", message, candidate_id=message.candidate_id, purpose=_("重新发送消息"))
        messages.success(request, _("已重新排队发送。"))
    else:
        messages.info(request, _("这一条不能重新发送：已经发出、正在等待，或内容已清除。"))
    return redirect("messages:log")
