"""A publication approved for a minute: nothing before it, one row at it, reversible until it; by the server's clock alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from audit.models import Event
from audit.workflow import NotNow, Refused
from records.jobs import running
from records.jobs.models import Job
from records.models import Candidate, Credit, User
from scores.models import Mark, Publication, ResultSheet, ScoreBatch
from scores.publishing import approving, clock
from scores.publishing.approving import approve, lateness, publish_due, withdraw_approval
from scores.publishing.publication import PUBLISH_JOB, prepare, publish, waiting_publications, withdraw
from scores.results import sheets
from scores.results.looking_up import results_of
from tests.factories import CandidateFactory, CourseFactory
from tests.scores.files import entered, marks_file, ticket_of

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)


class Clock:
    """The server's clock, standing still where a test sets it; a minute that lies in the past of the real one."""

    def __init__(self) -> None:
        self.minute = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)
        self.at = self.minute - dt.timedelta(hours=2)

    def now(self) -> dt.datetime:
        return self.at

    def stand(self, away: dt.timedelta) -> None:
        """So far from the minute."""
        self.at = self.minute + away


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    standing = Clock()
    monkeypatch.setattr(clock, "now", standing.now)
    return standing


@pytest.fixture
def people() -> list[Candidate]:
    CourseFactory(code="00015")
    return [CandidateFactory() for _ in range(5)]


@pytest.fixture
def asked(tmp_path: Path, people: list[Candidate], officer: User) -> Publication:
    """Marks 59, 60, 61 … of five people, asked for by the first of the two."""
    rows = [(ticket_of(person), "00015", 59 + place) for place, person in enumerate(people)]
    publication = entered(marks_file(tmp_path, rows)).publication
    assert publication is not None
    prepare(publication, by=officer)
    return publication


@pytest.fixture
def approved(asked: Publication, second_officer: User, time: Clock) -> Publication:
    approve(asked, by=second_officer, minute=time.minute, is_announced=True)
    return again(asked)


def again(publication: Publication) -> Publication:
    return Publication.objects.select_related("sitting").get(pk=publication.pk)


def work_off(kind: str) -> None:
    """Do the waiting jobs of this kind, as a worker does."""
    for pk in Job.objects.unfinished().filter(kind=kind).order_by("pk").values_list("pk", flat=True):
        running.run(pk)


def found(person: Candidate) -> int:
    return len(results_of(ticket_of(person), person.identity_number).marks)


def steps(publication: Publication, verb: str) -> list[Event]:
    return list(Event.objects.about(publication).steps().filter(verb=verb))


def test_until_the_last_second_nobody_sees_a_mark_and_at_the_minute_everybody_does(
    approved: Publication, people: list[Candidate], time: Clock
) -> None:
    work_off(sheets.SHEETS_JOB)
    time.stand(-SECOND)
    assert publish_due() == 0
    assert not Mark.objects.exists()
    assert found(people[1]) == 0
    assert ResultSheet.registry.count() == 5
    assert not ResultSheet.objects.exists()

    time.stand(dt.timedelta())
    assert publish_due() == 1

    assert Mark.objects.count() == 5
    assert found(people[1]) == 1
    assert again(approved).published_at == time.minute


def test_a_second_after_the_minute_is_as_good_and_a_second_run_finds_nothing(approved: Publication, time: Clock) -> None:
    time.stand(SECOND)

    assert [publish_due(), publish_due()] == [1, 0]

    assert Job.objects.filter(kind=PUBLISH_JOB).count() == 1
    assert len(steps(approved, "publish")) == 1


def test_the_job_behind_the_minute_enters_credits_and_finishes(
    approved: Publication, people: list[Candidate], time: Clock
) -> None:
    time.stand(SECOND)
    publish_due()
    assert not Credit.objects.exists()

    work_off(PUBLISH_JOB)

    assert set(Credit.objects.values_list("candidate", flat=True)) == {person.pk for person in people[1:]}
    assert again(approved).credits_entered_at is not None
    assert not waiting_publications().exists()


def test_sheets_that_no_worker_made_before_the_minute_are_made_behind_it(
    approved: Publication, people: list[Candidate], time: Clock
) -> None:
    time.stand(SECOND)
    publish_due()
    assert found(people[1]) == 0

    work_off(PUBLISH_JOB)

    assert found(people[1]) == 1


@pytest.mark.parametrize(("away", "fault"), [(-SECOND, ""), (dt.timedelta(), "minute-past"), (SECOND, "minute-past")])
def test_only_a_minute_to_come_is_approved(
    asked: Publication, second_officer: User, time: Clock, away: dt.timedelta, fault: str
) -> None:
    time.stand(away)
    if not fault:
        approve(asked, by=second_officer, minute=time.minute, is_announced=False)
        assert again(asked).announced_at == time.minute
        return

    with pytest.raises(Refused, match=fault):
        approve(asked, by=second_officer, minute=time.minute, is_announced=False)
    assert again(asked).approved_at is None
    assert not Job.objects.filter(kind=sheets.SHEETS_JOB).exists()


@pytest.mark.parametrize(("beyond", "fault"), [(dt.timedelta(), False), (SECOND, True)])
def test_a_minute_lies_at_most_sixty_days_ahead(
    asked: Publication, second_officer: User, time: Clock, beyond: dt.timedelta, fault: bool
) -> None:
    time.stand(-approving.FARTHEST - beyond)
    if fault:
        with pytest.raises(Refused, match="minute-too-far"):
            approve(asked, by=second_officer, minute=time.minute, is_announced=True)
        return
    approve(asked, by=second_officer, minute=time.minute, is_announced=True)
    assert again(asked).approved_at is not None


def test_marks_come_out_at_a_whole_minute(asked: Publication, second_officer: User, time: Clock) -> None:
    with pytest.raises(Refused, match="minute-not-whole"):
        approve(asked, by=second_officer, minute=time.minute + SECOND, is_announced=True)


def test_who_asked_may_not_approve_and_the_refusal_is_in_the_trail(asked: Publication, officer: User, time: Clock) -> None:
    with pytest.raises(PermissionDenied):
        approve(asked, by=officer, minute=time.minute, is_announced=True)

    assert [event.verb for event in Event.objects.about(asked).filter(outcome=Event.Outcome.DENIED)] == ["approve"]
    assert again(asked).announced_at is None


def test_nothing_is_approved_that_nobody_asked_for(asked: Publication, officer: User, second_officer: User, time: Clock) -> None:
    withdraw(asked, by=officer, note="再核对")

    with pytest.raises(NotNow):
        approve(asked, by=second_officer, minute=time.minute, is_announced=True)


def test_pressed_twice_it_is_approved_once(approved: Publication, second_officer: User, time: Clock) -> None:
    later = time.minute + dt.timedelta(hours=1)
    with pytest.raises(NotNow):
        approve(approved, by=second_officer, minute=later, is_announced=False)

    assert again(approved).announced_at == time.minute
    assert len(steps(approved, "approve")) == 1
    assert Job.objects.filter(kind=sheets.SHEETS_JOB).count() == 1


def test_what_waits_for_its_minute_is_neither_published_nor_sent_back_at_once(
    approved: Publication, officer: User, second_officer: User
) -> None:
    with pytest.raises(NotNow):
        publish(approved, by=second_officer)
    with pytest.raises(NotNow):
        withdraw(approved, by=officer, note="反悔")
    with pytest.raises(NotNow):
        prepare(approved, by=officer)

    assert not Mark.objects.exists()
    assert again(approved).approved_at is not None


@pytest.mark.parametrize("who", ["officer", "second_officer"])
def test_either_of_the_two_takes_the_approval_back_and_everything_is_as_before(
    asked: Publication, approved: Publication, people: list[Candidate], time: Clock, who: str, request: pytest.FixtureRequest
) -> None:
    work_off(sheets.SHEETS_JOB)
    assert ResultSheet.registry.count() == 5
    time.stand(-SECOND)

    withdraw_approval(approved, by=request.getfixturevalue(who), note="有一科要核对")
    work_off(sheets.SHEETS_JOB)

    assert not ResultSheet.registry.exists()
    assert Publication.objects.filter(pk=asked.pk, **approving.NOTHING_APPROVED).exists()
    assert again(asked).prepared_by == again(approved).prepared_by is not None
    assert [event.note for event in steps(asked, "withdraw-approval")] == ["有一科要核对"]
    time.stand(SECOND)
    assert publish_due() == 0
    assert not Mark.objects.exists()


def test_the_approval_is_not_taken_back_without_a_reason(approved: Publication, officer: User) -> None:
    with pytest.raises(Refused, match="note-missing"):
        withdraw_approval(approved, by=officer, note=" ")

    assert again(approved).approved_at is not None


@pytest.mark.parametrize("away", [dt.timedelta(), SECOND])
def test_from_the_minute_on_the_approval_stands_even_where_nobody_has_published_yet(
    approved: Publication, officer: User, time: Clock, away: dt.timedelta
) -> None:
    time.stand(away)

    with pytest.raises(NotNow, match="minute-has-come"):
        withdraw_approval(approved, by=officer, note="反悔")
    assert publish_due() == 1
    with pytest.raises(NotNow):
        withdraw_approval(approved, by=officer, note="反悔")
    assert Mark.objects.exists()


def test_taken_back_it_is_approved_anew_for_another_minute_or_published_at_once(
    approved: Publication, officer: User, second_officer: User, time: Clock
) -> None:
    withdraw_approval(approved, by=second_officer, note="改时间")
    approve(approved, by=second_officer, minute=time.minute + dt.timedelta(minutes=1), is_announced=False)
    withdraw_approval(approved, by=officer, note="马上公布")
    time.stand(SECOND)
    assert publish_due() == 0

    publish(approved, by=second_officer)

    assert Mark.objects.count() == 5
    assert lateness(again(approved), time.at) == dt.timedelta()


def test_sheets_left_from_an_approval_taken_back_never_come_out_with_the_next(
    approved: Publication, people: list[Candidate], second_officer: User, time: Clock
) -> None:
    work_off(sheets.SHEETS_JOB)
    withdraw_approval(approved, by=second_officer, note="有一人的成绩不对")
    last = people[-1]
    Mark.registry.filter(candidate=last).delete()
    approve(approved, by=second_officer, minute=time.minute, is_announced=True)
    work_off(sheets.SHEETS_JOB)
    time.stand(SECOND)
    publish_due()

    assert found(last) == 0
    assert not ResultSheet.registry.filter(candidate=last).exists()
    assert found(people[0]) == 1


@pytest.mark.parametrize(("late", "told"), [(59, 0), (60, 60), (3700, 3700)])
def test_a_flip_that_came_late_says_by_how_much(approved: Publication, time: Clock, late: int, told: int) -> None:
    time.stand(dt.timedelta(seconds=late))
    assert lateness(approved, time.at) == dt.timedelta(seconds=told)

    publish_due()

    assert [event.details["late_seconds"] for event in steps(approved, "publish")] == [told]
    assert lateness(again(approved), time.at + dt.timedelta(days=1)) == dt.timedelta(seconds=told)


def test_one_that_cannot_be_published_does_not_hold_up_another(
    approved: Publication, time: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, officer: User, second_officer: User
) -> None:
    CourseFactory(code="00099", practical=True)
    ticket = ticket_of(CandidateFactory())
    other = entered(marks_file(tmp_path, [(ticket, "00099", "合格")], name="p.csv"), practical=True).publication
    assert other is not None
    prepare(other, by=officer)
    approve(other, by=second_officer, minute=time.minute, is_announced=False)
    whole = approving.publishing_job

    def fails(publication: Publication, **people: Any) -> Job:
        if publication.pk == approved.pk:
            raise RuntimeError
        return whole(publication, **people)

    monkeypatch.setattr(approving, "publishing_job", fails)
    time.stand(SECOND)

    assert publish_due() == 1
    assert again(other).published_at is not None
    assert again(approved).published_at is None


def test_the_database_itself_refuses_to_publish_before_the_minute(approved: Publication, time: Clock) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Publication.objects.filter(pk=approved.pk).update(published_at=time.minute - SECOND)


def test_everybody_is_told_of_the_minute_only_where_the_office_announces_it(
    asked: Publication, second_officer: User, officer: User, time: Clock
) -> None:
    to_come = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).replace(second=0, microsecond=0)
    time.at = to_come - dt.timedelta(hours=1)
    approve(asked, by=second_officer, minute=to_come, is_announced=False)
    assert not Publication.objects.announced().exists()

    withdraw_approval(asked, by=officer, note="要预告")
    approve(asked, by=second_officer, minute=to_come, is_announced=True)

    assert list(Publication.objects.announced()) == [asked]


@pytest.mark.django_db(transaction=True)
def test_of_a_flip_and_a_withdrawal_at_the_same_moment_exactly_one_wins(
    approved: Publication, officer: User, time: Clock
) -> None:
    """The minute has passed: the flip wins, whichever comes first to the row."""
    outcomes: list[str] = []
    start = Barrier(4)

    def race(act: Any) -> None:
        start.wait()
        try:
            outcomes.append(act())
        finally:
            connection.close()

    def take_back() -> str:
        try:
            withdraw_approval(approved, by=officer, note="反悔")
        except NotNow:
            return "too late"
        return "taken back"

    def flip() -> str:
        return "published" if publish_due() else "nothing due"

    Publication.objects.filter(pk=approved.pk).update(announced_at=time.at)
    threads = [Thread(target=race, args=[act]) for act in (flip, flip, take_back, flip)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["nothing due", "nothing due", "published", "too late"]
    assert Job.objects.filter(kind=PUBLISH_JOB).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_is_being_entered_does_not_delay_the_minute(approved: Publication, time: Clock) -> None:
    """Whoever enters marks of the sitting's other kind holds the sitting for as long as that takes."""
    time.stand(SECOND)
    flipped: list[int] = []

    def flip() -> None:
        try:
            flipped.append(publish_due())
        finally:
            connection.close()

    with transaction.atomic():
        type(approved.sitting).objects.select_for_update().get(pk=approved.sitting_id)
        thread = Thread(target=flip)
        thread.start()
        thread.join(timeout=10)
        assert flipped == [1]


def test_the_batch_of_an_approved_publication_is_not_published_before_the_minute(approved: Publication, time: Clock) -> None:
    assert [batch.state for batch in approved.batches.all()] == [ScoreBatch.State.CONFIRMED]
    time.stand(SECOND)
    publish_due()
    work_off(PUBLISH_JOB)
    assert [batch.state for batch in approved.batches.all()] == [ScoreBatch.State.PUBLISHED]
