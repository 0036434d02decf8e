"""Makes PDF pages of a template and its content: tagged PDF/A, fonts embedded, the same bytes for the same content.

What a template can draw on stands on top of ``templates/certificates/office.typ``.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import segno
import typst
from django.conf import settings
from django.utils import timezone

from records.certificates import fonts
from records.certificates.glyphs import MissingGlyphs, missing, texts_in

STANDARD: Literal["a-2a"] = "a-2a"
Source = TypeVar("Source", Path, bytes)
NAME = re.compile(r"[a-z][a-z_]*")
_thread = threading.local()


def typeset(template: str, content: Mapping[str, Any]) -> bytes:
    """The PDF of ``templates/certificates/<template>.typ`` with ``content``, which must go into JSON and hold ``title``.

    ``content["made_at"]`` (ISO 8601 with offset) is the date in the metadata; the same content then gives the same bytes, without
    it the present moment stands there. Raises MissingGlyphs before anything is set if the font lacks a character of any string.
    """
    return _set(_path_of(template), content)


def qr_code(text: str) -> str:
    """The QR code of ``text`` as SVG without a margin, for ``qr`` in the content. Medium error correction."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", xmldecl=False, border=0, svgclass=None, lineclass=None)
    return drawn.getvalue().decode()


def picture(file: bytes) -> list[int]:
    """A JPEG or PNG file as content may hold it, for ``photo`` in a template."""
    return list(file)


def _set(source: Source, content: Mapping[str, Any]) -> bytes:
    lacking = missing(texts_in(content))
    if lacking:
        raise MissingGlyphs(lacking)
    made = _compiler().compile(
        input=source,
        format="pdf",
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
        pdf_standards=[STANDARD],
        timestamp=_moment(content),
    )
    if not isinstance(made, bytes):
        raise TypeError(f"{source!r} gave no document")
    return made


def _compiler() -> typst.Compiler:
    """One for each thread: what a compiler is given stays in it until the next document."""
    if not hasattr(_thread, "compiler"):
        _thread.compiler = typst.Compiler(root=_folder(), font_paths=fonts.loaded(), ignore_system_fonts=True)
    compiler: typst.Compiler = _thread.compiler
    return compiler


def _path_of(template: str) -> Path:
    if not NAME.fullmatch(template):
        raise ValueError(f"no name of a template: {template!r}")
    return _folder() / f"{template}.typ"


@cache
def _folder() -> Path:
    return Path(settings.BASE_DIR) / "templates" / "certificates"


def _moment(content: Mapping[str, Any]) -> int:
    made_at = content.get("made_at")
    return int((dt.datetime.fromisoformat(made_at) if made_at else timezone.now()).timestamp())
