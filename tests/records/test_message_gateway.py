"""The SMS gateway and the mail server: real servers in the test's own process, spoken to as an office's."""

from __future__ import annotations

import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import read
from records.messages import sending
from records.messages.carriers import FAULTS, Undelivered
from records.messages.gateway import HttpGateway
from records.messages.mail import Smtp
from records.messages.sending import send
from records.models import OutgoingMessage

KEY = b"0123456789abcdef-shared"
Answer = tuple[int, bytes, dict[str, str]]


@dataclass
class Gateway:
    """A gateway that keeps what it was sent and answers what the test wants."""

    url: str = ""
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], Answer] = lambda _message: (200, b'{"receipt": "g-1"}', {})


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    found = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.taken.append((dict(self.headers), body))
            status, answer, headers = found.answer(json.loads(body))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing on the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}/send?account=kaoji"
    yield found
    server.shutdown()
    server.server_close()


def carry(gateway: Gateway, text: str = "您好") -> str:
    return HttpGateway(gateway.url, KEY, seconds=1).carry("sms", "13900000001", "", text, key="kaoji-1-0")


def test_a_message_goes_as_one_request_that_the_gateway_can_verify(gateway):
    receipt = carry(gateway, "【考籍】您好 𠮷")

    ((headers, body),) = gateway.taken
    signed = b"\n".join([headers["X-Kaoji-Timestamp"].encode(), headers["X-Kaoji-Nonce"].encode(), body])
    assert receipt == "g-1"
    assert json.loads(body) == {"key": "kaoji-1-0", "to": "13900000001", "text": "【考籍】您好 𠮷"}
    assert headers["X-Kaoji-Signature"] == hmac.new(KEY, signed, "sha256").hexdigest()
    assert headers["Idempotency-Key"] == "kaoji-1-0"
    assert abs(int(headers["X-Kaoji-Timestamp"]) - time.time()) < 60


def test_no_two_requests_have_the_same_nonce(gateway):
    carry(gateway)
    carry(gateway)

    assert len({headers["X-Kaoji-Nonce"] for headers, _body in gateway.taken}) == 2


@pytest.mark.parametrize(
    ("status", "body", "fault", "is_final"),
    [
        (400, b"", "rejected", True),
        (422, b'{"fault": "recipient"}', "bad-recipient", True),
        (404, b"not json", "rejected", True),
        (401, b"", "not-trusted", False),
        (403, b"", "not-trusted", False),
        (408, b"", "timeout", False),
        (429, b"", "too-many", False),
        (500, b"", "busy", False),
        (503, b"", "busy", False),
        (302, b"", "busy", False),
        (200, b"<html>", "unreadable", False),
        (200, b"[]", "unreadable", False),
    ],
)
def test_what_the_gateway_refuses_for_good_is_told_from_what_it_cannot_do_now(gateway, status, body, fault, is_final):
    gateway.answer = lambda _message: (status, body, {"Location": gateway.url})

    with pytest.raises(Undelivered) as failure:
        carry(gateway)

    assert (failure.value.fault, failure.value.is_final) == (fault, is_final)
    assert fault in FAULTS
    assert len(gateway.taken) == 1, "no redirect is followed"


@pytest.mark.parametrize(("asked", "wait"), [("90", 90), ("99999", 3600), ("soon", 0), ("-5", 0)])
def test_a_gateway_that_asks_for_patience_gets_it_within_an_hour(gateway, asked, wait):
    gateway.answer = lambda _message: (429, b"", {"Retry-After": asked})

    with pytest.raises(Undelivered) as failure:
        carry(gateway)

    assert failure.value.wait == wait


def test_a_gateway_that_does_not_answer_in_time_or_is_not_there_may_be_tried_again(gateway):
    gateway.answer = lambda _message: (time.sleep(2), (200, b"{}", {}))[1]
    with pytest.raises(Undelivered) as slow:
        carry(gateway)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    with pytest.raises(Undelivered) as away:
        carry(Gateway(url))

    assert (slow.value.fault, slow.value.is_final) == ("timeout", False)
    assert (away.value.fault, away.value.is_final) == ("unreachable", False)


def test_a_message_whose_answer_was_lost_goes_again_and_the_gateway_knows_it_by_its_key(db, gateway, settings):
    """The gateway took it and died before answering; the second try has the same key."""
    settings.MESSAGE_CARRIERS = {"sms": ("records.messages.gateway.HttpGateway", {"url": gateway.url, "key": KEY, "seconds": 1})}
    delivered: dict[str, str] = {}

    def answer(message: dict[str, Any]) -> Answer:
        first = message["key"] not in delivered
        delivered.setdefault(message["key"], message["text"])
        return (502, b"", {}) if first else (200, b'{"receipt": "g-7"}', {})

    gateway.answer = answer
    message = send("sms", "13900000001", "一条消息")

    sending.deliver(message.pk)
    OutgoingMessage.objects.update(try_after=None)
    sending.deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.tries, message.receipt) == ("sent", 2, "g-7")
    assert list(delivered.values()) == ["一条消息"]


def test_a_final_refusal_is_not_tried_again(db, gateway, settings):
    settings.MESSAGE_CARRIERS = {"sms": ("records.messages.gateway.HttpGateway", {"url": gateway.url, "key": KEY, "seconds": 1})}
    gateway.answer = lambda _message: (422, b'{"fault": "recipient"}', {})
    message = send("sms", "13900000001", "验证码123456", passing=True)

    sending.deliver(message.pk)
    sending.deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.fault, message.tries, message.text) == ("failed", "bad-recipient", 1, "")
    assert len(gateway.taken) == 1


class MailServer(threading.Thread):
    """Enough of SMTP to take a mail, or to refuse a recipient with a code."""

    def __init__(self, recipient_answer: str = "250 ok") -> None:
        super().__init__(daemon=True)
        self.recipient_answer = recipient_answer
        self.mail = ""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def run(self) -> None:
        connection, _address = self.listener.accept()
        with connection, connection.makefile("rwb", buffering=0) as stream:
            stream.write(b"220 test\r\n")
            for line in iter(stream.readline, b""):
                verb = line[:4].upper()
                if verb == b"DATA":
                    stream.write(b"354 go on\r\n")
                    while (line := stream.readline()) != b".\r\n":
                        self.mail += line.decode()
                    stream.write(b"250 taken\r\n")
                elif verb == b"RCPT":
                    stream.write(f"{self.recipient_answer}\r\n".encode())
                elif verb == b"QUIT":
                    stream.write(b"221 bye\r\n")
                    return
                else:
                    stream.write(b"250 ok\r\n")


def mail_to(server: MailServer, to: str = "someone@example.cn", subject: str = "您的申请有新的进展") -> str:
    carrier = Smtp("考籍 <kaoji@example.cn>", {"host": "127.0.0.1", "port": server.port, "timeout": 5})
    return carrier.carry("mail", to, subject, "请登录个人空间查看。", key="kaoji-1-0")


def test_a_mail_goes_to_the_mail_server_under_the_key_of_its_message():
    server = MailServer()
    server.start()

    receipt = mail_to(server)

    server.join(5)
    assert receipt == "<kaoji-1-0@example.cn>"
    assert f"Message-ID: {receipt}" in server.mail
    assert "To: someone@example.cn" in server.mail
    assert "Auto-Submitted: auto-generated" in server.mail


@pytest.mark.parametrize(
    ("answer", "fault", "is_final"), [("550 no such box", "bad-recipient", True), ("451 later", "busy", False)]
)
def test_a_mail_server_that_knows_no_such_box_is_not_asked_again(answer, fault, is_final):
    server = MailServer(answer)
    server.start()

    with pytest.raises(Undelivered) as failure:
        mail_to(server)

    assert (failure.value.fault, failure.value.is_final) == (fault, is_final)


def test_an_address_that_would_smuggle_in_a_header_is_refused_and_a_dead_server_tried_again():
    server = MailServer()
    server.start()
    with pytest.raises(Undelivered) as smuggled:
        mail_to(server, to="someone@example.cn\nBcc: all@example.cn")
    server.join(5)
    server.listener.close()
    with pytest.raises(Undelivered) as away:
        mail_to(server)

    assert (smuggled.value.fault, smuggled.value.is_final) == ("bad-recipient", True)
    assert (away.value.fault, away.value.is_final) == ("unreachable", False)


NAMED = {
    "KAOJI_SMS_URL": "https://sms.example.cn/send",
    "KAOJI_SMS_KEY": "0123456789abcdef",
    "KAOJI_SMS_INBOUND_KEY": "fedcba9876543210",
    "KAOJI_MAIL_URL": "smtp://kaoji:p%40ss@mail.example.cn:587?tls=starttls",
    "KAOJI_MAIL_FROM": "kaoji@example.cn",
}


def test_the_environment_names_gateway_and_mail_server(monkeypatch, tmp_path):
    monkeypatch.setenv("KAOJI_HOME", str(tmp_path))
    for name, value in NAMED.items():
        monkeypatch.setenv(name, value)

    messaging = read(tmp_path).messaging

    path, options = messaging.carriers["mail"]
    assert (path, options["sender"]) == ("records.messages.mail.Smtp", "kaoji@example.cn")
    assert options["options"]["password"] == "p@ss"
    assert (options["options"]["port"], options["options"]["use_tls"], options["options"]["use_ssl"]) == (587, True, False)
    assert messaging.carriers["sms"][1]["key"] == b"0123456789abcdef"
    assert messaging.inbound_key == b"fedcba9876543210"


def test_without_them_everything_goes_to_the_files_of_the_outbox(monkeypatch, tmp_path):
    monkeypatch.setenv("KAOJI_HOME", str(tmp_path))
    for name in NAMED:
        monkeypatch.delenv(name, raising=False)

    messaging = read(tmp_path).messaging

    assert {path for path, _options in messaging.carriers.values()} == {"records.messages.outbox.FileOutbox"}
    assert len(messaging.inbound_key) >= 16


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAOJI_SMS_URL", "ftp://sms.example.cn"),
        ("KAOJI_SMS_URL", "https://"),
        ("KAOJI_SMS_KEY", "short"),
        ("KAOJI_SMS_INBOUND_KEY", "short"),
        ("KAOJI_MAIL_URL", "mail.example.cn"),
        ("KAOJI_MAIL_URL", "smtp://mail.example.cn?tls=perhaps"),
        ("KAOJI_MAIL_URL", "smtp://mail.example.cn:port"),
        ("KAOJI_MAIL_FROM", ""),
    ],
)
def test_what_cannot_be_read_is_named_at_the_start(monkeypatch, tmp_path, name, value):
    monkeypatch.setenv("KAOJI_HOME", str(tmp_path))
    for variable, given in (NAMED | {name: value}).items():
        monkeypatch.setenv(variable, given)

    with pytest.raises(ImproperlyConfigured, match=name):
        read(tmp_path)
