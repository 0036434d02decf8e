"""The use of replacement rows that is most favourable to the candidate (FORMATS, "How a replacement row reads").

Rows are gone through in the file's order, and every use that could still matter is kept. Two things keep that small: what
was used up is remembered only as far as a later row could want it, and a use is dropped when an earlier one brings at least
as much and uses up no more of that. So a row that competes with no other is settled at once, and equal situations are
searched once. The first of several equally good uses is the first in the file's order: a row is rather used than not, by its
first alternatives, for its first courses.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations, islice

from graduation.plans import Fulfilment, Row, bits, union
from graduation.standing import Audited, Reached, Standing, standing


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a row: what it used up, alternative by alternative, and the courses of the plan that it brings.

    ``covers`` has one mask for the whole use, or in a 逐门 row one for each of ``fulfilments``.
    """

    row: Row
    fulfilments: tuple[Fulfilment, ...]
    covers: tuple[int, ...] = ()
    waives: int = 0

    @property
    def sources(self) -> int:
        """The courses that the use takes."""
        return union(way.sources for way in self.fulfilments)

    @property
    def codes(self) -> tuple[str, ...]:
        """The same as course codes, in the file's order."""
        return tuple(code for way in self.fulfilments for code in way.codes)


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the search stands: the courses used up, what that has brought, by which uses."""

    used: int = 0
    reached: Reached = field(default_factory=Reached)
    uses: tuple[Use, ...] = ()


def most_favourable(audited: Audited, available: int) -> tuple[Situation, Standing]:
    """Search the path's rows with the courses ``available`` (a mask of the plan's sources).

    First eligibility, then the fewest requirements missing, then the most credits, then the file's order.
    """
    rows = [row for row in audited.path.rows if _could_help(row, audited.own, available)]
    situations = [Situation()]
    for position, row in enumerate(rows):
        wanted = union(later.sources for later in rows[position + 1 :])
        situations = _step(situations, row, audited, available, wanted)
    weighed = [(situation, standing(audited, situation.reached)) for situation in situations]
    return min(weighed, key=_unfavourable)


def _unfavourable(weighed: tuple[Situation, Standing]) -> tuple[int, Decimal]:
    _, outcome = weighed
    return outcome.missing, -outcome.credits


def _could_help(row: Row, own: int, available: int) -> bool:
    fulfilled = sum(any(way.sources & ~available == 0 for way in ways) for ways in row.alternatives)
    brings = row.credits_only or (union(row.options) | row.waives) & ~own
    return bool(brings) and fulfilled >= row.needed


def _step(situations: list[Situation], row: Row, audited: Audited, available: int, wanted: int) -> list[Situation]:
    """Every situation worth keeping after ``row``, in the file's order of the uses that led there."""
    known: dict[tuple[int, Reached], Situation] = {}
    for situation in situations:
        for after in _continued(situation, row, audited, available, wanted):
            known.setdefault((_still_felt(after.used & wanted, row), after.reached), after)
    return _undominated(known)


def _still_felt(used: int, row: Row) -> int:
    """``used`` as far as rows after ``row`` can tell: of sources alike to them only how many are gone."""
    for alike in row.alike_after:
        gone = (used & alike).bit_count()
        used = used & ~alike | union(1 << position for position in islice(bits(alike), gone))
    return used


def _continued(situation: Situation, row: Row, audited: Audited, available: int, wanted: int) -> Iterator[Situation]:
    """The situation after each use of ``row`` that brings something, and at last without one."""
    for use in _uses(situation, row, audited, available & ~situation.used, wanted):
        yield Situation(situation.used | use.sources, _gained(situation.reached, use, audited), (*situation.uses, use))
    yield situation


def _undominated(known: Mapping[tuple[int, Reached], Situation]) -> list[Situation]:
    """Without the situations to which an earlier one is at least equal: as much reached, no more used."""
    kept: dict[tuple[int, Reached], Situation] = {}
    for (used, reached), situation in known.items():
        if not any(before & ~used == 0 and more.includes(reached) for before, more in kept):
            kept[used, reached] = situation
    return list(kept.values())


def _uses(situation: Situation, row: Row, audited: Audited, free: int, wanted: int) -> Iterator[Use]:
    lacking = ~(audited.own | situation.reached.covered)
    waives = row.waives & lacking & ~situation.reached.waived
    for ways in _ways(row, audited, free, wanted):
        if row.credits_only:
            yield Use(row, ways)
        for covers in _covers(row, len(ways), lacking):
            if covers or waives:
                yield Use(row, ways, covers, waives)


def _gained(reached: Reached, use: Use, audited: Audited) -> Reached:
    codes = use.codes if use.row.credits_only else ()
    return Reached(
        reached.covered | union(use.covers),
        reached.waived | use.waives,
        reached.extra_credits + sum((audited.plan.credits_in_catalogue(code) for code in codes), Decimal(0)),
        reached.extra_courses + len(codes),
    )


def _covers(row: Row, taken: int, lacking: int) -> Iterator[tuple[int, ...]]:
    """What ``taken`` alternatives can cover of the courses still ``lacking``; () when nothing is left to cover.

    Nothing at all for a 逐门 row when fewer alternatives would cover as much.
    """
    helpful = [option & lacking for option in row.options if option & lacking]
    if row.one_by_one:
        if taken <= max(row.needed, len(helpful)):
            yield from combinations(helpful, min(taken, len(helpful)))
    elif helpful:
        yield from ((option,) for option in helpful)
    else:
        yield ()


def _ways(row: Row, audited: Audited, free: int, wanted: int) -> list[tuple[Fulfilment, ...]]:
    """The ways to fulfil as many alternatives as the row needs (逐门: at least as many) with the courses ``free``.

    Of ways that take the same of the courses ``wanted`` later, the first in the file's order.
    """
    ways: list[tuple[Fulfilment, ...]] = [()]
    for position, alternative in enumerate(row.alternatives):
        usable = [way for way in alternative if way.sources & ~free == 0]
        still = wanted | union(way.sources for later in row.alternatives[position + 1 :] for way in later)
        known: dict[tuple[int, int, int, Decimal], tuple[Fulfilment, ...]] = {}
        for chosen in ways:
            for longer in _longer(chosen, usable, row):
                known.setdefault(_mark(longer, row, audited, still), longer)
        ways = list(known.values())
    return [chosen for chosen in ways if len(chosen) >= row.needed]


def _longer(chosen: tuple[Fulfilment, ...], usable: list[Fulfilment], row: Row) -> Iterator[tuple[Fulfilment, ...]]:
    """``chosen`` with the next alternative, in each way it can be fulfilled, and at last without it."""
    taken = union(way.sources for way in chosen)
    if row.one_by_one or len(chosen) < row.needed:
        yield from ((*chosen, way) for way in usable if not way.sources & taken)
    yield chosen


def _mark(chosen: tuple[Fulfilment, ...], row: Row, audited: Audited, wanted: int) -> tuple[int, int, int, Decimal]:
    """What tells ways apart: how many, what they take of the ``wanted``, and what they count where only that matters."""
    codes = [code for way in chosen for code in way.codes] if row.credits_only else []
    credits = sum((audited.plan.credits_in_catalogue(code) for code in codes), Decimal(0))
    return len(chosen), union(way.sources for way in chosen) & wanted, len(codes), credits
