"""The clerk's pages of rare names: the register, and how one name is read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from audit.reads import reads
from audit.trail import record_read
from audit.workflow import Refused
from records.candidates.models import Candidate
from records.candidates.searching import meant_by
from records.certificates.glyphs import missing
from records.listing import SearchForm, record_page
from records.people.requests import SignedRequest
from records.rare_names.models import RareName
from records.rare_names.saying import REGISTER, register_of, say
from records.rare_names.trouble import REASONS, reasons_of

PAGE = 50


class RareNameFilter(SearchForm):
    """What the register is narrowed to."""

    q = forms.CharField(label=gettext_lazy("姓名、号码或拼音"), required=False, max_length=60)
    reason = forms.ChoiceField(label=gettext_lazy("问题"), required=False, choices=[("", gettext_lazy("全部")), *REASONS.items()])
    reading = forms.ChoiceField(
        label=gettext_lazy("拼音"),
        required=False,
        choices=[("", gettext_lazy("全部")), ("none", gettext_lazy("待填")), ("said", gettext_lazy("已有"))],
    )

    def narrowed(self, rows: QuerySet[RareName]) -> QuerySet[RareName]:
        """``rows`` by what the form says; nobody for a term that is refused."""
        if not self.is_valid():
            return rows.none() if self.is_refused else rows
        wanted = self.cleaned_data
        if wanted["q"]:
            rows = rows.filter(candidate__in=Candidate.objects.filter(meant_by(wanted["q"])))
        if wanted["reason"]:
            rows = rows.filter(reasons__contains=wanted["reason"])
        if wanted["reading"]:
            rows = rows.filter(pinyin="") if wanted["reading"] == "none" else rows.exclude(pinyin="")
        return rows


class PinyinForm(forms.Form):
    """How the whole name is read."""

    pinyin = forms.CharField(
        label=gettext_lazy("姓名拼音"),
        max_length=400,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=gettext_lazy("每个字一个音节，用空格隔开，声调可标可不标，例如 wáng jí 或 wang2 ji2。外文词算一个音节。"),
    )


@reads("list", "search")
@permission_required(REGISTER, raise_exception=True)
@require_safe
def rare_name_list(request: SignedRequest) -> HttpResponse:
    """The register of the own university, those without a reading first seen by the filter."""
    form = RareNameFilter(request.GET)
    after = request.GET.get("after", "")
    key = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    rows = form.narrowed(register_of(request.user)).filter(pk__gt=key).prefetch_related("candidate__tickets")
    found = list(rows.order_by("pk")[: PAGE + 1])
    shown = found[:PAGE]
    record_page(request, "rare-names", RareName, len(shown), purpose=_("登记生僻字"), form=form)
    query = request.GET.copy()
    query["after"] = str(shown[-1].pk) if shown else ""
    context = {
        "form": form,
        "rows": [_row(row) for row in shown],
        "pages": {"shown": len(shown), "unit": _("人"), "next_url": f"?{query.urlencode()}" if len(found) > PAGE else ""},
        "filters_reset": reverse("rare-names:list") if request.GET else "",
    }
    return render(request, "records/rare_names/list.html", context)


def _row(row: RareName) -> dict[str, Any]:
    return {
        "row": row,
        "candidate": row.candidate,
        "reasons": [REASONS[reason] for reason in row.reasons if reason in REASONS],
        "printing": _printing(row.candidate.name),
    }


def _printing(name: str) -> str:
    """Whether the font as it is now prints the name."""
    return _("字库缺字") if missing([name]) else _("可以打印")


@reads("list")
@permission_required(REGISTER, raise_exception=True)
@require_http_methods(["GET", "POST"])
def one(request: SignedRequest, pk: int) -> HttpResponse:
    """One name: which character is what trouble, and the place to say how it is read."""
    row = get_object_or_404(register_of(request.user), pk=pk)
    form = PinyinForm(request.POST if request.method == "POST" else None, initial={"pinyin": row.pinyin})
    if form.is_bound and form.is_valid():
        try:
            say(row, form.cleaned_data["pinyin"], by=request.user)
        except Refused as refusal:
            for problem in refusal.problems:
                form.add_error("pinyin", str(problem.message))
        else:
            messages.success(request, _("已保存。现在可以用拼音和首字母查到。"))
            return redirect("rare-names:list")
    candidate = row.candidate
    record_read("list", row, candidate_id=candidate.pk, purpose=_("登记生僻字"), list="rare-name", shown=1)
    context = {
        "row": row,
        "candidate": candidate,
        "form": form,
        "signs": _signs(row),
        "printing": _printing(candidate.name),
        "crumbs": [(_("工作台"), reverse("desk")), (_("生僻字"), reverse("rare-names:list")), (candidate.name, "")],
    }
    return render(request, "records/rare_names/one.html", context, status=422 if form.errors else 200)


def _signs(row: RareName) -> list[dict[str, Any]]:
    """Each character with its code point and what is trouble with it."""
    unprintable = set("".join(missing([row.characters])))
    return [
        {"sign": sign, "code": f"U+{ord(sign):04X}", "reasons": [REASONS[reason] for reason in reasons_of(sign, unprintable)]}
        for sign in row.characters
    ]
