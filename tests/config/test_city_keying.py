"""The demonstration city's keyed sheets."""

from __future__ import annotations

import pytest

from config.city.keying import key_some
from scores.models import KeyedSheet
from tests.factories import CourseFactory, MarkFactory, PublicationFactory, SittingFactory, SittingRegistrationFactory

pytestmark = pytest.mark.django_db


def test_one_sheet_is_half_keyed_and_on_another_the_two_do_not_agree(officer, second_officer):
    sitting = SittingFactory()
    MarkFactory(publication=PublicationFactory(sitting=sitting))
    for count in (2, 3):
        course = CourseFactory()
        for _place in range(count):
            SittingRegistrationFactory(sitting=sitting, course=course)

    key_some({"o3": officer, "o3b": second_officer})

    half, different = KeyedSheet.objects.order_by("pk")
    assert (half.state, half.lines.count(), bool(half.first_done_at), half.second) == ("keying", 3, True, None)
    assert (different.state, different.round, different.lines.filter(round=2).count()) == ("different", 2, 1)


def test_where_nobodys_mark_is_missing_there_is_none(officer, second_officer):
    key_some({"o3": officer, "o3b": second_officer})

    assert not KeyedSheet.objects.exists()
