"""Figures of any selection of statistics rows: rows add up exactly, because each says how often every single mark occurred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

BINS = 10


class Row(Protocol):
    """What is read of a row of ``SittingStatistic``."""

    registered: int
    present: int
    absent: int
    barred: int
    passed: int
    distribution: Mapping[str, int]


@dataclass
class Figures:
    """Counts of a selection and the marks in it by how often each occurred. What cannot be computed is None."""

    registered: int = 0
    present: int = 0
    absent: int = 0
    barred: int = 0
    passed: int = 0
    marks: Counter[float] = field(default_factory=Counter)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Figures:
        """The figures of all these rows together."""
        figures = cls()
        for row in rows:
            figures.add(row)
        return figures

    def add(self, row: Row) -> None:
        """Count one more row in."""
        self.registered += row.registered
        self.present += row.present
        self.absent += row.absent
        self.barred += row.barred
        self.passed += row.passed
        self.marks.update({float(mark): many for mark, many in row.distribution.items()})

    @property
    def marked(self) -> int:
        """How many marks in points there are (grades are none)."""
        return self.marks.total()

    @property
    def presence(self) -> float | None:
        """Present by registered."""
        return self.present / self.registered if self.registered else None

    @property
    def pass_rate(self) -> float | None:
        """Passed by present."""
        return self.passed / self.present if self.present else None

    @property
    def mean(self) -> float | None:
        return sum(mark * many for mark, many in self.marks.items()) / self.marked if self.marked else None

    @property
    def stdev(self) -> float | None:
        """The sample's standard deviation."""
        mean = self.mean
        if mean is None or self.marked < 2:
            return None
        return float((sum(many * (mark - mean) ** 2 for mark, many in self.marks.items()) / (self.marked - 1)) ** 0.5)

    @property
    def lowest(self) -> float | None:
        return min(self.marks, default=None)

    @property
    def q1(self) -> float | None:
        return self.quantile(0.25)

    @property
    def median(self) -> float | None:
        return self.quantile(0.5)

    @property
    def q3(self) -> float | None:
        return self.quantile(0.75)

    @property
    def highest(self) -> float | None:
        return max(self.marks, default=None)

    def quantile(self, share: float) -> float | None:
        """The mark below which ``share`` of all lie, interpolated linearly."""
        if not self.marked:
            return None
        place = share * (self.marked - 1)
        below = self._mark_at(int(place))
        above = self._mark_at(min(int(place) + 1, self.marked - 1))
        return below + (above - below) * (place - int(place))

    @property
    def histogram(self) -> list[int]:
        """Ten bins of ten marks, 100 in the last."""
        bins = [0] * BINS
        for mark, many in self.marks.items():
            bins[min(int(mark // 10), BINS - 1)] += many
        return bins

    def _mark_at(self, place: int) -> float:
        """The mark at a place from 0 in ascending order."""
        for mark in sorted(self.marks):
            place -= self.marks[mark]
            if place < 0:
                return mark
        raise IndexError(place)
