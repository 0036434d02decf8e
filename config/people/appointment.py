"""The page of one appointment: what it permits, from when until when, who gave it; moving its end, taking it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audit.reads import reads_nothing
from audit.workflow import NotNow, Refused
from config.appointing import duties, moves, rules
from config.appointing.places import office_of
from config.people.forms import EndForm
from config.people.person import crumbs_of, person_or_404
from config.people.showing import is_standing, permits, row_of
from records.people.models import Appointment, User
from records.people.requests import SignedRequest


def appointment_or_404(request: SignedRequest, pk: int) -> Appointment:
    """An appointment of somebody whose page may be seen."""
    rows = Appointment.objects.select_related("person", "role", "office", "deputy_for", "given_by", "taken_by")
    found = get_object_or_404(rows, pk=pk)
    person_or_404(request, found.person_id)
    return found


@reads_nothing
@require_safe
def appointment(request: SignedRequest, pk: int) -> HttpResponse:
    """One appointment: what it permits, from when until when, who gave it; moving its end, taking it back."""
    return appointment_page(request, appointment_or_404(request, pk))


def appointment_page(request: SignedRequest, found: Appointment, *, end: EndForm | None = None) -> HttpResponse:
    """The page, with a form that could not be accepted."""
    row = row_of(found, request.user, timezone.localdate())
    place = office_of(found.person)
    context = {
        "row": row,
        "facts": [
            (_("职责"), row.duty),
            (_("任期"), duties.term_in_words(found)),
            (_("代理"), row.deputy_for or _("不是代理")),
            (_("任命"), row.given),
            (_("收回"), row.taken or None),
            (_("可以办理"), "；".join(permits(found.role.name)) or _("没有系统内的权限"), True),
        ],
        "actions": _changes(row, end) if row.may_change else [],
        "barred": [] if row.may_change else _why_fixed(request.user, found),
        "crumbs": [*crumbs_of(request, found.person, place)[:-1], _person_crumb(found.person), (row.duty, "")],
    }
    return render(request, "config/people/appointment.html", context, status=422 if end else 200)


def _person_crumb(found: User) -> tuple[str, str]:
    return str(found), reverse("people:person", args=[found.pk])


def _why_fixed(by: User, found: Appointment) -> list[str]:
    today = timezone.localdate()
    if not is_standing(found, today):
        return [_("这项任职已经结束，记录保留，不再改动。")]
    return [f"{problem.message}{problem.next_step}" for problem in rules.barred_from(by, duties.Duty.of(found), today)]


def _changes(row: Any, end: EndForm | None) -> list[dict[str, Any]]:
    found = row.appointment
    words = {"person": found.person, "duty": row.duty}
    return [
        {
            "name": "end",
            "label": _("改最后一天"),
            "url": reverse("people:end", args=[found.pk]),
            "form": end or EndForm(initial={"ends_on": found.ends_on}, prefix="end"),
            "confirm": _("改为这一天"),
            "then": _("到期自动停止，不用再办。"),
        },
        {
            "name": "take",
            "label": _("收回"),
            "url": reverse("people:take", args=[found.pk]),
            "tone": "outline-danger",
            "asks": "note-optional",
            "note_label": _("事由"),
            "confirm": _("确认收回%(duty)s") % words,
            "then": _("%(person)s的%(duty)s立即停止，正在排队或进行的批处理也随之停止。") % words,
        },
    ]


@reads_nothing
@require_POST
def end(request: SignedRequest, pk: int) -> HttpResponse:
    """Move the last day of an appointment."""
    found = appointment_or_404(request, pk)
    form = EndForm(request.POST, prefix="end")
    if not form.is_valid():
        return appointment_page(request, found, end=form)
    try:
        moves.end_on(found, form.cleaned_data["ends_on"], by=request.user, note=form.cleaned_data["note"])
    except NotNow as moved_on:
        messages.info(request, str(moved_on.problems[0].message))
    except Refused as refused:
        form.show(refused)
        return appointment_page(request, found, end=form)
    else:
        messages.success(request, _("最后一天已改。"))
    return redirect("people:person", found.person_id)


@reads_nothing
@require_POST
def take(request: SignedRequest, pk: int) -> HttpResponse:
    """Take an appointment back, at once."""
    found = appointment_or_404(request, pk)
    words = {"person": found.person, "duty": duties.title_of(found.role.name)}
    try:
        moves.take(found, by=request.user, note=request.POST.get("note", "")[:200])
    except NotNow as moved_on:
        messages.info(request, str(moved_on.problems[0].message))
    else:
        messages.success(request, _("已收回%(person)s的%(duty)s。") % words)
    return redirect("people:person", found.person_id)
