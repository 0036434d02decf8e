"""Whether the trail is what was sealed: every seal against the one before it, every event against its seal.

Streams: a few seals and their events at a time, whatever the size of the trail, and no snapshot is held for long. The first
fault is named, with the event where one can be told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import zip_longest
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit import lines, merkle, seals
from audit.models import Event
from audit.order import NEXT

AT_A_TIME = 4  # seals, at most 2 MB of leaves each
LEAF = seals.LEAF
Place = tuple[int, int]  # transaction and number of an event

WORDS = {
    "altered": gettext_noop("第%(seal)d号封存中的事件%(event)s被改动"),
    "removed": gettext_noop("第%(seal)d号封存中的事件%(event)s已不存在"),
    "inserted": gettext_noop("事件%(event)s是后来塞进第%(seal)d号封存范围的"),
    "moved": gettext_noop("事件%(event)s被挪离了它在第%(seal)d号封存中的位置"),
    "seal-altered": gettext_noop("第%(seal)d号封存被改动"),
    "seal-missing": gettext_noop("缺少第%(seal)d号封存"),
    "chain-broken": gettext_noop("第%(seal)d号封存没有接上前一号封存"),
    "leaves-altered": gettext_noop("第%(seal)d号封存所附的事件摘要被改动"),
    "cut-off": gettext_noop("缺少已印出的第%(seal)d号封存：留痕的末尾被截去"),
    "rewritten": gettext_noop("第%(seal)d号封存与印出的不符：整条链被重写过"),
    "out-of-order": gettext_noop("事件%(event)s的次序不可能出现：是被塞入或挪动的"),
}


# an event of a transaction that is still to come is impossible, unless the whole trail came from another server
_COUNTS = f"""
    SELECT count(*), count(*) FILTER (WHERE {{behind}}),
           min(id) FILTER (WHERE transaction IS NULL OR transaction >= {NEXT} AND %s < {NEXT}),
           (SELECT count(*) FROM audit_seal)
      FROM audit_event
"""


@dataclass(frozen=True)
class Fault:
    """What is wrong where; ``event`` is None where a whole seal is, ``seal`` where no seal is concerned. ``fault`` is a code."""

    seal: int | None
    event: int | None
    fault: str
    message: str


@dataclass(frozen=True)
class Verdict:
    """All events, all seals, the events that no seal covers yet, and the first fault in the order of the seals."""

    entries: int
    seals: int
    unsealed: int
    first_fault: Fault | None

    def as_json(self) -> dict[str, Any]:
        """The answer of ``verify_trail``."""
        return {
            "entries": self.entries,
            "seals": self.seals,
            "unsealed": self.unsealed,
            "intact": self.first_fault is None,
            "first_fault": asdict(self.first_fault) if self.first_fault else None,
        }


class _Seal(NamedTuple):
    """A seal as it is read: ``text`` is what its hash was taken of."""

    text: str
    version: str
    number: int
    previous: bytes
    entries: int
    upto: Place
    root: bytes
    leaves: bytes
    hash: bytes


class _Link(NamedTuple):
    """How far the chain has been followed."""

    number: int
    hash: bytes
    upto: Place | None
    entries: int


START = _Link(0, seals.NOTHING, None, 0)


def verify(printed: Collection[tuple[int, bytes]] = ()) -> Verdict:
    """Follow the whole chain. ``printed`` are seals as they stand on paper: number and hash; they must be in it."""
    last, fault = START, None
    for group in _groups():
        sound, fault = _sound(group, last, printed)
        fault = _strange_event(sound, last.upto) or fault
        if fault:
            break
        last = _Link(sound[-1].number, sound[-1].hash, sound[-1].upto, last.entries + sum(seal.entries for seal in sound))
    fault = fault or _cut_off(last, printed)
    return _verdict(last, fault)


def _groups() -> Iterator[list[_Seal]]:
    """All seals in their order, some at a time."""
    query = f"""
        SELECT {seals.TEXT}, version, number, previous, entries, upto_transaction, upto_event, root, leaves, hash
          FROM audit_seal WHERE number > %s ORDER BY number LIMIT {AT_A_TIME}
    """
    number = -(2**63)
    with connection.cursor() as cursor:
        while True:
            cursor.execute(query, [number])
            group = [_seal(*row) for row in cursor.fetchall()]
            if not group:
                return
            yield group
            number = group[-1].number


def _seal(text: str, version: str, number: int, previous: Any, entries: int, transaction: int, event: int, *rest: Any) -> _Seal:
    """The row's values; what somebody emptied reads as empty and so as altered."""
    previous, root, leaves, hashed = (bytes(value or b"") for value in (previous, *rest))
    return _Seal(text or "", version, number, previous, entries, (transaction, event), root, leaves, hashed)


def _sound(group: list[_Seal], last: _Link, printed: Collection[tuple[int, bytes]]) -> tuple[list[_Seal], Fault | None]:
    """The seals up to the first faulty one, and its fault."""
    number, previous = last.number, last.hash
    for index, seal in enumerate(group):
        fault = _fault_of(seal, number + 1, previous, printed)
        if fault:
            return group[:index], fault
        number, previous = seal.number, seal.hash
    return group, None


def _fault_of(seal: _Seal, number: int, previous: bytes, printed: Collection[tuple[int, bytes]]) -> Fault | None:
    if seal.number > number:
        return _fault("seal-missing", number)
    if seal.number < number or seal.version != lines.VERSION or sha256(seal.text.encode()).digest() != seal.hash:
        return _fault("seal-altered", seal.number)
    if seal.previous != previous:
        return _fault("chain-broken", seal.number)
    if any(number == seal.number and hashed != seal.hash for number, hashed in printed):
        return _fault("rewritten", seal.number)
    if len(seal.leaves) != seal.entries * LEAF or merkle.root(seals.hashes(seal.leaves)) != seal.root:
        return _fault("leaves-altered", seal.number)
    return None


def _strange_event(sound: list[_Seal], start: Place | None) -> Fault | None:
    """The first event behind ``start`` that is not what these seals hold."""
    if not sound:
        return None
    expected = b"".join(seal.leaves for seal in sound)
    found = seals.Leaves()
    _copy_between(found, start, sound[-1].upto, at_most=len(expected) // LEAF + 1)
    if found.found == expected:
        return None
    starts = [start, *(seal.upto for seal in sound)]
    return next(filter(None, map(_strange_in, sound, starts)))


def _copy_between(sink: lines.Sink, start: Place | None, upto: Place, *, at_most: int) -> None:
    where, params = seals.after(start)
    lines.copy_events(sink, f"{where} AND (transaction, id) <= (%s, %s)", [*params, *upto], at_most=at_most)


class _Kept(list[bytes]):
    """Keeps the lines themselves."""

    write = list.append


def _strange_in(seal: _Seal, start: Place | None) -> Fault | None:
    """The first event of this seal's stretch that is not what the seal holds, told by what became of it."""
    found = _Kept()
    _copy_between(found, start, seal.upto, at_most=seal.entries + 1)
    leaves = [seal.leaves[at : at + LEAF] for at in range(0, len(seal.leaves), LEAF)]
    before = b""
    for leaf, line in zip_longest(leaves, found):
        if line is None:
            return _gone(seal, leaf)
        if leaf is None or seals.leaf_of(line) != leaf:
            return _stranger(seal, leaf or b"", line, is_doubled=line == before)
        before = line
    return None


def _stranger(seal: _Seal, leaf: bytes, line: bytes, *, is_doubled: bool) -> Fault:
    """What to call the event of ``line``, found where the seal expects ``leaf``; empty: nothing any more."""
    event, hashed = lines.number_of(line), merkle.leaf(line[:-1])
    if leaf[8:] == hashed:
        return _fault("leaves-altered", seal.number)
    if leaf[:8] == seals.leaf_of(line)[:8]:
        return _fault("altered", seal.number, event)
    sealed = None if is_doubled else _sealed_hash(event)
    if sealed is not None:
        return _gone(seal, leaf) if leaf and sealed == hashed else _fault("moved", seal.number, event)
    if is_doubled or not leaf or _stands(_event_of(leaf)):
        return _fault("inserted", seal.number, event)
    return _fault("altered" if _renumbered(line, leaf) else "removed", seal.number, _event_of(leaf))


def _gone(seal: _Seal, leaf: bytes) -> Fault:
    """The expected event is not at its place: it stands elsewhere, or nowhere."""
    event = _event_of(leaf)
    return _fault("moved" if _stands(event) else "removed", seal.number, event)


def _event_of(leaf: bytes) -> int:
    return int.from_bytes(leaf[:8], "big", signed=True)


def _stands(event: int) -> bool:
    return Event.objects.filter(pk=event).exists()


def _sealed_hash(event: int) -> bytes | None:
    """What any seal holds of the event of this number; only asked when a fault is to be named."""
    wanted = event.to_bytes(8, "big", signed=True)
    for group in _groups():
        for seal in group:
            at = seal.leaves.find(wanted)
            while at >= 0:
                if at % LEAF == 0:
                    return seal.leaves[at + 8 : at + LEAF]
                at = seal.leaves.find(wanted, at + 1)
    return None


def _renumbered(line: bytes, leaf: bytes) -> bool:
    """Whether the line is the expected event but for its number."""
    rest = line[line.index(b"\t") : -1]
    return merkle.leaf(str(_event_of(leaf)).encode() + rest) == leaf[8:]


def _cut_off(last: _Link, printed: Collection[tuple[int, bytes]]) -> Fault | None:
    missing = [number for number, _hash in printed if number > last.number]
    return _fault("cut-off", min(missing)) if missing else None


def _verdict(last: _Link, fault: Fault | None) -> Verdict:
    """Count what there is; what no seal's stretch holds and does not lie behind the last seal either is found by counting."""
    with connection.cursor() as cursor:
        if fault:
            cursor.execute("SELECT upto_transaction, upto_event FROM audit_seal ORDER BY number DESC LIMIT 1")
            last = last._replace(upto=cursor.fetchone())
        behind, params = seals.after(last.upto)
        cursor.execute(_COUNTS.format(behind=behind), [*params, last.upto[0] if last.upto else None])
        entries, unsealed, impossible, count = cursor.fetchone()
    if fault is None and last.upto and (impossible is not None or entries != last.entries + unsealed):
        fault = _fault("out-of-order", None, impossible)
    return Verdict(entries, count, unsealed, fault)


def _fault(code: str, seal: int | None, event: int | None = None) -> Fault:
    return Fault(seal, event, code, _(WORDS[code]) % {"seal": seal, "event": event})
