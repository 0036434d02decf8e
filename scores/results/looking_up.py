"""L8: from ticket and identity number to the published marks of the latest sitting, without an account.

One statement, in which one probe of an index finds the sheets that were made at publication; nobody's row is read but that of who
holds both numbers. Where there is none the statement gives blank lines, so that a miss is read and set as a hit is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import JSONField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from records.people.encryption import lookup_hash
from records.people.finding import IDENTITY
from records.people.identity import DocumentKind, normalise
from scores.models import Publication, PublicationQuerySet, ResultSheet, Sitting

UNKNOWN_KIND = ""
PLACES = 8
"""As many lines are set for everybody; only the result day's rare candidate has more courses in one sitting."""
NO_SHEETS = [[["", "—", False, "", "0.0"]] * 3]
"""What a miss reads: as many lines as most have, of no course."""


@dataclass(frozen=True)
class Line:
    """One mark as the page shows it: ``words`` where there are any, else ``points``; a blank one is of no course."""

    code: str
    name: str
    practical: bool
    words: str
    points: Decimal | None


BLANK = Line("", "—", False, "", Decimal("0.0"))


@dataclass(frozen=True)
class Results:
    """What was found in the latest sitting: no marks where ticket and number do not belong together, or have none in it."""

    sitting: Sitting | None
    lines: list[Line]

    @property
    def marks(self) -> list[Line]:
        """The marks alone."""
        return [line for line in self.lines if line.code]

    @property
    def places(self) -> list[Line]:
        """The marks and blank lines, up to ``PLACES``: setting them all takes as long for none as for some."""
        return [*self.marks, *[BLANK] * (PLACES - len(self.marks))]


def latest_sitting() -> Sitting | None:
    """The latest sitting of which something has been published and can be looked up."""
    return Sitting.objects.filter(pk__in=_complete().values("sitting")).first()


def _complete() -> PublicationQuerySet:
    return Publication.objects.filter(published_at__isnull=False, sheets_made_at__isnull=False)


def key_of(ticket: str, identity_hash: bytes) -> bytes:
    """Under which the sheets of these two numbers lie; ``scores/results/sheets.py`` computes the same in SQL."""
    return hashlib.sha256(identity_hash + ticket.encode()).digest()


def results_of(ticket: str, number: str) -> Results:
    """The marks of whoever holds this ticket and this identity number, in any spelling of it."""
    spellings = {normalise(DocumentKind.RESIDENT, number), normalise(UNKNOWN_KIND, number)}
    keys = [key_of(ticket, lookup_hash(spelling, IDENTITY)) for spelling in spellings]
    found = ResultSheet.objects.filter(key__in=keys, sitting=OuterRef("pk")).order_by().values("sitting")
    sheets = Subquery(found.annotate(sheets=JSONBAgg("lines")).values("sheets"))
    latest = Sitting.objects.filter(pk__in=_complete().values("sitting"))
    sitting: Any = latest.annotate(sheets=Coalesce(sheets, Value(NO_SHEETS, JSONField()))).first()
    if sitting is None:
        return Results(None, [])
    return Results(sitting, sorted((_line(*line) for sheet in sitting.sheets for line in sheet), key=_order))


def _line(code: str, name: str, practical: bool, words: str, points: str | None) -> Line:
    return Line(code, name, practical, words, None if points is None else Decimal(points))


def _order(line: Line) -> tuple[bool, str]:
    """As in a sheet; the sitting's written and practical marks lie in several."""
    return line.practical, line.code
