"""What an uploaded file really is: decided by its bytes, never by its name or by what the browser says.

Three kinds are taken, PDF, JPEG and PNG, and each is walked from its first byte to its last: a file that is two things at once
(a picture with a page of HTML behind it, a PDF with an archive in front) is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import puremagic
from django.utils.translation import gettext_lazy as _

from records.documents import pictures, portable
from records.documents.faults import Unacceptable
from records.settings.values import value_of

MEGA = 1_000_000


@dataclass(frozen=True)
class Kind:
    """A kind of file that is taken: its media type, its extension, the word people use, the bytes that it begins with."""

    content_type: str
    extension: str
    word: str
    head: bytes


PDF = Kind("application/pdf", ".pdf", "PDF", b"%PDF-")
JPEG = Kind("image/jpeg", ".jpg", "JPEG", b"\xff\xd8\xff")
PNG = Kind("image/png", ".png", "PNG", b"\x89PNG\r\n\x1a\n")
KINDS = (PDF, JPEG, PNG)
SAME_BY_MAGIC = {".pdf": PDF, ".ai": PDF, ".jpg": JPEG, ".jpeg": JPEG, ".jfif": JPEG, ".png": PNG, ".apng": PNG}


@dataclass(frozen=True)
class Inspected:
    """What is kept of a file: its kind and its bytes, without the further pictures some cameras hang on behind the first."""

    kind: Kind
    content: bytes


def check_size(size: int) -> None:
    """Raise ``Unacceptable`` for an empty file or one above the setting ``upload.max_megabytes``."""
    most = value_of("upload.max_megabytes")
    if not size:
        raise Unacceptable("document.empty", _("这个文件是空的。"))
    if size > most * MEGA:
        raise Unacceptable("document.too-large", _("文件超过%(most)sMB，请压缩或分成几个文件。") % {"most": most})


def inspect(content: bytes) -> Inspected:
    """The kind of the file; raises ``Unacceptable`` with the reason in words when it is none of the three or not in order."""
    check_size(len(content))
    kind = next((kind for kind in KINDS if content.startswith(kind.head)), None)
    if kind is None or _second_opinion(content) not in (kind, None):
        raise Unacceptable("document.kind", _("只收PDF、JPEG和PNG文件；按内容看，这个文件不是。"))
    if kind is PDF:
        portable.check(content)
        return Inspected(kind, content)
    end, size = (pictures.walk_jpeg if kind is JPEG else pictures.walk_png)(content)
    _check_dimensions(size)
    return Inspected(kind, content[:end])


def _second_opinion(content: bytes) -> Kind | Any:
    """What puremagic holds it for; None when it has no opinion."""
    try:
        return SAME_BY_MAGIC.get(puremagic.from_string(content), "other")
    except (puremagic.PureError, ValueError):
        return None


def _check_dimensions(size: tuple[int, int]) -> None:
    width, height = size
    most = value_of("upload.max_megapixels")
    if not width or not height:
        raise Unacceptable("document.broken", _("图片已损坏，请重新拍照或扫描。"))
    if width * height > most * MEGA:
        raise Unacceptable("document.too-many-pixels", _("图片超过%(most)s百万像素，请缩小后再传。") % {"most": most})
