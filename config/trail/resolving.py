"""From what a person types to what the trail holds: a number to a candidate or a case, a name to people, a leave to its row."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, Q, QuerySet

from audit.models import Application
from config.trail.sight import sees_everything
from config.workflows import KINDS
from records.access.models import AccessRequest
from records.candidates.models import Candidate
from records.listing import CASE_NUMBER
from records.people.models import User

MOST_PEOPLE = 20
MOST_ROWS = 200  # that hang on one case

Subjects = tuple[tuple[str, tuple[int, ...]], ...]


def candidates_named(number: str, user: User) -> tuple[int, ...]:
    """The candidate with this record, ticket or registration number, within the person's reach, and what was merged into it."""
    people = Candidate.by_number(number)
    if not sees_everything(user):
        people = people.filter(pk__in=Candidate.objects.visible_to(user).values("pk"))
    found = tuple(people.values_list("pk", flat=True)[:2])
    return (*found, *Candidate.objects.filter(merged_into__in=found).values_list("pk", flat=True))


def case_named(text: str, user: User) -> Any:
    """The case with this number (免2026-00417) within the person's reach; None where there is none."""
    number = CASE_NUMBER.fullmatch(text)
    if not number:
        return None
    for model in _kinds_of_case():
        cases = _within_sight(model, user).filter(pk=int(number["pk"]), created_at__year=int(number["year"]))
        case = next((case for case in cases if case.case_number == text), None)
        if case is not None:
            return case
    return None


def _kinds_of_case() -> list[type[Any]]:
    models: list[type[Any]] = [kind.workflow.model for kind in KINDS]
    return models if AccessRequest in models else [*models, AccessRequest]


def _within_sight(model: type[Any], user: User) -> QuerySet[Any]:
    cases: QuerySet[Any] = model._base_manager.all() if sees_everything(user) else model._default_manager.visible_to(user)
    return cases


def rows_of_case(case: Application) -> Subjects:
    """The case's own row and those that hang on it (its proofs, what it granted), by table."""
    subjects: list[tuple[str, tuple[int, ...]]] = [(case._meta.db_table, (case.pk,))]
    for relation in case._meta.related_objects:
        model = relation.related_model
        if isinstance(model, str) or not issubclass(model, Model) or not hasattr(model._meta, "triggers"):
            continue
        rows = model._base_manager.filter(**{relation.field.name: case.pk})
        ids = tuple(rows.values_list("pk", flat=True)[:MOST_ROWS])
        if ids:
            subjects.append((model._meta.db_table, ids))
    return tuple(subjects)


def people_named(text: str, user: User) -> tuple[int, ...]:
    """Those with this login name, and staff whose name begins so; for a head those of the own office."""
    named = User.objects.filter(Q(username=text) | Q(full_name__startswith=text, candidate__isnull=True))
    if not sees_everything(user):
        named = named.filter(appointments__office__in=user.reach.office_ids)
    return tuple(named.order_by("pk").distinct().values_list("pk", flat=True)[:MOST_PEOPLE])


def leave_named(text: str, user: User) -> int | None:
    """The leave to look with this number (阅2026-00417)."""
    case = case_named(text, user)
    return case.pk if isinstance(case, AccessRequest) else None
