"""The staff's desk: what waits for this person across all kinds of cases, overdue first, what runs, which windows are open."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.reads import reads
from audit.trail import record_list
from config.reading import desk_count
from config.wording import written_date, written_weekday
from config.workflows import KINDS, Kind
from records.archive.keeping import KEEP
from records.archive.models import ArchiveReport
from records.archive.reporting import RECEIVE
from records.archive.searching import owed_papers
from records.candidates.models import Candidate
from records.jobs.models import Job
from records.jobs.views import Progress, progress_of
from records.notices.models import Window
from records.people.requests import SignedRequest
from records.photos.taking import REGISTER
from records.photos.taking import waiting_for as photos_before
from records.settings.values import value_of
from scores.models import Publication

PAGE = 50
MOST = 1000  # cases of one kind that the desk ranks; what lies beneath comes up as the oldest are dealt with


@dataclass(frozen=True)
class Waiting:
    """A case as the desk lists it: whose, from which office, since when; ``waited`` in words, urgent ones by the hour."""

    kind: Any
    namespace: str
    number: str
    url: str
    name: str
    office: str
    received: dt.date
    waited: str
    due_on: dt.date

    def is_late(self, today: dt.date) -> bool:
        return self.due_on < today


def waiting_for(user: Any, kind: Kind) -> QuerySet[Any]:
    """The cases of one kind on this person's desk, longest waiting first; never a candidate's own drafts."""
    return kind.workflow.waiting_for(user).select_related(*kind.related)


def gathered(user: Any, kinds: tuple[Kind, ...], today: dt.date) -> list[Waiting]:
    """The person's cases of these kinds: by due date, overdue ones in front."""
    lines = []
    for kind in kinds:
        days = dt.timedelta(days=value_of(kind.days_setting))
        urgent = {status: (label, dt.timedelta(hours=value_of(key))) for status, (label, key) in kind.urgent.items()}
        for case in waiting_for(user, kind)[:MOST]:
            label, longest = urgent.get(case.status, (kind.label, days))
            lines.append(_line(kind, case, label, longest, today))
    return sorted(lines, key=_by_due_date)


def _line(kind: Kind, case: Any, label: Any, longest: dt.timedelta, today: dt.date) -> Waiting:
    received = timezone.localdate(case.status_since)
    return Waiting(
        kind=label,
        namespace=kind.namespace,
        number=case.case_number,
        url=kind.url_of(case),
        name=kind.who_of(case),
        office=kind.office_of(case),
        received=received,
        waited=_waited(case, by_the_hour=case.status in kind.urgent, today=today),
        due_on=timezone.localdate(case.status_since + longest),
    )


def _waited(case: Any, *, by_the_hour: bool, today: dt.date) -> str:
    if by_the_hour:
        hours = max(0, int((timezone.now() - case.status_since).total_seconds()) // 3600)
        return ngettext("%(count)s小时", "%(count)s小时", hours) % {"count": hours}
    days = (today - timezone.localdate(case.status_since)).days
    return ngettext("%(count)s天", "%(count)s天", days) % {"count": days}


def _by_due_date(line: Waiting) -> tuple[dt.date, dt.date, str]:
    return line.due_on, line.received, line.number


def counts(user: Any, lines: list[Waiting], today: dt.date, chosen: str) -> list[dict[str, Any]]:
    """The strip of figures: overdue, then one for every kind that this person works on; each is a filter."""
    late = sum(line.is_late(today) for line in lines)
    strip: list[dict[str, Any]] = [
        {"label": _("逾期"), "value": late, "late": late > 0, "url": "?late=1", "current": chosen == "late"}
    ]
    for kind in KINDS:
        if kind.workflow.is_a_duty_of(user):
            strip.append(
                {
                    "label": kind.label,
                    "value": waiting_for(user, kind).count(),
                    "url": f"?kind={kind.namespace}",
                    "current": chosen == kind.namespace,
                }
            )
    return strip + _photos(user) + _of_the_paper_archive(user) + desk_count(user)


def _photos(user: Any) -> list[dict[str, Any]]:
    """First photos that nobody has looked at, for the clerks who take them in."""
    if not (user.reach.universities and user.has_perm(REGISTER)):
        return []
    return [{"label": _("待审核的照片"), "value": photos_before(user).count(), "url": reverse("photos:list")}]


def _of_the_paper_archive(user: Any) -> list[dict[str, Any]]:
    """What waits outside the cases: notes to be put into paper files, reports of the universities to be received."""
    strip = []
    if user.reach.universities and user.has_perm(KEEP):
        strip.append({"label": _("待归档"), "value": owed_papers(user).count(), "url": reverse("archive:owed")})
    if user.reach.municipal and user.has_perm(RECEIVE):
        waiting = ArchiveReport.objects.filter(received_at__isnull=True).count()
        strip.append({"label": _("档案报告待签收"), "value": waiting, "url": reverse("archive:reports")})
    return strip


@reads("list")
def desk(request: SignedRequest) -> HttpResponse:
    """The desk of a member of an office; candidates have their space instead."""
    if not request.user.reach.is_staff:
        raise Http404
    today = timezone.localdate()
    everything = gathered(request.user, KINDS, today)
    chosen = "late" if request.GET.get("late") else request.GET.get("kind", "")
    lines = [line for line in everything if _is_chosen(line, chosen, today)]
    page = _page_number(request.GET.get("page", ""), len(lines))
    shown = lines[(page - 1) * PAGE : page * PAGE]
    if shown:
        record_list("desk", Candidate, len(shown), purpose=_("办理待办事项"))
    return render(
        request,
        "config/desk.html",
        {
            "line": _headline(everything, today),
            "counts": counts(request.user, everything, today, chosen),
            "cases": shown,
            "chosen": chosen,
            "today": today,
            "pages": _pages(request, page, len(lines)),
            "publications": _publications(request.user),
            "jobs": _jobs(request.user),
            "windows": Window.objects.not_over(today)[:5],
        },
    )


def _is_chosen(line: Waiting, chosen: str, today: dt.date) -> bool:
    if chosen == "late":
        return line.is_late(today)
    return not chosen or line.namespace == chosen


def _headline(lines: list[Waiting], today: dt.date) -> str:
    late = sum(line.is_late(today) for line in lines)
    day = _("%(day)s，%(weekday)s。") % {"day": written_date(today), "weekday": written_weekday(today)}
    if not lines:
        return day + _("没有等您办的。")
    if not late:
        return day + _("等您办的有%(count)s件。") % {"count": len(lines)}
    return day + _("等您办的有%(count)s件，其中%(late)s件逾期。") % {"count": len(lines), "late": late}


def _page_number(text: str, total: int) -> int:
    last = max(1, -(-total // PAGE))
    return min(max(int(text), 1), last) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def _pages(request: HttpRequest, page: int, total: int) -> dict[str, Any]:
    query = request.GET.copy()

    def url(number: int) -> str:
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    return {
        "first": (page - 1) * PAGE + 1 if total else 0,
        "last": min(page * PAGE, total),
        "total": total,
        "previous_url": url(page - 1) if page > 1 else "",
        "next_url": url(page + 1) if page * PAGE < total else "",
    }


def _publications(user: Any) -> list[dict[str, Any]]:
    """Publications that wait for the second person, for whoever may confirm them; not those the person asked for."""
    if not user.has_perm("scores.publish_scores"):
        return []
    asked = Publication.objects.filter(prepared_at__isnull=False, approved_at=None, published_at=None).exclude(prepared_by=user)
    return [
        {"date": each.prepared_at, "text": str(each), "url": reverse("scores:publication", args=[each.pk])}
        for each in asked.select_related("sitting").order_by("prepared_at")[:5]
    ]


def _jobs(user: Any) -> list[Progress]:
    mine = Job.objects.visible_to(user).order_by("-pk")
    return [progress_of(job, link=True, renews=False) for job in mine[:5]]


def home_of(user: Any) -> str:
    """Where a person belongs after signing in."""
    return reverse("space") if user.candidate_id else reverse("desk")
