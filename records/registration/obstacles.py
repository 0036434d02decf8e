"""What stands on a batch: whatever any application keeps about the people, tickets and majors that it brought.

The relations are walked, not listed: a table that a later application adds is asked like every other. Left out is only what goes
with the batch by itself: open questions about duplicates, the note that a name has rare characters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils.translation import gettext as _

from records.candidates.models import Candidate, Registration, Ticket
from records.cases import CandidateCase
from records.catalogue.models import Major
from records.rare_names.models import RareName
from records.registration.models import CandidateBatch, FilledIn, ProbableDuplicate

SHOWN = 100
WRITTEN_HERE = (Ticket, Registration, FilledIn)  # rows of another batch, or of none, stand on it all the same
GOES_ALONG = (RareName, ProbableDuplicate)

_PEOPLE = "SELECT id FROM records_candidate WHERE batch_id = %(batch)s"
_SECOND_MAJORS = f"""
SELECT id, candidate_id, major_id FROM records_registration
 WHERE batch_id = %(batch)s AND candidate_id NOT IN ({_PEOPLE})
"""

# Whatever names a candidate of the batch; a row of the batch itself does not count
_NAMES_CANDIDATE = """
SELECT r.{column} AS candidate_id, {what} AS what, count(*) AS how_many
  FROM mine JOIN {table} r ON r.{column} = mine.id {but} GROUP BY 1
"""
# Whatever names a ticket or a registration of the batch
_NAMES_ROW = """
SELECT t.candidate_id, {what}, count(*)
  FROM {target} t JOIN {table} r ON r.{column} = t.id WHERE t.batch_id = %(batch)s GROUP BY 1
"""
# Whatever is about a major that the batch added to somebody's first
_ABOUT_MAJOR = """
SELECT s.candidate_id, {what}, count(*)
  FROM second_majors s JOIN {table} r ON r.candidate_id = s.candidate_id AND r.major_id = s.major_id GROUP BY 1
"""
# Cases of people whom the batch only told something: they may rest on it
_ABOUT_FILLED = """
SELECT f.candidate_id, {what}, count(*)
  FROM records_filledin f JOIN {table} r ON r.candidate_id = f.candidate_id
  JOIN records_candidatebatch b ON b.id = f.batch_id
 WHERE f.batch_id = %(batch)s AND r.created_at > b.created_at GROUP BY 1
"""
_OWN = {
    "merged": "SELECT id, {what}, 1 FROM records_candidate WHERE batch_id = %(batch)s AND merged_into_id IS NOT NULL",
    "found-same": """
SELECT mine.id, {what}, count(*) FROM mine JOIN records_probableduplicate p ON mine.id IN (p.first_id, p.second_id)
 WHERE p.finding = 'same' GROUP BY 1""",
    "changed": """
SELECT e.candidate_id, {what}, count(*) FROM mine JOIN audit_event e ON e.candidate_id = mine.id
 WHERE e.kind = 'change' AND e.verb = 'update' AND e.subject_table = 'records_candidate'
   AND EXISTS (SELECT FROM jsonb_object_keys(e.details -> 'after') changed
                WHERE changed NOT IN ('prior_education', 'prior_major', 'additional_courses', 'record_number'))
 GROUP BY 1""",
    "filled-changed": """
SELECT c.id, {what}, 1 FROM records_filledin f JOIN records_candidate c ON c.id = f.candidate_id
 WHERE f.batch_id = %(batch)s
   AND ((f.prior_education <> '' AND f.prior_education <> c.prior_education)
        OR (f.prior_major <> '' AND f.prior_major <> c.prior_major)
        OR f.additional_courses <> c.additional_courses
        OR (f.record_number <> '' AND (f.record_number IS DISTINCT FROM c.record_number OR c.record_opened_on IS NOT NULL)))""",
}


@dataclass(frozen=True)
class Person:
    """Somebody because of whom a batch cannot be undone, and why: what it is called and how many there are."""

    pk: int
    name: str
    identity_mask: str
    reasons: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Obstacles:
    """How many people stand in the way, and the first of them."""

    count: int
    people: list[Person]


def obstacles_of(batch: CandidateBatch) -> Obstacles:
    """What stands in the way of undoing the batch now; ``count`` is 0 when nothing does."""
    labels: list[str] = []
    parts = [select.format(what=_labelled(labels, label)) for select, label in _questions()]
    found = f"WITH mine AS ({_PEOPLE}), second_majors AS ({_SECOND_MAJORS}), found AS ({' UNION ALL '.join(parts)})"
    with connection.cursor() as cursor:
        cursor.execute(f"{found} SELECT count(DISTINCT candidate_id) FROM found", {"batch": batch.pk})
        (count,) = cursor.fetchone()
        if not count:
            return Obstacles(0, [])
        first = f"SELECT DISTINCT candidate_id FROM found ORDER BY 1 LIMIT {SHOWN}"
        cursor.execute(f"{found} SELECT * FROM found WHERE candidate_id IN ({first}) ORDER BY 1, 2", {"batch": batch.pk})
        return Obstacles(count, _people(cursor.fetchall(), labels))


def _labelled(labels: list[str], label: str) -> int:
    """The place of a label that is added to the list; a number is all that the statement says of it."""
    labels.append(label)
    return len(labels) - 1


def _people(rows: list[tuple[int, int, int]], labels: list[str]) -> list[Person]:
    reasons: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for candidate_id, what, how_many in rows:
        reasons[candidate_id][labels[what]] += how_many
    people = Candidate.objects.filter(pk__in=reasons).order_by("pk").values_list("pk", "name", "identity_mask")
    return [Person(pk, name, mask, [*reasons[pk].items()]) for pk, name, mask in people]


def _questions() -> Iterator[tuple[str, str]]:
    """Statements with a place for ``what``, each with what people call that which it finds."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and model not in GOES_ALONG:
            yield from _questions_to(model)
    words = {
        "merged": _("已并入另一份考籍"),
        "found-same": _("已判断与另一名考生是同一人"),
        "changed": _("资料改动"),
        "filled-changed": _("补充的资料后来有改动，或已据此建籍"),
    }
    for name, select in _OWN.items():
        yield select, words[name]


def _questions_to(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    table, label = model._meta.db_table, _label(model)
    for key in model._meta.concrete_fields:
        if key.related_model is Candidate:
            but = "AND r.batch_id IS DISTINCT FROM %(batch)s" if model in WRITTEN_HERE else ""
            yield _NAMES_CANDIDATE.format(table=table, column=key.column, but=but, what="{what}"), label
        elif key.related_model in (Ticket, Registration):
            target = key.related_model._meta.db_table
            yield _NAMES_ROW.format(table=table, column=key.column, target=target, what="{what}"), label
    if _has(model, "candidate", Candidate) and _has(model, "major", Major) and model is not Registration:
        yield _ABOUT_MAJOR.format(table=table, what="{what}"), label
    if issubclass(model, CandidateCase):
        yield _ABOUT_FILLED.format(table=table, what="{what}"), label


def _has(model: type[models.Model], name: str, target: type[models.Model]) -> bool:
    return any(key.name == name and key.related_model is target for key in model._meta.concrete_fields)


def _label(model: type[models.Model]) -> str:
    words: dict[Any, str] = {Candidate: _("并入其中的考籍"), Ticket: _("另外的准考证号"), Registration: _("另外的报考专业")}
    if model._meta.label == "records.User":
        return _("账户")
    return words.get(model) or str(model._meta.verbose_name)
