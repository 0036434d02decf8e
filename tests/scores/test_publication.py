"""Publication: two people, one row that flips, credits and records after it, whatever happens to the worker."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from audit.models import Event
from audit.workflow import NotNow, Refused
from records.jobs import running
from records.jobs.models import Job
from records.ledger.models import CreditEntry
from records.models import Candidate, Credit, Office, User
from scores.models import Mark, Publication, ScoreBatch, SittingStatistic
from scores.publishing import publication as publishing
from scores.publishing.publication import enter_credits, prepare, publish, publish_at_once, resume, waiting_publications, withdraw
from scores.tasks import publish_marks
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    MajorFactory,
    PlanCourseFactory,
    PlanFactory,
    RegistrationFactory,
    UniversityFactory,
)
from tests.scores.files import entered, marks_file, published, ticket_of
from tests.working import Worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[Candidate]:
    CourseFactory(code="00015")
    return [CandidateFactory() for _ in range(5)]


@pytest.fixture
def batch(tmp_path: Path, people: list[Candidate]) -> ScoreBatch:
    """Marks 59, 60, 61 … of five people."""
    return entered(marks_file(tmp_path, [(ticket_of(person), "00015", 59 + place) for place, person in enumerate(people)]))


def records() -> set[int]:
    return set(Candidate.objects.filter(record_number__isnull=False).values_list("pk", flat=True))


def test_nobody_sees_a_mark_before_it_is_published(batch: ScoreBatch, people: list[Candidate]) -> None:
    assert not Mark.objects.exists()
    assert not people[1].marks.exists()
    assert not Candidate.objects.filter(pk=people[1].pk, marks__in=Mark.objects.all()).exists()
    assert not Mark.objects.all().passed().exists()
    assert Mark.registry.count() == 5
    assert not SittingStatistic.objects.exists()
    assert not Credit.objects.exists()
    assert records() == set()


def test_publication_shows_the_marks_enters_credits_and_opens_records(
    batch: ScoreBatch, people: list[Candidate], officer: User, second_officer: User
) -> None:
    publication = published(batch, officer, second_officer)

    assert Mark.objects.count() == 5
    assert people[0].marks.get().points == 59
    assert set(Credit.objects.values_list("candidate", flat=True)) == {person.pk for person in people[1:]}
    assert records() == {person.pk for person in people[1:]}
    assert (publication.prepared_by, publication.confirmed_by) == (officer, second_officer)
    batch.refresh_from_db()
    assert batch.state == ScoreBatch.State.PUBLISHED
    assert SittingStatistic.objects.exists()


def test_a_credit_is_of_the_sittings_last_day_with_its_mark(
    batch: ScoreBatch, people: list[Candidate], officer: User, second_officer: User
) -> None:
    published(batch, officer, second_officer)

    credit = Credit.objects.get(candidate=people[1])
    assert (credit.source, credit.mark, credit.on, credit.university) == ("exam", Decimal(60), dt.date(2026, 10, 31), None)
    assert CreditEntry.objects.get(candidate=people[1]).origin == "scores.mark"


def test_r11_the_first_pass_opens_the_record_and_the_second_does_not_open_another(
    tmp_path: Path, candidate: Candidate, officer: User, second_officer: User
) -> None:
    for code in ("00015", "00016"):
        CourseFactory(code=code)
    published(entered(marks_file(tmp_path, [(ticket_of(candidate), "00015", "59.9")])), officer, second_officer)
    candidate.refresh_from_db()
    assert candidate.record_number is None

    published(entered(marks_file(tmp_path, [(ticket_of(candidate), "00016", "60")], name="b.csv")), officer, second_officer)
    candidate.refresh_from_db()
    number, opened_on = candidate.record_number, candidate.record_opened_on
    assert number
    assert opened_on == dt.date(2026, 10, 31)

    published(
        entered(marks_file(tmp_path, [(ticket_of(candidate), "00015", "90")], name="c.csv"), sitting="2027-04"),
        officer,
        second_officer,
    )
    candidate.refresh_from_db()
    assert (candidate.record_number, candidate.record_opened_on) == (number, opened_on)
    assert candidate.credits.count() == 2


@pytest.mark.parametrize(
    ("written", "flag", "counts"),
    [("60", "", True), ("59.9", "", False), ("", "缺考", False), ("", "作弊", False), ("++", "", True), ("-0", "", False)],
)
def test_only_passed_marks_become_credits(
    tmp_path: Path, candidate: Candidate, officer: User, second_officer: User, written: str, flag: str, counts: bool
) -> None:
    CourseFactory(code="00015")

    published(entered(marks_file(tmp_path, [(ticket_of(candidate), "00015", written, flag)])), officer, second_officer)

    assert candidate.credits.exists() is counts
    candidate.refresh_from_db()
    assert bool(candidate.record_number) is counts


@pytest.mark.parametrize(
    ("grade", "counts"),
    [("优秀", True), ("良好", True), ("中等", True), ("及格", True), ("合格", True), ("不及格", False), ("不合格", False)],
)
def test_practical_grades_count_from_a_pass_on(
    tmp_path: Path, candidate: Candidate, officer: User, second_officer: User, grade: str, counts: bool
) -> None:
    CourseFactory(code="00015", practical=True)
    file = marks_file(tmp_path, [(ticket_of(candidate), "00015", grade)])

    published(entered(file, practical=True), officer, second_officer)

    assert [(credit.source, credit.grade) for credit in candidate.credits.all()] == ([("practical", grade)] if counts else [])


def test_a_practical_belongs_to_the_university_of_the_major_that_has_it(
    tmp_path: Path, candidate: Candidate, officer: User, second_officer: User
) -> None:
    course, host = CourseFactory(code="00099", practical=True), UniversityFactory()
    major = MajorFactory()
    PlanCourseFactory(plan=PlanFactory(major=major), course=course)
    RegistrationFactory(candidate=candidate, major=major, university=host)
    stranger = CandidateFactory()
    file = marks_file(tmp_path, [(ticket_of(candidate), "00099", "良好"), (ticket_of(stranger), "00099", "良好")])

    published(entered(file, practical=True), officer, second_officer)

    assert candidate.credits.get().university == host
    assert stranger.credits.get().university == stranger.managing_university


def test_one_person_cannot_publish_alone(batch: ScoreBatch, officer: User) -> None:
    prepare(batch.publication, by=officer)

    with pytest.raises(PermissionDenied):
        publish(batch.publication, by=officer)

    assert not Mark.objects.exists()
    denied = Event.objects.about(batch.publication).filter(outcome=Event.Outcome.DENIED)
    assert [event.verb for event in denied] == ["publish"]


def test_the_database_itself_refuses_one_person(batch: ScoreBatch, officer: User) -> None:
    mine = Publication.objects.filter(pk=batch.publication.pk)
    mine.update(prepared_by=officer)

    with pytest.raises(IntegrityError), transaction.atomic():
        mine.update(confirmed_by=officer)


def test_nothing_is_published_that_nobody_asked_for(batch: ScoreBatch, officer: User) -> None:
    with pytest.raises(NotNow):
        publish(batch.publication, by=officer)

    assert not Mark.objects.exists()


def test_confirming_twice_publishes_once(batch: ScoreBatch, officer: User, second_officer: User) -> None:
    prepare(batch.publication, by=officer)
    publish(batch.publication, by=second_officer)

    with pytest.raises(NotNow):
        publish(batch.publication, by=second_officer)

    assert Job.objects.filter(kind="scores.publish").count() == 1
    assert Event.objects.about(batch.publication).steps().filter(verb="publish").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_confirm_at_once_one_wins(batch: ScoreBatch, officer: User, second_officer: User) -> None:
    prepare(batch.publication, by=officer)
    outcomes: list[str] = []

    def confirm() -> None:
        try:
            publish(batch.publication, by=second_officer)
            outcomes.append("published")
        except NotNow:
            outcomes.append("too late")
        finally:
            connection.close()

    threads = [Thread(target=confirm) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["published", "too late", "too late"]
    assert Job.objects.filter(kind="scores.publish").count() == 1


def test_a_publication_is_sent_back_with_a_reason_by_either_of_the_two(
    batch: ScoreBatch, officer: User, second_officer: User
) -> None:
    prepare(batch.publication, by=officer)
    with pytest.raises(Refused, match="note-missing"):
        withdraw(batch.publication, by=second_officer, note=" ")

    withdraw(batch.publication, by=second_officer, note="有一科要核对")

    batch.publication.refresh_from_db()
    assert batch.publication.prepared_by is None
    with pytest.raises(NotNow):
        publish(batch.publication, by=second_officer)
    prepare(batch.publication, by=second_officer)
    publish(batch.publication, by=officer)
    assert Mark.objects.count() == 5


def test_a_published_sitting_is_not_sent_back(batch: ScoreBatch, officer: User, second_officer: User) -> None:
    published(batch, officer, second_officer)

    with pytest.raises(NotNow):
        withdraw(batch.publication, by=officer, note="反悔")
    with pytest.raises(NotNow):
        prepare(batch.publication, by=officer)


def test_an_empty_publication_is_not_asked_for(batch: ScoreBatch, officer: User) -> None:
    Mark.registry.all().delete()

    with pytest.raises(Refused, match="nothing-to-publish"):
        prepare(batch.publication, by=officer)


def test_nothing_is_asked_for_while_a_batch_is_under_way(batch: ScoreBatch, officer: User) -> None:
    ScoreBatch.objects.filter(pk=batch.pk).update(job=Job.objects.create(kind="scores.undo", title="撤销"))

    with pytest.raises(Refused, match="batch-under-way"):
        prepare(batch.publication, by=officer)


def test_a_large_difference_to_the_last_sitting_must_be_explained(
    tmp_path: Path, people: list[Candidate], university: Office, officer: User, second_officer: User
) -> None:
    Candidate.objects.update(managing_university=university)
    tickets = [ticket_of(person) for person in people]
    before = entered(marks_file(tmp_path, [(ticket, "00015", "60") for ticket in tickets], name="before.csv"), sitting="2026-04")
    published(before, officer, second_officer)
    CourseFactory(code="00016")
    batch = entered(marks_file(tmp_path, [(ticket, "00016", "40") for ticket in tickets]))

    with pytest.raises(Refused, match="difference-unexplained"):
        prepare(batch.publication, by=officer)

    prepare(batch.publication, by=officer, note="试卷偏难，已核对评分")
    event = Event.objects.about(batch.publication).steps().get(verb="prepare")
    assert event.note == "试卷偏难，已核对评分"


def test_the_preview_says_whom_it_concerns(batch: ScoreBatch, people: list[Candidate]) -> None:
    preview = batch.publication.preview

    figures = {key: preview[key] for key in ("marks", "candidates", "present", "passed", "opened", "credits")}
    assert figures == {"marks": 5, "candidates": 5, "present": 5, "passed": 4, "opened": 4, "credits": 4}
    assert [line["code"] for line in preview["courses"]] == ["00015"]
    assert len(preview["universities"]) == 5
    assert not any(line["is_noteworthy"] for line in preview["universities"])


def test_the_preview_of_what_waits_follows_the_records_that_another_publication_opens(
    tmp_path: Path, batch: ScoreBatch, people: list[Candidate], officer: User, second_officer: User
) -> None:
    CourseFactory(code="00099", practical=True)
    practical = entered(marks_file(tmp_path, [(ticket_of(people[1]), "00099", "合格")], name="p.csv"), practical=True)

    published(practical, officer, second_officer)

    batch.publication.refresh_from_db()
    assert batch.publication.preview["opened"] == 3


@pytest.mark.parametrize("portions_done", [0, 1, 2])
def test_a_worker_that_dies_between_two_portions_leaves_nothing_lost_or_doubled(
    batch: ScoreBatch,
    people: list[Candidate],
    officer: User,
    second_officer: User,
    monkeypatch: pytest.MonkeyPatch,
    portions_done: int,
) -> None:
    monkeypatch.setattr(publishing, "CANDIDATES_AT_ONCE", 2)
    prepare(batch.publication, by=officer)
    job = publish(batch.publication, by=second_officer)
    publication = Publication.objects.get(pk=batch.publication.pk)

    class Killed(BaseException):
        """A power cut."""

    def die(done: int, _total: int | None) -> None:
        if done > portions_done:
            raise Killed

    with pytest.raises(Killed):
        enter_credits(publication, job, die)
    assert Publication.objects.get(pk=publication.pk).credits_entered_at is None

    job = Job.objects.get(pk=job.pk)
    enter_credits(publication, job)

    assert Credit.objects.count() == 4
    assert CreditEntry.objects.count() == 4
    assert records() == {person.pk for person in people[1:]}
    assert (job.outcome["credits"], job.outcome["opened"]) == (4, 4)
    assert Publication.objects.get(pk=publication.pk).credits_entered_at is not None
    assert Event.objects.about(publication).steps().filter(verb="enter-credits").count() == 1


def test_entering_credits_again_after_the_end_changes_nothing(batch: ScoreBatch, officer: User, second_officer: User) -> None:
    publication = published(batch, officer, second_officer)
    before = list(Credit.objects.values())

    enter_credits(publication, publication.job)

    assert list(Credit.objects.values()) == before


def test_a_job_that_failed_is_taken_up_again(batch: ScoreBatch, officer: User, second_officer: User) -> None:
    prepare(batch.publication, by=officer)
    job = publish(batch.publication, by=second_officer)
    with pytest.raises(NotNow):
        resume(batch.publication, by=officer)
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED)

    following = resume(batch.publication, by=officer)
    publish_marks(following)

    assert Credit.objects.count() == 4
    with pytest.raises(NotNow):
        resume(batch.publication, by=officer)


def test_both_steps_at_once_stand_in_the_trail_as_that(batch: ScoreBatch) -> None:
    job = publish_at_once(batch.publication)

    running.run(job.pk)

    event = Event.objects.about(batch.publication).steps().get(verb="publish")
    assert event.details["both_steps_at_once"] is True
    assert event.actor_id is None
    assert Credit.objects.count() == 4


def test_what_waits_for_publication_is_listed_until_its_credits_are_entered(
    batch: ScoreBatch, officer: User, second_officer: User
) -> None:
    assert list(waiting_publications()) == [batch.publication]
    prepare(batch.publication, by=officer)
    job = publish(batch.publication, by=second_officer)
    assert list(waiting_publications()) == [batch.publication]

    enter_credits(Publication.objects.get(pk=batch.publication.pk), job)

    assert not waiting_publications()


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_all_of_it(worker: Worker, batch: ScoreBatch, officer: User, second_officer: User) -> None:
    prepare(batch.publication, by=officer)

    publish(batch.publication, by=second_officer)
    worker.finish()

    publication = Publication.objects.get(pk=batch.publication.pk)
    assert publication.credits_entered_at is not None
    assert Job.objects.get(pk=publication.job_id).outcome["opened"] == 4
    assert Credit.objects.count() == 4
    assert Event.objects.about(publication).steps().get(verb="enter-credits").actor == second_officer
