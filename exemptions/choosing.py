"""What a credential can be used for: every course of the major's plans with what speaks for and against its exemption."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import prefetch_related_objects
from django.utils import timezone

from audit.workflow import Problem, Rule
from exemptions import rules
from exemptions.models import Credential, ExemptionApplication
from records.candidates.models import Registration
from records.catalogue.models import Course, Plan, PlanCourse

WITH_THEORY = "exemption.practice-alone"
NOT_COVERED = "exemption.not-covered"


@dataclass(frozen=True)
class Choice:
    """A course that could be asked for: ``problems`` stand against it, ``look`` is for a person, ``with_theory`` a condition."""

    course: Course
    problems: list[Problem]
    look: list[Problem]
    with_theory: bool

    @property
    def is_open(self) -> bool:
        """Whether the candidate may tick it."""
        return not self.problems

    @property
    def is_not_covered(self) -> bool:
        """Whether the credential does not stand for this course: the plainest reason, told once for all such courses."""
        return any(problem.code == NOT_COVERED for problem in self.problems)

    @property
    def needs_a_look(self) -> bool:
        return self.is_open and bool(self.look)


def choices_for(credential: Credential, registration: Registration) -> list[Choice]:
    """One choice for every course of the registration's plans, those that can be granted first, then by the plan's order.

    A course that is asked for already is not open. What stands against the credential itself is ``about_credential``'s matter.
    """
    candidate = credential.candidate
    prefetch_related_objects([candidate], "credits")
    asked = set(open_course_ids(candidate.pk))
    choices = [_choice(case, asked) for case in _cases(credential, registration, courses_of(registration))]
    return sorted(choices, key=_rank)


def about_credential(credential: Credential, registration: Registration) -> list[Problem]:
    """What stands against the credential whatever the course; for the candidate's eyes."""
    case = next(iter(_cases(credential, registration, [Course()])))
    told: Iterable[Rule] = (rule for rule in rules.ABOUT_THE_CREDENTIAL if not rule.staff_only)
    return [problem for rule in told for problem in rule(case)]


def open_course_ids(candidate_id: int) -> list[int]:
    """The courses for which the candidate has an exemption on the way, drafts included."""
    cases = ExemptionApplication.objects.filter(candidate=candidate_id).exclude(status__in=[*rules.CLOSED, "granted"])
    return list(cases.values_list("course_id", flat=True))


def courses_of(registration: Registration) -> list[Course]:
    """The courses of the plan versions by which this registration may graduate today (of all versions where none is open)."""
    plans = Plan.objects.filter(major=registration.major_id)
    open_plans = plans.open_on(timezone.localdate(), registration.registered_on)
    rows = PlanCourse.objects.filter(plan__in=open_plans if open_plans.exists() else plans)
    rows = rows.select_related("course").order_by("-plan__effective_from", "position")
    return list(dict.fromkeys(row.course for row in rows))


def _cases(credential: Credential, registration: Registration, courses: Iterable[Course]) -> Iterable[ExemptionApplication]:
    """The applications as they would be; none is saved."""
    return (
        ExemptionApplication(
            candidate=credential.candidate,
            credential=credential,
            major=registration.major,
            university=registration.university,
            course=course,
        )
        for course in courses
    )


def _choice(case: ExemptionApplication, asked: set[int]) -> Choice:
    found = [problem for rule in rules.ABOUT_THE_COURSE for problem in rule(case)]
    if case.course_id in asked:
        found.append(rules.pending())
    against = [problem for problem in found if problem.blocking and problem.code != WITH_THEORY]
    look = [problem for problem in found if not problem.blocking]
    return Choice(case.course, against, look, any(problem.code == WITH_THEORY for problem in found))


def _rank(choice: Choice) -> int:
    return 2 if not choice.is_open else int(choice.needs_a_look)
