"""What the database knows about the candidates to be audited, fetched at once however many they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from graduation.cases import Confirmed
from graduation.catalogue import compiled_plans
from graduation.models import Diploma, GraduationApplication
from graduation.plans import CompiledPlan
from records.candidates.models import Candidate, Registration
from records.cases import candidates_with_pending_cases
from records.catalogue.models import Major, Plan
from records.ledger.feed import not_yet_told
from records.ledger.reading import Held, credits_of
from records.notices.models import Window
from records.penalties.models import Penalty
from records.settings.values import value_of

FOLLOWER = "graduation"
"""The name under which applications follow the change feed (``graduation/following.py``)."""


@dataclass(frozen=True)
class Question:
    """Whom and what to audit: a candidate in a major, by a named plan version or by the most favourable open one.

    ``graduating_on`` and ``applied_on`` are an application's; without them both are the day of the audit. ``assumed`` are codes
    of courses taken as passed for the sake of argument.
    """

    candidate: Candidate
    major: Major
    version: str = ""
    graduating_on: dt.date | None = None
    applied_on: dt.date | None = None
    assumed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Facts:
    """Everything the database knows about the questions; plans newest first, by major; ``on`` is the day of the audit."""

    on: dt.date
    held: dict[int, list[Held]]
    registrations: dict[int, list[Registration]]
    plans: dict[int, list[Plan]]
    compiled: dict[int, CompiledPlan]
    diplomas: set[tuple[int, int]]
    pending: set[int]
    penalties: dict[int, str]
    confirmed: dict[tuple[int, int], Confirmed]
    hosts: dict[tuple[int, int], int]
    windows: tuple[tuple[dt.date, dt.date], ...]
    waive_credits: bool
    local_minimum: dict[str, int]
    transfer_months: int

    @classmethod
    def of(cls, questions: Sequence[Question], on: dt.date | None) -> Facts:
        """Fetch; ``on`` None means today with every credit there is."""
        ids = list({question.candidate.pk for question in questions})
        today = on or timezone.localdate()
        plans = _plans({question.major.pk for question in questions})
        confirmed, hosts = _applications(ids)
        windows = Window.objects.filter(kind=Window.Kind.GRADUATION).order_by("opens_on")
        diplomas = Diploma.objects.filter(candidate__in=ids, cancelled_at__isnull=True)
        return cls(
            on=today,
            held=credits_of(ids, on=on),
            registrations=_registrations(ids),
            plans=plans,
            compiled=compiled_plans(plan for each in plans.values() for plan in each),
            diplomas=set(diplomas.values_list("candidate_id", "major_id")),
            pending=candidates_with_pending_cases(ids) | not_yet_told(FOLLOWER, ids),
            penalties=_penalties(ids, today),
            confirmed=confirmed,
            hosts=hosts,
            windows=tuple(windows.values_list("opens_on", "closes_on")),
            waive_credits=bool(value_of("graduation.waived_credits", on=today)),
            local_minimum=value_of("graduation.local_minimum", on=today),
            transfer_months=int(value_of("graduation.transfer_months", on=today)),
        )

    def registered_on(self, question: Question) -> dt.date:
        """The day of registration in the major; for a major one is not registered in, that of the first registration."""
        registrations = self.registrations[question.candidate.pk]
        own = [each.registered_on for each in registrations if each.major_id == question.major.pk]
        days = own or [each.registered_on for each in registrations]
        return days[0] if days else self.on

    def is_open(self, plan: Plan, question: Question) -> bool:
        """Effective, not past its last day of graduation, and open to who registered on that day."""
        day = question.graduating_on or self.on
        return (
            plan.effective_from <= day
            and (plan.graduation_until is None or day <= plan.graduation_until)
            and (plan.newcomers_until is None or self.registered_on(question) <= plan.newcomers_until)
        )

    def host_of(self, question: Question) -> int:
        """The university of this graduation: the application's, else the registration's in the major, else the managing one."""
        applied = self.hosts.get((question.candidate.pk, question.major.pk))
        registrations = self.registrations[question.candidate.pk]
        registered = next((each.university_id for each in registrations if each.major_id == question.major.pk), None)
        return applied or registered or question.candidate.managing_university_id


def _plans(major_ids: set[int]) -> dict[int, list[Plan]]:
    plans: dict[int, list[Plan]] = {pk: [] for pk in major_ids}
    for plan in Plan.objects.filter(major__in=major_ids).select_related("major").order_by("-effective_from", "-version"):
        plans[plan.major_id].append(plan)
    return plans


def _registrations(ids: list[int]) -> dict[int, list[Registration]]:
    found: dict[int, list[Registration]] = {pk: [] for pk in ids}
    for each in Registration.objects.filter(candidate__in=ids).order_by("registered_on", "pk"):
        found[each.candidate_id].append(each)
    return found


def _applications(ids: list[int]) -> tuple[dict[tuple[int, int], Confirmed], dict[tuple[int, int], int]]:
    """What the latest application in each major says, and where it was made."""
    confirmed, hosts = {}, {}
    for case in GraduationApplication.objects.filter(candidate__in=ids).exclude(status="withdrawn").order_by("pk"):
        key = (case.candidate_id, case.major_id)
        confirmed[key] = Confirmed(
            appraisal={"passed": True, "failed": False}.get(case.appraisal),
            identity=case.identity_confirmed,
            photo=case.photo_confirmed,
            prior_diploma=case.prior_diploma_verified,
            prior_diploma_how=case.prior_diploma_how,
            additional_courses=case.additional_courses,
        )
        hosts[key] = case.university_id
    return confirmed, hosts


def _penalties(ids: list[int], on: dt.date) -> dict[int, str]:
    """The running penalty of each candidate in words, the one that ends last."""
    running = Penalty.objects.filter(candidate__in=ids).running_on(on).order_by("ends_on", "pk")
    return {each.candidate_id: _in_words(each) for each in running}


def _in_words(penalty: Penalty) -> str:
    words = {"kind": penalty.get_kind_display(), "last": penalty.ends_on.isoformat(), "number": penalty.decision}
    return _("%(kind)s至%(last)s（%(number)s）") % words
