"""What the tests of certificates stand on: credits entered as the office enters them, transcripts as people ask for them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction

from records.certificates.issuing import issue
from records.certificates.models import Certificate
from records.ledger import book
from records.ledger.book import Entry
from records.models import Candidate, CreditEntry
from tests.factories import CourseFactory

DAY = dt.date(2025, 10, 26)


def passed(
    candidate: Candidate, code: str, mark: str | None = "75", *, source: str = "exam", on: dt.date = DAY, **more: Any
) -> Entry:
    """A basis of a course entered into the ledger."""
    course = CourseFactory(code=code)
    entry = Entry(
        candidate_id=candidate.pk,
        course_id=course.pk,
        source=source,
        on=on,
        origin=f"test.{source}",
        origin_id=f"{candidate.pk}-{code}-{mark}-{on}",
        mark=Decimal(mark) if mark and mark[0].isdigit() else None,
        grade=mark if mark and not mark[0].isdigit() else "",
        **more,
    )
    book.enter([entry])
    candidate.refresh_from_db()
    return entry


def taken_back(entry: Entry, because: str = "成绩复核") -> None:
    """The basis revoked again."""
    book.revoke(entry.origin, [entry.origin_id], because=because)


def reviewed(entry: Entry, mark: str) -> Entry:
    """Another mark in place of the entered one, as a review does it: out and in, in one transaction."""
    with transaction.atomic():
        taken_back(entry)
        candidate = Candidate.objects.get(pk=entry.candidate_id)
        code = CreditEntry.objects.filter(origin_id=entry.origin_id).values_list("course__code", flat=True).get()
        return passed(candidate, code, mark, source=entry.source, on=entry.on)


def transcript(candidate: Candidate, *codes: str, by: Any = None) -> Certificate:
    """A transcript of all courses or of some."""
    return issue(candidate, "transcript", office=candidate.managing_university, by=by, choice={"courses": list(codes)})
