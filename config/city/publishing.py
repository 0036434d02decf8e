"""From drawn marks to a publication as the office has them: file, batch, preview, two people, credits through the ledger."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.acting import acting
from config.city import marking, penalties
from config.city.calendar import PRACTICAL_OUT_AFTER, WRITTEN_OUT_AFTER, Term
from config.city.people import City
from records.imports.keeping import keep, settle
from records.jobs import running
from records.jobs.models import Job
from records.offices.models import Office
from records.people.models import User
from scores.entry.importing import FILE_KIND, report_of, sitting_named
from scores.models import Publication, ScoreBatch, Sitting
from scores.publishing.previewing import refresh_preview
from scores.publishing.publication import PUBLISH_JOB

Kind = Publication.Kind

_FILE = """
COPY (SELECT t.number AS "准考证号", k.code AS "课程代码", COALESCE(trim_scale(m.points)::text, m.grade) AS "成绩",
             m.flag AS "标记", m.site AS "考点"
        FROM city_mark m JOIN records_ticket t ON t.candidate_id = m.candidate_id AND t.is_current
        JOIN records_course k ON k.id = m.course_id
       ORDER BY t.number, k.code) TO STDOUT WITH (FORMAT csv, HEADER)
"""

_BY_UNIVERSITY = """
SELECT o.code, COALESCE(NULLIF(o.short_name, ''), o.name), count(*)
  FROM city_mark m JOIN records_candidate c ON c.id = m.candidate_id JOIN records_office o ON o.id = c.managing_university_id
 GROUP BY o.id ORDER BY o.code
"""


@dataclass(frozen=True)
class Desk:
    """The two people of the score desk: who brings marks in and asks for publication, and who confirms."""

    asking: User
    confirming: User


def hold_sitting(city: City, term: Term, kind: str, desk: Desk) -> int:
    """Draw and enter a sitting's marks of one kind; those of a sitting that is out are published with their credits."""
    with transaction.atomic(), acting(desk.asking):
        marks = marking.draw(city, term, kind)
        if not marks:
            return 0
        sitting = sitting_named(term.name)
        publication = _publication(sitting, term, kind, desk)
        batch = _batch(publication, term, marks, desk)
        marking.enter(sitting.pk, publication.pk, batch.pk, kind)
        if kind == Kind.WRITTEN and term.is_out:
            penalties.decide(term, city.seed)
        refresh_preview(publication)
    if publication.job is not None:
        _enter_credits(publication.job)
    return marks


def _publication(sitting: Sitting, term: Term, kind: str, desk: Desk) -> Publication:
    """Out some weeks after the sitting, with the job that is to enter its credits; of the last sitting: open."""
    publication = Publication(sitting=sitting, kind=kind)
    if term.is_out:
        out_at = _moment(term.last_day + (WRITTEN_OUT_AFTER if kind == Kind.WRITTEN else PRACTICAL_OUT_AFTER))
        publication.prepared_by, publication.prepared_at = desk.asking, out_at - dt.timedelta(days=1)
        publication.confirmed_by, publication.published_at = desk.confirming, out_at
    publication.save()
    if term.is_out:
        publication.job = Job.objects.create(
            kind=PUBLISH_JOB,
            title=_("公布%(publication)s成绩：记入学分") % {"publication": publication},
            parameters={"publication": publication.pk},
            office=Office.objects.municipality(),
            started_by=desk.confirming,
        )
        publication.save(update_fields=["job"])
    return publication


def _batch(publication: Publication, term: Term, marks: int, desk: Desk) -> ScoreBatch:
    """The batch that brought the marks in: confirmed, its file kept, everything in it new."""
    entered_at = _moment(term.last_day + dt.timedelta(days=21)) if term.is_out else timezone.now()
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{publication.sitting.name}-{publication.kind}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream, connection.cursor() as cursor:
            cursor.copy_expert(_FILE, stream)
        file = keep(path, FILE_KIND, f"{publication.sitting.name} {publication.kind}", sent_by=desk.asking)
    batch = ScoreBatch.objects.create(
        sitting=publication.sitting,
        kind=publication.kind,
        file=file,
        publication=publication,
        state=ScoreBatch.State.CONFIRMED,
        preview={"rows": marks, "new": marks, "changed": 0, "same": 0, "universities": _universities(), "warnings": []},
        confirmed_by=desk.asking,
        confirmed_at=entered_at,
    )
    settle(file, accepted=True, outcome=report_of(batch).as_json())
    return batch


def _universities() -> list[dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute(_BY_UNIVERSITY)
        return [{"code": code, "name": name, "new": new, "changed": 0, "same": 0} for code, name, new in cursor.fetchall()]


def _enter_credits(job: Job) -> None:
    """Do the job here; RuntimeError when it has not been done."""
    running.run(job.pk)
    job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise RuntimeError(f"{job.kind}: {job.state} {job.error}")


def _moment(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(10)))
