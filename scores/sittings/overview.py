"""A sitting at a glance: how many are registered, sat, have a mark, lack one; what is published. From the counted tallies."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.people.models import User
from scores.models import Publication, Sitting, SittingTally
from scores.sittings.models import PRACTICAL, WRITTEN
from scores.sittings.tallying import Tally, tally_of, whole

KINDS = {WRITTEN: gettext_lazy("笔试"), PRACTICAL: gettext_lazy("实践")}
MOST = 60
MOST_COURSES = 50


@dataclass(frozen=True)
class Line:
    """A sitting in the list; ``is_coming``: its last day is not over. Of ``missing`` the municipal office alone knows."""

    sitting: Sitting
    is_coming: bool
    written: int
    practical: int
    missing: int | None


@dataclass(frozen=True)
class OfKind:
    """A kind of a sitting as the municipal office sees it: its sums, its universities, the courses in which marks lack."""

    kind: str
    title: Any
    is_coming: bool
    tally: Tally
    universities: list[SittingTally]
    courses: list[dict[str, Any]]
    publications: list[Publication]

    @property
    def counts(self) -> list[dict[str, Any]]:
        """The strip of figures, as ``components/_counts.html`` reads it."""
        tally = self.tally
        lines = [(_("报考"), tally.registered)]
        if not self.awaits_marks:
            lines += [(_("有成绩"), tally.marked), (_("到考"), tally.sat)]
        if self.lacks_show:
            lines += [(_("缺成绩"), tally.missing), (_("未报考有成绩"), tally.unregistered)]
        if self.publications:
            lines.append((_("已公布"), self.published))
        return [{"label": label, "value": f"{value:,}"} for label, value in lines]

    @property
    def awaits_marks(self) -> bool:
        """Whether the papers are still to be sat, so that no mark is missing."""
        return self.is_coming and not self.tally.marked

    @property
    def lacks_show(self) -> bool:
        """Whether it says anything that a mark is missing: people are registered, and the papers have been sat."""
        return bool(self.tally.registered) and not self.awaits_marks

    @property
    def published(self) -> int:
        """How many marks are out, as counted when they went out."""
        return sum(each.preview.get("marks", 0) for each in self.publications if _is_out(each))


def _is_out(publication: Publication) -> bool:
    return publication.published_at is not None and publication.published_at <= timezone.now()


def is_coming(sitting: Sitting) -> bool:
    """Whether the month of the sitting is not over."""
    return sitting.name >= this_month()


def this_month() -> str:
    return f"{timezone.localdate():%Y-%m}"


def lines_for(user: User) -> list[Line]:
    """The latest sittings: all for the municipal office, for a university those in which anybody of its own is registered."""
    tallies = SittingTally.objects.filter(course=None, site=None)
    sittings = Sitting.objects.order_by("-name")
    if not user.reach.municipal:
        tallies = tallies.filter(university__in=user.reach.universities, registered__gt=0)
        sittings = sittings.filter(pk__in=tallies.values("sitting"))
    shown = list(sittings[:MOST])
    sums = _sums(tallies.filter(sitting__in=shown))
    return [_line(each, sums[each.pk], is_office=bool(user.reach.municipal)) for each in shown]


def _sums(tallies: QuerySet[SittingTally]) -> dict[int, dict[bool, dict[str, int]]]:
    """By sitting's id and kind."""
    sums: dict[int, dict[bool, dict[str, int]]] = defaultdict(dict)
    for each in tallies.values("sitting", "practical").annotate(all=Sum("registered"), lacking=Sum("missing")).order_by():
        sums[each["sitting"]][each["practical"]] = {"registered": each["all"], "missing": each["lacking"]}
    return sums


def _line(sitting: Sitting, sums: dict[bool, dict[str, int]], *, is_office: bool) -> Line:
    counted = [each for each in sums.values() if each["registered"]]
    missing = sum(each["missing"] for each in counted) if is_office and counted and not is_coming(sitting) else None
    return Line(
        sitting,
        is_coming(sitting),
        sums.get(False, {}).get("registered", 0),
        sums.get(True, {}).get("registered", 0),
        missing,
    )


def kinds_of(sitting: Sitting) -> list[OfKind]:
    """Both kinds where there is anything, for the municipal office."""
    publications = Publication.objects.filter(sitting=sitting).order_by("kind", "sequence")
    found = [_of_kind(sitting, kind, [each for each in publications if each.kind == kind]) for kind in KINDS]
    return [each for each in found if each.universities or each.publications]


def _of_kind(sitting: Sitting, kind: str, publications: list[Publication]) -> OfKind:
    practical = kind == PRACTICAL
    lines = whole(sitting.pk, practical=practical)
    lacking = SittingTally.objects.filter(sitting=sitting, practical=practical, course__isnull=False, missing__gt=0)
    return OfKind(
        kind=kind,
        title=KINDS[kind],
        is_coming=is_coming(sitting),
        tally=tally_of(lines),
        universities=list(lines.select_related("university").order_by("university__code")),
        courses=_by_course(lacking),
        publications=publications,
    )


def _by_course(lacking: QuerySet[SittingTally]) -> list[dict[str, Any]]:
    """The courses in which most marks lack, with how many of how many."""
    sums = lacking.values("course__code", "course__name").annotate(all=Sum("registered"), lacking=Sum("missing"))
    return [dict(line) for line in sums.order_by("-lacking", "course__code")[:MOST_COURSES]]


def own_counts(sitting: Sitting, user: User) -> list[dict[str, Any]]:
    """How many of a university's candidates are registered, by kind; nothing of marks."""
    counts = {kind: _own_count(sitting, user, practical=kind == PRACTICAL) for kind in KINDS}
    return [{"label": _("%(kind)s报考") % {"kind": KINDS[kind]}, "value": f"{count:,}"} for kind, count in counts.items()]


def _own_count(sitting: Sitting, user: User, *, practical: bool) -> int:
    return tally_of(whole(sitting.pk, practical=practical).filter(university__in=user.reach.universities)).registered
