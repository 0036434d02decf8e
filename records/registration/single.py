"""Registering one person at the counter: who may be on record already, and what is written when the clerk has decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from records.candidates.models import Candidate, Registration
from records.documents.keeping import keep
from records.imports.faults import ImportReport
from records.offices.models import Office
from records.people import identity
from records.people.encryption import lookup_hash
from records.people.ethnicity import ethnic_group
from records.people.finding import IDENTITY
from records.people.models import User
from records.registration import columns
from records.registration.duplicates import probable_duplicates_of
from records.registration.models import ProbableDuplicate
from records.registration.newcomers import DOCUMENTS
from records.registration.registering import register_person


@dataclass(frozen=True)
class Condition:
    """What was shown for the restriction of a major: a note, a scan, or nothing yet."""

    noted: str = ""
    proof: UploadedFile[bytes] | None = None

    @property
    def is_seen(self) -> bool:
        """Whether something was shown."""
        return bool(self.noted or self.proof)


def _hash_of(cells: Mapping[str, str]) -> tuple[str, bytes]:
    kind = DOCUMENTS[cells[columns.DOCUMENT]]
    return kind, lookup_hash(identity.normalise(kind, cells[columns.IDENTITY]), IDENTITY)


def known(cells: Mapping[str, str]) -> Candidate | None:
    """Who is registered under this document; of a record that was merged into another one the other."""
    kind, hashed = _hash_of(cells)
    rows = Candidate.objects.filter(document_kind=kind, identity_hash=hashed)
    found = rows.select_related("merged_into__managing_university", "managing_university").order_by("merged_into").last()
    return (found.merged_into or found) if found else None


def possibly_the_same(cells: Mapping[str, str]) -> list[Candidate]:
    """People of the same name and birth date under another document."""
    return probable_duplicates_of(cells[columns.NAME], dt.date.fromisoformat(cells[columns.BIRTH]), *_hash_of(cells))


@transaction.atomic
def register(
    cells: Mapping[str, str],
    university: Office,
    condition: Condition,
    *,
    by: User,
    different_from: Sequence[Candidate] = (),
    grounds: str = "",
) -> tuple[Candidate, ImportReport]:
    """Register the person, keep what was shown for the major, and that ``different_from`` were found to be other people.

    Raises ``FileRefused`` with what is wrong by column, ``Unacceptable`` for a scan that cannot be kept; nothing is written then.
    """
    candidate, report = register_person(cells, university)
    if condition.is_seen:
        note_condition(Registration.objects.get(candidate=candidate, major__code=cells[columns.MAJOR]), condition, by=by)
    for other in different_from:
        _note_different(candidate, other, by, grounds)
    return candidate, report


def note_condition(registration: Registration, condition: Condition, *, by: User) -> None:
    """What was shown for the restriction of the major, and who looked at it when."""
    if condition.proof is not None:
        registration.proof = keep(condition.proof, candidate_id=registration.candidate_id, by=by)
    registration.proof_noted = condition.noted
    registration.proof_checked_by, registration.proof_checked_at = by, timezone.now()
    registration.save(update_fields=["proof", "proof_noted", "proof_checked_by", "proof_checked_at"])


def _note_different(candidate: Candidate, other: Candidate, by: User, grounds: str) -> None:
    first, second = sorted((candidate.pk, other.pk))
    found = {"finding": ProbableDuplicate.Finding.DIFFERENT, "found_by": by, "decided_at": timezone.now(), "grounds": grounds}
    if first != second:
        ProbableDuplicate.objects.update_or_create(first_id=first, second_id=second, defaults=found)


def cells_of(candidate: Candidate, *, major: str, registered: dt.date) -> dict[str, str]:
    """The columns by which somebody on record registers for a further major; no ticket is issued for it."""
    return {
        columns.NAME: candidate.name,
        columns.SEX: "男" if candidate.sex == Candidate.Sex.MALE else "女",
        columns.ETHNICITY: ethnic_group(candidate.ethnicity),
        columns.DOCUMENT: str(identity.DocumentKind(candidate.document_kind).label),
        columns.IDENTITY: candidate.identity_number,
        columns.BIRTH: candidate.birth_date.isoformat(),
        columns.MAJOR: major,
        columns.REGISTERED: registered.isoformat(),
    }
