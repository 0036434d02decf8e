"""The university's shelves as a list: whose file lies where, who has none, and which papers are still owed to a file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.archive.models import UNPLACED, PaperFile, PaperItem
from records.candidates.models import Candidate, Registration
from records.candidates.searching import meant_by
from records.offices.models import Office
from records.people.models import User

PAGE = 50


class Show(models.TextChoices):
    """Which files are listed."""

    ALL = "", gettext_lazy("全部")
    UNPLACED = "unplaced", gettext_lazy("未上架")
    OWED = "owed", gettext_lazy("有待归档材料")
    REMOVED = "removed", gettext_lazy("有取出的材料")
    ON_THE_WAY = "moving", gettext_lazy("移交途中")


def files_of(user: User, show: str = Show.ALL) -> QuerySet[PaperFile]:
    """The files on the person's shelves, one after the other, with what a list shows; on the way also those that are coming."""
    files = PaperFile.objects.visible_to(user) if show == Show.ON_THE_WAY else PaperFile.objects.kept_by(user)
    listed = files.filter(showing(show)).select_related("candidate", "university", "handed_to")
    return listed.order_by("university", "place", "number")


def showing(show: str) -> Q:
    """The condition of a choice of ``Show``."""
    papers = PaperItem.objects.filter(file=OuterRef("pk"))
    conditions = {
        Show.UNPLACED: Q(place=UNPLACED),
        Show.OWED: Q(Exists(papers.filter(filed_on__isnull=True))),
        Show.REMOVED: Q(Exists(papers.filter(removed_on__isnull=False))),
        Show.ON_THE_WAY: Q(handed_to__isnull=False),
    }
    return conditions.get(Show(show), Q())


def meaning(text: str) -> Q:
    """The condition on files that a search text may mean: a file's number, or whatever finds its candidate."""
    text = text.strip()
    if not text:
        return Q()
    of_the_people = PaperFile.objects.filter(candidate__in=Candidate.objects.filter(meant_by(text)).values("pk"))
    return Q(pk__in=PaperFile.objects.filter(number=text).values("pk").union(of_the_people.values("pk")))


def without_file(user: User) -> QuerySet[Candidate]:
    """The candidates that the person's university manages (for the city: all) who have no paper file."""
    managed = Candidate.objects.visible_to(user).filter(paper_file__isnull=True)
    return managed if user.reach.municipal else managed.filter(managing_university__in=user.reach.universities)


def lacking_since(university: Office, first_day: dt.date, last_day: dt.date) -> QuerySet[Candidate]:
    """The university's candidates without a file who registered with it on one of these days, both included."""
    registered = Registration.objects.filter(
        candidate=OuterRef("pk"), university=university, registered_on__gte=first_day, registered_on__lte=last_day
    )
    return Candidate.objects.filter(Exists(registered), managing_university=university, paper_file__isnull=True)


def owed_papers(user: User) -> QuerySet[PaperItem]:
    """The papers that still have to be put into the files that the person's university keeps (for the city: all)."""
    owed = PaperItem.objects.filter(filed_on__isnull=True).select_related("file__candidate", "file__university", "correction")
    if not user.reach.municipal:
        owed = owed.filter(file__university__in=user.reach.universities)
    return owed.order_by("pk")


@dataclass(frozen=True)
class Page:
    """One page of a list, as ``components/_pages.html`` reads it."""

    rows: list[Any]
    unit: str
    previous_url: str
    next_url: str

    @property
    def shown(self) -> int:
        return len(self.rows)


def page_of_files(files: QuerySet[PaperFile], request: HttpRequest) -> Page:
    """The page behind the file that ``?after=`` names, in the order of the shelves; the first one where it names none."""
    last = PaperFile.objects.filter(pk=_key(request.GET)).first()
    if last is not None:
        further_on = Q(number__gt=last.number, place=last.place) | Q(place__gt=last.place)
        beyond = Q(university__gt=last.university_id) | Q(university=last.university_id) & further_on
        files = files.filter(beyond, university__gte=last.university_id)
    return _page(files, request, _("卷"), is_first=last is None)


def page_by_id(rows: QuerySet[Any], request: HttpRequest, unit: str) -> Page:
    """The page behind the row that ``?after=`` names, in the order in which they came."""
    key = _key(request.GET)
    return _page(rows.filter(pk__gt=key).order_by("pk"), request, unit, is_first=not key)


def _key(query: QueryDict) -> int:
    after = query.get("after", "")
    return int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0


def _page(rows: QuerySet[Any], request: HttpRequest, unit: str, *, is_first: bool) -> Page:
    found = list(rows[: PAGE + 1])
    query = request.GET.copy()
    query.pop("after", None)
    first = "" if is_first else f"?{query.urlencode()}"
    query["after"] = str(found[PAGE - 1].pk) if len(found) > PAGE else ""
    return Page(found[:PAGE], unit, first, f"?{query.urlencode()}" if len(found) > PAGE else "")
