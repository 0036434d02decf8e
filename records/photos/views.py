"""The clerk's pages (U3): what waits for a look, one photo beside its person, a photo brought in for somebody."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.reads import reads
from audit.trail import record_list, record_read, record_search
from audit.workflow import Refused
from records.candidates.models import Candidate
from records.candidates.searching import term_hash
from records.documents.pages import url_of
from records.people.finding import typed
from records.people.requests import SignedRequest
from records.photos.checking import requirements
from records.photos.forms import FindForm, PhotoForm, RefuseForm
from records.photos.models import PhotoSubmission
from records.photos.pages import chosen, forget, measures_of, rules_of, uploaded
from records.photos.taking import REGISTER, accept, managed_by, refuse, take_in, waiting_for

PAGE = 20


@reads("list", "search")
@permission_required(REGISTER, raise_exception=True)
@require_http_methods(["GET", "POST"])
def photo_list(request: SignedRequest) -> HttpResponse:
    """What waits, the oldest first; and the way to somebody for whom a photo is brought in."""
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = typed(form.cleaned_data["number"])
        found = managed_by(request.user).filter(pk__in=Candidate.by_number(number).values("pk")).first()
        if found is not None:
            return redirect("photos:one", found.pk)
        record_search("photos", Candidate, term_hash(number), 0, purpose=_("采集照片"))
        form.add_error("number", _("本校管理的考生里没有这个号码，请核对。"))
    waiting = list(waiting_for(request.user)[: PAGE + 1])
    shown = waiting[:PAGE]
    if shown:
        record_list("photos", PhotoSubmission, len(shown), purpose=_("审核照片"))
    context = {
        "form": form,
        "rows": [{"submission": each, "url": url_of(each.document)} for each in shown],
        "more": len(waiting) > PAGE,
    }
    return render(request, "records/photos/list.html", context, status=422 if form.errors else 200)


@reads("photo")
@permission_required(REGISTER, raise_exception=True)
@require_safe
def submission(request: SignedRequest, pk: int) -> HttpResponse:
    """One photo beside the person's data."""
    return _submission_page(request, _submission_or_404(request, pk), RefuseForm())


@reads("photo")
@permission_required(REGISTER, raise_exception=True)
@require_POST
def accept_one(request: SignedRequest, pk: int) -> HttpResponse:
    """The photo becomes the record's; the next one comes."""
    one = _submission_or_404(request, pk)
    try:
        accept(one, by=request.user)
    except Refused as refusal:
        return _submission_page(request, _submission_or_404(request, pk), RefuseForm(), refusal)
    messages.success(request, _("已采用，考生会收到消息。"))
    return _next(request)


@reads("photo")
@permission_required(REGISTER, raise_exception=True)
@require_POST
def refuse_one(request: SignedRequest, pk: int) -> HttpResponse:
    """The photo goes back with its reason; the next one comes."""
    one = _submission_or_404(request, pk)
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return _submission_page(request, one, form)
    try:
        refuse(one, form.in_words(), by=request.user)
    except Refused as refusal:
        return _submission_page(request, _submission_or_404(request, pk), RefuseForm(), refusal)
    messages.success(request, _("已退回，考生会收到消息。"))
    return _next(request)


def _submission_or_404(request: SignedRequest, pk: int) -> PhotoSubmission:
    mine = PhotoSubmission.objects.filter(candidate__in=managed_by(request.user)).select_related("candidate", "document")
    return get_object_or_404(mine, pk=pk)


def _submission_page(
    request: SignedRequest, one: PhotoSubmission, form: RefuseForm, refusal: Refused | None = None
) -> HttpResponse:
    record_read("photo", one, candidate_id=one.candidate_id, purpose=_("审核照片"))
    context = _submission_context(one, form) | {"problems": refusal.problems if refusal else []}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "records/photos/submission.html", context, status=status)


def _next(request: SignedRequest) -> HttpResponse:
    following = waiting_for(request.user).first()
    return redirect("photos:submission", following.pk) if following else redirect("photos:list")


def _submission_context(one: PhotoSubmission, form: RefuseForm) -> dict[str, Any]:
    accepting, refusing = (reverse(f"photos:{name}", args=[one.pk]) for name in ("accept", "refuse"))
    actions = []
    if one.decision == PhotoSubmission.Decision.WAITING:
        then = _("从现在起是考籍里的照片；考生会收到消息。")
        actions = [
            {"name": "accept", "label": _("采用"), "url": accepting, "tone": "primary", "then": then},
            {"name": "refuse", "label": _("退回"), "url": refusing, "tone": "outline-danger", "form": form},
        ]
    return {
        "submission": one,
        "candidate": one.candidate,
        "url": url_of(one.document),
        "facts": facts_of(one.candidate),
        "rules": measures_of(one.document),
        "actions": actions,
        "crumbs": [(_("工作台"), reverse("desk")), (_("照片"), reverse("photos:list")), (one.candidate.name, "")],
    }


def facts_of(candidate: Candidate) -> list[tuple[Any, ...]]:
    """Whom the photo should show."""
    return [
        (_("姓名"), candidate.name),
        (_("性别"), candidate.get_sex_display()),
        (_("出生日期"), candidate.birth_date.isoformat()),
        (_("证件类型"), candidate.get_document_kind_display()),
        (_("证件号码"), candidate.identity_mask),
        (_("准考证号"), candidate.ticket_number or _("尚未发给")),
    ]


@reads("photo")
@permission_required(REGISTER, raise_exception=True)
@require_http_methods(["GET", "POST"])
def one(request: SignedRequest, pk: int) -> HttpResponse:
    """A photo for one candidate: the form with everything that is wrong with a file that was refused."""
    candidate = get_object_or_404(managed_by(request.user).select_related("photo"), pk=pk)
    record_read("photo", candidate, candidate_id=pk, purpose=_("采集照片"))
    form = PhotoForm(request.POST or None, request.FILES or None) if request.method == "POST" else PhotoForm()
    rules: list[dict[str, Any]] = []
    if form.is_bound and form.is_valid() and candidate.photo_id is None:
        verdict = uploaded(request, form, candidate, request.user)
        if verdict.is_good:
            return redirect("photos:preview", pk)
        rules = rules_of(verdict.faults)
    context = _one_context(candidate) | {"form": PhotoForm() if rules else form, "rules": rules}
    return render(request, "records/photos/one.html", context, status=422 if rules or form.errors else 200)


@reads("photo")
@permission_required(REGISTER, raise_exception=True)
@require_http_methods(["GET", "POST"])
def preview(request: SignedRequest, pk: int) -> HttpResponse:
    """The photo as it would be kept, with what was measured; confirming makes it the record's."""
    candidate = get_object_or_404(managed_by(request.user).select_related("photo"), pk=pk)
    document = chosen(request, candidate, request.user)
    if document is None:
        return redirect("photos:one", pk)
    problems: list[Any] = []
    if request.method == "POST":
        try:
            take_in(candidate, document, by=request.user)
        except Refused as refusal:
            problems = refusal.problems
        else:
            forget(request, candidate)
            messages.success(request, _("照片已采用。"))
            return redirect("photos:one", pk)
    record_read("photo", candidate, candidate_id=pk, purpose=_("采集照片"))
    context = _one_context(candidate) | {"url": url_of(document), "rules": measures_of(document), "problems": problems}
    return render(request, "records/photos/preview.html", context, status=409 if problems else 200)


def _one_context(candidate: Candidate) -> dict[str, Any]:
    return {
        "candidate": candidate,
        "facts": facts_of(candidate),
        "url": url_of(candidate.photo) if candidate.photo else "",
        "requirements": requirements(),
        "crumbs": [(_("工作台"), reverse("desk")), (_("照片"), reverse("photos:list")), (candidate.name, "")],
    }
