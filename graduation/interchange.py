"""Which courses replacement rows do not tell apart: to use up the one or the other comes to the same."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from graduation.plans import Row, bits, union


def with_alike_sources(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows, each with the sources that are alike to all rows after it."""
    return tuple(replace(row, alike_after=_alike(rows[number + 1 :])) for number, row in enumerate(rows))


def _alike(rows: Sequence[Row]) -> tuple[int, ...]:
    """Masks of two sources and more, any two of which can change places in ``rows`` without changing them.

    Sources of rows that count credits are left out: there it matters which course it is.
    """
    different = union(row.sources for row in rows if row.credits_only)
    classes: list[int] = []
    for source in bits(union(row.sources for row in rows) & ~different):
        for number, members in enumerate(classes):
            if _can_change_places(source, next(bits(members)), rows):
                classes[number] |= 1 << source
                break
        else:
            classes.append(1 << source)
    return tuple(members for members in classes if members.bit_count() > 1)


def _can_change_places(one: int, other: int, rows: Sequence[Row]) -> bool:
    both = 1 << one | 1 << other
    return all(_shape(row, 0) == _shape(row, both) for row in rows if row.sources & both)


def _shape(row: Row, exchanged: int) -> Counter[frozenset[int]]:
    """The row's alternatives regardless of order, with the two sources ``exchanged`` in each other's place."""
    return Counter(frozenset(_exchange(way.sources, exchanged) for way in alternative) for alternative in row.alternatives)


def _exchange(sources: int, exchanged: int) -> int:
    return sources ^ exchanged if (sources & exchanged).bit_count() == 1 else sources
