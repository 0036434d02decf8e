"""Routes: complete ways through a plan version, of which every candidate of the city walks one.

A route is found by the graduation engine itself: elective choices are added until the engine calls the plan complete.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from config.city.chance import Dice
from graduation.catalogue import compiled_plans
from graduation.engine import audit
from graduation.plans import CompiledPlan, CourseRow, Group, Path, bits
from graduation.verdicts import Passed
from records.catalogue.models import Course, Major, Plan

WAYS = 4  # routes tried for each path of a plan
WRITTEN, THESIS = "笔试", "论文"
MOST_STEPS = 62  # what has been passed is one bit each of a 64-bit number


@dataclass(frozen=True)
class Stop:
    """A course on a route; ``theory`` is the place on the route of the theory course that it builds on."""

    course_id: int
    code: str
    practical: bool
    thesis: bool
    theory: int | None
    first_sitting: str


@dataclass(frozen=True)
class Route:
    """A way through ``plan`` in the order in which it is usually walked: written, then practical, the thesis last."""

    number: int
    plan: Plan
    stops: tuple[Stop, ...]

    @property
    def written(self) -> int:
        """How many written courses it has."""
        return sum(not stop.practical for stop in self.stops)


@dataclass(frozen=True)
class Study:
    """A major with the universities that host it and the routes of each of its plan versions, the newest first."""

    major: Major
    hosts: tuple[int, ...]
    routes: dict[Plan, tuple[Route, ...]] = field(default_factory=dict)

    def for_newcomer(self, on: dt.date) -> list[Plan]:
        """The versions that take a newcomer of that day."""
        return [plan for plan in self.routes if plan.newcomers_until is None or on <= plan.newcomers_until]

    def for_graduate(self, registered_on: dt.date, on: dt.date) -> list[Plan]:
        """Those by which a candidate registered on one day may graduate on another."""
        return [
            plan
            for plan in self.for_newcomer(registered_on)
            if plan.effective_from <= on and (plan.graduation_until is None or on <= plan.graduation_until)
        ]


def studies(seed: int, last_sitting: dt.date) -> list[Study]:
    """Every open major that has a plan which can be completed, by code."""
    course_ids = dict(Course.objects.values_list("code", "pk"))
    plans = list(Plan.objects.select_related("major").order_by("-effective_from", "-version"))
    compiled = compiled_plans(plans)
    hosts = _hosts()
    found = {
        major.pk: Study(major, hosts[major.pk])
        for major in Major.objects.filter(state=Major.State.OPEN).order_by("code")
        if major.pk in hosts
    }
    number = 0
    for plan in plans:
        if plan.major_id not in found:
            continue
        ways = [_stops(compiled[plan.pk], codes, course_ids) for codes in _ways(compiled[plan.pk], seed, last_sitting)]
        if ways:
            found[plan.major_id].routes[plan] = tuple(Route(number + place, plan, stops) for place, stops in enumerate(ways))
            number += len(ways)
    return [study for study in found.values() if study.routes]


def _hosts() -> dict[int, tuple[int, ...]]:
    hosts: dict[int, tuple[int, ...]] = {}
    for major, office in Major.hosts.through.objects.order_by("major", "office__code").values_list("major_id", "office_id"):
        hosts[major] = (*hosts.get(major, ()), office)
    return hosts


def _ways(compiled: CompiledPlan, seed: int, last_sitting: dt.date) -> list[tuple[str, ...]]:
    """Different complete sets of courses, in order; [] for a plan that cannot be completed by its own courses."""
    major, version = compiled.facts.major, compiled.facts.version
    found = {
        tuple(_complete(compiled, path, Dice(seed, major, version, path.name, way), last_sitting))
        for path in compiled.paths
        for way in range(WAYS)
    }
    return sorted(codes for codes in found if 0 < len(codes) <= MOST_STEPS)


def _complete(compiled: CompiledPlan, path: Path, dice: Dice, last_sitting: dt.date) -> list[str]:
    """The compulsory courses and as many elective choices, shuffled, as the engine asks for; [] when all do not suffice."""
    chosen, spare = path.compulsory, []
    for group in path.groups:
        taken, left = _choose(compiled, group, dice, f"{last_sitting:%Y-%m}")
        chosen |= taken
        spare += left
    while not _is_complete(compiled, chosen, last_sitting):
        if not spare:
            return []
        chosen |= spare.pop(0)
    walked = sorted((_stage(row), position + 5 * dice.random(), row.code) for position, row in _rows(compiled, chosen))
    return [code for _stage_of, _place, code in walked]


def _choose(compiled: CompiledPlan, group: Group, dice: Dice, last_sitting: str) -> tuple[int, list[int]]:
    """The choices that reach the group's minima, as one mask, and those that are left; none that cannot be sat yet."""
    open_now = [mask for mask in group.choices if all(row.first_sitting <= last_sitting for _, row in _rows(compiled, mask))]
    shuffled = [mask for _, mask in sorted((dice.random(), mask) for mask in open_now)]
    taken, count = 0, 0
    while shuffled and (count < group.courses_needed or compiled.worth(taken) < group.credits_needed):
        taken |= shuffled.pop(0)
        count += 1
    return taken, shuffled


def _rows(compiled: CompiledPlan, mask: int) -> Iterator[tuple[int, CourseRow]]:
    return ((position, compiled.courses[position]) for position in bits(mask))


def _stage(row: CourseRow) -> int:
    return 0 if row.assessment == WRITTEN else 2 if row.assessment == THESIS else 1


def _is_complete(compiled: CompiledPlan, chosen: int, on: dt.date) -> bool:
    passed = [Passed(code, "exam", None, on, on) for code in compiled.codes(chosen)]
    return audit(compiled, passed, additional_courses=False).complete


def _stops(compiled: CompiledPlan, codes: Sequence[str], course_ids: Mapping[str, int]) -> tuple[Stop, ...]:
    rows = {row.code: row for row in compiled.courses}
    return tuple(
        Stop(
            course_id=course_ids[code],
            code=code,
            practical=rows[code].assessment != WRITTEN,
            thesis=rows[code].assessment == THESIS,
            theory=codes.index(rows[code].theory) if rows[code].theory in codes else None,
            first_sitting=rows[code].first_sitting,
        )
        for code in codes
    )
