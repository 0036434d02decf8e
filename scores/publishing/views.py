"""A publication: whom it concerns, what must be explained, and the two people who take it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audit.reads import reads_nothing
from audit.workflow import Refused
from records.jobs.views import progress_of
from records.people.models import User
from records.people.requests import SignedRequest
from scores.models import Publication, Sitting
from scores.publishing import standing
from scores.publishing.actions import actions_of
from scores.publishing.approving import approve, withdraw_approval
from scores.publishing.forms import ApproveForm
from scores.publishing.publication import prepare, publish, resume, withdraw

PUBLISH = "scores.publish_scores"
IMPORT = "scores.import_scores"


def visible_or_404(request: SignedRequest, pk: int) -> Publication:
    """The publication, if this person may know of it."""
    publications = Publication.objects.visible_to(request.user)
    return get_object_or_404(publications.select_related("sitting", "job", "prepared_by", "confirmed_by"), pk=pk)


@reads_nothing
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """The figures before it goes out, or how far the work after it is."""
    publication = visible_or_404(request, pk)
    if not (request.user.has_perm(PUBLISH) or request.user.has_perm(IMPORT)):
        raise PermissionDenied(PUBLISH)
    return page(request, publication)


@reads_nothing
@require_POST
def step(request: SignedRequest, pk: int, name: str) -> HttpResponse:
    """Take one of the steps, or show the page again with everything that forbids it."""
    publication, note = visible_or_404(request, pk), request.POST.get("note", "")
    if not request.user.has_perm(PUBLISH):
        raise PermissionDenied(PUBLISH)
    form = ApproveForm(request.POST) if name == "approve" else None
    if form is not None and not form.is_valid():
        return page(request, publication, form=form, status=422)
    try:
        _take(name, publication, request.user, note, form)
    except Refused as refused:
        return page(request, visible_or_404(request, pk), problems=refused.problems, note=note, form=form, status=409)
    return redirect("scores:publication", pk)


def _take(name: str, publication: Publication, user: User, note: str, form: ApproveForm | None) -> None:
    if form is not None:
        approve(publication, by=user, **form.cleaned_data)
    elif name == "prepare":
        prepare(publication, by=user, note=note)
    elif name == "withdraw":
        withdraw(publication, by=user, note=note)
    elif name == "withdraw-approval":
        withdraw_approval(publication, by=user, note=note)
    elif name == "publish":
        publish(publication, by=user)
    elif name == "resume":
        resume(publication, by=user)
    else:
        raise Http404(name)


def page(
    request: SignedRequest,
    publication: Publication,
    *,
    problems: Any = (),
    note: str = "",
    form: ApproveForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with what forbade the last step and what was typed for it."""
    preview = publication.preview
    actions, barred = actions_of(publication, request.user, note, form) if request.user.has_perm(PUBLISH) else ([], [])
    context = {
        "publication": publication,
        "preview": preview,
        "last": Sitting(name=preview["last"]) if preview.get("last") else "",
        "universities": [_pointed(line) for line in preview.get("universities", [])],
        "preview_at": dt.datetime.fromisoformat(preview["at"]) if "at" in preview else None,
        "counts": standing.counts(preview),
        "noteworthy": [line for line in preview.get("universities", []) if line["is_noteworthy"]],
        "state": standing.state(publication),
        "minute": standing.minute(publication),
        "steps": standing.steps(publication),
        "actions": actions,
        "barred": barred,
        "actions_title": _("公布要两个人"),
        "events": standing.events(publication),
        "job": progress_of(publication.job, link=True) if publication.job and not publication.credits_entered_at else None,
        "problems": problems,
        "crumbs": [(_("成绩批次"), reverse("scores:batches")), (str(publication), "")],
    }
    return render(request, "scores/publication.html", context, status=status)


def _pointed(line: dict[str, Any]) -> dict[str, Any]:
    """A university's line with its difference in percentage points."""
    return {**line, "points": None if line["difference"] is None else round(line["difference"] * 100, 1)}
