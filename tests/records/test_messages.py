"""Messages: a row each, carried after the commit by a task, wiped where they pass."""

from __future__ import annotations

import datetime as dt
import json
import stat
import threading
from pathlib import Path

import pytest
from django.core import serializers
from django.db import connection, transaction
from django.utils import timezone

from records.messages import sending
from records.messages.carriers import Undelivered
from records.messages.outbox import FileOutbox
from records.messages.sending import MOST_TRIES, MOST_TRIES_PASSING, pause_after, send, send_again
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


@pytest.fixture
def full(settings, tmp_path) -> Path:
    """The outbox's folder cannot be made: a file stands there."""
    (tmp_path / "full").write_text("")
    settings.OUTBOX_ROOT = tmp_path / "full"
    return settings.OUTBOX_ROOT


def let_time_pass(message: OutgoingMessage) -> None:
    """Its next try is due."""
    OutgoingMessage.objects.filter(pk=message.pk).update(try_after=timezone.now() - dt.timedelta(seconds=1))
    message.refresh_from_db()


@pytest.mark.parametrize(("passing", "most"), [(False, MOST_TRIES), (True, MOST_TRIES_PASSING)])
def test_a_carrier_that_fails_is_tried_again_and_given_up_in_the_end(db, full, settings, tmp_path, passing, most):
    message = send(Kind.SMS, "13900000001", "一条消息", passing=passing)

    for tries in range(1, most + 1):
        assert sending.deliver(message.pk)
        message.refresh_from_db()
        assert (message.tries, message.fault) == (tries, "no-room")
        assert message.state == (State.FAILED if tries == most else State.WAITING)
        if tries < most:
            assert not sending.deliver(message.pk), "before its time nothing is tried"
            let_time_pass(message)
    assert message.text == ("" if passing else "一条消息")

    settings.OUTBOX_ROOT = tmp_path / "free"
    assert not sending.deliver(message.pk)
    assert lines(settings.OUTBOX_ROOT) == []


def test_pauses_grow_stay_within_two_hours_and_differ():
    pauses = [[pause_after(tries) for _ in range(50)] for tries in range(1, 12)]

    assert all(24 <= pause <= 36 for pause in pauses[0])
    assert all(96 <= pause <= 144 for pause in pauses[1])
    assert max(pause for some in pauses for pause in some) <= 2 * 3600 * 1.2
    assert all(len(set(some)) > 1 for some in pauses)


def test_a_failed_message_is_sent_again_by_hand_with_new_tries(db, full, settings, tmp_path):
    message = send(Kind.SMS, "13900000001", "一条消息")
    OutgoingMessage.objects.filter(pk=message.pk).update(state=State.FAILED, tries=MOST_TRIES, fault="busy")

    send_again(message)
    settings.OUTBOX_ROOT = tmp_path / "free"
    sending.deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.tries, message.fault, message.round) == (State.SENT, 1, "", 0)
    assert len(lines(settings.OUTBOX_ROOT)) == 1


@pytest.mark.parametrize("columns", [{"state": "failed", "passing": True}, {"state": "waiting"}, {"state": "sent"}])
def test_what_passes_what_waits_and_what_has_left_is_not_sent_again(db, woken, columns):
    message = send(Kind.SMS, "13900000001", "验证码123456")
    OutgoingMessage.objects.filter(pk=message.pk).update(**columns)

    send_again(message)

    message.refresh_from_db()
    assert message.state == columns["state"]
    assert woken == []


def test_only_what_was_refused_for_good_gets_a_new_key(db, settings):
    keys: list[str] = []

    class Refusing(FileOutbox):
        def carry(self, *parcel: str, key: str) -> str:
            keys.append(key)
            raise Undelivered("rejected", is_final=len(keys) in {2, 3})

    message = send(Kind.SMS, "13900000001", "一条消息")
    settings.MESSAGE_CARRIERS = {"sms": (Refusing, {})}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("records.messages.carriers.import_string", lambda made: made)
        sending.deliver(message.pk)
        let_time_pass(message)
        sending.deliver(message.pk)
        message.refresh_from_db()
        assert (message.state, message.tries, message.is_final) == (State.FAILED, 2, True)
        send_again(message)
        sending.deliver(message.pk)

    assert keys[0] == keys[1] != keys[2]


def test_the_sweep_carries_what_is_due_oldest_first_and_leaves_the_fresh_and_the_finished(db, outbox_folder):
    lost, fresh, done, due, later = (send(Kind.SMS, f"1390000000{n}", "一条消息") for n in range(5))
    now = timezone.now()
    long_ago = now - sending.LOST_AFTER - dt.timedelta(seconds=1)
    OutgoingMessage.objects.filter(pk__in=[lost.pk, done.pk]).update(created_at=long_ago)
    OutgoingMessage.objects.filter(pk=done.pk).update(state=State.SENT)
    OutgoingMessage.objects.filter(pk=due.pk).update(try_after=now - dt.timedelta(seconds=1), tries=1)
    OutgoingMessage.objects.filter(pk=later.pk).update(try_after=now + dt.timedelta(minutes=1), tries=1)

    assert sending.sweep() == 2
    assert [line["to"] for line in lines(outbox_folder)] == ["13900000000", "13900000003"]
    fresh.refresh_from_db()
    assert (fresh.state, fresh.tries) == (State.WAITING, 0)
    assert sending.sweep() == 0


def test_several_workers_that_sweep_at_once_carry_each_message_once(transactional_db, outbox_folder):
    messages = [send(Kind.SMS, f"1390000{n:04}", "一条消息") for n in range(40)]
    OutgoingMessage.objects.update(try_after=timezone.now() - dt.timedelta(seconds=1))

    def work() -> None:
        sending.sweep()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(line["to"] for line in lines(outbox_folder)) == sorted(message.to for message in messages)
    assert set(OutgoingMessage.objects.values_list("state", "tries")) == {("sent", 1)}


def test_a_worker_killed_while_carrying_leaves_the_message_to_be_tried_again_under_the_same_key(db, settings):
    keys: list[str] = []

    class Dying(FileOutbox):
        def carry(self, *parcel: str, key: str) -> str:
            keys.append(key)
            if len(keys) == 1:
                raise KeyboardInterrupt
            return "r-1"

    message = send(Kind.SMS, "13900000001", "一条消息")
    settings.MESSAGE_CARRIERS = {"sms": (Dying, {})}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("records.messages.carriers.import_string", lambda made: made)
        with pytest.raises(KeyboardInterrupt):
            sending.deliver(message.pk)
        assert not sending.deliver(message.pk)
        let_time_pass(message)
        sending.deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.receipt, message.tries) == (State.SENT, "r-1", 2)
    assert keys[0] == keys[1]


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
