"""What the cases about a candidate have in common: the candidate, the university that checks, the city that decides."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.models import Application, ApplicationQuerySet
from records.offices.models import Office

if TYPE_CHECKING:
    from records.people.models import User


class CandidateCaseQuerySet(ApplicationQuerySet):
    def visible_to(self, user: User) -> CandidateCaseQuerySet:
        """The cases of the person's own record or on one of the person's desks; offices never see drafts."""
        reach = user.reach
        visible = models.Q(candidate=reach.candidate_id) if reach.candidate_id else models.Q(pk__in=[])
        if reach.municipal:
            visible |= ~models.Q(status="draft")
        if reach.universities:
            visible |= models.Q(university__in=reach.universities) & ~models.Q(status="draft")
        return self.filter(visible)


class CandidateCase(Application):
    """A case of one candidate that goes to one university and then to the city.

    ``bars_graduation``: an undecided case of this kind keeps its candidate from graduating.
    """

    bars_graduation: ClassVar[bool] = False

    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="+", verbose_name=_("考生"))
    university = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("主考院校"))

    objects: ClassVar[Any] = CandidateCaseQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def represented_by(cls, party: str, user: Any) -> models.Q:
        """Candidate: one's own; university: those of the represented ones; municipality: all."""
        reach = user.reach
        if party == "candidate":
            return models.Q(candidate=reach.candidate_id) if reach.candidate_id else models.Q(pk__in=[])
        if party == "university":
            return models.Q(university__in=reach.universities)
        if party == "municipality":
            return models.Q() if reach.municipal else models.Q(pk__in=[])
        raise KeyError(party)

    @classmethod
    def certified(cls, candidate_ids: Collection[int]) -> set[int]:
        """Those of the candidates who hold a standing certificate of this kind of case; what it says is not changed any more."""
        return set()

    def capacity_of(self, party: str) -> str:
        return f"university:{self.university.code}" if party == "university" else party

    def words_of(self, capacity: str) -> Any:
        """考生, 南京师范大学自考办 or 市自考办; an office other than the case's own university is looked up."""
        party, _colon, code = capacity.partition(":")
        if party == "candidate":
            return _("考生")
        if code and code != self.university.code:
            office = Office.objects.filter(code=code).first()
            return office.title if office else code
        return self.university.title if party == "university" else _("市自考办")


PENDING = ("university", "municipality", "returned", "head", "editor", "confirmation")


def candidates_with_pending_cases(candidate_ids: Collection[int]) -> set[int]:
    """Those with an undecided case of a kind that must be finished before graduating (``bars_graduation``), of whatever app."""
    pending: set[int] = set()
    for kind in CandidateCase.__subclasses__():
        if kind.bars_graduation:
            cases = kind._base_manager.filter(candidate__in=candidate_ids, status__in=PENDING)
            pending.update(cases.values_list("candidate_id", flat=True))
    return pending


def candidates_with_certificates(candidate_ids: Collection[int]) -> set[int]:
    """Those who hold a standing certificate (a diploma) of whatever kind of case."""
    return {pk for kind in CandidateCase.__subclasses__() for pk in kind.certified(candidate_ids)}
