"""An excerpt of the trail with its proof: what an auditor takes along and checks without us, on any machine.

``docs/TRAIL.md`` describes the files and gives the program of twenty lines that checks them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit import lines, merkle, seals
from audit.models import Event, Seal

AT_MOST = 100_000
EVENTS, UNSEALED, PROOFS, SEALS, NAMES = "events.tsv", "unsealed.tsv", "proofs.jsonl", "seals.tsv", "columns.txt"
SEAL_COLUMNS = seals.COLUMNS | {"hash": "encode(hash, 'hex')"}
CHAIN = f"SELECT {', '.join(SEAL_COLUMNS.values())} FROM audit_seal ORDER BY number"


@dataclass(frozen=True)
class Summary:
    """What an export holds: events with proof, events not sealed yet, seals of the chain; ``cut``: the selection had more events.

    ``seal`` and ``hash`` (hexadecimal) are the newest seal, 0 and empty where there is none.
    """

    events: int
    unsealed: int
    seals: int
    cut: bool
    seal: int
    hash: str


def export(events: QuerySet[Event], folder: Path, *, at_most: int = AT_MOST) -> Summary:
    """Write the selected events, the proofs of those that are sealed, and the whole chain of seals into ``folder``.

    ``events`` is filtered, not sliced; the first ``at_most`` in the trail's order are taken. The folder is made, files of an
    earlier export in it are written anew. Memory does not grow with the selection, each seal's leaves are read once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = {EVENTS: lines.COLUMNS, UNSEALED: lines.COLUMNS, SEALS: SEAL_COLUMNS}
    (folder / NAMES).write_text("".join(f"{file}\t{' '.join(columns)}\n" for file, columns in names.items()), encoding="utf-8")
    chain = _write_chain(folder)
    newest = _Seal.of(chain.last) if chain.last else None
    sealed = _write_events(folder / EVENTS, events, newest, at_most, sealed=True)
    unsealed = _write_events(folder / UNSEALED, events, newest, at_most - sealed.written, sealed=False)
    _write_proofs(folder)
    number, hashed = (newest.number, newest.hash) if newest else (0, "")
    return Summary(sealed.written, unsealed.written, chain.written, sealed.cut or unsealed.cut, number, hashed)


def check(folder: Path, *, printed: str = "") -> list[str]:
    """What is wrong with an export, without asking the database: nothing where every event stands in an unbroken chain.

    ``printed`` is a seal on paper as ``NUMBER:HASH``; then the chain must contain it.
    """
    faults = list(_chain_faults(folder, printed))
    return faults or list(_event_faults(folder))


class _Seal(NamedTuple):
    """A line of the chain's file."""

    text: bytes
    number: int
    previous: str
    entries: int
    upto: tuple[int, int]
    root: str
    hash: str

    @classmethod
    def of(cls, line: bytes) -> _Seal:
        text, hashed = line.rstrip(b"\n").rsplit(b"\t", 1)
        _version, number, previous, entries, transaction, event, root, _at = text.decode().split("\t")
        return cls(text, int(number), previous, int(entries), (int(transaction), int(event)), root, hashed.decode())


class _Rows:
    """Writes lines into a file, at most so many, and keeps the last one."""

    def __init__(self, file: BinaryIO, at_most: float = float("inf")) -> None:
        self.file, self.at_most, self.written, self.cut, self.last = file, at_most, 0, False, b""

    def write(self, line: bytes) -> None:
        if self.written >= self.at_most:
            self.cut = True
            return
        self.file.write(line)
        self.written += 1
        self.last = line


def _write_chain(folder: Path) -> _Rows:
    with (folder / SEALS).open("wb") as file:
        rows = _Rows(file)
        lines.copy_out(rows, CHAIN)
    return rows


def _write_events(path: Path, events: QuerySet[Event], newest: _Seal | None, at_most: int, *, sealed: bool) -> _Rows:
    """The selected events up to the newest seal, or those behind it."""
    selected, params = _numbers(events)
    behind, upto = seals.after(newest.upto if newest else None)
    where = f"{'NOT ' if sealed else ''}({behind}) AND id IN ({selected})"
    with path.open("wb") as file:
        rows = _Rows(file, at_most)
        lines.copy_events(rows, where, [*upto, *params], at_most=at_most + 1)
    return rows


def _numbers(events: QuerySet[Event]) -> tuple[str, tuple[Any, ...]]:
    """The SQL, with its parameters, of the selected events' numbers."""
    try:
        return events.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return "NULL", ()


def _write_proofs(folder: Path) -> None:
    with (folder / PROOFS).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(proof) + "\n" for proof in _proofs(folder))


def _proofs(folder: Path) -> Iterator[dict[str, Any]]:
    """One for each line of the events' file; both files follow the trail's order, so that they are walked side by side."""
    chain = _chain(folder)
    seal, tree = next(chain, None), None
    with (folder / EVENTS).open("rb") as events:
        for line in events:
            while seal and lines.place_of(line) > seal.upto:
                seal, tree = next(chain, None), None
            if seal:
                tree = tree or _Tree(seal.number)
                yield tree.proof(lines.number_of(line))


def _chain(folder: Path) -> Iterator[_Seal]:
    with (folder / SEALS).open("rb") as file:
        yield from map(_Seal.of, file)


class _Tree:
    """The hash tree of one seal, and where each event stands in it."""

    def __init__(self, number: int) -> None:
        leaves = bytes(Seal.objects.values_list("leaves", flat=True).get(number=number))
        self.number = number
        self.levels = merkle.levels(seals.hashes(leaves))
        self.positions = {leaves[start : start + 8]: start // seals.LEAF for start in range(0, len(leaves), seals.LEAF)}

    def proof(self, event: int) -> dict[str, Any]:
        """The event's place under the seal and its path to the root; without a place where the seal does not know it."""
        position = self.positions.get(event.to_bytes(8, "big", signed=True))
        way = [] if position is None else merkle.path(self.levels, position)
        path = [[side, neighbour.hex()] for side, neighbour in way]
        return {"event": event, "seal": self.number, "position": position, "path": path}


def _chain_faults(folder: Path, printed: str) -> Iterator[str]:
    previous, known = seals.NOTHING.hex(), not printed
    for number, seal in enumerate(_chain(folder), 1):
        if (seal.number, seal.previous, seal.hash) != (number, previous, sha256(seal.text).hexdigest()):
            yield _("第%(seal)d号封存与前后不符") % {"seal": number}
            return
        previous = seal.hash
        known = known or printed == f"{seal.number}:{seal.hash}"
    if not known:
        yield _("印出的封存不在链中")


def _event_faults(folder: Path) -> Iterator[str]:
    trees = {seal.number: seal for seal in _chain(folder)}
    with (folder / EVENTS).open("rb") as events, (folder / PROOFS).open(encoding="utf-8") as proofs:
        for line, proof in zip_longest(events, map(json.loads, proofs)):
            if line is None or proof is None:
                yield _("事件与证明的行数不同")
            elif proof["event"] != lines.number_of(line) or not _is_proved(line, proof, trees.get(proof["seal"])):
                yield _("第%(event)d号事件与封存不符") % {"event": lines.number_of(line)}


def _is_proved(line: bytes, proof: dict[str, Any], seal: _Seal | None) -> bool:
    """Whether the line leads to the seal's root from the very place that the proof names."""
    if seal is None or proof["position"] is None or not 0 <= proof["position"] < seal.entries:
        return False
    sides = [side for _height, side in merkle.sides(proof["position"], seal.entries)]
    way: merkle.Path = [(side, bytes.fromhex(neighbour)) for side, neighbour in proof["path"]]
    return sides == [side for side, _neighbour in way] and merkle.climb(merkle.leaf(line.rstrip(b"\n")), way).hex() == seal.root
