"""Messages to those of whom a case stands somehow: within reach, drafts never, counted before and at the release."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from audit.workflow import NotNow
from config.workflows import KINDS
from exemptions.models import ExemptionApplication
from graduation.models import CohortAudit, CohortOutcome
from records.messages import batches, choosing
from records.models import Job, MessageBatch
from tests.factories import CandidateFactory, ExemptionFactory, MajorFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW = reverse("messages:new")
RETURNED = {"case": "exemptions:returned"}
WRITTEN = {"title": "请补正", "text": "您的申请退回补正，请登录个人空间查看。"}


def with_case(university, status, **more):
    candidate = CandidateFactory(managing_university=university, **more)
    ExemptionFactory(candidate=candidate, university=university, status=status)
    return candidate


@pytest.fixture
def returned(university):
    return with_case(university, "returned", name="林疏桐")


def test_those_whose_case_stands_so_and_nobody_else(university, other_university, city, returned):
    with_case(university, "granted")
    CandidateFactory(managing_university=university)
    foreign = with_case(other_university, "returned")

    assert list(batches.recipients(university, RETURNED)) == [returned]
    assert list(batches.recipients(other_university, RETURNED)) == [foreign]
    assert set(batches.recipients(city, RETURNED)) == {returned, foreign}
    assert list(batches.recipients(city, RETURNED | {"university": university.pk})) == [returned]


def test_a_case_that_another_university_checks_is_none_of_this_ones_business(university, other_university, city):
    candidate = CandidateFactory(managing_university=university)
    ExemptionFactory(candidate=candidate, university=other_university, status="returned")

    assert not batches.recipients(university, RETURNED).exists()
    assert not batches.recipients(other_university, RETURNED).exists()
    assert batches.recipients(city, RETURNED).get() == candidate


def test_drafts_and_cases_of_offices_cannot_be_chosen(university):
    with_case(university, "draft")
    offered = [choice for choice, _words in choosing.choices()]

    assert not [choice for choice in offered if choice.endswith(":draft")]
    assert {choice.partition(":")[0] for choice in offered} == {kind.namespace for kind in KINDS if kind.of_candidates} | {
        "audit"
    }
    assert not batches.recipients(university, {"case": "exemptions:draft"}).exists()


@pytest.mark.parametrize("choice", ["exemptions:never", "unknown:returned", "exemptions", ":"])
def test_what_cannot_be_chosen_any_more_means_nobody_not_everybody(university, returned, choice):
    assert not batches.recipients(university, {"case": choice}).exists()


def cohort(university, candidate, *, eligible, state=Job.State.DONE):
    audit = CohortAudit.objects.create(
        university=university,
        on=dt.date(2026, 11, 1),
        job=Job.objects.create(kind="graduation.cohort", title="审核", state=state),
    )
    CohortOutcome.objects.create(
        audit=audit, candidate=candidate, major=MajorFactory(), eligible=eligible, plan_complete=True, missing=[]
    )


def test_those_who_probably_graduate_by_the_latest_audit_that_ended(university, other_university, city, returned):
    eligible, complete = {"case": "audit:eligible"}, {"case": "audit:plan_complete"}
    cohort(university, returned, eligible=False)
    assert not batches.recipients(university, eligible).exists()
    assert batches.recipients(university, complete).get() == returned

    cohort(university, returned, eligible=True)
    assert batches.recipients(university, eligible).get() == returned
    assert batches.recipients(city, eligible).get() == returned
    assert not batches.recipients(other_university, eligible).exists()

    cohort(university, returned, eligible=False, state=Job.State.RUNNING)
    assert batches.recipients(university, eligible).get() == returned


def test_the_preview_counts_them_and_the_batch_says_whom_it_is_about(client, clerk, returned, university):
    CandidateFactory(managing_university=university)
    client.force_login(clerk)

    preview = client.post(NEW, WRITTEN | RETURNED | {"preview": "1"})
    client.post(NEW, WRITTEN | RETURNED | {"hold": "1"})

    assert preview.context["preview"]["count"] == 1
    assert "林**" in preview.content.decode()
    batch = MessageBatch.objects.get()
    assert (batch.count, batch.query) == (1, RETURNED)
    assert "免考：退回补正" in client.get(reverse("messages:detail", args=[batch.pk])).content.decode()


@pytest.mark.parametrize("choice", ["exemptions:draft", "access:head", "nonsense"])
def test_what_is_not_offered_is_not_taken(client, clerk, returned, choice):
    client.force_login(clerk)

    answer = client.post(NEW, WRITTEN | {"case": choice, "hold": "1"})

    assert answer.status_code == 422
    assert not MessageBatch.objects.exists()


def test_who_has_mended_the_case_meanwhile_is_not_written_to(clerk, university, returned):
    other = with_case(university, "returned")
    batch = batches.prepare(clerk, query=RETURNED, by_sms=False, **WRITTEN)
    head = UserFactory(office=university, roles=["UH"])
    ExemptionApplication.objects.filter(candidate=other).update(status="university")

    with pytest.raises(NotNow):
        batches.release(batch, by=head, expected=2)
    assert batches.release(batch, by=head, expected=1).count == 1
