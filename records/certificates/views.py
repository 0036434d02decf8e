"""Certificates as the office sees them: the list, one of them, issuing one for a candidate, revoking one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.pages import Action
from audit.reads import reads
from audit.trail import record_read
from audit.workflow import Problem, Refused
from records.candidates.models import Candidate
from records.candidates.searching import meant_by
from records.certificates.answers import pdf_answer
from records.certificates.forms import CertificateFilter, CoursesForm, RevokeForm
from records.certificates.glyphs import MissingGlyphs
from records.certificates.issuing import issue, take_file
from records.certificates.kinds import ISSUE, Kind, kind_of, kinds, title_of
from records.certificates.models import Certificate
from records.certificates.numbering import shown, typed
from records.certificates.revoking import REVOKE, may_revoke, revoke
from records.certificates.wording import labelled
from records.listing import page_by_key, record_page
from records.people.requests import SignedRequest


def purpose() -> str:
    """For what the lists and pages here are read."""
    return _("办理证明")


def require_desk(request: SignedRequest) -> None:
    """Whoever issues or revokes certificates; 403 for others."""
    if not (request.user.has_perm(ISSUE) or request.user.has_perm(REVOKE)):
        raise PermissionDenied(ISSUE)


def reachable(request: SignedRequest, pk: int) -> Certificate:
    """The certificate if its candidate or its office is within reach, else 404; then the right is asked for."""
    mine = Q(candidate__in=Candidate.objects.visible_to(request.user)) | Q(office__in=request.user.reach.office_ids)
    if request.user.candidate_id:
        raise Http404(pk)
    rows = Certificate.objects.filter(mine).select_related("office", "candidate", "issued_by", "revoked_by", "replaced_by")
    found = get_object_or_404(rows, pk=pk)
    require_desk(request)
    return found


@reads("list", "search")
@require_safe
def certificate_list(request: SignedRequest) -> HttpResponse:
    """What the person's offices issued, the newest first; the city sees all."""
    require_desk(request)
    form = CertificateFilter(request.GET)
    page = page_by_key(_narrowed(request, form), _by_number(request))
    record_page(request, "certificates", Certificate, page.shown, purpose=purpose(), form=form)
    context = {
        "form": form,
        "rows": [{"row": row, "title": title_of(row.kind), "state": row.state.label} for row in page.rows],
        "pages": page,
        "filters_reset": reverse("certificates:list") if form.data else "",
        "may_issue": request.user.has_perm(ISSUE),
    }
    return render(request, "records/certificates/list.html", context)


def _by_number(request: SignedRequest) -> SignedRequest:
    """Certificates are listed by their age alone."""
    query = request.GET.copy()
    query["sort"] = "-number"
    request.GET = query  # type: ignore[assignment] # a copy may be changed, the annotation knows only the original
    return request


def _narrowed(request: SignedRequest, form: CertificateFilter) -> QuerySet[Certificate]:
    rows: QuerySet[Certificate] = Certificate.objects.select_related("candidate", "office")
    if not request.user.reach.municipal:
        rows = rows.filter(office__in=request.user.reach.office_ids)
    if not form.is_valid():
        return rows.none() if form.is_refused else rows
    wanted = form.cleaned_data
    if wanted["q"]:
        people = Candidate.objects.visible_to(request.user).filter(meant_by(wanted["q"]))
        rows = rows.filter(Q(number=typed(wanted["q"])) | Q(candidate__in=people))
    if wanted["kind"]:
        rows = rows.filter(kind=wanted["kind"])
    return rows.filter(_in_state(wanted["state"]))


def _in_state(state: str) -> Q:
    if state == Certificate.State.REVOKED:
        return Q(revoked_at__isnull=False)
    if state == Certificate.State.SUPERSEDED:
        return Q(revoked_at__isnull=True, superseded_at__isnull=False)
    return Q(revoked_at__isnull=True, superseded_at__isnull=True) if state else Q()


@reads("certificate")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """One certificate: its state, what it says, who took its file when."""
    return _page(request, reachable(request, pk))


@reads("certificate")
@require_POST
def revoke_one(request: SignedRequest, pk: int) -> HttpResponse:
    """Take it back, or show its page again with what forbids it."""
    certificate = reachable(request, pk)
    form = RevokeForm(request.POST)
    if not may_revoke(request.user, certificate):
        raise PermissionDenied(REVOKE)
    if not form.is_valid():
        return _page(request, certificate, form=form, status=422)
    try:
        revoke(certificate, form.cleaned_data["reason"], by=request.user)
    except Refused as refusal:
        return _page(request, certificate, form=form, problems=refusal.problems, status=409)
    messages.success(request, _("已撤销证明%(number)s。") % {"number": certificate.number})
    return redirect("certificates:detail", pk)


@reads("certificate")
@require_POST
def file(request: SignedRequest, pk: int) -> HttpResponse:
    """The signed file, to print or to hand over; noted in the list of prints."""
    certificate = reachable(request, pk)
    return pdf_answer(certificate, take_file(certificate, by=request.user))


def _page(
    request: SignedRequest,
    certificate: Certificate,
    *,
    form: RevokeForm | None = None,
    problems: list[Problem] | None = None,
    status: int = 200,
) -> HttpResponse:
    record_read("certificate", certificate, candidate_id=certificate.candidate_id, purpose=purpose())
    paper = kind_of(certificate.kind).paper(certificate.facts) if certificate.kind in kinds() else {"facts": [], "tables": []}
    title = title_of(certificate.kind)
    context = {
        "certificate": certificate,
        "title": title,
        "state": certificate.state.label,
        "code": shown(certificate.code),
        "facts": [pair for row in paper["facts"] for pair in row],
        "tables": labelled(paper["tables"]),
        "closing": paper.get("closing", ""),
        "prints": certificate.prints.select_related("by").order_by("-pk")[:50],
        "printed": certificate.prints.count(),
        "problems": problems,
        "actions": _actions(request, certificate, form),
        "crumbs": [(_("证明"), reverse("certificates:list")), (certificate.number, "")],
    }
    return render(request, "records/certificates/detail.html", context, status=status)


def _actions(request: SignedRequest, certificate: Certificate, form: RevokeForm | None) -> list[Action]:
    if certificate.revoked_at is not None or not may_revoke(request.user, certificate):
        return []
    return [
        Action(
            "revoke",
            _("撤销这份证明"),
            reverse("certificates:revoke", args=[certificate.pk]),
            "outline-danger",
            "",
            _("查验时立即显示已撤销，不能恢复；纸质件请收回。"),
            form=form or RevokeForm(),
            confirm=_("确认撤销"),
            is_open=form is not None,
        )
    ]


@reads("certificate")
@require_http_methods(["GET", "POST"])
def issue_one(request: SignedRequest, candidate: int, kind: str = "") -> HttpResponse:
    """Over the counter: choose a kind, then what stands on it; the certificate's page has the file."""
    person = get_object_or_404(Candidate.objects.visible_to(request.user).select_related("managing_university"), pk=candidate)
    entry, office = _issued_here(request, kind), person.managing_university
    if not office.represented_by(request.user):
        raise PermissionDenied(ISSUE)
    record_read("certificate", person, candidate_id=person.pk, purpose=purpose())
    form = CoursesForm(request.POST if request.method == "POST" else None, kind=entry, candidate=person)
    problems: list[Problem] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = issue(person, entry.slug, office=office, by=request.user, choice=form.choice())
        except Refused as refusal:
            problems = refusal.problems
        except MissingGlyphs as missing:
            problems = [Problem("certificate.missing-glyphs", str(missing))]
        else:
            return redirect("certificates:detail", made.pk)
    status = 409 if problems else (422 if form.is_bound and form.errors else 200)
    return render(request, "records/certificates/issue.html", _issuing(request, person, entry, form, problems), status=status)


def _issued_here(request: SignedRequest, slug: str) -> Kind:
    """The kind asked for, or the first that the person may issue; 403 for whoever may issue none."""
    allowed = [kind for kind in kinds().values() if kind.may_be_issued_by(request.user)]
    if request.user.candidate_id or not allowed:
        raise PermissionDenied(ISSUE)
    if not slug:
        return allowed[0]
    found = [kind for kind in allowed if kind.slug == slug]
    if not found:
        raise Http404(slug)
    return found[0]


def _issuing(
    request: SignedRequest, person: Candidate, entry: Kind, form: CoursesForm, problems: list[Problem]
) -> dict[str, Any]:
    others = [kind for kind in kinds().values() if kind.may_be_issued_by(request.user) and kind.slug != entry.slug]
    return {
        "candidate": person,
        "kind": entry,
        "others": others,
        "form": form,
        "problems": problems,
        "problems_title": _("没有出具"),
        "crumbs": [(_("证明"), reverse("certificates:list")), (_("出具%(kind)s") % {"kind": entry.title}, "")],
    }
