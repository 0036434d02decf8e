"""Messages: a row each, carried after the commit by a task, wiped where they pass."""

from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path

import pytest
from django.core import serializers
from django.db import connection, transaction
from django.utils import timezone

from records.messages import outbox, sending
from records.messages.sending import MOST_TRIES, send
from records.models import OutgoingMessage

Kind, State = OutgoingMessage.Kind, OutgoingMessage.State


@pytest.fixture(autouse=True)
def outbox_folder(settings, tmp_path) -> Path:
    settings.OUTBOX_ROOT = tmp_path / "outbox"
    return settings.OUTBOX_ROOT


@pytest.fixture
def woken(monkeypatch) -> list[int]:
    """The ids of messages for which a task was sent, in place of the broker."""
    ids: list[int] = []
    monkeypatch.setattr(sending.current_app, "send_task", lambda _name, args: ids.append(args[0]))
    return ids


def lines(folder: Path, kind: str = "sms") -> list[dict[str, str]]:
    path = folder / f"{kind}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def test_nothing_is_sent_before_the_commit_and_nothing_after_a_rollback(db, woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        message = send(Kind.SMS, "13900000001", "您的申请已批准。")
        assert woken == []
    assert woken == [message.pk]

    with transaction.atomic():
        send(Kind.SMS, "13900000001", "没有发生的事。")
        transaction.set_rollback(True)
    assert woken == [message.pk]


def test_a_message_is_carried_once_as_one_line_of_the_outbox(db, outbox_folder):
    message = send(Kind.SMS, "13900000001", "您的申请“免2026-00001”已批准。")

    sending.deliver(message.pk)
    sending.deliver(message.pk)

    (line,) = lines(outbox_folder)
    assert set(line) == {"to", "text", "at"}
    assert (line["to"], line["text"]) == ("13900000001", "您的申请“免2026-00001”已批准。")
    assert abs(dt.datetime.fromisoformat(line["at"]) - timezone.now()) < dt.timedelta(minutes=1)
    message.refresh_from_db()
    assert (message.state, message.tries, message.text) == (State.SENT, 1, line["text"])


def test_mails_and_short_messages_have_files_of_their_own_that_nobody_else_may_read(db, outbox_folder):
    for kind, to in ((Kind.SMS, "13900000001"), (Kind.MAIL, "someone@example.cn")):
        sending.deliver(send(kind, to, "一行\n两行").pk)

    assert [line["to"] for line in lines(outbox_folder, "mail")] == ["someone@example.cn"]
    assert lines(outbox_folder, "mail")[0]["text"] == "一行\n两行"
    assert len(lines(outbox_folder, "sms")) == 1
    assert stat.S_IMODE((outbox_folder / "sms.jsonl").stat().st_mode) == 0o600


def test_a_passing_text_is_wiped_when_it_has_left(db, outbox_folder):
    message = send(Kind.SMS, "13900000001", "验证码123456", passing=True)

    sending.deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.text) == (State.SENT, "")
    assert lines(outbox_folder)[0]["text"] == "验证码123456"


def test_the_recipient_and_the_text_are_encrypted_in_the_database(db):
    send(Kind.SMS, "13900000001", "验证码123456", passing=True)

    with connection.cursor() as cursor:
        cursor.execute('SELECT m::text, "to", text FROM records_outgoingmessage m')
        row, to, text = cursor.fetchone()
    stored = row.encode() + bytes(to) + bytes(text)
    assert b"13900000001" not in stored
    assert b"123456" not in stored
    assert "13900000001" not in str(OutgoingMessage.objects.get())
    assert serializers.serialize("python", OutgoingMessage.objects.all())[0]["fields"]["state"] == "waiting"


def test_a_carrier_that_fails_is_tried_again_and_given_up_in_the_end(db, monkeypatch, outbox_folder):
    message = send(Kind.SMS, "13900000001", "验证码123456", passing=True)

    def broken(*_: str) -> None:
        raise OSError("no room")

    monkeypatch.setattr(outbox, "carry", broken)
    for tries in range(1, MOST_TRIES + 1):
        sending.deliver(message.pk)
        message.refresh_from_db()
        assert message.tries == tries
        assert message.state == (State.FAILED if tries == MOST_TRIES else State.WAITING)
    assert message.text == ""

    monkeypatch.undo()
    sending.deliver(message.pk)
    assert lines(outbox_folder) == []


def test_the_sweep_wakes_what_was_lost_and_leaves_the_fresh_and_the_finished(db, woken):
    lost, fresh, done = (send(Kind.SMS, "13900000001", "一条消息") for _ in range(3))
    long_ago = timezone.now() - sending.LOST_AFTER - dt.timedelta(seconds=1)
    OutgoingMessage.objects.filter(pk__in=[lost.pk, done.pk]).update(created_at=long_ago)
    OutgoingMessage.objects.filter(pk=done.pk).update(state=State.SENT)

    assert sending.sweep() == 1
    assert woken == [lost.pk]
    assert fresh.pk not in woken


def test_a_broker_that_is_away_does_not_hurt_the_request(db, monkeypatch, django_capture_on_commit_callbacks):
    def away(*_: object, **__: object) -> None:
        raise sending.OperationalError("refused")

    monkeypatch.setattr(sending.current_app, "send_task", away)

    with django_capture_on_commit_callbacks(execute=True):
        message = send(Kind.SMS, "13900000001", "一条消息")

    message.refresh_from_db()
    assert message.state == State.WAITING


def test_a_worker_carries_what_a_request_sent(worker):
    message = send(Kind.SMS, "13900000001", "由工作进程发出")

    worker.finish()

    message.refresh_from_db()
    assert message.state == State.SENT
