"""毕业审核: audits of many candidates: start one, watch it, read what came of it, open one candidate's tree."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.reads import reads, reads_nothing
from audit.trail import record_list, record_read
from graduation import cohorts, progress
from graduation.auditing import audit_many
from graduation.facts import Question
from graduation.forms import CohortForm
from graduation.models import CohortAudit, CohortOutcome
from graduation.tree import tree_of
from records.candidates.models import Candidate
from records.jobs.views import progress_of
from records.people.requests import SignedRequest

AUDIT = "graduation.audit_cohort"
PAGE = 50
SHOWN_AUDITS = 30
REASONS = 25
SHOWN_MISSING = 3
TOTALS = frozenset({"credits", "courses"})  # requirements of the kind "total" by code, as the kept outcome names them


@reads_nothing
@require_http_methods(["GET", "POST"])
def cohort_list(request: SignedRequest) -> HttpResponse:
    """The audits within reach, the newest first, and the form that starts one."""
    _must_audit(request)
    form = CohortForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        cohort = cohorts.start_cohort(request.user, university=chosen["university"], major=chosen["major"], on=chosen["on"])
        return redirect("graduation:cohort", cohort.pk)
    audits = CohortAudit.objects.visible_to(request.user).select_related("university", "major", "job")
    context = {"form": form, "rows": [_row(audit) for audit in audits.order_by("-pk")[:SHOWN_AUDITS]]}
    return render(request, "graduation/cohorts.html", context, status=422 if form.errors else 200)


def _row(cohort: CohortAudit) -> dict[str, Any]:
    return {"cohort": cohort, "job": progress_of(cohort.job) if cohort.job else None, "is_done": _is_done(cohort)}


def _is_done(cohort: CohortAudit) -> bool:
    return cohort.job is None or cohort.job.state == "done"


@reads("list")
@require_safe
def cohort(request: SignedRequest, pk: int) -> HttpResponse:
    """What came of one audit: figures, reasons, and the candidates by key; or how far it is."""
    found = _cohort_or_404(request, pk)
    context: dict[str, Any] = {
        "cohort": found,
        "title": cohorts.title_of(found),
        "job": progress_of(found.job) if found.job else None,
        "is_done": _is_done(found),
        "crumbs": [(_("毕业审核"), reverse("graduation:cohorts")), (cohorts.title_of(found), "")],
    }
    if context["is_done"]:
        context |= _result(request, found)
    return render(request, "graduation/cohort.html", context)


def _result(request: SignedRequest, found: CohortAudit) -> dict[str, Any]:
    show, reason = request.GET.get("show", ""), request.GET.get("reason", "")[:60]
    outcomes = found.outcomes.filter(_narrowing(found, show))
    if reason:
        outcomes = outcomes.filter(missing__contains=[reason])
    shown, pages = _page(request, outcomes)
    if shown:
        record_list("cohort", found, len(shown), purpose=cohorts.title_of(found))
    named = {each["code"]: each["label"] for each in found.reasons}
    return {
        "counts": _counts(found, show),
        "rows": [_outcome(each, found.reasons) for each in shown],
        "pages": pages,
        "reason": named.get(reason, reason),
        "plan_reasons": [each for each in found.reasons if not each["is_condition"]][:REASONS],
        "condition_reasons": [each for each in found.reasons if each["is_condition"]],
    }


def _narrowing(found: CohortAudit, show: str) -> Q:
    """The condition of a figure on the strip; everything for one that there is not."""
    before = cohorts.run_before(found)
    narrowings = {
        "eligible": Q(eligible=True),
        "complete": Q(plan_complete=True),
        "incomplete": Q(plan_complete=False),
        "new": cohorts.newly_complete(before) if before else Q(pk__in=[]),
        "gone": cohorts.no_longer_complete(before) if before else Q(pk__in=[]),
    }
    return narrowings.get(show, Q())


def _counts(found: CohortAudit, show: str) -> list[dict[str, Any]]:
    """The strip of figures; each is a filter."""
    figures: list[tuple[str, str, int, str]] = [
        ("", _("已审核"), found.audited, ""),
        ("complete", _("课程齐"), found.plan_complete, _("课程、学分达到计划")),
        ("eligible", _("符合毕业条件"), found.eligible, _("核验也已登记")),
        ("incomplete", _("课程未齐"), found.audited - found.plan_complete, ""),
    ]
    before = cohorts.run_before(found)
    if before is not None:
        since = _("与%(day)s相比") % {"day": before.on.isoformat()}
        figures.append(("new", _("新近齐的"), found.outcomes.filter(cohorts.newly_complete(before)).count(), since))
        figures.append(("gone", _("不再齐的"), found.outcomes.filter(cohorts.no_longer_complete(before)).count(), since))
    return [
        {"label": label, "value": f"{value:,}", "small": small, "url": f"?show={name}", "current": name == show}
        for name, label, value, small in figures
    ]


def _page(request: SignedRequest, outcomes: QuerySet[CohortOutcome]) -> tuple[list[CohortOutcome], dict[str, Any]]:
    """One page by key."""
    after = request.GET.get("after", "")
    key = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    people = outcomes.filter(pk__gt=key).select_related("candidate", "major", "plan").order_by("pk")
    found = list(people[: PAGE + 1])
    query = request.GET.copy()
    query.pop("after", None)
    first = f"?{query.urlencode()}" if key else ""
    query["after"] = str(found[PAGE - 1].pk) if len(found) > PAGE else ""
    following = f"?{query.urlencode()}" if len(found) > PAGE else ""
    shown = found[:PAGE]
    return shown, {"shown": len(shown), "unit": _("人"), "previous_url": first, "next_url": following}


def _outcome(outcome: CohortOutcome, reasons: list[dict[str, Any]]) -> dict[str, Any]:
    """A line of the table: courses by their codes, groups by their names; totals and conditions when nothing else is missing."""
    conditions = {each["code"] for each in reasons if each["is_condition"]}
    named = {each["code"]: each["label"].partition(" ")[0] for each in reasons}
    in_plan = [code for code in outcome.missing if code not in conditions]
    missing = [code for code in in_plan if code not in TOTALS] or in_plan or outcome.missing
    shown = "、".join(named.get(code, code) for code in missing[:SHOWN_MISSING])
    return {"outcome": outcome, "lacking": len(missing), "missing": shown, "more": max(0, len(missing) - SHOWN_MISSING)}


@reads("audit")
@require_safe
def outcome(request: SignedRequest, pk: int, outcome: int) -> HttpResponse:
    """The requirement tree of one candidate, audited as of the day of the cohort; opening it is a read."""
    found = _cohort_or_404(request, pk)
    one = get_object_or_404(found.outcomes.select_related("candidate", "major", "plan"), pk=outcome)
    candidate = get_object_or_404(Candidate.objects.visible_to(request.user), pk=one.candidate_id)
    record_read("audit", candidate, candidate_id=candidate.pk, purpose=cohorts.title_of(found))
    version = one.plan.version if one.plan else ""
    answer = audit_many([Question(candidate, one.major, version)], on=found.on)[0]
    path = progress.chosen_path(answer, request.GET.get("path", ""))
    context = {
        "cohort": found,
        "candidate": candidate,
        "answer": answer,
        "path": path,
        "lacking": progress.lacking_items(path),
        "ring_parts": progress.ring_parts(path),
        "headline": progress.headline(answer, path),
        "subline": progress.subline(path),
        "paths": progress.paths_of(answer, path, "?path={}".format),
        "tree": tree_of(answer, path),
        "crumbs": [
            (_("毕业审核"), reverse("graduation:cohorts")),
            (cohorts.title_of(found), reverse("graduation:cohort", args=[pk])),
            (candidate.name, ""),
        ],
    }
    return render(request, "graduation/outcome.html", context)


def _cohort_or_404(request: SignedRequest, pk: int) -> CohortAudit:
    """The audit: missing for who is outside its office, forbidden for who has other duties in it."""
    audits = CohortAudit.objects.visible_to(request.user).select_related("university", "major", "job")
    found = get_object_or_404(audits, pk=pk)
    _must_audit(request)
    return found


def _must_audit(request: SignedRequest) -> None:
    """404 for whoever belongs to no office that audits, 403 for other duties in one."""
    if not (request.user.reach.municipal or request.user.reach.universities):
        raise Http404
    if not request.user.has_perm(AUDIT):
        raise PermissionDenied(AUDIT)
