"""The texts that the portal sends: each renders with what it declares, none can carry what has no business in a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.messages.models import InboxMessage, OutgoingMessage
from records.messages.telling import send_by, tell
from records.messages.templates import FORBIDDEN, TEMPLATES, WORD, ForbiddenContent, Template, segments
from records.models import Candidate
from tests.factories import CandidateFactory

EXAMPLES = {
    "code": "123456",
    "minutes": "10",
    "end": "0001",
    "kind": "免考",
    "number": "更2026-000001",
    "answer": "【考籍】2026年10月成绩：00015英语（二） 缺考。",
}


def example_words(template: Template) -> dict[str, str]:
    return {word: EXAMPLES[word] for word in template.words}


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=str)
def test_every_template_says_what_it_is_for_and_renders_with_exactly_its_words(template):
    used = {word for text in template.texts for word in WORD.findall(str(text))}
    rendered = [template.filled(text, example_words(template)) for text in template.texts]

    assert str(template.purpose)
    assert used == set(template.words)
    assert any(rendered) or template.slug == "batch", "what an office writes itself has no text here"
    assert not any("%" in text for text in rendered)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=str)
def test_no_template_asks_for_an_identity_number_a_phone_number_or_a_mark(template):
    assert not set(template.words) & FORBIDDEN


@pytest.mark.parametrize("template", [t for t in TEMPLATES.values() if t.sms], ids=str)
def test_a_short_message_names_its_sender_and_takes_no_more_than_two_parts(template):
    text = template.filled(template.sms, example_words(template))

    assert text.startswith("【考籍】")
    assert segments(text) <= 2


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=str)
def test_subject_and_title_fit_their_columns_and_a_mail_has_a_subject(template):
    words = example_words(template)

    assert len(template.filled(template.subject, words)) <= 100
    assert len(template.filled(template.title, words)) <= 100
    assert bool(str(template.subject)) == bool(str(template.mail))
    assert not (template.passing and str(template.title)), "what passes does not lie in the inbox"


@pytest.mark.parametrize(("length", "parts"), [(0, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)])
def test_seventy_characters_go_in_one_part_and_sixty_seven_in_each_of_several(length, parts):
    assert segments("籍" * length) == parts


def test_a_rare_character_counts_twice():
    assert segments("𠮷" * 35) == 1
    assert segments("𠮷" * 36) == 2


@given(st.text(max_size=400))
def test_more_text_never_takes_fewer_parts(text):
    assert segments(text + "籍") >= segments(text) >= 1


def test_a_template_refuses_words_that_it_did_not_declare_and_misses_those_it_did(db):
    candidate = CandidateFactory()

    with pytest.raises(KeyError):
        tell(candidate.pk, "case-done", kind="免考")
    with pytest.raises(KeyError):
        tell(candidate.pk, "case-done", kind="免考", number="免2026-000001", extra="x")
    with pytest.raises(KeyError):
        tell(candidate.pk, "no-such-template")
    assert not OutgoingMessage.objects.exists()
    assert not InboxMessage.objects.exists()


@pytest.mark.parametrize("secret", ["310104199803140021", "13900000001", "139 0000 0001", "E12345678", "31010419980314002x"])
def test_a_word_that_holds_an_identity_or_phone_number_stops_the_message(db, secret):
    candidate = CandidateFactory()

    with pytest.raises(ForbiddenContent) as refusal:
        tell(candidate.pk, "case-done", kind="免考", number=secret)

    assert secret not in str(refusal.value)
    assert not OutgoingMessage.objects.exists()
    assert not InboxMessage.objects.exists()


def test_a_candidate_is_told_in_the_space_and_on_the_phone(db):
    candidate = CandidateFactory(phone="13900000001")

    message = tell(candidate.pk, "case-done", url="/exemptions/1/", kind="免考", number="免2026-000001")

    assert message is not None
    assert (message.candidate, message.template, message.url) == (candidate, "case-done", "/exemptions/1/")
    assert message.title == "免考申请已经办结"
    assert "免2026-000001" in message.text
    assert message.read_at is None
    sent = OutgoingMessage.objects.get()
    assert (sent.kind, sent.to, sent.template, sent.candidate) == ("sms", "13900000001", "case-done", candidate)
    assert sent.text == "【考籍】您的免考申请有新的进展，请登录个人空间查看。"
    assert sent.state == OutgoingMessage.State.WAITING


def test_a_mail_goes_too_where_there_is_an_address_and_a_text_for_it(db):
    candidate = CandidateFactory(phone="", email="someone@example.cn")

    tell(candidate.pk, "case-done", kind="免考", number="免2026-000001")
    tell(candidate.pk, "photo-refused")

    sent = OutgoingMessage.objects.get()
    assert (sent.kind, sent.to, sent.subject) == ("mail", "someone@example.cn", "您的申请有新的进展")


def test_the_old_phone_can_be_told_instead_of_the_registered_one(db):
    candidate = CandidateFactory(phone="13900000001")

    tell(candidate.pk, "phone-changed", phone="13900000002", end="0001")
    tell(candidate.pk, "phone-changed", phone="", end="0001")

    assert [message.to for message in OutgoingMessage.objects.all()] == ["13900000002"]
    assert InboxMessage.objects.count() == 2


def test_of_two_merged_records_the_one_that_stays_is_told(db):
    stays = CandidateFactory(phone="13900000001")
    gone = CandidateFactory(phone="13900000002")
    Candidate.objects.filter(pk=gone.pk).update(merged_into=stays)

    tell(gone.pk, "case-done", kind="免考", number="免2026-000001")

    assert InboxMessage.objects.get().candidate == stays
    assert OutgoingMessage.objects.get().to == "13900000001"


def test_a_code_goes_to_the_address_it_proves_and_nowhere_else(db):
    candidate = CandidateFactory(phone="13900000001")

    message = send_by("mail", "new@example.cn", "contact-code", candidate_id=candidate.pk, code="123456", minutes=10)

    assert (message.kind, message.to, message.passing, message.template) == ("mail", "new@example.cn", True, "contact-code")
    assert "123456" in message.text
    assert not InboxMessage.objects.exists()
    assert OutgoingMessage.objects.count() == 1
