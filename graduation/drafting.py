"""What a candidate prepares before anyone else sees it: the draft. Creating is no step; moving is the workflow's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.workflow import NotNow, Problem
from graduation.models import GraduationApplication
from graduation.terms import graduation_day, upcoming_terms
from graduation.workflow import ENDED
from records.candidates.models import Candidate
from records.catalogue.models import Major, Plan
from records.documents.models import Document
from records.offices.models import Office

WITH_THE_CANDIDATE = ("draft", "returned")


@dataclass(frozen=True)
class Contents:
    """What the candidate writes into an application."""

    university: Office
    plan: Plan
    term: str
    self_assessment: str
    documents: Iterable[Document]


def universities_for(candidate: Candidate, major: Major) -> list[Office]:
    """Where one can graduate in the major: where one is registered in it, else at its hosts, the managing one first."""
    registered = candidate.registrations.filter(major=major, closed_on__isnull=True).select_related("university").first()
    if registered is not None:
        return [registered.university]
    hosts = list(major.hosts.order_by("code"))
    managing = [host for host in hosts if host.pk == candidate.managing_university_id]
    return managing or hosts or [candidate.managing_university]


def plans_for(candidate: Candidate, major: Major, today: dt.date) -> list[Plan]:
    """The plan versions by which this candidate may graduate in one of the coming terms, the newest first."""
    registered = candidate.registrations.order_by("registered_on", "pk")
    first = registered.filter(major=major).first() or registered.first()
    serving = Q(pk__in=[])
    for term in upcoming_terms(today):
        day = graduation_day(term)
        serving |= Q(pk__in=Plan.objects.open_on(day, first.registered_on if first else today).values("pk"))
    return list(Plan.objects.filter(serving, major=major).order_by("-effective_from", "-version"))


def open_application(candidate: Candidate, major: Major) -> GraduationApplication | None:
    """The application in this major that is not decided yet; there is one at most."""
    return GraduationApplication.objects.filter(candidate=candidate, major=major).exclude(status__in=ENDED).first()


@transaction.atomic
def draft(candidate: Candidate, major: Major, contents: Contents) -> GraduationApplication:
    """A draft with these contents; who sends the form twice gets the one that is open already, as it is."""
    _lock(candidate)
    already = open_application(candidate, major)
    if already is not None:
        return already
    case = GraduationApplication(candidate=candidate, major=major)
    return _write(case, contents)


@transaction.atomic
def complete(case: GraduationApplication, contents: Contents) -> GraduationApplication:
    """Change a draft or a returned application; raises ``NotNow`` when it is not with the candidate any more."""
    _lock(case.candidate)
    case = GraduationApplication.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if case.status not in WITH_THE_CANDIDATE:
        raise NotNow([Problem("step.moved-on", _("本件已提交，不能再改。请刷新后查看现在的状态。"))])
    return _write(case, contents)


def _lock(candidate: Candidate) -> None:
    """What one candidate sends twice at once is done one after the other."""
    Candidate.objects.select_for_update().only("pk").get(pk=candidate.pk)


def _write(case: GraduationApplication, contents: Contents) -> GraduationApplication:
    case.university = contents.university
    case.plan = contents.plan
    case.term = contents.term
    case.self_assessment = contents.self_assessment
    case.notice_read_at = case.notice_read_at or timezone.now()
    case.save()
    case.documents.set(contents.documents)
    return case
