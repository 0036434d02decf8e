"""The staff's list of text messages that came in: masked, within reach, narrowed by the address."""

from __future__ import annotations

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from records.messages.answering import Received, take_in
from records.messages.sending import send
from records.models import Candidate, IncomingMessage, User
from records.people.identity import mask
from tests.factories import CandidateFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGE = reverse("messages:incoming")
STRANGER = "13900000077"
numbers = itertools.count(1)


@pytest.fixture
def reader(client, clerk) -> User:
    client.force_login(clerk)
    return clerk


def came(candidate: Candidate | None, outcome: str = "answered", **columns) -> IncomingMessage:
    phone = candidate.phone if candidate else STRANGER
    about = {"sender": phone, "sender_mask": mask(phone), "candidate": candidate, "outcome": outcome, "keyword": "成绩"}
    return IncomingMessage.objects.create(**(about | {"gateway_number": f"g-{next(numbers)}"} | columns))


def shown(client, **query) -> list[int]:
    return [row["message"].pk for row in client.get(PAGE, query).context["rows"]]


def text(client) -> str:
    return client.get(PAGE).content.decode()


def test_a_question_is_listed_masked_with_what_became_of_it(client, reader, candidate):
    answer = send("sms", candidate.phone, "大学语文76分", candidate_id=candidate.pk, passing=True)
    came(candidate, answer=answer)

    page = text(client)

    assert candidate.phone not in page
    assert candidate.name not in page
    assert "大学语文" not in page
    assert all(word in page for word in (candidate.phone_mask, "已答复", "待发送", "成绩"))
    assert Event.objects.filter(kind="read", verb="list", actor=reader, details__list="incoming-messages").exists()


def test_a_university_sees_questions_of_its_own_the_city_all(client, reader, candidate, other_university, city):
    own, foreign = came(candidate), came(CandidateFactory(managing_university=other_university))
    unknown = came(None, "unknown")

    assert shown(client) == [own.pk]
    client.force_login(UserFactory(office=city, roles=["O2"]))
    assert shown(client) == [unknown.pk, foreign.pk, own.pk]


@pytest.mark.parametrize(("role", "status"), [("UH", 200), ("U8", 403), ("U4", 403)])
def test_for_whoever_prepares_or_releases_messages(client, university, role, status):
    client.force_login(UserFactory(office=university, roles=[role]))

    assert client.get(PAGE).status_code == status


def test_the_list_is_narrowed_by_the_address(client, reader, candidate):
    answered = came(candidate, received_at="2026-11-20T00:00:00+08:00")
    limited = came(candidate, "limited", received_at="2026-11-20T23:59:59+08:00")
    later = came(candidate, "limited", received_at="2026-11-21T00:00:00+08:00")

    assert shown(client, outcome="limited") == [later.pk, limited.pk]
    assert shown(client, first_day="2026-11-20", last_day="2026-11-20") == [limited.pk, answered.pk]
    assert shown(client, first_day="2026-11-21", outcome="answered") == []
    assert shown(client, before=str(later.pk)) == [limited.pk, answered.pk]
    unreadable = client.get(PAGE, {"outcome": "nonsense", "first_day": "x", "before": "-1"})
    assert (unreadable.status_code, len(unreadable.context["rows"])) == (200, 3)


def test_what_the_gateway_brings_again_is_counted_and_not_answered_again(client, city):
    received = Received("g-again", STRANGER, "你好")
    first = take_in(received)

    assert (take_in(received), take_in(received)) == (None, None)

    message = IncomingMessage.objects.get()
    assert (message, message.handed_in) == (first, 3)
    client.force_login(UserFactory(office=city, roles=["O2"]))
    assert "2次" in text(client)
    assert take_in(Received("g-other", STRANGER, "你好")).handed_in == 1


def test_without_messages_the_page_says_what_will_stand_here(client, reader):
    assert "考生用登记的手机发短信查成绩" in text(client)
    assert not Event.objects.filter(kind="read", verb="list").exists()


def test_the_messages_pages_lead_here(client, reader):
    for page in ("messages:list", "messages:log"):
        assert f'href="{PAGE}"' in client.get(reverse(page)).content.decode()


def test_one_line_costs_what_twenty_cost(client, reader, candidate):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(PAGE)
        return len(captured)

    came(candidate, answer=send("sms", candidate.phone, "x", candidate_id=candidate.pk))
    queries()
    one = queries()
    for _ in range(19):
        came(candidate, answer=send("sms", candidate.phone, "x", candidate_id=candidate.pk))

    assert queries() == one
