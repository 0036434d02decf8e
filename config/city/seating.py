"""Who is registered for what: in the last sitting all who have a mark and some who have none, and the sitting to come.

All by the database, from the marks as they are; the file that brought it in is kept as the office keeps it. To the next sitting
come those who failed a paper lately, one paper an hour of it; and the showcase with papers that are still open.
"""

from __future__ import annotations

import calendar
import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.acting import acting
from config.city.calendar import MONTHS
from config.city.people import City
from records.candidates.models import Candidate
from records.imports.keeping import keep, settle
from records.people.models import User
from scores import batches
from scores.entry.importing import sitting_named
from scores.models import PaperTime, RegistrationFile, Sitting
from scores.sittings.entering import count_anew
from scores.sittings.importing import FILE_KIND

WEEKDAY = 5  # papers are sat on a Saturday and the Sunday after it
HOURS = ((dt.time(9), dt.time(11, 30)), (dt.time(14, 30), dt.time(17)))
SLOTS = 2 * len(HOURS)

_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS city_seat (candidate_id bigint, course_id bigint, ticket text, site text, room text, seat text);
TRUNCATE city_seat
"""

_WITH_MARKS = """
INSERT INTO city_seat (candidate_id, course_id, ticket, site)
SELECT m.candidate_id, m.course_id, t.number, m.site
  FROM scores_mark m JOIN records_ticket t ON t.candidate_id = m.candidate_id AND t.is_current
 WHERE m.sitting_id = %(sitting)s AND NOT m.practical
"""

_WITHOUT_MARKS = """
INSERT INTO city_seat (candidate_id, course_id, ticket, site)
SELECT p.candidate_id, k.course_id, p.ticket, p.site
  FROM (SELECT *, row_number() OVER (ORDER BY ticket) AS turn
          FROM (SELECT DISTINCT ON (ticket) candidate_id, ticket, site FROM city_seat ORDER BY ticket, course_id) d) p
 CROSS JOIN LATERAL (
    SELECT course_id FROM city_seat GROUP BY course_id
    HAVING NOT bool_or(candidate_id = p.candidate_id)
       AND NOT EXISTS (SELECT FROM records_credit h WHERE h.candidate_id = p.candidate_id AND h.course_id = city_seat.course_id)
     ORDER BY count(*) DESC, course_id LIMIT 1) k
 WHERE p.turn %% 60 = 7 AND p.turn < 20000
"""

_TO_COME = """
INSERT INTO city_seat (candidate_id, course_id, ticket, site)
SELECT DISTINCT ON (m.candidate_id, k.slot) m.candidate_id, m.course_id, t.number, '第' || 1 + t.number::bigint %% 48 || '考点'
  FROM scores_mark m JOIN scores_publication p ON p.id = m.publication_id AND p.published_at IS NOT NULL
  JOIN scores_sitting s ON s.id = m.sitting_id
  JOIN records_ticket t ON t.candidate_id = m.candidate_id AND t.is_current
  JOIN city_slot k ON k.course_id = m.course_id
 WHERE s.name = %(latest)s AND NOT m.practical AND m.flag IN ('正常', '缺考')
   AND NOT EXISTS (SELECT FROM records_credit h WHERE h.candidate_id = m.candidate_id AND h.course_id = m.course_id)
   AND NOT EXISTS (SELECT FROM records_penalty g WHERE g.candidate_id = m.candidate_id AND g.ends_on >= %(day)s)
 ORDER BY m.candidate_id, k.slot, m.course_id
"""

_SHOWCASE = """
INSERT INTO city_seat (candidate_id, course_id, ticket, site)
SELECT DISTINCT ON (k.slot) %(candidate)s, k.course_id, %(ticket)s, '第7考点'
  FROM records_registration r JOIN records_plan a ON a.major_id = r.major_id
  JOIN records_plancourse l ON l.plan_id = a.id JOIN city_slot k ON k.course_id = l.course_id
 WHERE r.candidate_id = %(candidate)s AND r.closed_on IS NULL
   AND NOT EXISTS (SELECT FROM city_seat o WHERE o.candidate_id = %(candidate)s)
   AND NOT EXISTS (SELECT FROM records_credit h WHERE h.candidate_id = %(candidate)s AND h.course_id = k.course_id)
 ORDER BY k.slot, k.course_id LIMIT 3
"""

_SLOTS = """
CREATE TEMP TABLE IF NOT EXISTS city_slot (course_id bigint, slot int);
TRUNCATE city_slot;
INSERT INTO city_slot SELECT id, row_number() OVER (ORDER BY code) %% %(slots)s FROM records_course WHERE NOT practical
"""

_SEATS = """
UPDATE city_seat s SET room = 1 + (n.turn - 1) / 30, seat = lpad((1 + (n.turn - 1) %% 30)::text, 2, '0')
  FROM (SELECT candidate_id, course_id, row_number() OVER (PARTITION BY course_id, site ORDER BY ticket) AS turn FROM city_seat) n
 WHERE n.candidate_id = s.candidate_id AND n.course_id = s.course_id
"""

_FILE = """
COPY (SELECT s.ticket AS "准考证号", k.code AS "课程代码", s.site AS "考点", s.room AS "考场", s.seat AS "座位号"
        FROM city_seat s JOIN records_course k ON k.id = s.course_id ORDER BY s.ticket, k.code)
  TO STDOUT WITH (FORMAT csv, HEADER)
"""

_BY_UNIVERSITY = """
SELECT o.code, COALESCE(NULLIF(o.short_name, ''), o.name), count(*)
  FROM city_seat s JOIN records_candidate c ON c.id = s.candidate_id JOIN records_office o ON o.id = c.managing_university_id
 GROUP BY o.id ORDER BY o.code
"""

_ENTER = """
INSERT INTO scores_sittingregistration (sitting_id, candidate_id, course_id, practical, site, room, seat, batch_id)
SELECT %(sitting)s, candidate_id, course_id, false, site, room, seat, %(batch)s FROM city_seat ORDER BY candidate_id, course_id
"""


def seat(city: City, officer: User, showcase: Candidate | None) -> None:
    """Register people for the last sitting, whose marks are not out, and for the next one, with the times of its papers."""
    with transaction.atomic(), acting(officer):
        last = sitting_named(city.terms[-1].name)
        _run(_TABLE, _WITH_MARKS, _WITHOUT_MARKS, sitting=last.pk)
        _bring_in(last, officer)
    with transaction.atomic(), acting(officer):
        coming = sitting_named(next_name(city.today))
        _run(_TABLE, _SLOTS, slots=SLOTS)
        _run(_TO_COME, latest=city.terms[-2].name, day=coming.last_day)
        if showcase is not None:
            _run(_SHOWCASE, candidate=showcase.pk, ticket=showcase.ticket_number)
        _bring_in(coming, officer)
        _lay_down_times(coming)


def next_name(today: dt.date) -> str:
    """The first sitting that is not over."""
    year, month = today.year, today.month
    while month not in MONTHS:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return f"{year}-{month:02}"


def _bring_in(sitting: Sitting, officer: User) -> None:
    """The seats in hand as a file that was entered."""
    _run(_SEATS)
    batch = _batch(sitting, officer)
    _run(_ENTER, sitting=sitting.pk, batch=batch.pk)
    count_anew(sitting.pk, practical=False)


def _batch(sitting: Sitting, officer: User) -> RegistrationFile:
    with TemporaryDirectory() as folder, connection.cursor() as cursor:
        path = Path(folder) / (_("%(sitting)s报考.csv") % {"sitting": sitting.name})
        with path.open("w", encoding="utf-8", newline="") as stream:
            cursor.copy_expert(_FILE, stream)
        file = keep(path, FILE_KIND, f"{sitting.name} written", sent_by=officer)
        cursor.execute(_BY_UNIVERSITY)
        universities = [{"code": code, "name": name, "new": new, "changed": 0, "same": 0} for code, name, new in cursor]
    rows = sum(line["new"] for line in universities)
    batch = RegistrationFile.objects.create(
        sitting=sitting,
        file=file,
        state=RegistrationFile.State.ENTERED,
        preview={"rows": rows, "new": rows, "changed": 0, "same": 0, "universities": universities, "warnings": []},
        confirmed_by=officer,
        confirmed_at=timezone.now(),
    )
    settle(file, accepted=True, outcome=batches.report_of(batch).as_json())
    return batch


def _lay_down_times(sitting: Sitting) -> None:
    """A weekend of four papers, the third of the month."""
    year, month = map(int, sitting.name.split("-"))
    saturday = calendar.Calendar().monthdatescalendar(year, month)[3][WEEKDAY]
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT course_id, slot FROM city_slot JOIN city_seat USING (course_id) ORDER BY course_id")
        slots = cursor.fetchall()
    PaperTime.objects.bulk_create(_time(sitting, course_id, saturday, slot) for course_id, slot in slots)


def _time(sitting: Sitting, course_id: int, saturday: dt.date, slot: int) -> PaperTime:
    starts_at, ends_at = HOURS[slot % len(HOURS)]
    on = saturday + dt.timedelta(days=slot // len(HOURS))
    return PaperTime(sitting=sitting, course_id=course_id, on=on, starts_at=starts_at, ends_at=ends_at)


def _run(*statements: str, **parameters: int | str | dt.date) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters)
