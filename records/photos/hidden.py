"""Content that does not belong into a photo: pages, archives, documents in the parts that no viewer draws."""

from __future__ import annotations

import re

from records.documents.inspection import JPEG, Inspected

FOREIGN = re.compile(
    rb"<(!doctype|html|script|svg|iframe|body|\?php|%)|%PDF-|PK\x03\x04|PK\x05\x06|MZ\x90\x00|\x7fELF|#!/|Rar!\x1a|7z\xbc\xaf",
    re.I,
)
START_OF_SCAN = b"\xff\xda"
HEAD, PIXELS = 8, (b"IDAT", b"PLTE", b"fdAT")


def holds_something_else(inspected: Inspected) -> bool:
    """Whether the comments, profiles and texts of a picture (not its pixels) hold a page, a program, an archive or a document."""
    parts = _before_the_scan(inspected.content) if inspected.kind is JPEG else _without_pixels(inspected.content)
    return FOREIGN.search(parts) is not None


def _before_the_scan(content: bytes) -> bytes:
    """The segments in front of a JPEG's first scan: its header, its profiles, its comments."""
    at = 2
    while content[at : at + 1] == b"\xff" and content[at : at + 2] != START_OF_SCAN:
        if content[at + 1] == 0xFF:
            at += 1
            continue
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
    return content[:at]


def _without_pixels(content: bytes) -> bytes:
    """The chunks of a PNG that are neither palette nor pixels."""
    at, parts = HEAD, []
    while at < len(content):
        length = int.from_bytes(content[at : at + 4])
        if content[at + 4 : at + 8] not in PIXELS:
            parts.append(content[at : at + 12 + length])
        at += 12 + length
    return b"".join(parts)
