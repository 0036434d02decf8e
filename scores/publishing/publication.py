"""Publication by two people: one asks, another confirms, one row flips; then credits and records follow (art. 18, 24)."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.models import Event, ServerClock
from audit.workflow import NotNow, Problem, Refused
from records.jobs import running
from records.jobs.models import Job
from records.jobs.progress import Progress, unseen
from records.ledger.book import enter_selected
from records.offices.models import Office
from records.people.models import User
from scores.marks.crediting import PASSED_MARKS, PASSING
from scores.models import Mark, Publication, ScoreBatch, Sitting
from scores.publishing.previewing import refresh_preview
from scores.results import sheets
from scores.statistics.refreshing import refresh_statistics
from scores.trail import record_step

PUBLISH_JOB = "scores.publish"
CANDIDATES_AT_ONCE = 2000

_PORTIONS = """
SELECT max(candidate_id) FROM (
    SELECT candidate_id, (row_number() OVER (ORDER BY candidate_id) - 1) / %s AS portion
      FROM (SELECT DISTINCT candidate_id FROM scores_mark WHERE publication_id = %s AND candidate_id > %s) d) n
 GROUP BY portion ORDER BY 1
"""

_PASSED = PASSED_MARKS.format(
    origin_id="m.id::text", chosen="m.publication_id = %s AND m.candidate_id > %s AND m.candidate_id <= %s"
)


@transaction.atomic
def prepare(publication: Publication, *, by: User, note: str = "") -> None:
    """The first person asks for publication; ``note`` explains what is noteworthy in the preview.

    NotNow: asked for or out already. Refused: nothing to publish, a batch under way, a noteworthy difference without a word.
    """
    publication = locked(publication)
    if publication.published_at or publication.prepared_at:
        raise moved_on()
    problems = [*_nothing_to_publish(publication), *_batches_under_way(publication), *_unexplained(publication, note)]
    if problems:
        raise Refused(problems)
    publication.prepared_by, publication.prepared_at = by, timezone.now()
    publication.save(update_fields=["prepared_by", "prepared_at"])
    record_step("prepare", publication, after="prepared", note=note, details=figures(publication))


@transaction.atomic
def withdraw(publication: Publication, *, by: User, note: str) -> None:
    """Either of the two sends the publication back, with the reason. NotNow: not asked for, approved for a minute, or out."""
    publication = locked(publication)
    if publication.published_at or publication.approved_at or not publication.prepared_at:
        raise moved_on()
    if not note.strip():
        raise Refused([Problem("step.note-missing", _("请填写理由。"))])
    publication.prepared_by, publication.prepared_at = None, None
    publication.save(update_fields=["prepared_by", "prepared_at"])
    record_step("withdraw", publication, before="prepared", note=note, details={"withdrawn_by": by.pk})


def publish(publication: Publication, *, by: User) -> Job:
    """The second person confirms: from now on everybody sees the marks; a worker enters the credits.

    PermissionDenied, also in the trail: the person who asked may not confirm. NotNow: not asked for, approved for a minute to
    come (``approving.py``), or out.
    """
    try:
        return _publish(publication, by)
    except PermissionDenied:
        record_step("publish", publication, before="prepared", outcome=Event.Outcome.DENIED)
        raise


@transaction.atomic
def _publish(publication: Publication, by: User) -> Job:
    publication = locked(publication)
    if publication.published_at or publication.approved_at or not publication.prepared_at:
        raise moved_on()
    if publication.prepared_by_id == by.pk:
        raise PermissionDenied("publish")
    job = publishing_job(publication, by=by)
    _flip(publication, job, confirmed_by=by)
    record_step("publish", publication, before="prepared", after="published", details=figures(publication))
    return job


def publishing_job(publication: Publication, *, by: User | None) -> Job:
    """The job behind a publication; a worker takes it once the caller's transaction has committed."""
    title = _("公布%(publication)s成绩：记入学分") % {"publication": publication}
    return running.start(PUBLISH_JOB, title, by=by, office=Office.objects.municipality(), publication=publication.pk)


@transaction.atomic
def publish_at_once(publication: Publication) -> Job:
    """Both steps without a second person, for the old data of an installation; the trail says so. The caller runs the job."""
    publication = locked(publication)
    if publication.published_at:
        raise moved_on()
    title = _("公布%(publication)s成绩：记入学分") % {"publication": publication}
    job = Job.objects.create(kind=PUBLISH_JOB, title=title, parameters={"publication": publication.pk})
    publication.prepared_at = publication.prepared_at or timezone.now()
    publication.save(update_fields=["prepared_at"])
    _flip(publication, job, confirmed_by=None)
    text = _("旧成绩由命令行导入，提出与确认一次完成，没有第二人")
    record_step(
        "publish", publication, after="published", note=text, details={"both_steps_at_once": True, **figures(publication)}
    )
    return job


def resume(publication: Publication, *, by: User) -> Job:
    """Have a worker go on entering credits after its job has failed. NotNow: not published, finished, or a worker is at it."""
    with transaction.atomic():
        publication = locked(publication)
        is_stuck = publication.job is not None and publication.job.state == Job.State.FAILED
        if not publication.published_at or publication.credits_entered_at or not is_stuck:
            raise moved_on()
        title = _("公布%(publication)s成绩：继续记入学分") % {"publication": publication}
        job = running.start(PUBLISH_JOB, title, by=by, office=Office.objects.municipality(), publication=publication.pk)
        Publication.objects.filter(pk=publication.pk).update(job=job)
        return job


def enter_credits(publication: Publication, job: Job, progress: Progress = unseen) -> None:
    """Sheets and credits of a published publication, some candidates at a time, each time in one transaction; then the figures.

    ``job.outcome`` counts ``credits`` and ``opened`` and says ``through`` which candidate the work is done, in the transaction of
    the credits themselves: killed anywhere and run again it ends in the same state.
    """
    if not publication.published_at or publication.credits_entered_at:
        return
    sheets.prepare(publication, progress)
    _wait_for_changes(publication)
    done = {"credits": 0, "opened": 0, "through": 0, "candidates": 0, **job.outcome}
    for first, last, place, total in _portions(publication, done["through"]):
        with transaction.atomic():
            posting = enter_selected(_PASSED, [publication.pk, first, last, *PASSING])
            done |= {"credits": done["credits"] + posting.entries, "opened": done["opened"] + posting.opened, "through": last}
            Job.objects.filter(pk=job.pk).update(outcome=done)
        job.outcome = dict(done)
        progress(place, total)
    _finish(publication, job)


@transaction.atomic
def _wait_for_changes(publication: Publication) -> None:
    """Whoever changes marks of the sitting and saw them unpublished ends first; whoever comes later sees them out."""
    Sitting.objects.select_for_update().get(pk=publication.sitting_id)


@transaction.atomic
def _finish(publication: Publication, job: Job) -> None:
    """Statistics of the sitting, the batches' state, and the other open publications' previews (records have been opened)."""
    Sitting.objects.select_for_update().get(pk=publication.sitting_id)
    refresh_statistics(publication.sitting)
    ScoreBatch.objects.filter(publication=publication, state=ScoreBatch.State.CONFIRMED).update(state=ScoreBatch.State.PUBLISHED)
    Publication.objects.filter(pk=publication.pk).update(credits_entered_at=ServerClock())
    for other in Publication.objects.filter(published_at__isnull=True, prepared_at__isnull=True):
        refresh_preview(other)
    counts = {key: job.outcome.get(key, 0) for key in ("credits", "opened")}
    record_step("enter-credits", publication, before="published", details=counts)


def waiting_publications() -> QuerySet[Publication]:
    """Publications that wait for one of the two people, or for their credits; the oldest sitting first."""
    waiting = Q(published_at__isnull=True, batches__state=ScoreBatch.State.CONFIRMED) | Q(
        published_at__isnull=False, credits_entered_at__isnull=True
    )
    return Publication.objects.filter(waiting).distinct().select_related("sitting", "prepared_by").order_by("sitting__name", "pk")


def _portions(publication: Publication, through: int) -> Iterator[tuple[int, int, int, int]]:
    """``(after, up to, portions done with it, portions in all)``: ranges of candidate ids that are still to do."""
    with connection.cursor() as cursor:
        cursor.execute(_PORTIONS, [CANDIDATES_AT_ONCE, publication.pk, through])
        ends = [row[0] for row in cursor.fetchall()]
    for place, end in enumerate(ends, start=1):
        yield through, end, place, len(ends)
        through = end


def locked(publication: Publication) -> Publication:
    """The row as it stands now, after its sitting: one step of a sitting at a time."""
    Sitting.objects.select_for_update().get(pk=publication.sitting_id)
    return Publication.objects.select_related("sitting", "job").select_for_update(of=("self",)).get(pk=publication.pk)


def _flip(publication: Publication, job: Job, *, confirmed_by: User | None) -> None:
    out = {"approved_at": ServerClock(), "published_at": ServerClock()}
    Publication.objects.filter(pk=publication.pk).update(confirmed_by=confirmed_by, job=job, **out)


def figures(publication: Publication) -> dict[str, int]:
    """The counts of the preview that the trail keeps."""
    return {key: publication.preview.get(key, 0) for key in ("marks", "candidates", "passed", "opened")}


def _nothing_to_publish(publication: Publication) -> list[Problem]:
    if Mark.registry.filter(publication=publication).exists():
        return []
    return [Problem("scores.nothing-to-publish", _("没有已入库的成绩可以公布。"))]


def _batches_under_way(publication: Publication) -> list[Problem]:
    """No batch of this sitting and kind may be on its way in or out: what is confirmed must be what was seen."""
    moving = ScoreBatch.objects.filter(
        sitting=publication.sitting, kind=publication.kind, job__state__in=[Job.State.QUEUED, Job.State.RUNNING]
    ).exclude(state=ScoreBatch.State.CHECKING)
    if not moving.exists():
        return []
    return [Problem("scores.batch-under-way", _("有批次正在入库或撤销，请等它完成后再提出公布。"))]


def _unexplained(publication: Publication, note: str) -> list[Problem]:
    names = [line["name"] for line in publication.preview.get("universities", []) if line["is_noteworthy"]]
    if not names or note.strip():
        return []
    text = _("%(names)s的合格率与上次相差超过5个百分点，请写明说明。") % {"names": "、".join(names)}
    return [Problem("scores.difference-unexplained", text)]


def moved_on() -> NotNow:
    return NotNow([Problem("step.moved-on", _("这次公布已不在这一步，请刷新后查看现在的状态。"))])
