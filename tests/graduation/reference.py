"""A second, naive reading of FORMATS' plan rules: every use of every replacement row is tried, nothing is clever.

It shares the plain input rows with the engine and no line of its logic: sets of course codes instead of masks, its own
splitting of the notation. Only for few passed courses: the work doubles with every row that can be used.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, permutations, product

from graduation.plans import CatalogueCourse, CourseRow, GroupRow, PlanFacts, ReplacementRow

Codes = frozenset[str]


@dataclass(frozen=True)
class Rows:
    """A plan as its rows, and what the catalogue says of other courses."""

    facts: PlanFacts
    courses: tuple[CourseRow, ...]
    groups: tuple[GroupRow, ...]
    replacements: tuple[ReplacementRow, ...]
    catalogue: Mapping[str, CatalogueCourse]


@dataclass(frozen=True)
class Best:
    """The most favourable outcome on a path; ``courses`` are all numbers of courses that go with it."""

    missing: int
    credits: Decimal
    courses: frozenset[int]


@dataclass(frozen=True)
class Tried:
    """What one way of using rows has brought."""

    free: Codes
    covered: Codes = frozenset()
    waived: Codes = frozenset()
    extra: tuple[str, ...] = ()


def best_by_path(rows: Rows, passed: Mapping[str, str], *, owes_additional: bool, waive_credits: bool) -> dict[str | None, Best]:
    """The best outcome on each path; ``passed`` maps course codes to the month of the last pass (``YYYY-MM``)."""
    own = frozenset(row.code for row in rows.courses if row.code in passed and passed[row.code] >= row.first_sitting)
    found = {}
    for path in paths_of(rows):
        ends = every_end(rows, path, Tried(frozenset(passed) - own))
        outcomes = [weigh(rows, path, own, end, owes_additional, waive_credits) for end in ends]
        missing, loss = min((missing, -credits) for missing, credits, _ in outcomes)
        numbers = frozenset(count for short, credits, count in outcomes if (short, -credits) == (missing, loss))
        found[path] = Best(missing, -loss, numbers)
    return found


def rows_that_hold(rows: Rows) -> list[ReplacementRow]:
    """The rows for this plan."""
    facts = rows.facts
    return [
        row
        for row in rows.replacements
        if row.version == facts.version and (row.major == facts.major or (not row.major and row.level == facts.level))
    ]


def paths_of(rows: Rows) -> list[str | None]:
    """外语 and 换考 when a group or a row names one."""
    if any(row.path for row in rows_that_hold(rows)):
        return ["外语", "换考"]
    if any(group.exchange_courses_needed + group.exchange_credits_needed for group in rows.groups):
        return ["外语", "换考"]
    return [None]


def every_end(rows: Rows, path: str | None, start: Tried) -> list[Tried]:
    """Where one can end after each row was used in every possible way or not at all."""
    ends = {start}
    for row in rows_that_hold(rows):
        if not row.path or row.path == path:
            ends |= {after for tried in ends for after in every_use(row, tried)}
    return list(ends)


def every_use(row: ReplacementRow, tried: Tried) -> Iterator[Tried]:
    """Each way to use one row once."""
    alternatives = row.passed.split(";")
    sizes = range(row.needed, len(alternatives) + 1) if row.one_by_one else [row.needed]
    for size in sizes:
        for chosen in combinations(alternatives, size):
            for taken in product(*(ways(alternative) for alternative in chosen)):
                codes = [code for way in taken for code in way]
                if len(set(codes)) == len(codes) and set(codes) <= tried.free:
                    yield from effects(row, tried, codes, size)


def ways(alternative: str) -> list[tuple[str, ...]]:
    """``a|b+c`` is (a, c) or (b, c)."""
    return list(product(*(either.split("|") for either in alternative.split("+"))))


def effects(row: ReplacementRow, tried: Tried, codes: Sequence[str], size: int) -> Iterator[Tried]:
    """What the use of ``codes`` may bring."""
    free = tried.free - frozenset(codes)
    if row.credits_only:
        yield Tried(free, tried.covered, tried.waived, tuple(sorted((*tried.extra, *codes))))
        return
    waived = tried.waived | frozenset(row.waives.split("+") if row.waives else ())
    targets = row.replaces.split(";") if row.replaces else []
    number = min(size if row.one_by_one else 1, len(targets))
    for covered in permutations(targets, number):
        gained = frozenset(code for target in covered for code in target.split("+"))
        yield Tried(free, tried.covered | gained, waived, tried.extra)


def minimum(group: GroupRow, path: str | None) -> tuple[str, str]:
    """The group's two minima on a path, as written."""
    exchange = (group.exchange_courses_needed, group.exchange_credits_needed)
    return exchange if path == "换考" and any(exchange) else (group.courses_needed, group.credits_needed)


def belongs(rows: Rows, course: CourseRow, path: str | None) -> bool:
    """Whether the course is part of the path at all."""
    if not course.group:
        return True
    (group,) = [group for group in rows.groups if group.label == course.group]
    numbers, credits = minimum(group, path)
    return not ({numbers, credits} <= {"", "0"} and "0" in (numbers, credits))


def weigh(
    rows: Rows, path: str | None, own: Codes, end: Tried, owes_additional: bool, waive_credits: bool
) -> tuple[int, Decimal, int]:
    """Requirements missing, credits and courses of one end."""
    on_path = [course for course in rows.courses if belongs(rows, course, path)]
    present = own | end.covered
    satisfied = present | end.waived
    credited = satisfied if waive_credits else present
    counted = [course for course in on_path if course.counts_credits]
    credits = sum((course.credits for course in counted if course.code in credited), Decimal(0))
    credits += sum(((rows.catalogue[code].credits or Decimal(0)) for code in end.extra), Decimal(0))
    number = len({course.theory or course.code for course in counted if course.code in present}) + len(end.extra)
    owed = ("必考", "加考") if owes_additional else ("必考",)
    missing = len([course for course in on_path if course.nature in owed and course.code not in satisfied])
    labels = {course.group for course in on_path if course.group}
    missing += len(
        [group for group in rows.groups if group.label in labels and not group_met(rows, group, path, satisfied, credited)]
    )
    missing += 1 if credits < rows.facts.total_credits else 0
    missing += 1 if rows.facts.total_courses is not None and number < rows.facts.total_courses else 0
    return missing, credits, number


def group_met(rows: Rows, group: GroupRow, path: str | None, satisfied: Codes, credited: Codes) -> bool:
    """Whether whole choices reach the group's minimum."""
    members = {course.code: course for course in rows.courses if course.group == group.label}
    choices = choices_of(members)
    whole = [choice for choice in choices if choice <= satisfied]
    numbers, credits = minimum(group, path)
    if "全部" in (numbers, credits):
        return len(whole) == len(choices)
    earned = sum(
        (members[code].credits for choice in whole for code in choice if code in credited and members[code].counts_credits),
        Decimal(0),
    )
    return len(whole) >= int(numbers or 0) and earned >= Decimal(credits or 0)


def choices_of(members: Mapping[str, CourseRow]) -> set[Codes]:
    """Courses grow together by set and by theory until nothing changes."""
    choices = {code: frozenset({code}) for code in members}
    for _ in members:
        for one, other in product(members.values(), repeat=2):
            if one.theory == other.code or (one.set_label and one.set_label == other.set_label):
                together = choices[one.code] | choices[other.code]
                choices |= dict.fromkeys(together, together)
    return set(choices.values())
