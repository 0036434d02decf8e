"""The counter of the managing university: with the candidate there in person, a clerk begins the case for the candidate."""

from __future__ import annotations

import time
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from audit.reads import reads
from audit.trail import record_read, record_search
from records.candidates.models import Candidate
from records.candidates.searching import term_hash
from records.corrections.forms import CounterForm
from records.corrections.views import begun, choices_for
from records.people.finding import typed
from records.people.requests import SignedRequest

CHECK = "records.check_correction"
SERVING = "served-at-the-counter"
SERVING_SECONDS = 30 * 60


@reads("counter", "search")
@permission_required(CHECK, raise_exception=True)
@require_http_methods(["GET", "POST"])
def counter(request: SignedRequest) -> HttpResponse:
    """Whom the clerk serves: by number and what was shown; only candidates whom the own university manages are found."""
    form = CounterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = _managed_here(request, form.cleaned_data["number"])
        if found is not None:
            _begin(request, found, form.purpose())
            record_read("counter", found, candidate_id=found.pk, purpose=form.purpose())
            return redirect("corrections:counter-kinds", found.pk)
        hashed = term_hash(form.cleaned_data["number"])
        record_search("corrections.counter", Candidate, hashed, 0, purpose=form.purpose())
        form.add_error("number", _("本校管理的考生里没有这个号码。更改由考生的主考院校办理，请核对号码。"))
    context = {"form": form, "crumbs": _crumbs(_("柜台受理"))}
    return render(request, "records/corrections/counter.html", context, status=422 if form.errors else 200)


@reads("counter")
@permission_required(CHECK, raise_exception=True)
@require_safe
def counter_kinds(request: SignedRequest, candidate: int) -> HttpResponse:
    """What the person at the counter may have corrected."""
    person = _served_or_none(request, candidate)
    if person is None:
        return redirect("corrections:counter")
    context = {
        "candidate": person,
        "choices": choices_for(person, "corrections:counter-new", {"candidate": person.pk}),
        "crumbs": _crumbs(person.name),
    }
    return render(request, "records/corrections/counter_kinds.html", context)


@reads("counter", "case")
@permission_required(CHECK, raise_exception=True)
@sensitive_post_parameters("document_number")
@require_http_methods(["GET", "POST"])
def counter_new(request: SignedRequest, candidate: int, code: str) -> HttpResponse:
    """The form that the clerk fills in for the person at the counter."""
    person = _served_or_none(request, candidate)
    if person is None:
        return redirect("corrections:counter")
    return begun(request, person, code, crumbs=_crumbs(person.name))


def _managed_here(request: SignedRequest, number: str) -> Candidate | None:
    managed = Candidate.objects.filter(managing_university__in=request.user.reach.universities)
    found: Candidate | None = managed.filter(pk__in=Candidate.by_number(typed(number)).values("pk")).first()
    return found


def _begin(request: SignedRequest, person: Candidate, purpose: str) -> None:
    """Remember for half an hour whom the clerk serves and how the person was known."""
    request.session[SERVING] = {"candidate": person.pk, "purpose": purpose, "until": time.time() + SERVING_SECONDS}


def _served_or_none(request: SignedRequest, candidate: int) -> Candidate | None:
    """The person whom the clerk serves now, with a line in the trail; None when the clerk has to say again whom and why.

    404 for a candidate whom another university manages.
    """
    managed = Candidate.objects.filter(managing_university__in=request.user.reach.universities)
    person: Candidate = get_object_or_404(managed.select_related("managing_university", "photo"), pk=candidate)
    serving: dict[str, Any] = request.session.get(SERVING, {})
    if serving.get("candidate") != person.pk or serving.get("until", 0) < time.time():
        return None
    record_read("counter", person, candidate_id=person.pk, purpose=serving["purpose"])
    return person


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [(_("工作台"), reverse("desk")), (_("考籍更改"), reverse("corrections:list")), (last, "")]
