"""Geometry of the statistics' charts; the drawing is in ``templates/scores/charts/``, the numbers stand in a table beneath."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scores.statistics.figures import Figures

PASS_BIN = 6
LEFT, BOTTOM, TOP, WIDE = 44.0, 206.0, 36.0, 50.8
NICE = (1, 2, 2.5, 5, 10)
BOX_GRID = [(mark, 300 + 8 * mark) for mark in range(0, 101, 20)]


@dataclass(frozen=True)
class Line:
    """A line of the grid with its label, at ``at`` on the axis."""

    at: str
    label: str
    label_at: str


@dataclass(frozen=True)
class Bar:
    """One bin of a histogram."""

    x: str
    y: str
    height: str
    middle: str
    count: int
    count_at: str
    label: str
    is_pass: bool


@dataclass(frozen=True)
class Histogram:
    """Ten bars, the grid, and the outline of the sitting compared with ("" for none)."""

    bars: list[Bar]
    grid: list[Line]
    outline: str


def histogram(now: Sequence[int], before: Sequence[int] = ()) -> Histogram:
    """The distribution of marks; ``before`` is drawn as a line over the bars."""
    top = _nice(max([*now, *before, 1]))
    scale = (BOTTOM - TOP) / top
    bars = [_bar(place, count, scale) for place, count in enumerate(now)]
    steps = [top * quarter / 4 for quarter in range(5)] if top >= 4 else [0, top]
    grid = [Line(_text(BOTTOM - step * scale), f"{round(step):,}", _text(BOTTOM - step * scale + 4)) for step in steps]
    outline = " ".join(
        f"M{_text(LEFT + WIDE * place)} {_text(BOTTOM - many * scale)}h{WIDE}" for place, many in enumerate(before)
    )
    return Histogram(bars, grid, outline if any(before) else "")


def _bar(place: int, count: int, scale: float) -> Bar:
    x, y = LEFT + WIDE * place + 3, BOTTOM - count * scale
    middle = _text(x + 22.4)
    label = f"{place * 10}–"
    return Bar(_text(x), _text(y), _text(BOTTOM - y), middle, count, _text(y - 6), label, place >= PASS_BIN)


@dataclass(frozen=True)
class Rate:
    """A line of the chart of pass rates: now, and before where it is known."""

    label: str
    y: str
    text_y: str
    now_x: str
    mark_x: str
    mark_y: str
    before_x: str
    rate: float


@dataclass(frozen=True)
class Rates:
    """The chart of pass rates, highest first."""

    lines: list[Rate]
    grid: list[Line]
    height: int


def rates(values: Sequence[tuple[str, float, float | None]]) -> Rates:
    """``values`` are label, rate now, rate before (0 to 1); the axis spans whole steps of five points around them, up to 1."""
    known = [rate for _label, now, before in values for rate in (now, before) if rate is not None]
    low = min(math.floor(min(known, default=0) * 20) / 20, 0.95)
    high = max(math.ceil(max(known, default=1) * 20) / 20, low + 0.05)
    lines = [_rate(place, line, low, high) for place, line in enumerate(sorted(values, key=_by_rate))]
    steps = round((high - low) * 20)
    step = max(1, steps // 5)
    marks = [low + 0.05 * step * place for place in range(steps // step + 1)]
    grid = [Line(_text(_across(mark, low, high)), f"{mark * 100:.0f}%", "") for mark in marks]
    return Rates(lines, grid, 34 * len(lines) + 46)


def _by_rate(line: tuple[str, float, float | None]) -> tuple[float, str]:
    return -line[1], line[0]


def _rate(place: int, line: tuple[str, float, float | None], low: float, high: float) -> Rate:
    label, now, before = line
    y, x = 24 + 34 * place, _across(now, low, high)
    before_x = "" if before is None else _text(_across(before, low, high))
    return Rate(label, str(y), str(y + 5), _text(x), _text(x - 6), str(y - 6), before_x, now)


def _across(rate: float, low: float, high: float) -> float:
    return 160 + (rate - low) / (high - low) * 320


@dataclass(frozen=True)
class Box:
    """A course: its middle half as a box, the median as a thick line, thin lines to the lowest and the highest mark."""

    label: str
    y: int
    top: int
    bottom: int
    text_y: int
    lowest: str
    q1: str
    width: str
    median: str
    highest: str


def boxes(courses: Sequence[tuple[str, Figures]]) -> list[Box]:
    """Courses without marks in points are left out."""
    drawn = [(label, figures) for label, figures in courses if figures.marked]
    return [_box(30 + 32 * place, label, figures) for place, (label, figures) in enumerate(drawn)]


def _box(y: int, label: str, figures: Figures) -> Box:
    places = [300 + 8 * (value or 0.0) for value in (figures.lowest, figures.q1, figures.median, figures.q3, figures.highest)]
    lowest, q1, median, q3, highest = places
    width = _text(q3 - q1)
    return Box(label, y, y - 8, y + 8, y + 5, _text(lowest), _text(q1), width, _text(median), _text(highest))


def _nice(value: float) -> int:
    """The next round number from ``value`` on."""
    power = 10.0 ** math.floor(math.log10(value))
    return math.ceil(min(power * step for step in NICE if power * step >= value))


def _text(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
