"""Pages of probable duplicates: the list, and two people side by side with what each has, to be decided by a clerk."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.reads import reads
from audit.trail import record_list, record_read
from records.candidates.models import Candidate
from records.people.requests import SignedRequest
from records.registration.batch_forms import FindingForm
from records.registration.batch_views import REGISTER, require_duty
from records.registration.duplicates import decide, holdings_of
from records.registration.models import ProbableDuplicate

VERB = "duplicate"
ON_A_PAGE = 30


def visible_pairs(request: SignedRequest) -> QuerySet[ProbableDuplicate]:
    """The pairs within this person's reach, with both people."""
    require_duty(request)
    pairs: QuerySet[ProbableDuplicate] = ProbableDuplicate.objects.visible_to(request.user)
    return pairs.select_related("first__managing_university", "second__managing_university", "found_by")


@reads("list")
@require_safe
def pair_list(request: SignedRequest) -> HttpResponse:
    """Those that wait, the oldest first; with ``?decided=1`` the others, the latest first."""
    is_decided = "decided" in request.GET
    pairs = visible_pairs(request)
    pairs = pairs.exclude(finding="").order_by("-pk") if is_decided else pairs.filter(finding="").order_by("pk")
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 19:
        pairs = pairs.filter(pk__lt=int(after)) if is_decided else pairs.filter(pk__gt=int(after))
    found = list(pairs[: ON_A_PAGE + 1])
    shown = found[:ON_A_PAGE]
    if shown:
        record_list("probable-duplicates", ProbableDuplicate, len(shown), purpose=_("判断疑似重复"))
    kept = "decided=1&" if is_decided else ""
    pages = {
        "shown": len(shown),
        "unit": _("对"),
        "previous_url": f"{reverse('registration:duplicates')}?{kept}" if after else "",
        "next_url": f"?{kept}after={shown[-1].pk}" if len(found) > ON_A_PAGE else "",
    }
    context = {"pairs": shown, "pages": pages, "is_decided": is_decided}
    return render(request, "records/registration/duplicates.html", context)


@reads(VERB)
@require_http_methods(["GET", "POST"])
def pair_detail(request: SignedRequest, pk: int) -> HttpResponse:
    """Both people side by side; a clerk says whether they are one, and on what evidence."""
    get_object_or_404(ProbableDuplicate.objects.visible_to(request.user), pk=pk)
    pair = get_object_or_404(visible_pairs(request), pk=pk)
    may_decide = request.user.has_perm(REGISTER)
    form = FindingForm(request.POST or None, initial={"finding": pair.finding, "grounds": pair.grounds})
    if request.method == "POST":
        if not may_decide:
            raise PermissionDenied(REGISTER)
        if form.is_valid():
            decide(pair, form.cleaned_data["finding"], form.cleaned_data["grounds"], by=request.user)
            return redirect("registration:duplicate", pk)
    for candidate in (pair.first, pair.second):
        record_read(VERB, candidate, candidate_id=candidate.pk, purpose=_("判断疑似重复"))
    context = {
        "pair": pair,
        "people": [_person(request, candidate) for candidate in (pair.first, pair.second)],
        "form": form if may_decide and not _is_settled(pair) else None,
        "merger_url": _merger_url(request, pair) if may_decide and pair.finding == ProbableDuplicate.Finding.SAME else "",
        "crumbs": [(_("疑似重复"), reverse("registration:duplicates")), (_("第 %(pk)d 对") % {"pk": pair.pk}, "")],
    }
    return render(request, "records/registration/duplicate.html", context, status=422 if request.method == "POST" else 200)


def _is_settled(pair: ProbableDuplicate) -> bool:
    """One of them is part of the other's record, or of a third one's, by now."""
    return pair.first.merged_into_id is not None or pair.second.merged_into_id is not None


def _merger_url(request: SignedRequest, pair: ProbableDuplicate) -> str:
    """Where a clerk of a university that manages one of the two begins their merger; empty for others, and once it is done."""
    managing = {pair.first.managing_university_id, pair.second.managing_university_id}
    if _is_settled(pair) or not managing & request.user.reach.universities:
        return ""
    return reverse("merging:from-duplicate", args=[pair.pk])


def _person(request: SignedRequest, candidate: Candidate) -> dict[str, Any]:
    """One side: who it is, numbers masked, and what stands in the record."""
    reachable = Candidate.objects.visible_to(request.user).filter(pk=candidate.pk).exists()
    facts: list[tuple[Any, Any]] = [
        (_("性别"), candidate.get_sex_display()),
        (_("出生日期"), candidate.birth_date),
        (_("证件"), f"{candidate.get_document_kind_display()} {candidate.identity_mask}"),
        (_("手机号码"), candidate.phone_mask or "—"),
        (_("主考院校"), candidate.managing_university),
        (_("登记日期"), candidate.created_at.date()),
    ]
    return {
        "name": candidate.name,
        "facts": [*facts, *holdings_of(candidate)],
        "url": reverse("candidates:detail", args=[candidate.pk]) if reachable else "",
    }
