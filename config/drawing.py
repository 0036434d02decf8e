"""Geometry of what pages draw as SVG: computed here, so that no page needs a style attribute or a script."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

Amount = int | float | Decimal

GAP_SHARE = 0.0105
"""The gap between two arcs of a ring, as a share of the whole round."""


@dataclass(frozen=True)
class Arc:
    """One piece of a ring: ``length`` and ``offset`` in credits, for ``stroke-dasharray`` and ``stroke-dashoffset``."""

    length: str
    offset: str


@dataclass(frozen=True)
class Ring:
    """A ring of one arc per requirement: ``total`` is the length of the round, ``troughs`` lie under ``arcs``."""

    total: str
    troughs: tuple[Arc, ...]
    arcs: tuple[Arc, ...]


def ring_of(parts: Iterable[tuple[Amount, Amount]]) -> Ring:
    """The ring of ``parts``, pairs of credits earned and needed in their order; what is earned beyond the need is not drawn."""
    needs = [(float(earned), float(needed)) for earned, needed in parts if needed > 0]
    total = sum(needed for _earned, needed in needs)
    gap = total * GAP_SHARE
    troughs, arcs, start = [], [], 0.0
    for earned, needed in needs:
        troughs.append(_arc(start, needed, gap))
        if earned > 0:
            arcs.append(_arc(start, min(earned, needed), gap))
        start += needed
    return Ring(number(total), tuple(troughs), tuple(arcs))


def _arc(start: float, length: float, gap: float) -> Arc:
    """The arc over ``length`` credits from ``start``, half a gap shorter at either end."""
    return Arc(number(max(length - gap, gap / 4)), number(-(start + gap / 2)))


def number(value: Amount) -> str:
    """A coordinate: at most two decimals, always with a point."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")
