"""Candidates are told when their cases come back, are decided or done: once each, whatever happens to the follower."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from audit.models import Event
from audit.workflow import Status
from config.case_messages import TOLD, follow_cases, kinds_told
from exemptions.workflow import EXEMPTION
from graduation.workflow import GRADUATION
from records.corrections.workflow import CORRECTION
from records.messages import telling
from records.models import InboxMessage, OutgoingMessage
from tests.factories import CorrectionFactory, ExemptionFactory, GraduationFactory

REASON = "证书复印件不清楚，请重新上传"


@pytest.fixture
def following(transactional_db) -> None:
    """The follower has run before: what comes now is new."""
    follow_cases()


def test_every_case_of_candidates_is_followed():
    followed = [kind.workflow for kind in kinds_told().values()]

    assert all(workflow in followed for workflow in (EXEMPTION, GRADUATION, CORRECTION))


@pytest.mark.parametrize("kind", kinds_told().values(), ids=lambda kind: kind.namespace)
def test_wherever_a_case_comes_to_rest_by_another_hand_the_candidate_is_told(kind):
    """A desk from which only the candidate's own step leads on, or none."""
    others = {source for step in kind.workflow.table if step.by not in {"candidate", "counter"} for source in step.source}
    ends = {step.target for step in kind.workflow.table if step.by not in {"candidate", "counter"}} - others

    assert ends <= set(TOLD) | {Status.WITHDRAWN}


def test_a_returned_case_is_told_of_without_its_reason(following, university, clerk):
    case = ExemptionFactory(candidate__managing_university=university, university=university, status=Status.UNIVERSITY)
    EXEMPTION.take("return", case, by=clerk, note=REASON)

    assert follow_cases() == 1

    message, sent = InboxMessage.objects.get(), OutgoingMessage.objects.get()
    assert (message.candidate_id, message.template, message.url) == (
        case.candidate_id,
        "case-returned",
        f"/exemptions/{case.pk}/",
    )
    assert case.case_number in message.text
    assert sent.to == case.candidate.phone
    assert sent.text == "【考籍】您的免考申请有新的进展，请登录个人空间查看。"
    assert REASON not in message.title + message.text + sent.text


def test_the_same_step_is_told_of_once_however_often_the_follower_runs(following, university, clerk):
    case = ExemptionFactory(candidate__managing_university=university, university=university, status=Status.UNIVERSITY)
    EXEMPTION.take("return", case, by=clerk, note=REASON)

    assert [follow_cases(), follow_cases(), follow_cases()] == [1, 0, 0]
    assert InboxMessage.objects.count() == 1


def test_what_the_candidate_did_and_what_only_moves_between_offices_is_not_told(following, university, clerk, candidate_user):
    case = ExemptionFactory(candidate=candidate_user.candidate, university=university, status=Status.UNIVERSITY)
    EXEMPTION.take("withdraw", case, by=candidate_user)
    other = GraduationFactory(candidate=candidate_user.candidate, university=university, status=Status.UNIVERSITY)
    GRADUATION.take("verify", other, by=clerk, facts={"appraisal": True})

    assert follow_cases() == 0
    assert not InboxMessage.objects.exists()


def test_what_was_done_before_the_follower_first_ran_is_not_told(transactional_db, university, clerk):
    case = ExemptionFactory(candidate__managing_university=university, university=university, status=Status.UNIVERSITY)
    EXEMPTION.take("return", case, by=clerk, note=REASON)

    assert follow_cases() == 0
    assert not InboxMessage.objects.exists()


def test_a_follower_killed_in_the_middle_tells_everybody_once_afterwards(following, university, clerk, monkeypatch):
    cases = [
        ExemptionFactory(candidate__managing_university=university, university=university, status=Status.UNIVERSITY)
        for _ in range(3)
    ]
    for case in cases:
        EXEMPTION.take("return", case, by=clerk, note=REASON)
    real, calls = telling.InboxMessage.objects.create, []

    def dies_at_the_second(**columns):
        calls.append(columns)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(**columns)

    monkeypatch.setattr(telling.InboxMessage.objects, "create", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        follow_cases()
    monkeypatch.undo()
    assert not InboxMessage.objects.exists()

    assert follow_cases() == 3
    assert InboxMessage.objects.count() == OutgoingMessage.objects.count() == 3


def test_a_step_that_commits_late_is_not_passed_over(following, university, clerk):
    """Its transaction began before one that the follower could have read already."""
    slow, quick = (
        ExemptionFactory(candidate__managing_university=university, university=university, status=Status.UNIVERSITY)
        for _ in range(2)
    )
    began, may_end = threading.Event(), threading.Event()

    def take_slowly() -> None:
        with transaction.atomic():
            EXEMPTION.take("return", slow, by=clerk, note=REASON)
            began.set()
            may_end.wait(30)
        connection.close()

    thread = threading.Thread(target=take_slowly)
    thread.start()
    began.wait(30)
    EXEMPTION.take("return", quick, by=clerk, note=REASON)
    early = follow_cases()
    may_end.set()
    thread.join()

    assert early + follow_cases() == 2
    assert set(InboxMessage.objects.values_list("candidate_id", flat=True)) == {slow.candidate_id, quick.candidate_id}


def test_a_refused_attempt_is_not_told(following, university, foreign_clerk):
    case = CorrectionFactory(candidate__managing_university=university, university=university, status=Status.UNIVERSITY)
    with pytest.raises(PermissionDenied):
        CORRECTION.take("return", case, by=foreign_clerk, note=REASON)

    assert Event.objects.filter(outcome="denied").exists()
    assert follow_cases() == 0
