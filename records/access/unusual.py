"""Reading that the head of an office should see: too much, at odd hours, outside one's cases, one name again and again.

Found in the trail alone, set by set in SQL, for whole days of the office's clock; what counts as usual are dated settings that an
office may set for itself. Only staff are looked at. Running it again changes nothing that did not change, and never a line that
was reviewed. What lay within a person's duties is asked of every ``CandidateCase``: a case of the candidate, open when the record
was read or closed not long before, at the person's office, of a kind for which the person holds one of the model's permissions.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from audit.acting import acting
from audit.models import Event
from audit.trail import EXPORT, SEARCH
from records.access.heads import heads_at
from records.access.models import UnusualReading
from records.cases import PENDING, CandidateCase
from records.offices.models import Office
from records.settings.values import Known

if TYPE_CHECKING:
    from records.people.models import User

REVIEW = "records.review_reading"
PURPOSES_KEPT = 20  # the most frequent ones; the rest is summed up under ""
DAYS_BACK = 3
Pattern = UnusualReading.Pattern

LIMITS = {
    "records": "unusual.records_a_day",
    "starts": "unusual.day_starts",
    "ends": "unusual.day_ends",
    "weekend": "unusual.weekend",
    "outside": "unusual.outside_a_day",
    "recent": "unusual.recent_case_days",
    "same": "unusual.same_search",
    "same_days": "unusual.same_search_days",
}
"""The columns of the limits in force, by the setting that each comes from."""

_READS = """
limits AS (
  SELECT * FROM jsonb_to_recordset(%(limits)s) AS l(office_id bigint, day date, is_city boolean, records int, starts time,
    ends time, weekend boolean, outside int, recent int, same int, same_days int)),
reads AS (
  SELECT e.id, e.actor_id AS person_id, e.office_id, e.at, e.verb, e.candidate_id, e.leave_id, e.note, e.details->>'term' AS term,
         (e.at AT TIME ZONE %(zone)s)::date AS day, (e.at AT TIME ZONE %(zone)s)::time AS hour
    FROM audit_event e
   WHERE e.kind = 'read' AND e.outcome = 'done' AND e.actor_id IS NOT NULL AND e.office_id IS NOT NULL
     AND e.at >= %(since)s AND e.at < %(until)s)
"""

_FLAGGED = {
    Pattern.VOLUME: """
      SELECT r.*, l.records AS most FROM reads r JOIN limits l USING (office_id, day) WHERE r.candidate_id IS NOT NULL""",
    Pattern.HOURS: """
      SELECT r.*, 0 AS most FROM reads r JOIN limits l USING (office_id, day)
       WHERE (r.candidate_id IS NOT NULL OR r.verb IN %(taken)s)
         AND (r.hour < l.starts OR r.hour >= l.ends OR (l.weekend AND extract(isodow FROM r.day) > 5))""",
    Pattern.OUTSIDE: """
      SELECT r.*, l.outside AS most FROM reads r JOIN limits l USING (office_id, day)
       WHERE r.candidate_id IS NOT NULL AND r.leave_id IS NULL AND NOT ({within})""",
    Pattern.REPEATED: """
      SELECT s.id, g.person_id, g.office_id, g.term, h.day, s.note, NULL::bigint AS candidate_id, l.same AS most
        FROM (
          SELECT person_id, office_id, term, array_agg(id) AS ids, array_agg(day) AS days, array_agg(note) AS notes
            FROM reads WHERE verb = %(search)s AND term IS NOT NULL
           GROUP BY person_id, office_id, term HAVING count(*) >= (SELECT min(same) FROM limits)) g
       CROSS JOIN LATERAL (SELECT DISTINCT unnest(g.days) AS day) h
        JOIN limits l ON l.office_id = g.office_id AND l.day = h.day
        JOIN LATERAL (
          SELECT each.id, each.note, count(*) OVER () AS times FROM unnest(g.ids, g.days, g.notes) AS each(id, day, note)
           WHERE each.day <= h.day AND each.day > h.day - l.same_days) s ON s.times >= l.same""",
}
"""The reads behind each pattern (``flagged``), each with the limit that it is held against."""

_WITHIN = """EXISTS (
  SELECT FROM {table} c WHERE c.candidate_id = r.candidate_id AND c.status <> 'draft' AND c.created_at <= r.at
     AND (c.status IN %(pending)s OR c.status_since >= r.at - l.recent * interval '1 day')
     AND (l.is_city OR c.university_id = r.office_id)
     AND EXISTS (
       SELECT FROM records_appointment a
         JOIN auth_group_permissions g ON g.group_id = a.role_id
         JOIN auth_permission p ON p.id = g.permission_id
         JOIN django_content_type t ON t.id = p.content_type_id
        WHERE a.person_id = r.person_id AND a.office_id = r.office_id AND a.starts_on <= r.day
          AND (a.ends_on IS NULL OR a.ends_on >= r.day) AND (a.taken_at IS NULL OR a.taken_at > r.at)
          AND t.app_label = '{app}' AND t.model = '{model}'))"""

_RECORDS = "'reads', count(*), 'records', count(DISTINCT candidate_id)"
_FIGURES = {
    Pattern.VOLUME: f"{_RECORDS}, 'limit', max(most)",
    Pattern.HOURS: f"{_RECORDS}, 'first', to_char(min(hour), 'HH24:MI'), 'last', to_char(max(hour), 'HH24:MI')",
    Pattern.OUTSIDE: f"{_RECORDS}, 'limit', max(most)",
    Pattern.REPEATED: "'searches', count(DISTINCT id), 'terms', count(DISTINCT term), 'limit', max(most)",
}
_IS_UNUSUAL = {
    Pattern.VOLUME: "count(DISTINCT candidate_id) > max(most)",
    Pattern.HOURS: "true",
    Pattern.OUTSIDE: "count(DISTINCT candidate_id) > max(most)",
    Pattern.REPEATED: "true",
}

_FIND = """
WITH {reads}, flagged AS ({flagged}),
found AS (
  SELECT DISTINCT ON (person_id, day) office_id, person_id, day, jsonb_build_object({figures}) AS figures
    FROM flagged WHERE day BETWEEN %(first)s AND %(last)s
   GROUP BY office_id, person_id, day HAVING {is_unusual} ORDER BY person_id, day, count(*) DESC),
said AS (
  SELECT office_id, person_id, day, note, count(DISTINCT id) AS times,
         row_number() OVER (PARTITION BY office_id, person_id, day ORDER BY count(DISTINCT id) DESC, note) AS place
    FROM flagged GROUP BY office_id, person_id, day, note),
kept AS (
  SELECT office_id, person_id, day, CASE WHEN place <= %(kept)s THEN note ELSE '' END AS note, sum(times) AS times
    FROM said GROUP BY 1, 2, 3, 4),
purposes AS (
  SELECT office_id, person_id, day, jsonb_object_agg(note, times) AS purposes FROM kept GROUP BY office_id, person_id, day)
INSERT INTO records_unusualreading AS known (office_id, person_id, day, pattern, figures, purposes, note)
SELECT f.office_id, f.person_id, f.day, %(pattern)s, f.figures, p.purposes, ''
  FROM found f JOIN purposes p USING (office_id, person_id, day) JOIN records_user u ON u.id = f.person_id
    ON CONFLICT (person_id, day, pattern) DO UPDATE
   SET office_id = excluded.office_id, figures = excluded.figures, purposes = excluded.purposes
 WHERE known.reviewed_at IS NULL
   AND (known.office_id, known.figures, known.purposes) IS DISTINCT FROM (excluded.office_id, excluded.figures, excluded.purposes)
"""

_BEHIND = """
WITH {reads}, flagged AS ({flagged})
SELECT DISTINCT id FROM flagged WHERE person_id = %(person)s AND office_id = %(office)s AND day = %(first)s ORDER BY id
"""


def detect(first: dt.date, last: dt.date) -> int:
    """Hold the reads of these days (both included) against the limits; returns how many lines were written or renewed."""
    limits = _limits(first, last)
    written = 0
    with acting(purpose="unusual-reading"), transaction.atomic(), connection.cursor() as cursor:
        for pattern in Pattern:
            cursor.execute(_statement(_FIND, pattern), _parameters(pattern, first, last, limits))
            written += cursor.rowcount
    return written


def detect_now() -> int:
    """Today, and the days before of which a worker that stood still may not have seen the last reads."""
    today = timezone.localdate()
    return detect(today - dt.timedelta(days=DAYS_BACK), today)


def reads_behind(reading: UnusualReading) -> QuerySet[Event]:
    """The reads on which a line stands, oldest first."""
    pattern, day = Pattern(reading.pattern), reading.day
    parameters = _parameters(pattern, day, day, _limits(day, day)) | {"person": reading.person_id, "office": reading.office_id}
    with connection.cursor() as cursor:
        cursor.execute(_statement(_BEHIND, pattern), parameters)
        ids = [pk for (pk,) in cursor.fetchall()]
    return Event.objects.filter(pk__in=ids).order_by("pk")


def readings_visible_to(user: User) -> QuerySet[UnusualReading]:
    """The lines of the offices that the person represents; for the city also those of heads whom nobody at home could review."""
    seen = Q(office__in=user.reach.office_ids)
    if user.reach.municipal:
        somebody_else = heads_at(OuterRef("office")).exclude(person=OuterRef("person"))
        is_a_head = heads_at(OuterRef("office")).filter(person=OuterRef("person"))
        seen |= Q(Exists(is_a_head)) & ~Q(Exists(somebody_else))
    return UnusualReading.objects.filter(seen).select_related("office", "person", "reviewed_by")


def waiting_for_review(user: User) -> QuerySet[UnusualReading]:
    """What this person has to review: days that are over, nobody's own reading."""
    if not user.has_perm(REVIEW):
        return UnusualReading.objects.none()
    over = readings_visible_to(user).filter(reviewed_at__isnull=True, day__lt=timezone.localdate())
    return over.exclude(person=user.pk)


def review(reading: UnusualReading, *, by: User, note: str) -> bool:
    """Write down what the head found; False where somebody was quicker, or it is not for this person to say."""
    mine = waiting_for_review(by).filter(pk=reading.pk).values("pk")
    with acting(by, purpose=note):
        changed = UnusualReading.objects.filter(pk__in=mine).update(reviewed_by=by, reviewed_at=timezone.now(), note=note)
    return bool(changed)


def _statement(template: str, pattern: Pattern) -> str:
    flagged = _FLAGGED[pattern].format(within=_within()) if pattern == Pattern.OUTSIDE else _FLAGGED[pattern]
    return template.format(reads=_READS, flagged=flagged, figures=_FIGURES[pattern], is_unusual=_IS_UNUSUAL[pattern])


def _within() -> str:
    """The condition under which a read ``r`` belongs to one of the reader's cases, of whatever kind."""
    kinds = CandidateCase.__subclasses__()
    return " OR ".join(
        _WITHIN.format(table=kind._meta.db_table, app=kind._meta.app_label, model=kind._meta.model_name) for kind in kinds
    )


def _parameters(pattern: Pattern, first: dt.date, last: dt.date, limits: list[dict[str, Any]]) -> dict[str, Any]:
    """Only repeated searches look back beyond the first day."""
    days_back = max((line["same_days"] for line in limits), default=1) - 1 if pattern == Pattern.REPEATED else 0
    return {
        "pattern": pattern.value,
        "limits": json.dumps(limits),
        "zone": settings.TIME_ZONE,
        "since": _midnight(first - dt.timedelta(days=days_back)),
        "until": _midnight(last + dt.timedelta(days=1)),
        "first": first,
        "last": last,
        "kept": PURPOSES_KEPT,
        "taken": (SEARCH, EXPORT),
        "search": SEARCH,
        "pending": PENDING,
    }


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _limits(first: dt.date, last: dt.date) -> list[dict[str, Any]]:
    """What holds for every office on every one of the days, the settings read once."""
    known = Known(LIMITS.values())
    days = [first + dt.timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    return [
        {"office_id": pk, "day": day.isoformat(), "is_city": kind == Office.Kind.MUNICIPALITY}
        | {column: known.value_of(key, on=day, office_id=pk) for column, key in LIMITS.items()}
        for pk, kind in Office.objects.values_list("pk", "kind")
        for day in days
    ]
