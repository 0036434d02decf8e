"""L8: from ticket and identity number to the published marks of the latest sitting, without an account.

The same statements with one row each whether somebody is found or not, and the table is set from as many lines; of a candidate
nothing but the marks is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import CharField, Exists, Max, OuterRef, Q
from django.db.models.functions import Cast, JSONObject

from records.candidates.models import Candidate
from records.people.encryption import lookup_hash
from records.people.finding import IDENTITY
from records.people.identity import DocumentKind, normalise
from scores.models import Mark, Publication, Sitting

UNKNOWN_KIND = ""
PLACES = 8
"""As many lines are set for everybody; only the result day's rare candidate has more courses in one sitting."""
ROW = JSONObject(
    code="course__code",
    name="course__name",
    practical="practical",
    flag="flag",
    grade="grade",
    points=Cast("points", CharField()),
)


@dataclass(frozen=True)
class Line:
    """One mark as the page shows it: ``words`` where there are any, else ``points``."""

    code: str
    name: str
    practical: bool
    words: str
    points: Decimal | None


BLANK = Line("00000", "—", False, "", Decimal("0.0"))


@dataclass(frozen=True)
class Results:
    """What was found: ``is_known`` when ticket and number belong together; the marks may be none all the same."""

    sitting: Sitting | None
    is_known: bool
    marks: list[Line]

    @property
    def places(self) -> list[Line]:
        """The marks, and blank lines up to ``PLACES``: setting them all takes as long for none as for some."""
        return [*self.marks, *[BLANK] * (PLACES - len(self.marks))]


def latest_sitting() -> Sitting | None:
    """The latest sitting of which something has been published."""
    return Sitting.objects.filter(pk__in=Publication.objects.filter(published_at__isnull=False).values("sitting")).first()


def results_of(ticket: str, number: str) -> Results:
    """The marks of whoever holds this ticket and this identity number, in any spelling of it."""
    sitting = latest_sitting()
    spellings = {normalise(DocumentKind.RESIDENT, number), normalise(UNKNOWN_KIND, number)}
    hashes = [lookup_hash(spelling, IDENTITY) for spelling in spellings]
    merged = Candidate.objects.filter(merged_into=OuterRef("pk"), identity_hash__in=hashes)
    known = Q(identity_hash__in=hashes) | Exists(merged)  # also by the identity number of a record that was merged into this one
    holder = Candidate.objects.filter(known, tickets__number=ticket).aggregate(key=Max("pk"))["key"]
    marks = Mark.objects.filter(candidate=holder or 0, sitting=sitting)
    rows = marks.aggregate(rows=JSONBAgg(ROW, order_by=("practical", "course__code")))["rows"]
    return Results(sitting, holder is not None, [_line(**row) for row in rows or ()])


def _line(*, code: str, name: str, practical: bool, flag: str, grade: str, points: str | None) -> Line:
    words = grade if flag == Mark.Flag.NORMAL else str(Mark.Flag(flag).label)
    return Line(code, name, practical, words, None if points is None else Decimal(points))
