"""What carries messages out: the interface, why a carrier may fail, and which one serves which kind.

The embedded installation has the file outbox; an office names its SMS gateway and its mail server in the environment
(docs/OPERATIONS.md), each by itself.
"""

from __future__ import annotations

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

FAULTS = {
    "unreachable": _("连不上网关"),
    "timeout": _("网关没有及时答复"),
    "busy": _("网关暂时不能受理"),
    "too-many": _("网关限制发送速度"),
    "not-trusted": _("网关不认本系统的密钥或账号"),
    "unreadable": _("网关的答复看不懂"),
    "no-room": _("发件箱写不进去"),
    "rejected": _("网关拒绝这一条"),
    "bad-recipient": _("收件号码或地址无效"),
}
"""Kinds of failure, in words for staff. A carrier names one of them and nothing of the message."""


class Undelivered(Exception):
    """A carrier did not take the message. ``is_final`` when another try makes no sense; ``wait``: seconds it asked for."""

    def __init__(self, fault: str, *, is_final: bool = False, wait: int = 0) -> None:
        super().__init__(fault)
        self.fault = fault
        self.is_final = is_final
        self.wait = wait


class Carrier(Protocol):
    """Takes one message; what happens to it after that is the carrier's own affair."""

    def carry(self, kind: str, to: str, subject: str, text: str, *, key: str) -> str:
        """Hand the message over and return the carrier's own number for it ("" for none); raises ``Undelivered``.

        ``key`` is the same for every try of one message: a carrier that has taken it already answers as the first time.
        """


def carrier_of(kind: str) -> Carrier:
    """The carrier of a kind of message (``OutgoingMessage.Kind``) in this installation."""
    path, options = settings.MESSAGE_CARRIERS[kind]
    carrier: Carrier = import_string(path)(**options)
    return carrier
