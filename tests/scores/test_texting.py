"""L5: a text message with a ticket number from the registered phone is answered with published marks, and nothing else is."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from records.lookups import counting
from records.messages import sending, signature
from records.messages.answering import holder_of, in_parts
from records.messages.keywords import Reply, understood
from records.messages.signature import signed
from records.messages.templates import IN_PARTS, segments
from records.models import Candidate, IncomingMessage, LookupCount, OutgoingMessage, Setting
from scores.models import Sitting
from tests.factories import CandidateFactory, CourseFactory, MarkFactory, PublicationFactory, SittingFactory

URL = "/sms/inbound/"
PHONE, OTHER = "13900000001", "13900000002"
KEY = b"a-key-of-the-gateway"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def key(settings, tmp_path) -> bytes:
    settings.SMS_INBOUND_KEY = KEY
    settings.OUTBOX_ROOT = tmp_path / "outbox"
    return KEY


@pytest.fixture
def learner(db) -> Candidate:
    return CandidateFactory(phone=PHONE, phone_number=PHONE, ticket="260000012345")


@pytest.fixture
def marks(learner) -> Sitting:
    """Two published marks of October 2026."""
    now = timezone.now()
    publication = PublicationFactory(sitting=SittingFactory(name="2026-10"), published_at=now, sheets_made_at=now)
    common = {"sitting": publication.sitting, "publication": publication, "candidate": learner}
    MarkFactory(course=CourseFactory(code="04729", name="大学语文"), points=Decimal("76.0"), **common)
    MarkFactory(course=CourseFactory(code="00015", name="英语（二）"), points=None, flag="缺考", **common)
    return publication.sitting


def body_of(text: str, *, sender: str = PHONE, number: str = "g-1") -> bytes:
    return json.dumps({"id": number, "from": sender, "text": text}).encode()


def post(client, body: bytes, headers: dict[str, str] | None = None):
    return client.post(URL, body, content_type="application/json", headers=headers or signed(body, KEY))


def ask(client, text: str, **about: str):
    answer = post(client, body_of(text, **about))
    assert (answer.status_code, answer.json()) == (200, {"accepted": True})
    return IncomingMessage.objects.order_by("pk").last()


def sent(folder: Path) -> list[dict[str, str]]:
    path = folder / "sms.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_the_registered_phone_gets_the_published_marks_of_the_latest_sitting(client, learner, marks, settings):
    asked = ask(client, "成绩 260000012345")
    sending.deliver(asked.answer_id)

    (line,) = sent(settings.OUTBOX_ROOT)
    assert line["to"] == PHONE
    assert line["text"] == "【考籍】2026年10月成绩：00015英语（二） 缺考；04729大学语文 76。"
    assert (asked.outcome, asked.candidate, asked.keyword) == ("answered", learner, "scores")
    assert learner.name not in line["text"]


def test_the_answer_is_wiped_as_soon_as_it_has_left(client, learner, marks):
    asked = ask(client, "CJ260000012345")
    waiting = OutgoingMessage.objects.get(pk=asked.answer_id)
    assert "76" in waiting.text

    sending.deliver(waiting.pk)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.text, waiting.passing) == ("sent", "", True)


@pytest.mark.parametrize(
    "text",
    [
        "成绩260000012345",
        "成绩：2600 0001 2345",
        "ｃｊ　２６００００ ０１２３４５",
        "cj+260000012345",
        " \u200b成绩 \n260000012345\n",
        "【张三】CJ 260000012345。",
        "成绩 2026-10 260000012345",
        "CJ 2026年10月 260000012345",
        "CJ 260000012345 2026/10",
        "成绩#260000012345#",
    ],
)
def test_the_text_is_read_leniently(client, learner, marks, text):
    assert ask(client, text).outcome == "answered"


@pytest.mark.parametrize("text", ["", "你好", "成绩", "成绩 12345", "CJ abc", "260000012345", "成绩 " + "1" * 21, "成" * 5000])
def test_what_cannot_be_understood_gets_the_neutral_line(client, learner, marks, text):
    asked = ask(client, text[:1000])

    assert (asked.outcome, asked.candidate, asked.keyword) == ("unclear", None, "")
    assert OutgoingMessage.objects.get().template == "text-neutral"


@given(st.text(max_size=300))
def test_no_text_makes_it_stumble(text):
    asked = understood(text)

    assert asked is None or asked.ticket.isdigit()


def test_a_named_sitting_is_answered_and_an_older_one_too(client, learner, marks):
    earlier = PublicationFactory(sitting=SittingFactory(name="2026-04"), published_at=timezone.now())
    course = CourseFactory(code="03709", name="马克思主义基本原理")
    MarkFactory(sitting=earlier.sitting, publication=earlier, candidate=learner, course=course, points=Decimal("59.5"))

    asked = ask(client, "CJ 2026-4 260000012345")

    assert asked.answer.text == "【考籍】2026年4月成绩：03709马克思主义基本原理 59.5。"


@pytest.mark.parametrize("text", ["CJ 260000012345", "CJ 2026-12 260000012345", "成绩 2026年12月 260000012345"])
def test_marks_of_an_unpublished_sitting_never_go_out(client, learner, marks, text):
    secret = PublicationFactory(sitting=SittingFactory(name="2026-12"))
    course = CourseFactory(code="99999", name="金丝雀")
    MarkFactory(sitting=secret.sitting, publication=secret, candidate=learner, course=course, points=Decimal("61.7"))
    assert secret.published_at is None

    asked = ask(client, text)

    everything = " ".join(message.text for message in OutgoingMessage.objects.all())
    assert "61.7" not in everything
    assert "99999" not in everything
    assert "金丝雀" not in everything
    assert asked.outcome == "answered"


def test_unknown_unpublished_and_empty_sittings_are_answered_alike(client, learner, marks):
    PublicationFactory(sitting=SittingFactory(name="2026-12"))
    PublicationFactory(sitting=SittingFactory(name="2025-10"), published_at=timezone.now())

    texts = {ask(client, f"CJ {name} 260000012345", number=name).answer.text for name in ("2026-12", "2025-10", "2030-04")}

    assert len(texts) == 1


def test_another_phone_learns_nothing_whether_registered_or_not(client, learner, marks):
    CandidateFactory(phone=OTHER, phone_number=OTHER)
    replies = {}
    for sender in (OTHER, "13900000099"):
        for ticket in ("260000012345", "269999999999"):
            cache.clear()
            asked = ask(client, f"成绩 {ticket}", sender=sender, number=f"{sender}-{ticket}")
            replies[sender, ticket] = (asked.outcome, asked.answer.text, asked.answer.to == sender, asked.candidate_id)

    assert len({(outcome, text, to, whose) for outcome, text, to, whose in replies.values()}) == 1
    assert next(iter(replies.values()))[0] == "unknown"
    assert not any("76" in reply[1] for reply in replies.values())


def test_the_neutral_line_goes_once_a_day_to_one_sender(client, learner, marks):
    for number in range(3):
        ask(client, "成绩 269999999999", sender=OTHER, number=f"g-{number}")

    assert OutgoingMessage.objects.count() == 1
    ask(client, "成绩 269999999999", sender="13900000077", number="g-9")
    assert OutgoingMessage.objects.count() == 2


def test_a_former_ticket_of_the_holder_is_answered(client, learner, marks):
    learner.tickets.update(is_current=False)

    assert holder_of("260000012345", PHONE) == learner


def test_a_message_handed_in_twice_is_answered_once(client, learner, marks):
    first = post(client, body_of("成绩 260000012345"))
    again = post(client, body_of("成绩 260000012345"))

    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert OutgoingMessage.objects.count() == IncomingMessage.objects.count() == 1


@pytest.mark.parametrize("missing", [signature.TIMESTAMP, signature.NONCE, signature.SIGNATURE])
def test_what_is_not_signed_is_not_taken(client, learner, marks, missing):
    body = body_of("成绩 260000012345")
    headers = {name: value for name, value in signed(body, KEY).items() if name != missing} | {"X-Other": "1"}

    assert post(client, body, headers).status_code == 403
    assert not IncomingMessage.objects.exists()


def test_a_signature_of_another_key_or_another_text_is_not_taken(client, learner, marks):
    body = body_of("成绩 260000012345")

    assert post(client, body, signed(body, b"another key of the same length")).status_code == 403
    assert post(client, body, signed(body_of("成绩 1"), KEY)).status_code == 403
    assert post(client, body, signed(body, KEY) | {signature.NONCE: "0" * 32}).status_code == 403
    assert not OutgoingMessage.objects.exists()


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (299, 200), (302, 403), (-299, 200), (-302, 403)])
def test_a_signed_message_is_taken_within_five_minutes(client, learner, marks, seconds, status):
    body = body_of("成绩 260000012345")
    headers = signed(body, KEY)

    with time_machine.travel(time.time() + seconds, tick=False):
        assert post(client, body, headers).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"id": 1, "from": "1", "text": "x"}',
        b'{"id": "", "from": "1", "text": "x"}',
        b'{"id": "1"}',
        b"\xff",
        b"[" * 2000,
    ],
)
def test_a_signed_body_that_is_no_message_is_refused(client, body):
    assert post(client, body).status_code == 400
    assert not IncomingMessage.objects.exists()


def test_too_long_a_body_is_refused_before_it_is_read(client):
    assert post(client, body_of("长" * 5000)).status_code == 413


def test_a_get_is_refused_and_without_a_key_there_is_no_such_door(client, settings):
    assert client.get(URL).status_code == 405
    settings.SMS_INBOUND_KEY = b""
    body = body_of("成绩 260000012345")
    assert post(client, body, signed(body, b"")).status_code == 404


@pytest.mark.parametrize("sender", ["+8613900000001", "8613900000001", "0086 139 0000 0001"])
def test_the_sender_is_known_however_the_gateway_writes_the_number(client, learner, marks, sender):
    assert ask(client, "成绩 260000012345", sender=sender).outcome == "answered"


def test_a_sender_is_answered_ten_times_a_day(client, learner, marks):
    outcomes = [ask(client, "成绩 260000012345", number=f"g-{n}").outcome for n in range(11)]

    assert outcomes == ["answered"] * 10 + ["limited"]
    assert OutgoingMessage.objects.count() == 10


def test_the_office_sets_keywords_and_limit(client, learner, marks):
    for setting, value in (("sms.keywords.scores", ["查分"]), ("sms.inbound_a_day", 1)):
        Setting.objects.create(key=setting, value=value, in_force_from=timezone.localdate())

    assert ask(client, "查分260000012345").outcome == "answered"
    assert ask(client, "查分260000012345", number="g-2").outcome == "limited"
    assert understood("成绩260000012345") is None


def test_each_message_counts_for_its_channel(client, learner, marks):
    ask(client, "成绩 260000012345")
    ask(client, "成绩 269999999999", number="g-2")
    counting.collect()

    assert LookupCount.objects.get(channel="L5").count == 2


def test_long_answers_go_in_several_numbered_messages():
    entries = tuple(f"{n:05}一门名称相当长的课程名称 {n}" for n in range(30))
    texts = in_parts(Reply("【考籍】2026年10月成绩：", entries))

    assert len(texts) > 1
    assert all(text.startswith("【考籍】2026年10月成绩：") for text in texts)
    assert all(segments(text) <= 3 for text in texts)
    assert [text[-6:].rpartition("（")[2] for text in texts] == [f"{n}/{len(texts)}）" for n in range(1, len(texts) + 1)]
    assert all(sum(entry in text for text in texts) == 1 for entry in entries)


@given(st.lists(st.text(alphabet="课程名称0123456789", min_size=1, max_size=60), max_size=60))
def test_no_entry_is_lost_in_splitting(entries):
    joined = "".join(in_parts(Reply("【考籍】", tuple(entries))))

    assert all(entry in joined for entry in entries)
    assert IN_PARTS == 67


def test_a_person_can_try_it_from_the_command_line(learner, marks, settings):
    out = StringIO()
    call_command("sms_inbound", "--from", PHONE, "--text", "成绩 260000012345", "--id", "tried", stdout=out)
    call_command("sms_inbound", "--from", PHONE, "--text", "成绩 260000012345", "--id", "tried", stdout=out)

    (line,) = sent(settings.OUTBOX_ROOT)
    assert "04729大学语文 76" in line["text"]
    assert [json.loads(answer) for answer in out.getvalue().splitlines()] == [{"accepted": True}] * 2


def test_the_sender_is_kept_encrypted_and_the_text_not_at_all(client, learner, marks):
    asked = ask(client, "成绩 260000012345")

    columns = (
        IncomingMessage.objects.filter(pk=asked.pk).extra(select={"raw": "records_incomingmessage::text"}).values_list("raw")
    )
    (raw,) = columns.get()
    assert PHONE not in raw
    assert "260000012345" not in raw
    assert asked.sender_mask == "139****0001"
