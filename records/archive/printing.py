"""What is printed for the shelves: a file's number as a QR code, and the list of contents with its running pages."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import segno
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from records.archive.models import PaperFile, PaperItem


def qr_of(file: PaperFile) -> SafeString:
    """The number of a file, as the search box of the list takes it, as an SVG that names itself; safe to put into a page."""
    drawn = io.BytesIO()
    code = segno.make(file.number, error="m", micro=False)
    code.save(
        drawn, kind="svg", xmldecl=False, svgns=True, svgclass="qr", lineclass=None, omitsize=True, title=_("档案编号二维码")
    )
    return SafeString(drawn.getvalue().decode())


@dataclass(frozen=True)
class Entry:
    """A line of a file's contents: its place in them, the paper, and the page at which it begins; None where it is not there."""

    place: int
    paper: PaperItem
    first_page: int | None

    @property
    def last_page(self) -> int | None:
        return None if self.first_page is None else self.first_page + self.paper.pages - 1

    @property
    def state(self) -> str:
        """在卷, 待归档 or 已取出."""
        if self.paper.filed_on is None:
            return _("待归档")
        return _("已取出") if self.paper.removed_on else _("在卷")


def contents_of(papers: Iterable[PaperItem]) -> list[Entry]:
    """The contents in the order in which the papers came; only those that lie in the file count pages."""
    return list(_entries(papers))


def _entries(papers: Iterable[PaperItem]) -> Iterator[Entry]:
    page = 1
    for place, paper in enumerate(papers, start=1):
        is_there = paper.filed_on is not None and paper.removed_on is None
        yield Entry(place, paper, page if is_there else None)
        page += paper.pages if is_there else 0


def pages_in(entries: Iterable[Entry]) -> int:
    """How many pages lie in the file."""
    return sum(entry.paper.pages for entry in entries if entry.first_page is not None)


def latest(entries: Iterable[Entry]) -> dt.date | None:
    """When the last paper was put in."""
    return max((entry.paper.filed_on for entry in entries if entry.paper.filed_on), default=None)
