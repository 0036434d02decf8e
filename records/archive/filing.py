"""Opening paper files and putting papers into them; the one place that writes both.

A university's files are numbered one after the other. Whoever opens one holds the lock on the university's last serial until the
end of the transaction, so that two people never open two files for one candidate nor give one number twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import Problem, Refused
from records.archive.models import UNPLACED, PaperFile, PaperFileSerial, PaperItem
from records.candidates import numbers
from records.candidates.models import Candidate
from records.corrections.models import CorrectionRequest
from records.offices.models import Office
from records.people.models import User
from records.settings.values import value_of


def open_file(candidate: Candidate, *, place: str = UNPLACED, number: str = "") -> PaperFile:
    """The candidate's paper file, opened with the managing university if there is none yet.

    Without ``number`` it gets the university's next one. Raises ``Refused`` for a number that another file of it has.
    """
    university = candidate.managing_university
    with transaction.atomic():
        serial = locked_serial(university)
        standing = PaperFile.objects.filter(candidate=candidate).first()
        if standing is not None:
            return standing
        if number and number in taken_numbers(university, [number]):
            raise Refused([_number_is_taken(number)])
        [number] = [number] if number else next_numbers(serial, 1, timezone.localdate())
        return PaperFile.objects.create(candidate=candidate, university=university, place=place or UNPLACED, number=number)


def locked_serial(university: Office) -> PaperFileSerial:
    """The university's last serial, locked until the end of the transaction."""
    PaperFileSerial.objects.get_or_create(university=university)
    return PaperFileSerial.objects.select_for_update().get(university=university)


def next_numbers(serial: PaperFileSerial, count: int, on: dt.date) -> list[str]:
    """``count`` numbers that no file of the university has, by its own pattern; ``serial`` must be locked.

    Raises ``ValueError`` for a pattern that cannot be read or has room for no more.
    """
    pattern = value_of("number.paper_file", on=on, office_id=serial.university_id)
    numbers.serial_width(pattern)
    issued: list[str] = []
    while len(issued) < count:
        first, serial.last = serial.last + 1, serial.last + count - len(issued)
        fresh = [numbers.compose(pattern, serial=each, year=on.year) for each in range(first, serial.last + 1)]
        taken = taken_numbers(serial.university, fresh)
        issued += [number for number in fresh if number not in taken]
    serial.save(update_fields=["last"])
    return issued


def taken_numbers(university: Office, wanted: Sequence[str]) -> set[str]:
    """Those of the wanted numbers that files of the university have."""
    return set(PaperFile.objects.filter(university=university, number__in=wanted).values_list("number", flat=True))


def _number_is_taken(number: str) -> Problem:
    return Problem(
        "archive.number-taken",
        _("档案编号%(number)s已有档案使用。") % {"number": number},
        next_step=_("请换一个编号，或留空由系统编号。"),
    )


def file_proof(case: CorrectionRequest, *, by: User) -> PaperItem:
    """The proof of a correction in the candidate's paper file, put there now by ``by`` unless it is there already (K3).

    Its pages are the proofs that were handed in, until somebody counts them.
    """
    title = _("%(kind)s证明材料（%(number)s）") % {"kind": case.kind.title, "number": case.case_number}
    pages = max(1, case.proofs.count())
    return _paper_of(case, PaperItem.Kind.PROOF, title, by=by, pages=pages, filed_on=timezone.localdate())


def file_change_note(case: CorrectionRequest, *, by: User) -> PaperItem:
    """The change note (更改记录) of a correction that was carried out, owed to the file until a clerk confirms it lies there."""
    title = _("考籍更改记录单（%(number)s）") % {"number": case.case_number}
    return _paper_of(case, PaperItem.Kind.CHANGE_NOTE, title, by=by)


def _paper_of(
    case: CorrectionRequest, kind: str, title: str, *, by: User, pages: int = 1, filed_on: dt.date | None = None
) -> PaperItem:
    file = open_file(case.candidate)
    paper, _new = PaperItem.objects.get_or_create(
        correction=case,
        kind=kind,
        defaults={"file": file, "title": title[:120], "pages": pages, "filed_on": filed_on, "filed_by": by},
    )
    return paper
