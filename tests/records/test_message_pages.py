"""The candidate's inbox and the staff's log."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from records.messages.sending import send
from records.messages.telling import tell
from records.models import Candidate, InboxMessage, OutgoingMessage, User
from tests.factories import CandidateFactory, UserFactory

INBOX = "/space/messages/"


@pytest.fixture
def learner(client, candidate_user) -> Candidate:
    client.force_login(candidate_user)
    return candidate_user.candidate


def told(candidate: Candidate, number: str = "免2026-000001") -> InboxMessage:
    message = tell(candidate.pk, "case-done", url="/exemptions/1/", kind="免考", number=number)
    assert message is not None
    return message


def test_messages_are_listed_and_opening_one_marks_it_read(client, learner):
    first, second = told(learner), told(learner, "免2026-000002")
    assert "消息（2）" in client.get(INBOX).content.decode()

    page = client.get(f"{INBOX}{first.pk}/").content.decode()

    assert first.text in page
    assert 'href="/exemptions/1/"' in page
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.read_at is not None
    assert second.read_at is None
    assert "消息（1）" in client.get(INBOX).content.decode()


def test_reading_again_does_not_move_the_moment(client, learner):
    message = told(learner)
    client.get(f"{INBOX}{message.pk}/")
    message.refresh_from_db()
    before = message.read_at
    client.get(f"{INBOX}{message.pk}/")

    message.refresh_from_db()
    assert message.read_at == before


def test_all_are_marked_read_at_once_and_nobody_elses(client, learner):
    told(learner)
    told(learner)
    other = told(CandidateFactory())

    client.post(f"{INBOX}read/")

    assert not InboxMessage.objects.filter(candidate=learner, read_at=None).exists()
    other.refresh_from_db()
    assert other.read_at is None


def test_anothers_message_is_not_found_and_not_marked(client, learner):
    other = told(CandidateFactory())

    assert client.get(f"{INBOX}{other.pk}/").status_code == 404
    assert other.title not in client.get(INBOX).content.decode()
    other.refresh_from_db()
    assert other.read_at is None


def test_what_was_told_to_a_record_merged_into_this_one_is_there_too(client, learner):
    gone = CandidateFactory()
    told(gone)
    Candidate.objects.filter(pk=gone.pk).update(merged_into=learner)

    assert "未读" in client.get(INBOX).content.decode()


def test_a_long_inbox_is_paged_and_loses_nothing(client, learner):
    numbers = [told(learner, f"免2026-{n:06}").pk for n in range(50)]
    InboxMessage.objects.filter(pk__in=numbers[:45]).update(read_at="2026-11-01T00:00:00Z")
    found: set[int] = set()
    url = INBOX
    while url:
        answer = client.get(url)
        found |= {int(line["url"].split("/")[-2]) for part in ("unread", "read") for line in answer.context[part]}
        url = INBOX + answer.context["pages"]["next_url"] if answer.context["pages"]["next_url"] else ""

    assert found == set(numbers)


def test_an_empty_inbox_says_what_would_be_there(client, learner):
    assert "还没有消息" in client.get(INBOX).content.decode()


def test_staff_have_no_inbox(client, clerk):
    client.force_login(clerk)

    assert client.get(INBOX).status_code == 404


# the log


@pytest.fixture
def reader(client, clerk) -> User:
    client.force_login(clerk)
    return clerk


def failed(candidate: Candidate, **columns) -> OutgoingMessage:
    message = send("sms", candidate.phone, "一条消息的内容", candidate_id=candidate.pk, template="case-done")
    OutgoingMessage.objects.filter(pk=message.pk).update(**({"state": "failed", "fault": "bad-recipient", "tries": 1} | columns))
    return message


def test_the_log_masks_the_recipient_and_shows_why_it_failed_and_no_text(client, reader, candidate):
    failed(candidate)
    page = client.get(reverse("messages:log")).content.decode()

    assert candidate.phone not in page
    assert candidate.phone_mask in page
    assert "收件号码或地址无效" in page
    assert "申请办结" in page
    assert "一条消息的内容" not in page
    assert Event.objects.filter(kind="read", verb="list", actor=reader, details__list="messages").exists()


def test_the_log_shows_only_messages_within_reach(client, reader, candidate, other_university):
    stranger = CandidateFactory(managing_university=other_university)
    failed(stranger)
    send("sms", "13900000088", "一条消息")

    page = client.get(reverse("messages:log")).content.decode()

    assert stranger.phone_mask not in page
    assert "没有符合条件的消息" in page


def test_the_log_is_narrowed_by_the_address(client, reader, candidate):
    failed(candidate)
    send("sms", candidate.phone, "一条消息", candidate_id=candidate.pk)

    rows = client.get(reverse("messages:log"), {"state": "failed", "fault": "bad-recipient"}).context["rows"]

    assert [row["message"].state for row in rows] == ["failed"]
    assert client.get(reverse("messages:log"), {"state": "nonsense"}).status_code == 200


def test_a_failed_message_is_sent_again_by_a_button_and_the_trail_says_so(client, reader, candidate):
    message = failed(candidate)

    client.post(reverse("messages:again", args=[message.pk]))

    message.refresh_from_db()
    assert (message.state, message.tries) == ("waiting", 0)
    assert Event.objects.filter(verb="message-again", subject_id=message.pk, actor=reader).exists()


def test_a_failed_code_has_no_button_and_is_not_sent_again(client, reader, candidate):
    message = failed(candidate, passing=True, text="")

    assert "重新发送" not in client.get(reverse("messages:log")).content.decode()
    client.post(reverse("messages:again", args=[message.pk]))
    message.refresh_from_db()
    assert message.state == "failed"


def test_another_universitys_message_cannot_be_sent_again(client, reader, other_university):
    message = failed(CandidateFactory(managing_university=other_university))

    assert client.post(reverse("messages:again", args=[message.pk])).status_code == 404


def test_whoever_neither_prepares_nor_releases_sees_no_log(client, university):
    client.force_login(UserFactory(office=university, roles=["U8"]))

    assert client.get(reverse("messages:log")).status_code == 403


def test_the_log_costs_the_same_for_one_line_and_for_twenty(client, reader, candidate):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("messages:log"))
        return len(captured)

    failed(candidate)
    queries()
    one = queries()
    for _ in range(19):
        failed(candidate)

    assert queries() == one
