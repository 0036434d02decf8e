"""The staff's list of candidates and the page of one record: opened for a purpose, with a line in the trail."""

from __future__ import annotations

import time
from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from audit.acting import acting
from audit.reads import reads
from audit.trail import record_read
from config import slips
from config.looks import looks_at
from config.record import Record, seven_kinds
from config.record_corrections import part_of
from config.record_doors import doors_of
from config.record_parts import parts_of, record_state
from config.record_sittings import part_of as sittings_of
from config.wording import grouped_number, masked_name
from records.access.leaves import end_in_words, leave_for
from records.access.models import AccessRequest
from records.candidates.models import Candidate
from records.candidates.searching import meant_by
from records.listing import SearchForm, record_page
from records.offices.models import Office
from records.people.identity import mentions_a_number
from records.people.requests import SignedRequest

PAGE = 50
PURPOSE_SECONDS = 30 * 60
READ = "records.read_record"
TRAIL = "audit.read_trail"
LOOKS_SHOWN = 10


class CandidateFilter(SearchForm):
    """What the list is narrowed to; all in the address, so that a list can be passed on."""

    q = forms.CharField(label=gettext_lazy("姓名、号码或拼音首字母"), required=False, max_length=60)
    university = forms.ModelChoiceField(
        label=gettext_lazy("主考院校"), queryset=Office.objects.universities(), required=False, empty_label=gettext_lazy("全部")
    )
    state = forms.ChoiceField(
        label=gettext_lazy("考籍"),
        required=False,
        choices=[("", gettext_lazy("全部")), ("open", gettext_lazy("已建立")), ("none", gettext_lazy("尚未建立"))],
    )


class PurposeForm(forms.Form):
    """Why the record is opened; the candidate can read it later."""

    REASONS = (
        ("case", gettext_lazy("办理本人申请")),
        ("visit", gettext_lazy("考生来访或来电")),
        ("check", gettext_lazy("核对考籍材料")),
        ("other", gettext_lazy("其他（请写明）")),
    )
    reason = forms.ChoiceField(label=gettext_lazy("用途"), choices=REASONS, widget=forms.RadioSelect)
    words = forms.CharField(
        label=gettext_lazy("说明"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("考生能看到本次查阅的时间、机构和用途。不要在这里写证件号码。"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if mentions_a_number(cleaned.get("words", "")):
            self.add_error("words", _("用途里不要写证件号码或手机号码：考生和审计人员都会看到它。"))
        if cleaned.get("reason") == "other" and not cleaned.get("words", "").strip():
            self.add_error("words", _("选“其他”时请写明用途。"))
        return cleaned

    def purpose(self) -> str:
        """The purpose in words, as the trail keeps it."""
        reason = str(dict(self.REASONS)[self.cleaned_data["reason"]])
        words = str(self.cleaned_data["words"]).strip()
        if self.cleaned_data["reason"] == "other":
            return words
        return f"{reason}：{words}" if words else reason


@reads("list", "search")
@permission_required(READ, raise_exception=True)
def candidate_list(request: SignedRequest) -> HttpResponse:
    """The candidates within the person's reach, narrowed by the filters, by key pages."""
    form = CandidateFilter(request.GET)
    people: QuerySet[Candidate] = Candidate.objects.visible_to(request.user)
    people = people.select_related("managing_university").prefetch_related("tickets")
    if form.is_valid():
        people = _narrowed(people, form.cleaned_data)
    elif form.is_refused:
        people = people.none()
    shown, pages = _page(people, request)
    record_page(request, "candidates", Candidate, len(shown), purpose=_("查找考生"), form=form)
    return render(
        request,
        "config/candidates/list.html",
        {
            "form": form,
            "people": shown,
            "pages": pages,
            "filters_label": _("筛选考生"),
            "filters_reset": reverse("candidates:list") if request.GET else "",
        },
    )


def _narrowed(people: QuerySet[Candidate], wanted: dict[str, Any]) -> QuerySet[Candidate]:
    people = people.filter(meant_by(wanted["q"]))
    if wanted["university"]:
        people = people.filter(managing_university=wanted["university"])
    if wanted["state"]:
        people = people.filter(record_opened_on__isnull=wanted["state"] == "none")
    return people


def _page(people: QuerySet[Candidate], request: SignedRequest) -> tuple[list[Candidate], dict[str, Any]]:
    """One page by key: no count and no offset over a city's candidates."""
    after = request.GET.get("after", "")
    key = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    found = list(people.filter(pk__gt=key).order_by("pk")[: PAGE + 1])
    shown = found[:PAGE]
    query = request.GET.copy()
    query.pop("after", None)
    first = f"?{query.urlencode()}" if key else ""
    query["after"] = str(shown[-1].pk) if shown else ""
    return shown, {
        "shown": len(shown),
        "unit": _("人"),
        "previous_url": first,
        "next_url": f"?{query.urlencode()}" if len(found) > PAGE else "",
    }


@reads("record")
@require_http_methods(["GET", "POST"])
def candidate_record(request: SignedRequest, pk: int) -> HttpResponse:
    """The record of one candidate: first the purpose is asked, then the seven kinds are shown and the opening is recorded.

    The page that asks names nobody in full: nothing has been read yet. Who may not open it by duty opens it on leave (K4).
    """
    candidate = Candidate.objects.visible_to(request.user).select_related("managing_university").filter(pk=pk).first()
    if candidate is None or not request.user.has_perm(READ):
        leave = leave_for(request.user, pk)
        if leave is not None:
            return _on_leave(request, pk, leave)
        if candidate is None:
            raise Http404(pk)
        raise PermissionDenied(READ)
    if request.method == "POST":
        form = PurposeForm(request.POST)
        if form.is_valid():
            _remember(request, pk, form.purpose())
            return redirect("candidates:detail", pk)
        return _ask(request, candidate, form, status=422)
    purpose = _purpose_of(request, pk)
    if not purpose:
        return _ask(request, candidate, PurposeForm())
    record_read("record", candidate, candidate_id=pk, purpose=purpose)
    context = _shown(candidate) | {"purpose": purpose, "crumbs": _crumbs(candidate.name)}
    more = [sittings_of(candidate), part_of(candidate), *slips.parts_for(candidate, request.user)]
    context["parts"] = [*context["parts"], *more]
    context["actions"] = doors_of(candidate, request.user)
    if request.user.has_perm(TRAIL):
        context["looks"] = looks_at(candidate, most=LOOKS_SHOWN, with_names=True)
    return render(request, "config/candidates/detail.html", context)


def _on_leave(request: SignedRequest, pk: int, leave: AccessRequest) -> HttpResponse:
    """The seven kinds and nothing else, for the purpose of the leave; the look carries it into the trail."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    candidate = Candidate.objects.select_related("managing_university").get(pk=pk)
    with acting(purpose=leave.purpose, leave_id=leave.pk):
        record_read("record", candidate, candidate_id=pk)
    crumbs = [(_("查阅申请"), reverse("access:list")), (leave.case_number, reverse("access:detail", args=[leave.pk]))]
    assert leave.ends_at is not None
    context = _shown(candidate) | {
        "leave": leave,
        "until": end_in_words(leave.ends_at),
        "crumbs": [(_("工作台"), reverse("desk")), *crumbs, (candidate.name, "")],
    }
    return render(request, "config/candidates/on_leave.html", context)


def _shown(candidate: Candidate) -> dict[str, Any]:
    record = seven_kinds(candidate)
    who = {"label": _("考生"), "name": candidate.name, "state": record_state(record), "facts": _numbers(record)}
    return {"candidate": candidate, "who": who, "parts": parts_of(record)}


def _numbers(record: Record) -> list[tuple[str, str]]:
    return [
        (_("考籍号"), grouped_number(record.numbers["record"] or "") or _("尚未建立")),
        (_("准考证号"), record.numbers["ticket"] or _("未发放")),
        (_("报名号"), record.numbers["registration"] or ""),
    ]


def _ask(request: SignedRequest, candidate: Candidate, form: PurposeForm, status: int = 200) -> HttpResponse:
    name = masked_name(candidate.name)
    context = {"candidate": candidate, "name": name, "form": form, "crumbs": _crumbs(name)}
    return render(request, "config/candidates/purpose.html", context, status=status)


def _crumbs(name: str) -> list[tuple[str, str]]:
    return [(_("工作台"), reverse("desk")), (_("查考生"), reverse("candidates:list")), (name, "")]


def _remember(request: SignedRequest, pk: int, purpose: str) -> None:
    now = time.time()
    purposes = {key: value for key, value in request.session.get("purposes", {}).items() if value[1] > now}
    request.session["purposes"] = purposes | {str(pk): [purpose, now + PURPOSE_SECONDS]}


def _purpose_of(request: SignedRequest, pk: int) -> str:
    purpose, until = request.session.get("purposes", {}).get(str(pk), ["", 0])
    return str(purpose) if until > time.time() else ""
