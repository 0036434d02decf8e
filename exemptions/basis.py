"""Which credential stands for which courses: the table of the regulation, dated, one row per article or notice.

Two sources: the city's exemption rules as revised in 2008 (known from a host university's copy; the revision of 2025 replaces
them here as soon as its text is at hand), and the list of certificates that the provinces publish alike. What an office may set
itself, such as the least score of CET-4, is a setting and named here by its key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from exemptions.models import Credential
from records.catalogue.models import Major

ASSOCIATE, BACHELOR = Major.Level.ASSOCIATE, Major.Level.BACHELOR
DIPLOMAS = (Credential.Kind.DIPLOMA_ASSOCIATE, Credential.Kind.DIPLOMA_BACHELOR)
REVISION_2008 = dt.date(2008, 1, 1)
CET_POINTS_SINCE = dt.date(2005, 6, 1)
"""From this day CET reports points up to 710; earlier certificates say only that it was passed."""


@dataclass(frozen=True)
class Basis:
    """One row: holders of ``kinds`` are exempt from ``courses`` in majors of ``level`` ("" for any).

    With ``judged`` only if the course was passed there with the same requirement, which a person compares. ``least_score`` names
    the setting of the least score. ``issued_from`` and ``issued_until`` bound the credential's date, ``in_force_from`` and
    ``in_force_until`` the day of the decision; all four days included.
    """

    kinds: tuple[str, ...]
    courses: tuple[str, ...]
    source: Any
    level: str = ""
    judged: bool = False
    least_score: str = ""
    issued_from: dt.date = dt.date.min
    issued_until: dt.date = dt.date.max
    in_force_from: dt.date = dt.date.min
    in_force_until: dt.date = dt.date.max

    def covers(self, credential: Credential, level: str, on: dt.date) -> bool:
        """Whether the row speaks about this credential in a major of this level on this day."""
        return (
            credential.kind in self.kinds
            and self.level in ("", level)
            and self.issued_from <= credential.issued_on <= self.issued_until
            and self.in_force_from <= on <= self.in_force_until
        )


CERTIFICATES = _("证书免考课程对照")
CET4, PETS2, PETS3, NCRE = Credential.Kind.CET4, Credential.Kind.PETS2, Credential.Kind.PETS3, Credential.Kind.NCRE
BACHELOR_COMPARED = ("00015", "00016", "00018", "00019", "04183", "04184", "00023", "00420", "00421")

# fmt: off
TABLE: tuple[Basis, ...] = (
    Basis(DIPLOMAS, ("03706", "03707", "00003", "04729"),
          _("免考规定（2008年修订）第一条第一款"), level=ASSOCIATE, in_force_from=REVISION_2008),
    Basis(DIPLOMAS, ("00012", "00018", "00019", "00020", "00022"),
          _("免考规定（2008年修订）第一条第二款"), level=ASSOCIATE, judged=True, in_force_from=REVISION_2008),
    Basis(DIPLOMAS[1:], ("03708", "03709"),
          _("免考规定（2008年修订）第二条第一款"), level=BACHELOR, in_force_from=REVISION_2008),
    Basis(DIPLOMAS[1:], BACHELOR_COMPARED,
          _("免考规定（2008年修订）第二条第二款"), level=BACHELOR, judged=True, in_force_from=REVISION_2008),
    Basis((CET4,), ("00012", "00015", "13000"), CERTIFICATES,
          least_score="exemption.cet_least_score", issued_from=CET_POINTS_SINCE),
    Basis((CET4,), ("00012", "00015", "13000"), CERTIFICATES,
          judged=True, issued_until=CET_POINTS_SINCE - dt.timedelta(days=1)),
    Basis((PETS2,), ("00012",), CERTIFICATES),
    Basis((PETS3,), ("00015", "13000"), CERTIFICATES),
    Basis((NCRE,), ("00018", "00019"), CERTIFICATES),
    Basis((NCRE,), ("00051", "00052", "13013", "13014"), CERTIFICATES, judged=True),
)
# fmt: on


def rows_for(credential: Credential, level: str, on: dt.date) -> list[Basis]:
    """The rows that speak about this credential; those that need no comparison first."""
    return sorted((row for row in TABLE if row.covers(credential, level, on)), key=_is_judged)


def basis_of(credential: Credential, course: str, level: str, on: dt.date) -> Basis | None:
    """The row by which this credential stands for the course with this code; None where the table has none."""
    return next((row for row in rows_for(credential, level, on) if course in row.courses), None)


def is_listed(kind: str) -> bool:
    """Whether the table speaks about this kind of credential at all; about the others a person decides."""
    return any(kind in row.kinds for row in TABLE)


def codes_of(rows: Iterable[Basis]) -> list[str]:
    """The course codes of these rows, each once, in order."""
    return list(dict.fromkeys(code for row in rows for code in row.courses))


def _is_judged(row: Basis) -> bool:
    return row.judged
