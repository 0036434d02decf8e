"""What a report on an uploaded table consists of: faults that refuse it, notices on what was taken all the same."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from records.imports.cells import storable
from records.people.identity import mask

FAULT_LIMIT = 200_000  # kept one by one; what is beyond is counted, so that a file of nothing but faults cannot fill the memory
SHOWN_CHARACTERS = 100
SECRET_COLUMNS = frozenset({"证件号码", "手机号码"})
RESIDENT_NUMBER = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{9}[\dXx](?!\d)")


@dataclass(frozen=True, slots=True)
class Finding:
    """One place in a file and what is to be said about it.

    ``row`` as the spreadsheet shows it (1 is the header), 0 for the file itself; ``column`` is empty where none is
    meant. ``value`` is masked here, whoever makes the finding: whole identity and phone columns, and an identity number
    in any other column. ``message`` must not repeat the value.
    """

    row: int
    column: str
    value: str
    code: str
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", shown(self.column, self.value))
        object.__setattr__(self, "column", shown("", self.column))
        object.__setattr__(self, "message", storable(self.message))

    def as_json(self) -> dict[str, Any]:
        """The five members of the contract, as plain values."""
        return {"row": self.row, "column": self.column, "value": self.value, "code": self.code, "message": self.message}


class Fault(Finding):
    """Why the file cannot be taken: what is wrong, and what was expected."""

    __slots__ = ()


class Notice(Finding):
    """Worth knowing; the row is taken."""

    __slots__ = ()


def shown(column: str, value: str) -> str:
    """The value as a report may show it: masked where it is secret, at most 100 characters, all of them storable."""
    value = storable(value)
    value = mask(value) if column in SECRET_COLUMNS else RESIDENT_NUMBER.sub(_masked, value)
    return value if len(value) <= SHOWN_CHARACTERS else value[: SHOWN_CHARACTERS - 1] + "…"


def _masked(found: re.Match[str]) -> str:
    return mask(found.group())


class FileRefused(Exception):
    """Nothing of the file was taken; ``faults`` (at least one) say why, in the order of the rows."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.message for fault in self.faults[:3]))

    def as_json(self) -> dict[str, Any]:
        """``{"faults": [{"row", "column", "value", "code", "message"}]}``."""
        return {"faults": [fault.as_json() for fault in self.faults]}


def refusal(code: str, message: str, *, row: int = 0, column: str = "", value: str = "") -> FileRefused:
    """A refusal for one reason only, of the file itself unless a row is named."""
    return FileRefused([Fault(row, column, value, code, message)])


class Faults:
    """The faults of one file while it is read: the first one of each cell, in the order of the rows when read back.

    A reader that could not use a cell has said so; what a later check says about the same cell (that it is empty, say)
    is dropped. Beyond ``FAULT_LIMIT`` faults are only counted, and a last one on the file itself says how many.
    """

    def __init__(self, limit: int = FAULT_LIMIT) -> None:
        self._limit = limit
        self._kept: list[Fault] = []
        self._cells: set[tuple[int, str]] = set()
        self._beyond = 0

    def add(self, fault: Fault) -> None:
        """Keep the fault unless its cell already has one. Faults of whole rows or of the file are all kept."""
        cell = (fault.row, fault.column)
        if fault.column and cell in self._cells:
            return
        if len(self._kept) >= self._limit:
            self._beyond += 1
            return
        self._cells.add(cell)
        self._kept.append(fault)

    def __len__(self) -> int:
        return len(self._kept) + self._beyond

    def __iter__(self) -> Iterator[Fault]:
        yield from sorted(self._kept, key=_row)
        if self._beyond:
            text = _("错误太多：另有 %(count)d 处没有逐条列出，请先改正已列出的再重新上传") % {"count": self._beyond}
            yield Fault(0, "", "", "table.more-faults", text)

    def refuse_if_any(self) -> None:
        """Raise FileRefused with all faults if there is one."""
        if self:
            raise FileRefused(self)


def _row(finding: Finding) -> int:
    return finding.row


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file that was taken: ``rows`` read = ``written`` + ``unchanged``."""

    rows: int
    written: int
    unchanged: int
    warnings: tuple[Notice, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """``{"rows", "written", "unchanged", "warnings": […]}``; a warning has the members of a fault."""
        warnings = [notice.as_json() for notice in self.warnings]
        return {"rows": self.rows, "written": self.written, "unchanged": self.unchanged, "warnings": warnings}
