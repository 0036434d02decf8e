"""Probable duplicates: who may be one person under two documents, and what a clerk finds out about it."""

from __future__ import annotations

import datetime as dt

import pytest

from records.models import Candidate, Office
from records.people.encryption import lookup_hash
from records.registration.duplicates import probable_duplicates_of
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db
BORN = dt.date(1996, 2, 29)


@pytest.fixture
def known(university: Office) -> Candidate:
    return CandidateFactory(name="买买提·吐尔逊", birth_date=BORN, managing_university=university)


def namesakes(name: str, birth_date: dt.date = BORN, kind: str = "passport", number: str = "E12345678") -> list[Candidate]:
    return probable_duplicates_of(name, birth_date, kind, lookup_hash(number, b"candidate.identity"))


@pytest.mark.parametrize("name", ["买买提·吐尔逊", "买买提吐尔逊", "买买提 吐尔逊", "买买提•吐尔逊", "买买提．吐尔逊"])
def test_signs_between_the_parts_of_a_name_do_not_matter(known: Candidate, name: str) -> None:
    assert namesakes(name) == [known]


@pytest.mark.parametrize(("name", "day"), [("买买提·吐尔孙", 29), ("买买提", 29), ("买买提·吐尔逊", 28)])
def test_another_name_or_birthday_is_another_person(known: Candidate, name: str, day: int) -> None:
    assert namesakes(name, BORN.replace(day=day)) == []


def test_foreign_names_are_one_in_capitals_and_small_letters(university: Office) -> None:
    known = CandidateFactory(name="Anne-Marie O'Neill", birth_date=BORN, managing_university=university)

    assert namesakes("ANNE MARIE ONEILL") == [known]


def test_the_same_document_is_the_same_record_and_no_duplicate(known: Candidate) -> None:
    found = probable_duplicates_of(known.name, BORN, known.document_kind, bytes(known.identity_hash))

    assert found == []


def test_who_was_merged_into_another_record_is_no_duplicate_any_more(known: Candidate) -> None:
    other = CandidateFactory(managing_university=known.managing_university)
    Candidate.objects.filter(pk=known.pk).update(merged_into=other)

    assert namesakes(known.name) == []
