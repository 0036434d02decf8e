"""How a first photo comes into a record, and that no second one takes its place here."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections

from audit.models import Event
from audit.workflow import NotNow, Refused
from records.models import Candidate, InboxMessage, PhotoSubmission
from records.photos.taking import accept, hand_in, keep_photo, refuse, take_in, waiting_for
from tests.factories import CandidateFactory
from tests.records.portraits import GOOD, as_file, portrait

pytestmark = pytest.mark.django_db
OTHER = as_file(portrait((600, 800)))


@pytest.fixture
def waiting(candidate, candidate_user) -> PhotoSubmission:
    return hand_in(candidate, keep_photo(GOOD, candidate_id=candidate.pk, by=candidate_user), by=candidate_user)


def photo_of(candidate: Candidate) -> int | None:
    candidate.refresh_from_db()
    return candidate.photo_id


def test_the_candidates_photo_waits_for_a_clerks_eyes(candidate, waiting, clerk, foreign_clerk, officer):
    assert waiting.decision == PhotoSubmission.Decision.WAITING
    assert photo_of(candidate) is None
    assert list(waiting_for(clerk)) == [waiting]
    assert not waiting_for(foreign_clerk).exists()
    assert not waiting_for(officer).exists()


def test_an_accepted_photo_counts_and_the_candidate_is_told(candidate, waiting, clerk):
    accept(waiting, by=clerk)

    waiting.refresh_from_db()
    assert photo_of(candidate) == waiting.document_id
    assert (waiting.decision, waiting.decided_by) == ("accepted", clerk)
    assert InboxMessage.objects.get(candidate=candidate).template == "photo-accepted"


def test_a_refused_photo_goes_back_with_its_reason_and_another_may_come(candidate, candidate_user, waiting, clerk):
    refuse(waiting, "面部不清楚", by=clerk)

    waiting.refresh_from_db()
    assert photo_of(candidate) is None
    assert (waiting.decision, waiting.reason) == ("refused", "面部不清楚")
    assert InboxMessage.objects.get(candidate=candidate).template == "photo-refused"
    assert hand_in(candidate, keep_photo(OTHER, candidate_id=candidate.pk, by=candidate_user), by=candidate_user).pk != waiting.pk


def test_one_photo_waits_at_a_time(candidate, candidate_user, waiting):
    with pytest.raises(NotNow) as refusal:
        hand_in(candidate, keep_photo(OTHER, candidate_id=candidate.pk, by=candidate_user), by=candidate_user)

    assert [problem.code for problem in refusal.value.problems] == ["photo.waits"]


def test_a_clerks_photo_counts_at_once_and_the_one_that_waited_goes_out(candidate, waiting, clerk):
    taken = take_in(candidate, keep_photo(OTHER, candidate_id=candidate.pk, by=clerk), by=clerk)

    waiting.refresh_from_db()
    assert photo_of(candidate) == taken.document_id
    assert waiting.decision == "refused"
    assert "主考院校" in waiting.reason


def test_no_photo_takes_the_place_of_another(candidate, candidate_user, waiting, clerk):
    accept(waiting, by=clerk)

    for attempt in (
        lambda: take_in(candidate, keep_photo(OTHER, candidate_id=candidate.pk, by=clerk), by=clerk),
        lambda: hand_in(candidate, keep_photo(OTHER, candidate_id=candidate.pk, by=candidate_user), by=candidate_user),
        lambda: accept(waiting, by=clerk),
        lambda: refuse(waiting, "x", by=clerk),
    ):
        with pytest.raises(NotNow) as refusal:
            attempt()
        assert [problem.code for problem in refusal.value.problems] == ["photo.there-is-one"]
    assert photo_of(candidate) == waiting.document_id


def test_a_decision_is_made_once(waiting, clerk, second_clerk):
    refuse(waiting, "面部不清楚", by=clerk)

    with pytest.raises(NotNow) as refusal:
        accept(waiting, by=second_clerk)

    assert [problem.code for problem in refusal.value.problems] == ["photo.decided"]


def test_only_the_managing_universitys_clerks_decide(candidate, waiting, foreign_clerk, officer, finance, head):
    for person in (foreign_clerk, officer, finance, head):
        document = keep_photo(OTHER, candidate_id=candidate.pk, by=person)
        for attempt in (
            lambda by=person: accept(waiting, by=by),
            lambda by=person: refuse(waiting, "x", by=by),
            lambda by=person, photo=document: take_in(candidate, photo, by=by),
            lambda by=person, photo=document: hand_in(candidate, photo, by=by),
        ):
            with pytest.raises(PermissionDenied):
                attempt()
    assert photo_of(candidate) is None


def test_what_happened_stands_in_the_trail(candidate, waiting, clerk):
    accept(waiting, by=clerk)

    tables = Event.objects.filter(kind=Event.Kind.CHANGE, candidate_id=candidate.pk).values_list("subject_table", "verb")
    assert {("records_photosubmission", "insert"), ("records_photosubmission", "update"), ("records_candidate", "update")} <= set(
        tables
    )


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_at_the_same_moment_one_photo_counts(candidate, clerk, second_clerk):
    documents = {each: keep_photo(GOOD, candidate_id=candidate.pk, by=each) for each in (clerk, second_clerk)}
    barrier, outcomes = Barrier(2), []

    def bring(person):
        barrier.wait()
        try:
            take_in(candidate, documents[person], by=person)
            outcomes.append("taken")
        except Refused:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [Thread(target=bring, args=(person,)) for person in documents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused", "taken"]
    assert PhotoSubmission.objects.filter(candidate=candidate, decision="accepted").count() == 1


def test_a_merged_away_record_takes_no_photo(candidate, clerk, university, waiting):
    stays = CandidateFactory(managing_university=university)
    Candidate.objects.filter(pk=candidate.pk).update(merged_into=stays)
    document = keep_photo(OTHER, candidate_id=candidate.pk, by=clerk)

    assert not waiting_for(clerk).exists()
    for attempt in (lambda: take_in(candidate, document, by=clerk), lambda: accept(waiting, by=clerk)):
        with pytest.raises(NotNow) as refusal:
            attempt()
        assert [problem.code for problem in refusal.value.problems] == ["photo.merged"]
    assert photo_of(candidate) is None
