"""A candidate's own cases of every kind: which they are, at which desk each lies and since when, why one came back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from audit.models import Application, Event
from audit.workflow import Status
from config.workflows import KINDS, Kind
from records.people.models import User

SUBJECTS = {"exemptions": "course", "corrections": "kind", "reviews": "subject", "graduation": "major"}
RELATED = {"reviews": ("mark__course", "mark__sitting")}
"""The field of a case that says what it is about, by the namespace of its kind."""

ENDED = frozenset({Status.GRANTED, Status.REFUSED, Status.WITHDRAWN, "revoked", "done", "upheld", "changed"})


@dataclass(frozen=True)
class OwnCase:
    """A case as its candidate reads it: ``desk`` is who has it now, ``url`` its page."""

    case: Application
    kind: Any
    word: Any
    namespace: str
    number: str
    subject: str
    desk: Any
    since: dt.datetime
    url: str

    @property
    def status(self) -> str:
        return self.case.status

    @property
    def state(self) -> Any:
        """The status in the words of its kind."""
        return self.word if self.status != "revoked" else _("已撤销")

    @property
    def is_open(self) -> bool:
        return self.status not in ENDED


def own_cases(user: User) -> list[OwnCase]:
    """All cases of this person's own record, drafts too: returned ones, other open ones, ended ones; each the latest first."""
    cases = [_as_own(kind, case) for kind in KINDS if kind.of_candidates for case in _of_kind(kind, user)]
    return sorted(cases, key=_by_urgency)


def _by_urgency(case: OwnCase) -> tuple[bool, bool, float]:
    return not case.is_open, case.status != Status.RETURNED, -case.since.timestamp()


def _of_kind(kind: Kind, user: User) -> QuerySet[Any]:
    found: QuerySet[Any] = kind.workflow.model.objects.visible_to(user).filter(candidate_id=user.candidate_id)
    return found.select_related("university", *RELATED.get(kind.namespace, (SUBJECTS[kind.namespace],))).order_by("pk")


def _as_own(kind: Kind, case: Any) -> OwnCase:
    return OwnCase(
        case=case,
        kind=kind.label,
        word=kind.workflow.word_of(case.status),
        namespace=kind.namespace,
        number=case.case_number,
        subject=str(getattr(case, SUBJECTS[kind.namespace])),
        desk=_desk_of(case),
        since=case.status_since,
        url=kind.url_of(case),
    )


def _desk_of(case: Any) -> Any:
    if case.status in ENDED:
        return _("已办结")
    if case.status in {Status.DRAFT, Status.RETURNED}:
        return _("您本人")
    return case.university.title if case.status == Status.UNIVERSITY else _("市自考办")


def why_returned(cases: Iterable[OwnCase]) -> dict[OwnCase, Event]:
    """For each returned case the step that sent it back: one statement, none when nothing was returned."""
    returned = {(case.case._meta.db_table, case.case.pk): case for case in cases if case.status == Status.RETURNED}
    about = Q(pk__in=[])
    for table, pk in returned:
        about |= Q(subject_table=table, subject_id=pk)
    steps = Event.objects.filter(about, kind=Event.Kind.STEP, outcome=Event.Outcome.DONE, after=Status.RETURNED)
    return {returned[step.subject_table, step.subject_id]: step for step in steps.order_by("pk") if step.subject_id}
