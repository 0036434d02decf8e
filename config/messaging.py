"""How messages leave and come in, as the environment says: an SMS gateway, a mail server, or the files of the outbox."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from config.home import Home

OUTBOX: tuple[str, dict[str, Any]] = ("records.messages.outbox.FileOutbox", {})
LEAST_KEY = 16
SECONDS = 10
MAIL_PORTS = {"smtp": 25, "smtps": 465}
TLS = {"none", "starttls"}


@dataclass(frozen=True)
class Messaging:
    """``carriers``: for ``sms`` and ``mail`` the class of the carrier and its options; an empty ``inbound_key`` takes none in."""

    carriers: dict[str, tuple[str, dict[str, Any]]]
    inbound_key: bytes


def read(home: Home, faults: list[str]) -> Messaging:
    """What the environment says; what is wrong with it is added to ``faults``. The embedded installation has a key of its own."""
    inbound = os.environ.get("KAOJI_SMS_INBOUND_KEY", "")
    if not inbound and "DATABASE_URL" not in os.environ:
        inbound = home.made_once("sms-inbound-key", secrets.token_urlsafe)
    if inbound and len(inbound) < LEAST_KEY:
        faults.append(f"KAOJI_SMS_INBOUND_KEY must have {LEAST_KEY} characters or more")
    return Messaging({"sms": _gateway(faults), "mail": _mail_server(faults)}, inbound.encode())


def _gateway(faults: list[str]) -> tuple[str, dict[str, Any]]:
    url, key = os.environ.get("KAOJI_SMS_URL", ""), os.environ.get("KAOJI_SMS_KEY", "")
    if not url:
        return OUTBOX
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        faults.append("KAOJI_SMS_URL is no address of the form https://host/path")
    if len(key) < LEAST_KEY:
        faults.append(f"KAOJI_SMS_KEY must have {LEAST_KEY} characters or more")
    return "records.messages.gateway.HttpGateway", {"url": url, "key": key.encode(), "seconds": SECONDS}


def _mail_server(faults: list[str]) -> tuple[str, dict[str, Any]]:
    url, sender = os.environ.get("KAOJI_MAIL_URL", ""), os.environ.get("KAOJI_MAIL_FROM", "")
    if not url:
        return OUTBOX
    parts = _split(url)
    tls = dict(parse_qsl(parts.query)).get("tls", "none") if parts else ""
    if parts is None or parts.scheme not in MAIL_PORTS or not parts.hostname or tls not in TLS:
        faults.append("KAOJI_MAIL_URL is no address of the form smtps://user:password@host or smtp://host:587?tls=starttls")
        return OUTBOX
    if "@" not in sender:
        faults.append("KAOJI_MAIL_FROM is missing: the address from which mails are sent")
    return "records.messages.mail.Smtp", {"sender": sender, "options": _options(parts, tls)}


def _options(parts: SplitResult, tls: str) -> dict[str, Any]:
    return {
        "host": parts.hostname,
        "port": parts.port or MAIL_PORTS[parts.scheme],
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": parts.scheme == "smtps",
        "use_tls": parts.scheme == "smtp" and tls == "starttls",
        "timeout": SECONDS,
    }


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None where it has none that can be read."""
    try:
        parts = urlsplit(url)
        return parts if parts.port is None or parts.port else None
    except ValueError:
        return None
