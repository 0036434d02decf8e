"""消息 in the personal space: what the candidate was told, what is unread; opening one marks it read."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from audit.reads import reads_nothing
from records.messages.models import InboxMessage
from records.people.models import User
from records.people.requests import SignedRequest

PAGE = 20


def own(user: User) -> Any:
    """The messages of the signed-in candidate, also those to records merged into this one; 404 for staff."""
    if not user.candidate_id:
        raise Http404("inbox")
    mine = Q(candidate=user.candidate_id) | Q(candidate__merged_into=user.candidate_id)
    return InboxMessage.objects.filter(mine)


def unread_of(user: User) -> int:
    """How many messages the candidate has not opened."""
    count: int = own(user).filter(read_at=None).count()
    return count


@reads_nothing
@never_cache
@require_safe
def inbox(request: SignedRequest) -> HttpResponse:
    """All messages: on the first page the unread ones stand in front, each part the latest first; by key."""
    found = own(request.user)
    before = request.GET.get("before", "")
    first = not (before.isascii() and before.isdigit() and len(before) < 19)
    unread = list(found.filter(read_at=None).order_by("-pk")[:PAGE]) if first else []
    others = found.exclude(pk__in=[message.pk for message in unread]).order_by("-pk")
    if not first:
        others = others.filter(pk__lt=int(before))
    shown = list(others[: PAGE + 1])
    more, shown = len(shown) > PAGE, shown[:PAGE]
    context = {
        "unread": [_line(each) for each in unread],
        "read": [_line(each) for each in shown],
        "pages": {"shown": len(unread) + len(shown), "unit": _("条"), "next_url": f"?before={shown[-1].pk}" if more else ""},
    }
    return render(request, "records/messages/inbox.html", context)


def _line(message: InboxMessage) -> dict[str, Any]:
    """A message as ``components/_lines.html`` reads it."""
    url = reverse("inbox-message", args=[message.pk])
    return {"date": timezone.localtime(message.at).date(), "text": message.title, "url": url}


@reads_nothing
@never_cache
@require_safe
def message(request: SignedRequest, pk: int) -> HttpResponse:
    """One message, read from now on."""
    found = get_object_or_404(own(request.user), pk=pk)
    own(request.user).filter(pk=pk, read_at=None).update(read_at=timezone.now())
    context = {"message": found, "crumbs": [(_("消息"), reverse("inbox")), (found.title, "")]}
    return render(request, "records/messages/message.html", context)


@reads_nothing
@require_POST
def read_all(request: SignedRequest) -> HttpResponse:
    """Mark everything as read."""
    count = own(request.user).filter(read_at=None).update(read_at=timezone.now())
    messages.success(request, _("已把%(count)s条消息标为已读。") % {"count": count})
    return redirect("inbox")
