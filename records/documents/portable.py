"""Checking a PDF as far as a register must: that it begins and ends as one, and that nothing in it wants to act."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from records.documents.faults import Unacceptable, broken, two_in_one

HEAD = re.compile(rb"%PDF-(1\.[0-7]|2\.0)[\r\n ]")
TAIL = re.compile(rb"startxref\s+\d+\s+%%EOF\s*\Z")
TAIL_LENGTH = 1024
ACTING = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA|SubmitForm|ImportData)\b")
FOREIGN = re.compile(rb"<(!doctype|html|script|svg|\?php)|PK\x03\x04|MZ\x90", re.IGNORECASE)
FOREIGN_WITHIN = 1024


def check(content: bytes) -> None:
    """Raise ``Unacceptable`` for a PDF without proper head or tail, with something in front or behind, or with active content.

    Names written with ``#`` escapes are read as what they mean. Content hidden in compressed streams is not unpacked: whoever
    serves the file does so as a download that no page of ours can run.
    """
    if not HEAD.match(content):
        raise broken()
    if b"%%EOF" not in content:
        raise broken()
    if not TAIL.search(content[-TAIL_LENGTH:]) or FOREIGN.search(content[:FOREIGN_WITHIN]):
        raise two_in_one()
    if ACTING.search(_unescaped(content)):
        raise Unacceptable("document.active", _("这个PDF带有脚本、表单动作或附件，不能接收。请打印成PDF或另存为图片后再传。"))


def _unescaped(content: bytes) -> bytes:
    """The bytes with ``/J#61vaScript`` read as ``/JavaScript``."""
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), content)
