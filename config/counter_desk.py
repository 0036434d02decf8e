"""L6: a clerk of a university or a district office looks up the record of who stands at the counter, and prints it.

The answer exists only as answer to what the clerk sent: no address shows it, and going on with it takes a token that is good for
the same clerk for some minutes.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.acting import acting
from audit.reads import reads
from audit.trail import record_list, record_read
from audit.workflow import Refused
from config.counter_summary import short_of
from records.certificates import issuing
from records.certificates.glyphs import MissingGlyphs
from records.certificates.models import Certificate
from records.counter import looking_up
from records.counter.forms import LookupForm
from records.counter.looking_up import Asked
from records.counter.models import CounterLookup
from records.offices.models import Office
from records.people.requests import SignedRequest

COUNTER = "records.look_up_at_counter"
REVIEW = "records.review_reading"
SUMMARY = "record"


@reads("counter", "search")
@never_cache
@sensitive_post_parameters()
@permission_required(COUNTER, raise_exception=True)
@require_http_methods(["GET", "POST"])
def lookup(request: SignedRequest) -> HttpResponse:
    """The form; sent, it is answered in place with the summary, or says that nobody was found."""
    form = LookupForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        found = looking_up.look_up(Asked(**form.cleaned_data), office=_office(request), by=request.user)
        if found is not None:
            return _answer(request, found)
        form.add_error("number", _("没有查到。请对照原件核对号码和姓名；仍查不到的，请考生到主考院校自考办核对登记。"))
    context = {"form": form, "crumbs": _crumbs()}
    return render(request, "config/counter/lookup.html", context, status=422 if form.errors else 200)


@reads("counter", "certificate")
@never_cache
@permission_required(COUNTER, raise_exception=True)
@require_POST
def printed(request: SignedRequest) -> HttpResponse:
    """The summary as a signed paper, for the look-up whose token was sent; else the form again."""
    found = looking_up.looked_up(request.POST.get("token", ""), by=request.user)
    if found is None:
        messages.info(request, _("这次查询已经过了10分钟，或者不是您查的。请查验证件后重新查询。"))
        return redirect("counter:lookup")
    try:
        with acting(purpose=found.purpose):
            certificate = issuing.issue(found.candidate, SUMMARY, office=found.office, by=request.user)
            return _paper(request, found, certificate)
    except MissingGlyphs as missing:
        problems = [str(missing)]
    except Refused as refusal:
        problems = [str(problem.message) for problem in refusal.problems]
    record_read("counter", found.candidate, candidate_id=found.candidate_id, purpose=found.purpose)
    return _answer(request, found, problems=problems, status=409)


@reads("list")
@require_safe
def today(request: SignedRequest) -> HttpResponse:
    """What was looked up at the own counter today: for the clerks and the head. Names masked, nothing of the records."""
    if not (request.user.has_perm(COUNTER) or request.user.has_perm(REVIEW)):
        raise PermissionDenied(COUNTER)
    office = _office(request)
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    looked = CounterLookup.objects.filter(office=office, at__gte=midnight).select_related("by", "candidate").order_by("-pk")
    rows = list(looked)
    if rows:
        record_list("counter.today", CounterLookup, len(rows), purpose=_("核对当天柜台查询"))
    is_university = office.kind == Office.Kind.UNIVERSITY
    context = {"rows": rows, "office": office, "is_university": is_university, "may_look": request.user.has_perm(COUNTER)}
    return render(request, "config/counter/today.html", context)


def _answer(
    request: SignedRequest, found: CounterLookup, *, problems: list[str] | None = None, status: int = 200
) -> HttpResponse:
    context = short_of(found.candidate) | {
        "lookup": found,
        "problems": problems,
        "token": looking_up.token_of(found),
        "minutes": looking_up.GOOD_SECONDS // 60,
        "at": timezone.now(),
        "crumbs": _crumbs(found.candidate.name),
    }
    return render(request, "config/counter/answer.html", context, status=status)


def _paper(request: SignedRequest, found: CounterLookup, certificate: Certificate) -> HttpResponse:
    paper = issuing.take_file(certificate, by=request.user)
    if found.certificate_id != certificate.pk:
        found.certificate = certificate
        found.save(update_fields=["certificate"])
    response = HttpResponse(paper, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{certificate.number}.pdf"'
    return response


def _office(request: SignedRequest) -> Office:
    office: Office = get_object_or_404(Office.objects.filter(pk__in=request.user.reach.office_ids))
    return office


def _crumbs(last: Any = "") -> list[tuple[str, str]]:
    start = [(_("工作台"), reverse("desk"))]
    return [*start, (_("柜台查询"), reverse("counter:lookup")), (last, "")] if last else [*start, (_("柜台查询"), "")]


urlpatterns: list[URLPattern] = [
    path("", lookup, name="lookup"),
    path("print/", printed, name="print"),
    path("today/", today, name="today"),
]
