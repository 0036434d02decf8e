"""Photos drawn for the tests: a silhouette on the background that the office asks for, and such as nobody should take."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image, ImageDraw

BLUE = (100, 197, 255)


def portrait(size: tuple[int, int] = (480, 640), background: Any = BLUE, mode: str = "RGB") -> Image.Image:
    """Head and shoulders."""
    picture = Image.new("RGB", size, background)
    draw, (width, height) = ImageDraw.Draw(picture), size
    draw.ellipse((width * 0.3, height * 0.2, width * 0.7, height * 0.62), fill=(225, 190, 165))
    draw.rectangle((width * 0.12, height * 0.72, width * 0.88, height), fill=(45, 55, 75))
    return picture.convert(mode)


def as_file(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


GOOD = as_file(portrait())
GOOD_PNG = as_file(portrait((300, 400)), "PNG")


def with_comment(content: bytes, comment: bytes) -> bytes:
    """A JPEG with a comment behind its first two bytes."""
    return content[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + content[2:]


def with_chunk(content: bytes, name: bytes, body: bytes) -> bytes:
    """A PNG with a chunk in front of its end, checksum and all."""
    chunk = struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return content[:-12] + chunk + content[-12:]


def png_of(width: int, height: int, pixels: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG whose header says what it likes, over these compressed pixels."""
    parts = b"\x89PNG\r\n\x1a\n"
    for name, body in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)),
        (b"IDAT", pixels),
        (b"IEND", b""),
    ):
        parts += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return parts


def archive(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return file.getvalue()
