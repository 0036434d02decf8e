"""Text messages that came in (L5): when, from which phone (masked), what was understood, what became of it; not what it said."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.reads import reads
from audit.trail import record_list
from records.candidates.models import Candidate, within
from records.messages import batches
from records.messages.forms import IncomingFilter
from records.messages.models import IncomingMessage, OutgoingMessage
from records.people.models import User
from records.people.requests import SignedRequest

PAGE = 50


def visible_to(user: User) -> QuerySet[IncomingMessage]:
    """Questions that were answered to candidates within reach; those of phones that nobody registered are the city's."""
    found = IncomingMessage.objects.all()
    if user.reach.municipal:
        return found
    return found.filter(candidate__in=Candidate.objects.filter(within(user.reach)))


@reads("list")
@require_safe
def incoming(request: SignedRequest) -> HttpResponse:
    """The list, the latest first, by key; filters stand in the address."""
    if not (request.user.has_perm(batches.PREPARE) or request.user.has_perm(batches.RELEASE)):
        raise PermissionDenied(batches.PREPARE)
    form = IncomingFilter(request.GET or None)
    found = (
        visible_to(request.user)
        .filter(**(form.chosen if form.is_bound else {}))
        .select_related("answer")
        .defer("sender", "answer__to", "answer__text")
    )
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    shown = list(found.order_by("-pk")[: PAGE + 1])
    more, shown = len(shown) > PAGE, shown[:PAGE]
    if shown:
        record_list("incoming-messages", IncomingMessage, len(shown), purpose=_("核对短信查询情况"))
    context = {
        "form": form,
        "rows": [_row(message) for message in shown],
        "pages": {"shown": len(shown), "unit": _("条"), "next_url": _next(request, shown) if more else ""},
        "crumbs": [(_("群发消息"), reverse("messages:list")), (_("短信来信"), "")],
        "filters_reset": reverse("messages:incoming") if request.GET else "",
    }
    return render(request, "records/messages/incoming.html", context)


def _next(request: SignedRequest, shown: list[IncomingMessage]) -> str:
    query = request.GET.copy()
    query["before"] = str(shown[-1].pk)
    return f"?{query.urlencode()}"


def _row(message: IncomingMessage) -> dict[str, Any]:
    """A line of the list; ``answer`` is how far the text message is that went back, if one did."""
    return {
        "message": message,
        "outcome": IncomingMessage.Outcome(message.outcome).label,
        "answer": OutgoingMessage.State(message.answer.state).label if message.answer else "",
        "again": message.handed_in - 1,
    }
