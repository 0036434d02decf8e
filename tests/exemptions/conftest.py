"""Cases of exemption in order, at every desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from exemptions.models import ExemptionApplication
from records.models import Candidate, User
from tests.factories import CourseFactory, CredentialFactory, DocumentFactory, ExemptionFactory, MajorFactory

MakeCase = Callable[..., ExemptionApplication]


@pytest.fixture(autouse=True)
def isolated_proofs(settings: Any, tmp_path: Any) -> None:
    settings.PROOF_ROOT = tmp_path / "proofs"


@pytest.fixture
def make_case(candidate: Candidate, candidate_user: User) -> MakeCase:
    """A case in order: CET-4 with 460 points for 13000 in a bachelor's major, with a proof; any part may be given instead."""

    def make(**given: Any) -> ExemptionApplication:
        person: Candidate = given.pop("candidate", candidate)
        proofs: int = given.pop("proofs", 1)
        credential = CredentialFactory(
            candidate=person,
            kind=given.pop("kind", "cet4"),
            number=given.pop("number", "241132048810627"),
            score=given.pop("score", Decimal(460)),
            issued_on=given.pop("issued_on", dt.date(2024, 12, 14)),
        )
        for _ in range(proofs):
            credential.documents.add(DocumentFactory(candidate=person, uploaded_by=candidate_user))
        course = CourseFactory(
            code=given.pop("code", "13000"), name=given.pop("name", "英语(专升本)"), practical=given.pop("practical", False)
        )
        major = MajorFactory(code=given.pop("major", "X2050101"), level=given.pop("level", "专升本"))
        return ExemptionFactory(candidate=person, credential=credential, course=course, major=major, **given)

    return make
