"""Making the sheets of the result day, set-based: some candidates at a time, by any number of workers, anew where data change.

Whoever makes a candidate's sheets holds the candidate's row: so a change of numbers or marks is either seen by the statement that
makes them, or its own ``refresh`` comes after it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from audit.models import ServerClock
from records.jobs import running
from records.jobs.models import Job
from records.jobs.progress import Progress, unseen
from records.people.models import User
from scores.models import Publication, ResultSheet

SHEETS_JOB = "scores.make-sheets"
CANDIDATES_AT_ONCE = 2000
ROWS_AT_ONCE = 20_000

_ENDS = """
SELECT max(candidate_id) FROM (
    SELECT candidate_id, (row_number() OVER (ORDER BY candidate_id) - 1) / %s AS portion
      FROM (SELECT DISTINCT candidate_id FROM scores_mark WHERE publication_id = %s AND candidate_id > %s) d) n
 GROUP BY portion ORDER BY 1
"""

SHEETS = """
SELECT b.publication_id, b.sitting_id, b.candidate_id, sha256(i.identity_hash || convert_to(t.number, 'UTF8')) AS key, b.lines
  FROM (SELECT m.publication_id, m.sitting_id, m.candidate_id,
               jsonb_agg(jsonb_build_array(k.code, k.name, m.practical, w.words, CASE WHEN w.words = '' THEN m.points::text END)
                         ORDER BY m.practical, k.code) AS lines
          FROM scores_mark m
          JOIN records_course k ON k.id = m.course_id
         CROSS JOIN LATERAL (SELECT CASE WHEN m.flag = '正常' THEN m.grade ELSE m.flag END AS words) w
         WHERE {chosen}
         GROUP BY m.publication_id, m.sitting_id, m.candidate_id) b
  JOIN records_ticket t ON t.candidate_id = b.candidate_id
 CROSS JOIN LATERAL (SELECT identity_hash FROM records_candidate WHERE id = b.candidate_id
                     UNION SELECT identity_hash FROM records_candidate WHERE merged_into_id = b.candidate_id) i
"""
"""The sheets as they should be, of the marks ``m`` that ``chosen`` (SQL) names: one for each ticket and identity number."""

_WRITE = f"""
INSERT INTO scores_resultsheet (publication_id, sitting_id, candidate_id, key, lines) {SHEETS}
ON CONFLICT (key, publication_id) DO UPDATE SET candidate_id = excluded.candidate_id, lines = excluded.lines
"""

_IN_RANGE = "{row}.publication_id = %(publication)s AND {row}.candidate_id > %(after)s AND {row}.candidate_id <= %(end)s"
_LOCK_RANGE = f"""
SELECT id FROM records_candidate WHERE id IN (SELECT m.candidate_id FROM scores_mark m WHERE {_IN_RANGE.format(row="m")})
 ORDER BY id FOR NO KEY UPDATE
"""
_FORGET_RANGE = f"DELETE FROM scores_resultsheet r WHERE {_IN_RANGE.format(row='r')}"
_FORGET_REST = """
DELETE FROM scores_resultsheet r WHERE r.publication_id = %(publication)s AND r.candidate_id > %(after)s
   AND NOT EXISTS (SELECT FROM scores_mark m WHERE m.publication_id = r.publication_id AND m.candidate_id = r.candidate_id)
"""
_MAKE_RANGE = _WRITE.format(chosen=_IN_RANGE.format(row="m"))

_OF_PAIRS = """
EXISTS (SELECT 1 FROM unnest(%(sittings)s::bigint[], %(candidates)s::bigint[]) AS v(sitting_id, candidate_id)
         WHERE v.sitting_id = {row}.sitting_id AND v.candidate_id = {row}.candidate_id)
   AND {row}.candidate_id = ANY(%(candidates)s)
"""
_LOCK_PAIRS = "SELECT id FROM records_candidate WHERE id = ANY(%(candidates)s) ORDER BY id FOR NO KEY UPDATE"
_FORGET_PAIRS = (
    f"DELETE FROM scores_resultsheet r WHERE {_OF_PAIRS.format(row='r')}"
    " AND r.publication_id IN (SELECT id FROM scores_publication WHERE sitting_id = ANY(%(sittings)s))"
)
_MAKE_PAIRS = _WRITE.format(
    chosen=_OF_PAIRS.format(row="m")
    + " AND m.publication_id IN (SELECT id FROM scores_publication WHERE sheets_through > 0 OR sheets_made_at IS NOT NULL)"
)


STANDS = Q(approved_at__isnull=False) | Q(published_at__isnull=False)


def start_making(publication: Publication, *, by: User | None) -> Job:
    """Have a worker bring the publication's sheets to where they should be: there once it is approved, gone otherwise."""
    title = _("准备%(publication)s成绩的查询结果") % {"publication": publication}
    return running.start(SHEETS_JOB, title, by=by, publication=publication.pk)


def prepare(publication: Publication, progress: Progress = unseen) -> None:
    """Make the sheets of a publication that is approved or out, each portion of candidates in one transaction.

    Killed anywhere, run again or by several at once it ends in the same state. It stops where the publication is taken back.
    """
    while ends := _ends(publication, after := _through(publication)):
        for place, end in enumerate(ends, start=1):
            if not _make_range(publication, after, end):
                return
            after = end
            progress(place, len(ends))
    _complete(publication, after)


def remove(publication: Publication) -> None:
    """Remove the sheets of a publication that was taken back, some at a time; stops where it is approved again."""
    is_more = True
    while is_more:
        with transaction.atomic():
            if Publication.objects.filter(STANDS, pk=_locked(publication).pk).exists():
                return
            some = ResultSheet.registry.filter(publication=publication).values("pk")[:ROWS_AT_ONCE]
            is_more = ResultSheet.registry.filter(pk__in=some).delete()[0] == ROWS_AT_ONCE


@transaction.atomic
def refresh(pairs: Collection[tuple[int, int]]) -> None:
    """Make the sheets of these (sitting, candidate) pairs anew, in the caller's transaction; for a few thousand at most.

    Of publications whose sheets nobody has begun to make nothing is made: they are made later, with what is known then.
    """
    if not pairs:
        return
    sittings, candidates = zip(*sorted(pairs), strict=True)
    chosen = {"sittings": list(sittings), "candidates": list(candidates)}
    with connection.cursor() as cursor:
        for statement in (_LOCK_PAIRS, _FORGET_PAIRS, _MAKE_PAIRS):
            cursor.execute(statement, chosen)


@transaction.atomic
def _complete(publication: Publication, after: int) -> None:
    """Note that all are there, unless it was taken back; what an approval withdrawn before has left behind goes."""
    standing = Publication.objects.filter(STANDS, pk=_locked(publication).pk, sheets_through=after, sheets_made_at__isnull=True)
    if not standing.exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_REST, {"publication": publication.pk, "after": after})
    standing.update(sheets_made_at=ServerClock())


@transaction.atomic
def _make_range(publication: Publication, after: int, end: int) -> bool:
    """Make the sheets of one portion, unless somebody else has; False where this run has nothing more to do."""
    with connection.cursor() as cursor:
        chosen = {"publication": publication.pk, "after": after, "end": end}
        cursor.execute(_LOCK_RANGE, chosen)
        standing = _locked(publication)
        is_taken_back = standing.approved_at is None and standing.published_at is None
        if is_taken_back or standing.sheets_through < after:  # taken back, perhaps approved again: then another job is at it
            return False
        if standing.sheets_through >= end:
            return True
        cursor.execute(_FORGET_RANGE, chosen)
        cursor.execute(_MAKE_RANGE, chosen)
    Publication.objects.filter(pk=publication.pk).update(sheets_through=end)
    return True


def _locked(publication: Publication) -> Publication:
    """The row as it stands now; after the candidates, which others hold before they come to it."""
    return Publication.objects.select_for_update(no_key=True).get(pk=publication.pk)


def _through(publication: Publication) -> int:
    return Publication.objects.values_list("sheets_through", flat=True).get(pk=publication.pk)


def _ends(publication: Publication, after: int) -> list[Any]:
    """The last candidate of each portion that is still to do."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDS, [CANDIDATES_AT_ONCE, publication.pk, after])
        return [row[0] for row in cursor.fetchall()]
