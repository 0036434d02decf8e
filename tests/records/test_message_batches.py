"""Messages to many: nothing leaves before another person releases them, everybody gets them once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from audit.models import Event
from audit.workflow import NotNow, Refused
from records.messages import batches, sending
from records.models import InboxMessage, Job, MessageBatch, OutgoingMessage, User
from records.tasks import run_job
from tests.factories import CandidateFactory, MajorFactory, RegistrationFactory, UserFactory

TEXT = "请于11月30日前登录个人空间核对报考信息。联系电话021-64511234。"


@pytest.fixture
def head(university) -> User:
    return UserFactory(office=university, roles=["UH"])


@pytest.fixture
def people(university, other_university):
    """Three of the university, one without a phone; one of another."""
    mine = [CandidateFactory(managing_university=university) for _ in range(2)]
    mine.append(CandidateFactory(managing_university=university, phone="", phone_hash=None, phone_mask=""))
    CandidateFactory(managing_university=other_university)
    return mine


def held(clerk: User, **about) -> MessageBatch:
    return batches.prepare(clerk, **({"title": "核对报考信息", "text": TEXT, "query": {}, "by_sms": True} | about))


def work_off() -> None:
    for job in Job.objects.filter(kind=batches.JOB):
        run_job(job.pk)
    sending.sweep()


def test_nothing_leaves_before_the_release(people, clerk, worker):
    batch = held(clerk)
    worker.finish()
    sending.sweep()

    assert batch.count == 3
    assert not InboxMessage.objects.exists()
    assert not OutgoingMessage.objects.exists()
    assert not Job.objects.exists()


def test_a_row_of_a_held_batch_would_not_be_carried_either(db, people, clerk, settings, tmp_path):
    settings.OUTBOX_ROOT = tmp_path
    batch = held(clerk)
    message = OutgoingMessage.objects.create(kind="sms", to="13900000001", text="x", batch=batch, candidate=people[0])

    assert not sending.deliver(message.pk)
    OutgoingMessage.objects.update(created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert sending.sweep() == 0
    assert not list(tmp_path.iterdir())


def test_released_messages_reach_everybody_once(db, people, clerk, head, settings, tmp_path):
    settings.OUTBOX_ROOT = tmp_path
    batch = batches.release(held(clerk), by=head, expected=3)
    work_off()

    assert set(InboxMessage.objects.values_list("candidate_id", flat=True)) == {person.pk for person in people}
    sms = OutgoingMessage.objects.filter(batch=batch)
    assert {message.to for message in sms} == {people[0].phone, people[1].phone}
    assert {(message.state, message.text) for message in sms} == {("sent", f"【考籍】{TEXT}")}
    batch.refresh_from_db()
    assert (batch.released_by, batch.count, batch.job.state) == (head, 3, Job.State.DONE)


def test_the_inbox_alone_where_no_short_message_was_chosen(db, people, clerk, head):
    batches.release(held(clerk, by_sms=False), by=head, expected=3)
    work_off()

    assert InboxMessage.objects.count() == 3
    assert not OutgoingMessage.objects.exists()


def test_a_job_killed_in_the_middle_sends_nothing_twice(db, people, clerk, head, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 1)
    batch = batches.release(held(clerk), by=head, expected=3)
    reports: list[int] = []

    def die(done: int, total: int) -> None:
        reports.append(done)
        if len(reports) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batches.carry_out(batch, die)
    assert InboxMessage.objects.count() == 2
    batches.carry_out(batch, lambda done, total: reports.append(done))

    assert InboxMessage.objects.count() == 3
    assert OutgoingMessage.objects.count() == 2


def test_the_database_refuses_a_second_one_and_a_release_by_the_same_person(db, people, clerk):
    batch = held(clerk)
    InboxMessage.objects.create(candidate=people[0], title="x", batch=batch)

    with pytest.raises(IntegrityError), transaction.atomic():
        InboxMessage.objects.create(candidate=people[0], title="x", batch=batch)
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageBatch.objects.filter(pk=batch.pk).update(released_by=clerk)


def test_who_prepared_it_may_not_release_it_even_as_a_head(db, people, university):
    both = UserFactory(office=university, roles=["U3", "UH"])
    batch = held(both)

    with pytest.raises(PermissionDenied):
        batches.release(batch, by=both, expected=3)
    assert not Job.objects.exists()


@pytest.mark.parametrize("roles", [["U3"], ["U4"]])
def test_only_a_head_releases(db, people, clerk, university, roles):
    with pytest.raises(PermissionDenied):
        batches.release(held(clerk), by=UserFactory(office=university, roles=roles), expected=3)


def test_another_offices_head_does_not_release(db, people, clerk, other_university, city):
    for stranger in (UserFactory(office=other_university, roles=["UH"]), UserFactory(office=city, roles=["OH"])):
        with pytest.raises(PermissionDenied):
            batches.release(held(clerk), by=stranger, expected=3)


def test_at_the_release_they_are_counted_again(db, people, clerk, head, university):
    batch = held(clerk)
    CandidateFactory(managing_university=university)

    with pytest.raises(NotNow) as refusal:
        batches.release(batch, by=head, expected=3)

    assert "4" in str(refusal.value.problems[0].message)
    assert batches.release(batch, by=head, expected=4).count == 4


def test_what_was_withdrawn_or_released_is_neither_again(db, people, clerk, head):
    withdrawn, released = held(clerk), held(clerk)
    batches.cancel(withdrawn, by=clerk)
    batches.release(released, by=head, expected=3)

    for batch in (withdrawn, released):
        with pytest.raises(NotNow):
            batches.release(batch, by=head, expected=3)
        with pytest.raises(NotNow):
            batches.cancel(batch, by=clerk)


@pytest.mark.parametrize("text", ["请找13900000001", "证件310104199803140021", "护照E12345678", "139-0000-0001"])
def test_a_text_with_somebodys_number_is_refused(db, people, clerk, text):
    with pytest.raises(Refused):
        held(clerk, text=text)
    assert not MessageBatch.objects.exists()


@pytest.mark.parametrize(("length", "is_refused"), [(331, False), (332, True)])
def test_a_short_message_takes_at_most_five_parts(length, is_refused):
    assert bool(batches.faults_of("籍" * length, by_sms=True)) == is_refused
    assert not batches.faults_of("籍" * length, by_sms=False)


def test_people_are_chosen_by_major_day_of_registration_and_record(db, university, city):
    major = MajorFactory()
    chosen, early, other, recorded = (CandidateFactory(managing_university=university) for _ in range(4))
    for candidate, day, choice in (
        (chosen, dt.date(2026, 9, 1), major),
        (early, dt.date(2026, 8, 31), major),
        (other, dt.date(2026, 9, 1), MajorFactory()),
    ):
        RegistrationFactory(candidate=candidate, university=university, major=choice, registered_on=day)
    recorded.record_number = "1234567890"
    recorded.save()

    query = {"major": major.pk, "first_day": "2026-09-01", "last_day": "2026-09-30"}
    assert set(batches.recipients(university, query)) == {chosen}
    assert set(batches.recipients(university, {"major": major.pk})) == {chosen, early}
    assert set(batches.recipients(university, {"record": "open"})) == {recorded}
    assert set(batches.recipients(university, {"record": "none"})) == {chosen, early, other}


def test_a_university_writes_to_its_own_the_city_to_all_or_one_universitys(db, people, university, other_university, city):
    own = batches.recipients(university, {"university": other_university.pk})

    assert set(own) == set(people)
    assert batches.recipients(city, {}).count() == 4
    assert set(batches.recipients(city, {"university": university.pk})) == set(people)


def test_a_merged_record_gets_nothing(db, people, university):
    people[0].merged_into = people[1]
    people[0].save()

    assert people[0] not in batches.recipients(university, {})


# pages


def test_a_batch_is_prepared_looked_at_and_released_on_the_pages(client, db, people, clerk, head):
    url = reverse("messages:new")
    client.force_login(clerk)
    typed = {"title": "核对报考信息", "text": TEXT, "by_sms": "on"}
    look = client.post(url, typed | {"preview": "1"}).content.decode()
    assert "<b>3</b>" in look
    assert people[0].name not in look
    assert people[0].phone not in look
    assert people[0].phone_mask in look
    assert not MessageBatch.objects.exists()
    assert Event.objects.filter(kind="read", verb="list", actor=clerk).exists()

    answer = client.post(url, typed | {"hold": "1"}, follow=True)
    batch = MessageBatch.objects.get()
    assert "放行须由负责人、另一人办理" in answer.content.decode()
    assert client.post(reverse("messages:release", args=[batch.pk]) + "?expected=3").status_code == 403

    client.force_login(head)
    page = client.get(reverse("messages:detail", args=[batch.pk])).content.decode()
    assert "放行，发给3人" in page
    assert client.post(reverse("messages:release", args=[batch.pk]) + "?expected=2").status_code == 409
    assert client.post(reverse("messages:release", args=[batch.pk]) + "?expected=3").status_code == 302
    batch.refresh_from_db()
    assert batch.released_by == head


def test_a_text_with_a_number_is_shown_again_with_its_fault(client, db, people, clerk):
    client.force_login(clerk)
    answer = client.post(reverse("messages:new"), {"title": "通知", "text": "请找13900000001", "hold": "1"})

    assert answer.status_code == 422
    assert "请找13900000001" in answer.content.decode()
    assert not MessageBatch.objects.exists()


def test_another_offices_batches_are_not_found(client, db, people, clerk, other_university):
    batch = held(clerk)
    client.force_login(UserFactory(office=other_university, roles=["UH"]))

    assert client.get(reverse("messages:detail", args=[batch.pk])).status_code == 404
    assert batch.title not in client.get(reverse("messages:list")).content.decode()
