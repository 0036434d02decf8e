"""An archive of photos, each named by a ticket or registration number: looked through before anything in it is unpacked."""

from __future__ import annotations

import re
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from records.settings.values import value_of

MOST_PHOTOS = 2000
MOST_SHOWN = 20
MOST_TIMES = 50
"""How often smaller than its content a photo may be packed: pictures are packed already, bombs shrink a thousandfold."""
KILO = 1000
NAME = re.compile(r"(?P<number>\d{6,20})\.(jpe?g|png)", re.IGNORECASE | re.ASCII)
LEFT_BY_SYSTEMS = re.compile(r"__MACOSX/.*|\.DS_Store|Thumbs\.db", re.IGNORECASE)
ENCRYPTED = 0x1


class BadArchive(Exception):
    """An archive of which nothing is taken; ``faults`` says why, line by line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(len(faults))
        self.faults = faults


@dataclass(frozen=True)
class Packed:
    """One photo of the archive: its name and the number that the name says."""

    name: str
    number: str


def look_through(file: IO[bytes] | Path) -> list[Packed]:
    """The photos of an archive in the order of their names; raises ``BadArchive`` with everything that is wrong with it."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not LEFT_BY_SYSTEMS.fullmatch(entry.filename)]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, LookupError) as error:
        raise BadArchive([_("这不是完整的.zip文件，请重新压缩后再传。")]) from error
    faults = [*_of_all(entries), *_of_names(entries)]
    if faults:
        raise BadArchive(faults)
    return sorted((_packed(entry) for entry in entries), key=_name)


def unpacked(path: Path, names: list[str]) -> Iterator[tuple[str, bytes]]:
    """Name and content of each photo; of one above the limit of size only a little more than the limit, b"" for a broken one."""
    most = int(value_of("photo.max_kilobytes")) * KILO
    with zipfile.ZipFile(path) as archive:
        for name in names:
            try:
                with archive.open(name) as photo:
                    yield name, photo.read(most + 1)
            except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError):
                yield name, b""


def _of_all(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    """What is wrong with the archive as a whole."""
    if not entries:
        yield _("压缩包是空的。")
    if len(entries) > MOST_PHOTOS:
        yield _("一个压缩包最多%(most)s张，这个有%(count)s张，请分成几个。") % {"most": MOST_PHOTOS, "count": len(entries)}
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        yield _("压缩包设了密码，请去掉密码后再传。")
    if any(entry.file_size > MOST_TIMES * max(entry.compress_size, 1) for entry in entries):
        yield _("压缩包里有解压后会膨胀很多倍的文件，不能接收。")


def _of_names(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    """What is wrong with the names: folders, links, names that are no number, numbers that come twice."""
    wrong = [entry.filename for entry in entries if not NAME.fullmatch(entry.filename) or _is_link(entry)]
    for name in wrong[:MOST_SHOWN]:
        yield _("“%(name)s”：文件名应是准考证号或报名号加.jpg或.png，不分文件夹。") % {"name": _legible(name)}
    if len(wrong) > MOST_SHOWN:
        yield _("还有%(count)s个文件名不对。") % {"count": len(wrong) - MOST_SHOWN}
    times = Counter(match["number"] for entry in entries if (match := NAME.fullmatch(entry.filename)))
    for number in [number for number, count in times.items() if count > 1][:MOST_SHOWN]:
        yield _("%(number)s有两张照片，只能留一张。") % {"number": number}


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(entry.external_attr >> 16)


def _legible(name: str) -> str:
    """A hostile name as it may be shown: short, without signs that steer the line."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)[:60]


def _packed(entry: zipfile.ZipInfo) -> Packed:
    match = NAME.fullmatch(entry.filename)
    assert match is not None
    return Packed(entry.filename, match["number"])


def _name(packed: Packed) -> str:
    return packed.name
