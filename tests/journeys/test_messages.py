"""Messages: read on a phone, sent to many by two people, and marks by text message to the registered phone alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as conf
from django.core.management import call_command

from records.messages.telling import tell
from records.models import InboxMessage, Job, MessageBatch, Office, OutgoingMessage
from tests.factories import PASSWORD, UserFactory
from tests.journeys.city import COMPLETE, LEARNER, NEWCOMER, PEOPLE, UNIVERSITY
from tests.journeys.scenes import account_of, sign_in
from tests.journeys.visiting import Visitor

pytestmark = pytest.mark.browser

TITLE, TEXT = "核对报考信息", "请于11月30日前登录个人空间核对报考信息。"
STRANGE_PHONE = "13911112222"


def carried() -> list[dict[str, Any]]:
    """The short messages that have left so far, the oldest first."""
    outbox = Path(conf.KAOJI_HOME) / "outbox" / "sms.jsonl"
    return [json.loads(line) for line in outbox.read_text().splitlines()] if outbox.exists() else []


def inbox_link(candidate: Visitor, name: str) -> Any:
    """The way to the inbox that this window shows."""
    return candidate.page.get_by_role("link", name=name, exact=True).locator("visible=true").first


def written(clerk: Visitor) -> MessageBatch:
    """The clerk writes, sees whom it reaches, has it held."""
    clerk.open("/messages/")
    clerk.stop("none-yet")
    clerk.follow("新的群发消息")
    clerk.stop("new")
    clerk.type_into("标题", TITLE)
    clerk.type_into("内容", TEXT)
    clerk.page.get_by_label("同时发短信").check()
    clerk.press("看人数和例子")
    clerk.page.get_by_text("将要发给").wait_for()
    clerk.stop("preview")
    assert f"有{len(PEOPLE)}人" in clerk.text()
    assert not MessageBatch.objects.exists()
    for person in PEOPLE:
        assert person.name not in clerk.text()
        assert person.phone not in clerk.page.content()
    clerk.press("保存，等负责人放行")
    clerk.page.get_by_text("已保存，等负责人放行").wait_for()
    clerk.stop("held")
    return MessageBatch.objects.get()


def test_a_candidate_reads_a_message_on_the_phone(city, arrive):
    account_of(LEARNER)
    tell(LEARNER.record().pk, "registered", url="/space/", phone="", email="")
    told = InboxMessage.objects.get()
    candidate = arrive("candidate", phone=True, themes=("light", "dark"))
    sign_in(candidate, LEARNER.ticket)
    candidate.stop("space")
    inbox_link(candidate, "消息（1）").click()
    candidate.page.get_by_role("heading", name="未读").wait_for()
    candidate.stop("inbox")
    assert InboxMessage.objects.get().read_at is None

    candidate.follow(told.title)
    candidate.page.get_by_role("heading", name=told.title).wait_for()
    candidate.stop("message")
    assert told.text in candidate.text()
    assert InboxMessage.objects.get().read_at is not None

    inbox_link(candidate, "消息").click()
    candidate.page.get_by_role("heading", name="已读").wait_for()
    candidate.stop("read")
    assert inbox_link(candidate, "消息（1）").count() == 0
    assert candidate.page.get_by_role("heading", name="未读").count() == 0


def test_a_message_to_many_leaves_once_when_another_person_releases_it(city, arrive, worker):
    before = len(carried())
    account_of(LEARNER)
    clerk = arrive("clerk")
    sign_in(clerk, "clerk")
    batch = written(clerk)
    worker.finish()
    assert "放行须由负责人、另一人办理" in clerk.text()
    assert clerk.page.locator("main summary", has_text="放行").count() == 0
    assert not InboxMessage.objects.exists()
    assert not OutgoingMessage.objects.exists()
    assert len(carried()) == before

    UserFactory(username="head", office=Office.objects.get(code=UNIVERSITY), roles=["UH"], password=PASSWORD)
    head = arrive("head")
    sign_in(head, "head")
    head.open("/messages/")
    head.stop("waits")
    head.follow(TITLE)
    head.stop("to-release")
    stale = head.tab()
    head.take("放行，发给3人")
    head.page.get_by_text("已放行，正在发送").wait_for()
    worker.finish()
    head.page.reload()
    head.stop("sent")
    head.take_too_late(stale, "放行，发给3人", "这一批已经放行或撤回")
    worker.finish()

    assert Job.objects.filter(kind="messages.send-batch").count() == 1
    assert {line["to"] for line in carried()[before:]} == {person.phone for person in PEOPLE}
    assert [line["text"] for line in carried()[before:]] == [f"【考籍】{TEXT}"] * len(PEOPLE)
    assert InboxMessage.objects.filter(batch=batch).count() == len(PEOPLE)
    head.open("/messages/log/")
    head.stop("log")
    assert all(person.phone not in head.page.content() for person in PEOPLE)
    candidate = arrive("candidate", phone=True)
    sign_in(candidate, LEARNER.ticket)
    candidate.open("/space/messages/")
    candidate.follow(TITLE)
    candidate.page.get_by_role("heading", name=TITLE).wait_for()
    candidate.stop("told")
    assert TEXT in candidate.text()


def test_marks_by_text_message_go_to_the_registered_phone_and_to_no_other(city, worker, settings):
    settings.OUTBOX_ROOT = settings.KAOJI_HOME / "outbox"  # the command and the worker carry into one file
    before = len(carried())
    asked = f"成绩{LEARNER.ticket} 2025-10"
    call_command("sms_inbound", "--from", LEARNER.phone, "--text", asked)
    worker.finish()
    (answer,) = carried()[before:]
    assert answer["to"] == LEARNER.phone
    assert [answer["text"].count(mark) for mark in (" 71.5", " 54")] == [3, 1]

    for phone in (STRANGE_PHONE, NEWCOMER.phone, COMPLETE.phone):
        call_command("sms_inbound", "--from", phone, "--text", asked)
    worker.finish()
    others = carried()[before + 1 :]
    assert [line["to"] for line in others] == [STRANGE_PHONE, NEWCOMER.phone, COMPLETE.phone]
    assert len({line["text"] for line in others}) == 1
    assert not any(mark in others[0]["text"] for mark in ("71.5", "54", LEARNER.ticket, LEARNER.name))
