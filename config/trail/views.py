"""Searching the trail, and the page of one event. Both ask for a purpose and leave an event themselves."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.models import Event
from audit.reads import reads, reads_nothing
from audit.trail import record_read
from config.trail.forms import TrailFilter, TrailPurposeForm, default_days
from config.trail.kin import MOST, of_the_same_request, of_the_same_transaction
from config.trail.purpose import ask, purpose_of, remember
from config.trail.searching import Found, Search, TooLong, page_of
from config.trail.sight import TRAIL, sees_everything, sees_whole, visible_events
from config.trail.wording import Wording
from records.candidates.searching import term_hash
from records.people.requests import SignedRequest


@reads_nothing
@permission_required(TRAIL, raise_exception=True)
@require_http_methods(["GET", "POST"])
def purpose(request: SignedRequest) -> HttpResponse:
    """Ask what the trail is read for; then on to the page that was wanted."""
    if request.method == "GET":
        return ask(request, onward=reverse("trail:list"))
    form = TrailPurposeForm(request.POST)
    if not form.is_valid():
        return ask(request, onward="", form=form, status=422)
    remember(request, form.purpose())
    onward = form.cleaned_data["onward"]
    is_ours = url_has_allowed_host_and_scheme(onward, allowed_hosts=None)
    return redirect(onward if onward and is_ours else reverse("trail:list"))


@reads("trail")
@permission_required(TRAIL, raise_exception=True)
@require_http_methods(["GET", "POST"])
def trail_list(request: SignedRequest) -> HttpResponse:
    """The events that a search finds, newest first. What is searched for is posted and then stands in the address as ids."""
    if request.method == "POST":
        form = TrailFilter(request.POST, user=request.user)
        if not form.is_valid():
            return _page(request, form, None, status=422)
        return redirect(f"{reverse('trail:list')}?{urlencode(form.address())}")
    why = purpose_of(request)
    if not why:
        return ask(request, onward=request.get_full_path())
    form = TrailFilter(_with_days(request.GET), user=request.user)
    if not form.is_valid():
        return _page(request, form, None, status=422)
    try:
        page = page_of(request.user, form.search(), _key(request.GET.get("before", "")))
    except TooLong:
        form.add_error(None, _("这样查要读的留痕太多。请加上号码、经办人或机构，或者缩短时间。"))
        return _page(request, form, None, status=422)
    searched = _fingerprint(form.search())
    record_read("trail", Event, candidate_id=form.concerned_id, purpose=why, shown=len(page.events), searched=searched)
    return _page(request, form, page)


def _with_days(query: QueryDict) -> dict[str, str]:
    """The address's conditions; where it names no day, the last seven."""
    named = {name: str(value) for name, value in query.items()}
    return named if named.get("first") or named.get("last") else {**named, **default_days()}


def _key(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _fingerprint(search: Search) -> str:
    """What was searched for, as a keyed hash: the same search gives the same."""
    return term_hash(json.dumps(search.parameters(), sort_keys=True))


def _page(request: SignedRequest, form: TrailFilter, page: Found | None, status: int = 200) -> HttpResponse:
    query = {name: str(value) for name, value in request.GET.items() if name != "before"}
    context = {
        "form": form,
        "filters_label": _("查询留痕"),
        "filters_button": _("查询"),
        "filters_method": "post",
        "filters_reset": reverse("trail:list") if query else "",
        "lines": Wording(page.events, request.user).lines() if page else [],
        "pages": _pages(request, query, page) if page else None,
        "export_url": f"{reverse('trail:export-new')}?{urlencode(query)}" if page else "",
        "purpose": purpose_of(request),
        "is_limited": not sees_everything(request.user),
    }
    return render(request, "config/trail/list.html", context, status=status)


def _pages(request: SignedRequest, query: dict[str, str], page: Found) -> dict[str, Any]:
    older = {**query, "before": str(page.events[-1].pk)} if page.has_more else {}
    return {
        "shown": len(page.events),
        "unit": _("条"),
        "previous_url": f"?{urlencode(query)}" if "before" in request.GET else "",
        "next_url": f"?{urlencode(older)}" if older else "",
    }


@reads("trail-event")
@permission_required(TRAIL, raise_exception=True)
@require_safe
def event(request: SignedRequest, pk: int) -> HttpResponse:
    """Everything of one event, and what was done with it; forbidden where the person may only know that it happened."""
    found = get_object_or_404(visible_events(request.user).select_related("actor"), pk=pk)
    if not sees_whole(request.user, found):
        raise PermissionDenied(TRAIL)
    why = purpose_of(request)
    if not why:
        return ask(request, onward=request.get_full_path())
    together, asked = of_the_same_transaction(request.user, found), of_the_same_request(request.user, found)
    shown = [found, *together, *asked]
    for candidate_id in {each.candidate_id for each in shown}:
        record_read("trail-event", found, candidate_id=candidate_id, purpose=why)
    words = Wording(shown, request.user)
    context = {
        "line": words.line(found),
        "event": found,
        "facts": _facts(words, found),
        "machine_facts": _machine_facts(found),
        "changes": words.changes(found),
        "together": [words.line(each) for each in together],
        "asked": [words.line(each) for each in asked],
        "most": MOST,
        "crumbs": [
            (_("工作台"), reverse("desk")),
            (_("留痕"), reverse("trail:list")),
            (_("第%(number)s条") % {"number": found.pk}, ""),
        ],
    }
    return render(request, "config/trail/event.html", context)


def _facts(words: Wording, found: Event) -> list[tuple[str, Any]]:
    before, after = words.moved(found)
    line = words.line(found)
    moved = [(_("由"), before), (_("到"), after)] if after else []
    return [
        (_("机构"), line.office),
        (_("经办人"), line.who),
        (_("考生"), line.whose or None),
        *moved,
        (_("用途或理由"), line.purpose or None),
        (_("查阅申请号"), line.leave or None),
        (_("结果"), Event.Outcome(found.outcome).label),
        (_("封存"), _("已封存于%(seal)s") % {"seal": line.seal} if found.pk in words.seals else line.seal),
    ]


def _machine_facts(found: Event) -> list[tuple[Any, ...]]:
    told = {name: value for name, value in found.details.items() if name not in ("before", "after")}
    return [
        (_("留痕号"), found.pk),
        (_("事务号"), found.transaction),
        (_("请求号"), found.request_id or None),
        (_("身份"), found.capacity or None),
        (_("数据库用户"), found.database_user),
        (_("附记"), json.dumps(told, ensure_ascii=False, sort_keys=True) if told else None, True),
    ]
