"""Notices on many rows: the first of each kind in full, the rest counted, so that a report stays readable and memory constant."""

from __future__ import annotations

from collections import Counter

from django.utils.translation import gettext as _

from records.imports.faults import Notice

SHOWN_OF_EACH = 500


class Notices:
    """What is worth knowing about a file while it is checked."""

    def __init__(self, shown_of_each: int = SHOWN_OF_EACH) -> None:
        self._shown_of_each = shown_of_each
        self._kept: list[Notice] = []
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, row: int, column: str, value: str, code: str, message: str) -> None:
        """Keep the notice, or count it when there are many of this code already."""
        self._counts[column, code] += 1
        if self._counts[column, code] <= self._shown_of_each:
            self._kept.append(Notice(row, column, value, code, message))

    def all(self) -> tuple[Notice, ...]:
        """The notices by row, then one on the file for each code of which some were only counted."""
        kept = sorted(self._kept, key=_row)
        return (*kept, *(self._rest(*kind, count) for kind, count in self._counts.items() if count > self._shown_of_each))

    def _rest(self, column: str, code: str, count: int) -> Notice:
        text = _("同样的提示共 %(count)d 处，只列出前 %(shown)d 处")
        return Notice(0, column, "", code, text % {"count": count, "shown": self._shown_of_each})


def _row(notice: Notice) -> int:
    return notice.row
