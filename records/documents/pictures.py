"""Walking a picture from its first byte to its last: its size in pixels, and where it ends."""

from __future__ import annotations

import zlib

from records.documents.faults import broken, two_in_one

PNG_SIGNATURE = 8
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
STANDING_ALONE = frozenset(range(0xD0, 0xD8)) | {0x01}


def walk_png(content: bytes) -> tuple[int, tuple[int, int]]:
    """Where the picture ends, and its width and height in pixels; every chunk's checksum is checked.

    Raises ``Unacceptable`` for a picture in disorder or with anything behind its end.
    """
    at, size = PNG_SIGNATURE, (0, 0)
    while True:
        length, name = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        body = content[at + 4 : at + 8 + length]
        end = at + 12 + length
        if end > len(content) or zlib.crc32(body) != int.from_bytes(content[end - 4 : end]):
            raise broken()
        if (name == b"IHDR") != (at == PNG_SIGNATURE):
            raise broken()
        if name == b"IHDR":
            size = (int.from_bytes(body[4:8]), int.from_bytes(body[8:12]))
        if name == b"IEND":
            break
        at = end
    if end != len(content):
        raise two_in_one()
    return end, size


def walk_jpeg(content: bytes) -> tuple[int, tuple[int, int]]:
    """Where the first picture ends, and its width and height in pixels.

    Cameras may hang further JPEG pictures on behind (previews, brightness maps) or fill up with zeros: those are left out by the
    returned end. Raises ``Unacceptable`` for a picture in disorder or with anything else behind its end.
    """
    at, size = 2, (0, 0)
    while True:
        marker, at = _next_marker(content, at)
        if marker == END_OF_IMAGE:
            break
        if marker in STANDING_ALONE:
            continue
        length = int.from_bytes(content[at : at + 2])
        if length < 2 or at + length > len(content):
            raise broken()
        if marker in FRAME_HEADERS:
            size = (int.from_bytes(content[at + 5 : at + 7]), int.from_bytes(content[at + 3 : at + 5]))
        at += length
        if marker == START_OF_SCAN:
            at = _end_of_scan(content, at)
    behind = content[at:].lstrip(b"\x00")
    if behind and not behind.startswith(b"\xff\xd8\xff"):
        raise two_in_one()
    return at, size


def _next_marker(content: bytes, at: int) -> tuple[int, int]:
    """The marker at this place (fill bytes passed over) and the place behind it."""
    if content[at : at + 1] != b"\xff":
        raise broken()
    while content[at : at + 1] == b"\xff":
        at += 1
    if at >= len(content):
        raise broken()
    return content[at], at + 1


def _end_of_scan(content: bytes, at: int) -> int:
    """The place of the marker that ends the entropy-coded data beginning here."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise broken()
        following = content[at + 1]
        if following == 0xFF:
            at += 1
        elif following == 0x00 or following in STANDING_ALONE:
            at += 2
        else:
            return at
