"""Keyed sheets: the list, a new one, a sheet and its differences, the page on which marks are keyed."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.reads import reads, reads_nothing
from audit.trail import record_list
from audit.workflow import Refused
from records.people.identity import mentions_a_number
from records.people.requests import SignedRequest
from scores.entry import keyed
from scores.entry.importing import sitting_named
from scores.entry.keyed_forms import SheetForm
from scores.entry.keyed_pages import (
    ON_A_PAGE,
    actions_of,
    barred_of,
    differences,
    flags,
    page_of,
    people_of,
    rows_of,
)
from scores.entry.keyed_values import Keyed
from scores.models import KeyedLine, KeyedSheet

IMPORT = "scores.import_scores"
SHEETS_SHOWN = 30
SHOWN = ("sitting", "course", "first", "second", "opened_by", "batch")


def _crumbs(*places: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("成绩批次"), reverse("scores:batches")), (_("双人录入"), reverse("keying:list") if places else ""), *places]


def _sheet_or_404(request: SignedRequest, pk: int) -> KeyedSheet:
    """The sheet: missing for who is outside the office, forbidden for who has other duties in it."""
    sheet = get_object_or_404(KeyedSheet.objects.visible_to(request.user).select_related(*SHOWN), pk=pk)
    if not request.user.has_perm(IMPORT):
        raise PermissionDenied(IMPORT)
    return sheet


@reads_nothing
@permission_required(IMPORT, raise_exception=True)
@require_safe
def sheet_list(request: SignedRequest) -> HttpResponse:
    """The sheets, the newest first."""
    if not request.user.reach.municipal:
        raise Http404
    sheets = KeyedSheet.objects.visible_to(request.user).select_related(*SHOWN).order_by("-pk")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        sheets = sheets.filter(pk__lt=int(before))
    found = list(sheets[: SHEETS_SHOWN + 1])
    pages = {
        "shown": len(found[:SHEETS_SHOWN]),
        "unit": _("张"),
        "previous_url": reverse("keying:list") if before else "",
        "next_url": f"?before={found[SHEETS_SHOWN - 1].pk}" if len(found) > SHEETS_SHOWN else "",
    }
    return render(request, "scores/entry/list.html", {"sheets": found[:SHEETS_SHOWN], "pages": pages, "crumbs": _crumbs()})


@reads_nothing
@permission_required(IMPORT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def new(request: SignedRequest) -> HttpResponse:
    """Open a sheet."""
    if not request.user.reach.municipal:
        raise Http404
    form = SheetForm(request.POST or None)
    problems: Any = ()
    if form.is_valid():
        told = form.cleaned_data
        sitting = sitting_named(told["sitting"])
        try:
            sheet = keyed.open_sheet(sitting, told["kind"], told["course"], told["numbers"], by=request.user, note=told["note"])
            return redirect("keying:detail", sheet.pk)
        except Refused as refused:
            problems = refused.problems
    context = {"form": form, "problems": problems, "crumbs": _crumbs((_("新建"), ""))}
    return render(request, "scores/entry/new.html", context, status=409 if problems else 422 if form.is_bound else 200)


@reads("list")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """How far the sheet is, where the two differed, what may be done now."""
    return _detail(request, pk)


def _detail(request: SignedRequest, pk: int, *, problems: Any = (), status: int = 200) -> HttpResponse:
    sheet = _sheet_or_404(request, pk)
    rows = differences(sheet)
    if rows:
        record_list("keyed-differences", sheet, len(rows), purpose=_("比对双人录入的成绩"))
    context = {
        "sheet": sheet,
        "lines": sheet.lines.count(),
        "people": people_of(sheet),
        "differences": rows,
        "differing": sheet.lines.filter(round=sheet.round).count() if rows else 0,
        "actions": actions_of(sheet, request.user),
        "barred": barred_of(sheet, request.user),
        "problems": problems,
        "crumbs": _crumbs((str(sheet.pk), "")),
    }
    return render(request, "scores/entry/detail.html", context, status=status)


@reads("list")
@require_POST
def begin(request: SignedRequest, pk: int) -> HttpResponse:
    """The person keys the sheet from now on."""
    return _taken(request, pk, "keying:key", partial(keyed.begin, _sheet_or_404(request, pk), by=request.user))


@reads("list")
@require_POST
def finish(request: SignedRequest, pk: int) -> HttpResponse:
    """The person has keyed everything of this round."""
    return _taken(request, pk, "keying:detail", partial(keyed.finish, _sheet_or_404(request, pk), by=request.user))


@reads("list")
@require_POST
def give_up(request: SignedRequest, pk: int) -> HttpResponse:
    """Nothing is to come of the sheet, with a reason."""
    sheet = _sheet_or_404(request, pk)
    note = request.POST.get("note", "").strip()
    if not note or len(note) > 200 or mentions_a_number(note):
        messages.error(request, _("请写明理由，最多200字，不要写证件号码或手机号码。"))
        return redirect("keying:detail", pk)
    return _taken(request, pk, "keying:detail", partial(keyed.give_up, sheet, by=request.user, note=note))


def _taken(request: SignedRequest, pk: int, then: str, step: Any) -> HttpResponse:
    """Take the step and go on; where it is refused, the sheet's page says why."""
    try:
        step()
    except Refused as refused:
        return _detail(request, pk, problems=refused.problems, status=409)
    return redirect(then, pk)


@reads("list")
@require_http_methods(["GET", "POST"])
def key(request: SignedRequest, pk: int) -> HttpResponse:
    """The lines to be keyed, a page of them; what is wrong stays in its field, what is right is kept."""
    sheet = _sheet_or_404(request, pk)
    turn = sheet.turn_of(request.user)
    if turn is None or not sheet.is_open or sheet.done_at(turn):
        return redirect("keying:detail", pk)
    after = _after(request.POST if request.method == "POST" else request.GET)
    lines, is_more = page_of(sheet, after)
    typed = _typed(request.POST, lines) if request.method == "POST" else {}
    try:
        wrong = keyed.save(sheet, typed, by=request.user) if typed else {}
    except Refused as refused:
        return _detail(request, pk, problems=refused.problems, status=409)
    if request.method == "POST" and not wrong:
        return redirect(_next(sheet, after, lines, is_more=is_more))
    record_list("keyed-sheet", sheet, len(lines), purpose=_("录入成绩"))
    context = {
        "sheet": sheet,
        "rows": rows_of(sheet, lines, turn, typed, wrong),
        "flags": flags(),
        "after": after,
        "is_more": is_more,
        "wrong": len(wrong),
        "pages": {
            "shown": len(lines),
            "unit": _("人"),
            "previous_url": f"?after={_before(sheet, after)}" if after else "",
            "next_url": f"?after={lines[-1].row}" if is_more else "",
        },
        "crumbs": _crumbs((str(sheet.pk), reverse("keying:detail", args=[pk])), (_("录入成绩"), "")),
    }
    return render(request, "scores/entry/key.html", context, status=422 if wrong else 200)


def _next(sheet: KeyedSheet, after: int, lines: list[KeyedLine], *, is_more: bool) -> str:
    """Where saving leads: to the next page, from the last one to the sheet."""
    address = reverse("keying:key" if is_more else "keying:detail", args=[sheet.pk])
    return f"{address}?after={lines[-1].row}" if is_more else address


def _before(sheet: KeyedSheet, after: int) -> int:
    """The row behind which the page before begins."""
    rows = sheet.lines.filter(round=sheet.round, row__lte=after).order_by("-row").values_list("row", flat=True)
    return next(iter(rows[ON_A_PAGE : ON_A_PAGE + 1]), 0)


def _after(told: QueryDict) -> int:
    text = told.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _typed(told: QueryDict, lines: list[KeyedLine]) -> dict[int, Keyed]:
    return {
        line.row: Keyed.typed(told.get(f"mark-{line.row}", ""), told.get(f"flag-{line.row}", ""))
        for line in lines
        if f"mark-{line.row}" in told
    }
