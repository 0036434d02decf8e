"""A suspension bars from its first day to its last, and nothing else does."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from records.models import Penalty
from scores.sittings.barring import suspended_on
from tests.factories import CandidateFactory

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
DAY = dt.timedelta(days=1)


def penalty(candidate, **changed):
    values = {"kind": Penalty.Kind.SUSPENSION, "decision": "考罚〔2026〕1号", "starts_on": FIRST, "ends_on": LAST}
    return Penalty.objects.create(candidate=candidate, **{**values, **changed})


@pytest.mark.parametrize(
    ("day", "is_barred"), [(FIRST - DAY, False), (FIRST, True), (dt.date(2026, 6, 1), True), (LAST, True), (LAST + DAY, False)]
)
def test_a_suspension_bars_from_its_first_day_to_its_last(db, day, is_barred):
    candidate, free = CandidateFactory(), CandidateFactory()
    running = penalty(candidate)

    assert suspended_on([candidate.pk, free.pk], day) == ({candidate.pk: running} if is_barred else {})


def test_neither_a_delay_nor_a_revoked_decision_bars(db):
    candidate = CandidateFactory()
    penalty(candidate, kind=Penalty.Kind.DELAY)
    penalty(candidate, revoked_at=timezone.now())

    assert suspended_on([candidate.pk], dt.date(2026, 6, 1)) == {}


def test_of_two_suspensions_the_one_that_ends_last_is_named_and_nobody_else_is_looked_at(db):
    candidate, other = CandidateFactory(), CandidateFactory()
    longer = penalty(candidate, decision="考罚〔2026〕2号", ends_on=LAST + DAY)
    penalty(candidate)
    penalty(other)

    assert suspended_on([candidate.pk], dt.date(2026, 6, 1)) == {candidate.pk: longer}
