"""By what a batch of messages can choose its readers: the state of their cases, the latest audit of graduation."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from config.workflows import KINDS, Kind
from graduation.models import CohortAudit, CohortOutcome
from records.jobs.models import Job
from records.messages.choosing import Choosing, Holders, register
from records.offices.models import Office

DRAFT = "draft"  # what only its candidate may know of
AUDITED = {"eligible": _("符合毕业条件"), "plan_complete": _("课程已合格")}


def cases_of(kind: Kind) -> Holders:
    """The cases of one kind with a status; a university's are those that it checks."""

    def holders(state: str, office: Office) -> QuerySet[Any]:
        cases: QuerySet[Any] = kind.workflow.model._base_manager.filter(status=state).exclude(status=DRAFT)
        return cases if office.kind == Office.Kind.MUNICIPALITY else cases.filter(university=office)

    return holders


def audited(state: str, office: Office) -> QuerySet[Any]:
    """Whom the latest audit found so: of the city's audits the latest of all, of a university's the latest about it."""
    audits = CohortAudit.objects.filter(job__state=Job.State.DONE).order_by("-pk")
    if office.kind != Office.Kind.MUNICIPALITY:
        audits = audits.filter(university=office)
    return CohortOutcome.objects.filter(audit__in=audits.values("pk")[:1], **{state: True})


for each in KINDS:
    if each.of_candidates:
        words = {str(value): label for value, label in each.workflow.statuses.choices if value != DRAFT}
        register(each.namespace, Choosing(each.label, words, cases_of(each)))
register("audit", Choosing(_("最近一次毕业审核"), AUDITED, audited))
