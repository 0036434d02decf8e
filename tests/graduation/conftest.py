"""A small plan with people on their way through it, and the real catalogue for the office's own cases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from graduation.models import GraduationApplication
from records.catalogue.loading import load
from records.ledger import book
from records.models import Candidate, Course, Major, Office, Plan
from tests.factories import CourseFactory, GraduationFactory, MajorFactory, PlanCourseFactory, PlanFactory, RegistrationFactory

REAL_CATALOGUE = Path(__file__).parents[2] / "data" / "catalogue"
SITTING = dt.date(2026, 4, 30)
MakeApplication = Callable[..., GraduationApplication]


def pass_courses(
    candidate: Candidate,
    codes: Iterable[str],
    *,
    source: str = "exam",
    on: dt.date = SITTING,
    mark: Decimal | None = Decimal(75),
    university: Office | None = None,
) -> None:
    """Enter credits in the ledger as if the courses had been passed."""
    courses = Course.objects.in_bulk(list(codes), field_name="code")
    assert set(courses) == set(codes)
    book.enter(
        book.Entry(
            candidate_id=candidate.pk,
            course_id=course.pk,
            source=source,
            on=on,
            origin="tests",
            origin_id=f"{candidate.pk}-{course.code}-{source}-{on}",
            mark=mark,
            university_id=university.pk if university else None,
        )
        for course in courses.values()
    )


@pytest.fixture(scope="module")
def catalogue(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The real catalogue in the database, loaded once for a module's tests and gone after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(REAL_CATALOGUE)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def major(university: Office) -> Major:
    """A bachelor's major hosted by the candidate's university."""
    return MajorFactory(name="示例学", hosts=[university])


@pytest.fixture
def plan(major: Major) -> Plan:
    """Two courses of four credits and a thesis without credits; a prior diploma is needed."""
    plan = PlanFactory(major=major, prior_diploma="专科")
    for code, name in (("71001", "示例导论"), ("71002", "示例方法")):
        PlanCourseFactory(plan=plan, course=CourseFactory(code=code, name=name))
    thesis = CourseFactory(code="71009", name="示例论文", practical=True)
    PlanCourseFactory(plan=plan, course=thesis, assessment="论文", counts_credits=False)
    return plan


@pytest.fixture
def registered(candidate: Candidate, plan: Plan) -> Candidate:
    """The candidate, registered in the major, with an associate diploma on record."""
    RegistrationFactory(candidate=candidate, major=plan.major)
    candidate.prior_education = "专科"
    candidate.save()
    return candidate


@pytest.fixture
def ready(registered: Candidate, university: Office) -> Candidate:
    """The registered candidate with every course of the plan passed."""
    pass_courses(registered, ["71001", "71002"])
    pass_courses(registered, ["71009"], source="practical", university=university)
    return registered


@pytest.fixture
def make_application(ready: Candidate, plan: Plan) -> MakeApplication:
    """An application that could graduate, at any desk; any part may be given instead."""

    def make(**given: object) -> GraduationApplication:
        return GraduationFactory(**{"candidate": ready, "plan": plan, "major": plan.major, **VERIFIED, **given})

    return make


VERIFIED = {
    "appraisal": "passed",
    "prior_diploma_verified": True,
    "prior_diploma_how": "学信网在线验证报告",
    "identity_confirmed": True,
    "photo_confirmed": True,
    "notice_read_at": timezone.now(),
}
