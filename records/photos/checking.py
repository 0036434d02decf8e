"""Whether an upload is a photo that the office takes: what the file is, then its pixels, then what they show along the border.

Hostile files end at the first gate: the byte walk of ``documents/inspection.py`` runs before anything is decoded, the size in
pixels is read from the header before memory is taken for it, and what is kept is drawn anew, so that nothing of the file but its
pixels survives (no GPS, no comment, no second content).
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from records.documents import pictures
from records.documents.faults import Unacceptable
from records.documents.inspection import JPEG, PDF, PNG, Inspected, inspect
from records.photos import hidden, measuring
from records.photos.findings import Finding, Verdict
from records.settings.values import value_of

KILO = 1000
MEGA = 1_000_000
QUALITIES = (90, 82, 74, 66, 58, 50)
MOST_KEPT = (960, 1280)
"""A larger photo is kept at this size in pixels: more than any ticket or certificate prints."""
UNREADABLE = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError, SyntaxError, TypeError),
    *(ValueError, struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning),
)
"""All that Pillow's decoders are known to raise over a file in disorder."""


def examine(content: bytes) -> Verdict:
    """Everything that is wrong with an upload as a photo, or the picture to keep. Never raises, whatever the bytes are."""
    try:
        inspected = _first_gate(content)
        picture = _decoded(inspected)
    except _Refused as refused:
        return Verdict([refused.finding])
    findings = [_size(len(content)), _kind(inspected), *measuring.findings_of(picture)]
    verdict = Verdict(findings)
    return Verdict(findings, _encoded(picture)) if verdict.is_good else verdict


def examine_upload(upload: UploadedFile[bytes]) -> Verdict:
    """``examine`` for a file that a form brought; one above the limit is not read."""
    size = _size(upload.size or 0)
    return examine(upload.read()) if size.is_good else Verdict([size])


def requirements() -> list[tuple[Any, Any]]:
    """What a photo is held against, in words: pairs of the point and what is expected."""
    points = [_size(1), _kind(Inspected(JPEG, b"")), *measuring.findings_of(Image.new("RGB", (3, 4)))]
    return [(point.label, point.expected) for point in points]


def measured(kept: bytes) -> Verdict:
    """What the points of ``examine`` say of a photo that has been taken already, for the page that shows it once more."""
    try:
        picture = _decoded(Inspected(JPEG, kept))
    except _Refused as refused:
        return Verdict([refused.finding])
    return Verdict(measuring.findings_of(picture), kept)


def printable(kept: bytes, size: tuple[int, int]) -> bytes:
    """A kept photo as JPEG within this size in pixels, for printing; b"" for one that cannot be drawn (it came another way)."""
    kind = PNG if kept.startswith(PNG.head) else JPEG
    try:
        picture = _decoded(Inspected(kind, kept))
    except _Refused:
        return b""
    picture.thumbnail(size, Image.Resampling.LANCZOS)
    file = BytesIO()
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()


class _Refused(Exception):
    """A file of which nothing more can be said than this one finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def _first_gate(content: bytes) -> Inspected:
    """What the file is by its bytes; raises ``_Refused``."""
    size = _size(len(content))
    if not size.is_good:
        raise _Refused(size)
    try:
        inspected = inspect(content)
    except Unacceptable as fault:
        raise _Refused(_not_taken(fault)) from fault
    if inspected.kind is PDF:
        raise _Refused(_kind(inspected))
    if hidden.holds_something_else(inspected):
        raise _Refused(
            Finding("photo.hidden", _("文件"), _("图片里夹带了别的内容"), _("单纯的图片"), _("请用看图软件另存为JPEG后再传。"))
        )
    _check_pixels(_header_size(inspected))
    return inspected


def _not_taken(fault: Unacceptable) -> Finding:
    advice = _("请换成相机、手机或照相馆给的JPEG或PNG照片；手机的HEIC格式请先转成JPEG。")
    if fault.code in ("document.broken", "document.appended"):
        advice = _("请重新导出或另存为JPEG后再传。")
    return Finding("photo.file", _("文件"), str(fault.message).rstrip("。"), _("完整的JPEG或PNG图片"), advice)


def _size(octets: int) -> Finding:
    most = int(value_of("photo.max_kilobytes"))
    shown = _("%(size)s KB") % {"size": f"{-(-octets // KILO):,}"}
    expected = _("不超过%(most)s KB") % {"most": f"{most:,}"}
    advice = ""
    if not octets:
        shown, advice = _("空文件"), _("这个文件是空的，请重新选择照片。")
    elif octets > most * KILO:
        advice = _("请用看图软件缩小尺寸或降低质量后再传。")
    return Finding("photo.size", _("文件大小"), shown, expected, advice)


def _kind(inspected: Inspected) -> Finding:
    advice = "" if inspected.kind in (JPEG, PNG) else _("请上传照片本身，不要放在PDF里。")
    return Finding("photo.kind", _("文件格式"), inspected.kind.word, _("JPEG或PNG"), advice)


def _header_size(inspected: Inspected) -> tuple[int, int]:
    walk = pictures.walk_jpeg if inspected.kind is JPEG else pictures.walk_png
    return walk(inspected.content)[1]


def _check_pixels(size: tuple[int, int]) -> None:
    """Refuse what would take too much memory, before any of it is taken."""
    most = int(value_of("photo.max_megapixels"))
    width, height = size
    if 0 < width * height <= most * MEGA:
        return
    shown = _("%(width)s×%(height)s像素") % {"width": f"{width:,}", "height": f"{height:,}"}
    expected = _("不超过%(most)s百万像素") % {"most": most}
    raise _Refused(Finding("photo.pixels", _("像素"), shown, expected, _("请缩小尺寸后再传。")))


def _decoded(inspected: Inspected) -> Image.Image:
    """The picture upright in RGB, on white where it is transparent; raises ``_Refused``."""
    try:
        with Image.open(BytesIO(inspected.content), formats=("JPEG", "PNG")) as opened:
            _check_pixels(opened.size)
            _check_colours(opened)
            return _in_rgb(ImageOps.exif_transpose(opened))
    except UNREADABLE as error:
        broken = Finding("photo.broken", _("文件"), _("图片打不开或不完整"), _("完整的图片"), _("请重新拍照或导出后再传。"))
        raise _Refused(broken) from error


def _check_colours(opened: Image.Image) -> None:
    if getattr(opened, "is_animated", False) and opened.format == "PNG":
        still = Finding("photo.animated", _("文件"), _("会动的图片"), _("一张静止的照片"), _("请另存为一张静止的照片。"))
        raise _Refused(still)
    if opened.mode in ("CMYK", "YCCK", "LAB"):
        advice = _("请用看图软件另存为RGB颜色的JPEG，或请照相馆给网上用的版本。")
        raise _Refused(Finding("photo.colours", _("颜色模式"), opened.mode, "RGB", advice))
    if opened.mode.startswith(("I", "F")):
        advice = _("请用彩色照片，另存为普通的JPEG。")
        raise _Refused(Finding("photo.colours", _("颜色模式"), _("16位灰度"), _("8位RGB"), advice))


def _in_rgb(picture: Image.Image) -> Image.Image:
    """The pixels alone, on a canvas of their own: what else the file said stays behind."""
    canvas = Image.new("RGB", picture.size, "white")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        canvas.paste(layer, mask=layer)
    else:
        canvas.paste(picture.convert("RGB"))
    return canvas


def _encoded(picture: Image.Image) -> bytes:
    """The photo as it is kept; within the limit of size, which noisy pictures reach at a lower quality only."""
    picture.thumbnail(MOST_KEPT, Image.Resampling.LANCZOS)
    most = int(value_of("photo.max_kilobytes")) * KILO
    octets = b""
    for quality in QUALITIES:
        file = BytesIO()
        picture.save(file, "JPEG", quality=quality, optimize=True)
        octets = file.getvalue()
        if len(octets) <= most:
            break
    return octets
