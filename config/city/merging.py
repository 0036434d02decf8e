"""People who registered a second time by passport: one merger waits at the municipality, another one is done."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.acting import acting
from config import demonstration
from config.city.identities import document_number
from config.city.proofs import proof
from records.candidates.models import Candidate
from records.merging.drafting import begin, complete
from records.merging.models import MergeRequest, MergeStatus
from records.merging.workflow import MERGER
from records.offices.models import Office
from records.people.identity import DocumentKind
from records.people.models import User
from records.registration import columns, single
from records.registration.majors import choices
from records.registration.models import ProbableDuplicate

WAYS: dict[str, tuple[str, ...]] = {MergeStatus.MUNICIPALITY: ("submit",), MergeStatus.DONE: ("submit", "merge")}
BEYOND_THE_DECK = 90_000_000
"""Passports of this number and above are nobody's in the city."""

GROUNDS = _("考生先用居民身份证报名，后来持护照又报了一次；出入境管理部门的证明写明两个证件为同一人所有。")
PROOF = _("同一人证明")


def merge(people: dict[str, User]) -> None:
    """One merger at each place, asked for by the clerk's university; fewer where too few people study there."""
    university = demonstration.universities()[0]
    clerk = people[f"u3.{university.code}"]
    desks = {"submit": clerk, "merge": people["ov"]}
    for place, (first, status) in enumerate(zip(_people(university), WAYS, strict=False)):
        with acting(clerk):
            second = _once_more(first, university, clerk, BEYOND_THE_DECK + place)
            if second is None:
                return
            case = _draft(first, second, university, clerk)
        for step in WAYS[status]:
            MERGER.take(step, case, by=desks[step])


def _people(university: Office) -> list[Candidate]:
    """The latest of the university's people with a record about whom nothing is open: no account, no question, no penalty."""
    asked = [pk for pair in ProbableDuplicate.objects.values_list("first", "second") for pk in pair]
    shown = demonstration.newcomer()
    mine = Candidate.objects.filter(managing_university=university, document_kind=DocumentKind.RESIDENT)
    calm = mine.filter(record_opened_on__isnull=False, account__isnull=True, rare_name__isnull=True, penalties__isnull=True)
    return list(calm.exclude(pk__in=[*asked, shown.pk if shown else 0]).order_by("-pk")[: len(WAYS)])


def _once_more(first: Candidate, university: Office, clerk: User, number: int) -> Candidate | None:
    """The same person registered by passport today, for a major that is new to the first record where there is one."""
    majors = _majors(first, university)
    if not majors:
        return None
    cells = single.cells_of(first, major=majors[0], registered=timezone.localdate())
    passport = {
        columns.DOCUMENT: str(DocumentKind.PASSPORT.label),
        columns.IDENTITY: document_number(DocumentKind.PASSPORT, number, first.birth_date, 0),
    }
    second, _report = single.register(cells | passport, university, single.Condition(), by=clerk)
    return second


def _majors(first: Candidate, university: Office) -> list[str]:
    """The majors of the university that take newcomers, in the order of their codes, those that the first record has last."""
    today = timezone.localdate()
    known = set(first.registrations.values_list("major__code", flat=True))
    found = sorted(code for code, major in choices().items() if university.pk in major.hosts and major.takes_on(today))
    return [code for code in found if code not in known] + [code for code in found if code in known]


def _draft(first: Candidate, second: Candidate, university: Office, clerk: User) -> MergeRequest:
    case = begin(first, second, university, by=clerk)
    paper = proof(first.pk, clerk, str(PROOF), ("ONE PERSON",))
    return complete(case, kept=first.pk, grounds=str(GROUNDS), documents=[paper])
