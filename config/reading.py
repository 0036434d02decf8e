"""异常查阅: what the head of an office sees of unusual reading, looks into, and reviews with a note."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from audit.models import Event
from audit.reads import reads, reads_nothing
from audit.trail import record_export, record_list
from config import reading_words as words
from config.wording import written_date
from records.access.models import UnusualReading
from records.access.unusual import REVIEW, detect, readings_visible_to, reads_behind, review, waiting_for_review
from records.archive.exporting import as_csv
from records.candidates.models import Candidate
from records.people.identity import mentions_a_number
from records.people.models import User
from records.people.requests import SignedRequest

PAGE = 30
READS_SHOWN = 100
MOST_EXPORTED = 20_000
TRAIL = "audit.read_trail"
Pattern = UnusualReading.Pattern


class ReadingFilter(forms.Form):
    """What the list is narrowed to."""

    show = forms.ChoiceField(
        label=gettext_lazy("复核"),
        required=False,
        choices=[("", gettext_lazy("全部")), ("waiting", gettext_lazy("待我复核")), ("reviewed", gettext_lazy("已复核"))],
    )
    pattern = forms.ChoiceField(
        label=gettext_lazy("情形"), required=False, choices=[("", gettext_lazy("全部")), *Pattern.choices]
    )
    person = forms.ModelChoiceField(
        label=gettext_lazy("人员"), queryset=User.objects.none(), required=False, empty_label=gettext_lazy("全部")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        person = self.fields["person"]
        assert isinstance(person, forms.ModelChoiceField)
        person.queryset = User.objects.filter(pk__in=readings_visible_to(user).values("person")).order_by("full_name", "pk")

    def narrowed(self) -> QuerySet[UnusualReading]:
        """The lines within reach by what the form says; an unreadable form narrows nothing."""
        readings = readings_visible_to(self.user)
        wanted = self.cleaned_data if self.is_valid() else {}
        if wanted.get("show") == "waiting":
            readings = readings.filter(pk__in=waiting_for_review(self.user).values("pk"))
        elif wanted.get("show") == "reviewed":
            readings = readings.filter(reviewed_at__isnull=False)
        for name in ("pattern", "person"):
            if wanted.get(name):
                readings = readings.filter(**{name: wanted[name]})
        return readings.order_by("-day", "-pk")


@reads_nothing
@require_safe
@permission_required(REVIEW, raise_exception=True)
def reading_list(request: SignedRequest) -> HttpResponse:
    """The lines of the own office, the latest day first; today's are found at once."""
    today = timezone.localdate()
    detect(today, today)
    form = ReadingFilter(request.GET, user=request.user)
    shown, pages = _page(form.narrowed(), request)
    context = {
        "form": form,
        "filters_label": _("筛选异常查阅"),
        "filters_reset": reverse("reading:list") if request.GET else "",
        "rows": [words.row_of(reading, request.user) for reading in shown],
        "pages": pages,
        "export_query": _without_keys(request),
        "offices": words.summary_of(request.user),
    }
    return render(request, "config/reading/list.html", context)


@reads("list")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """One line: its figures, what was known of the purposes, the reads behind it in the order of time."""
    return _detail(request, _reading_or_404(request, pk))


@reads("list")
@require_POST
def take_note(request: SignedRequest, pk: int) -> HttpResponse:
    """The review with its note, which is required; whoever read may not review it."""
    reading = _reading_or_404(request, pk)
    note = request.POST.get("note", "").strip()
    wrong = _wrong_with(note)
    if wrong:
        return _detail(request, reading, note=note, wrong=wrong, status=422)
    if not review(reading, by=request.user, note=note):
        return _detail(request, _reading_or_404(request, pk), status=409)
    return redirect(f"{reverse('reading:list')}?show=waiting")


def _wrong_with(note: str) -> str:
    if not note:
        return _("请写明复核意见：了解到什么，怎样处理。")
    return _("意见里不要写证件号码或手机号码。") if mentions_a_number(note) else ""


@reads("export")
@require_safe
@permission_required(REVIEW, raise_exception=True)
def export(request: SignedRequest) -> StreamingHttpResponse:
    """What the list shows, as a table."""
    readings = list(ReadingFilter(request.GET, user=request.user).narrowed()[:MOST_EXPORTED])
    record_export("unusual-reading", UnusualReading, len(readings), purpose=_("导出异常查阅"))
    lines = as_csv(words.TITLES, [words.cells_of(reading) for reading in readings])
    headers = {"Content-Disposition": 'attachment; filename="unusual-reading.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def desk_count(user: User) -> list[dict[str, Any]]:
    """The figure on a head's desk; none for anybody else."""
    if not user.has_perm(REVIEW):
        return []
    url = f"{reverse('reading:list')}?show=waiting"
    return [{"label": _("待复核的异常查阅"), "value": waiting_for_review(user).count(), "url": url, "current": False}]


def _reading_or_404(request: SignedRequest, pk: int) -> UnusualReading:
    """The line: missing outside one's reach, forbidden for other duties within it."""
    reading = get_object_or_404(readings_visible_to(request.user), pk=pk)
    if not request.user.has_perm(REVIEW):
        raise PermissionDenied(REVIEW)
    return reading


def _detail(
    request: SignedRequest, reading: UnusualReading, *, note: str = "", wrong: str = "", status: int = 200
) -> HttpResponse:
    found = reads_behind(reading).select_related("actor")
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 19:
        found = found.filter(pk__gt=int(after))
    events = list(found[: READS_SHOWN + 1])
    shown = events[:READS_SHOWN]
    record_list("unusual-reading", reading, len(shown), purpose=_("复核异常查阅"))
    row = words.row_of(reading, request.user)
    context = {
        "reading": reading,
        "row": row,
        "facts": words.facts_of(reading),
        "purposes": words.purposes_of(reading),
        "reads": _reads(shown, request.user),
        "pages": {
            "shown": len(shown),
            "unit": _("次"),
            "previous_url": "?" if after else "",
            "next_url": f"?after={shown[-1].pk}" if len(events) > READS_SHOWN else "",
        },
        "actions": [_action(reading, note, is_open=bool(wrong))] if row.may_review else [],
        "barred": [row.barred] if row.barred else [],
        "wrong": wrong,
        "trail_url": _trail_url(reading, request.user),
        "crumbs": [
            (_("工作台"), reverse("desk")),
            (_("异常查阅"), reverse("reading:list")),
            (f"{reading.person} {written_date(reading.day)}", ""),
        ],
    }
    return render(request, "config/reading/detail.html", context, status=status)


def _action(reading: UnusualReading, note: str, *, is_open: bool) -> dict[str, Any]:
    return {
        "name": "review",
        "label": _("复核"),
        "url": reverse("reading:review", args=[reading.pk]),
        "tone": "primary",
        "asks": "note",
        "note_label": _("复核意见"),
        "note_hint": _("了解到什么，怎样处理。不要写证件号码。"),
        "then": _("复核意见记入留痕，以后不能再改。"),
        "note": note,
        "is_open": is_open,
    }


def _reads(events: list[Event], user: User) -> list[dict[str, Any]]:
    """The reads as a table shows them: of a record the candidate's name and the way to its trail, of a search nothing of it."""
    names = Candidate.objects.in_bulk({event.candidate_id for event in events if event.candidate_id})
    return [words.read_of(event, names.get(event.candidate_id or 0), with_link=user.has_perm(TRAIL)) for event in events]


def _trail_url(reading: UnusualReading, user: User) -> str:
    """Everything that the person did on that day, for whoever may read the trail."""
    day = reading.day.isoformat()
    query = urlencode({"person": reading.person.username, "kind": "read", "first": day, "last": day})
    return f"{reverse('trail:list')}?{query}" if user.has_perm(TRAIL) else ""


def _page(readings: QuerySet[UnusualReading], request: HttpRequest) -> tuple[list[UnusualReading], dict[str, Any]]:
    """One page by key: ``?before=2026-03-12~55``."""
    key = _key_of(request.GET.get("before", ""))
    if key is not None:
        day, pk = key
        readings = readings.filter(Q(day__lt=day) | Q(day=day, pk__lt=pk))
    found = list(readings[: PAGE + 1])
    shown = found[:PAGE]
    kept = _without_keys(request)
    joint = f"?{kept}&" if kept else "?"
    return shown, {
        "shown": len(shown),
        "unit": _("条"),
        "previous_url": f"?{kept}" if key else "",
        "next_url": f"{joint}before={shown[-1].day.isoformat()}~{shown[-1].pk}" if len(found) > PAGE else "",
    }


def _key_of(text: str) -> tuple[dt.date, int] | None:
    day, _tilde, pk = text.partition("~")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    try:
        parsed = parse_date(day)
    except ValueError:
        return None
    return (parsed, int(pk)) if parsed else None


def _without_keys(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("before", None)
    return query.urlencode()


urlpatterns = [
    path("", reading_list, name="list"),
    path("export.csv", export, name="export"),
    path("<int:pk>/", detail, name="detail"),
    path("<int:pk>/review/", take_note, name="review"),
]
