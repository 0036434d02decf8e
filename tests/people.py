"""Fixtures: the people of a small city, one by role."""

from __future__ import annotations

import pytest

from records.models import Candidate, Office, User
from tests.factories import CandidateFactory, DistrictFactory, MunicipalityFactory, UniversityFactory, UserFactory


@pytest.fixture
def city(db: None) -> Office:
    return MunicipalityFactory()


@pytest.fixture
def university(db: None) -> Office:
    return UniversityFactory()


@pytest.fixture
def other_university(db: None) -> Office:
    return UniversityFactory()


@pytest.fixture
def candidate(university: Office) -> Candidate:
    return CandidateFactory(managing_university=university)


@pytest.fixture
def candidate_user(candidate: Candidate) -> User:
    return UserFactory(candidate=candidate, full_name=candidate.name)


@pytest.fixture
def clerk(university: Office) -> User:
    """All duties of the candidate's own university in one person."""
    return UserFactory(office=university, roles=["U3", "U4", "U6", "U7", "U8"])


@pytest.fixture
def second_clerk(university: Office) -> User:
    return UserFactory(office=university, roles=["U3", "U4", "U6", "U7", "U8"])


@pytest.fixture
def foreign_clerk(other_university: Office) -> User:
    """The same duties at another university."""
    return UserFactory(office=other_university, roles=["U3", "U4", "U6", "U7", "U8"])


@pytest.fixture
def officer(city: Office) -> User:
    """All duties of the municipal office in one person."""
    return UserFactory(office=city, roles=["O3", "O4", "O6", "O7"])


@pytest.fixture
def second_officer(city: Office) -> User:
    return UserFactory(office=city, roles=["O3", "O4", "O6", "O7"])


@pytest.fixture
def counter(db: None) -> User:
    """A district office's counter."""
    return UserFactory(office=DistrictFactory(), roles=["L6"])


@pytest.fixture
def finance(university: Office) -> User:
    """A clerk of the university's finance: no record staff."""
    return UserFactory(office=university, roles=["US"])


@pytest.fixture
def head(university: Office) -> User:
    """The head of the university's office."""
    return UserFactory(office=university, roles=["UH"])


@pytest.fixture
def city_head(city: Office) -> User:
    """The head of the municipal office."""
    return UserFactory(office=city, roles=["OH"])
