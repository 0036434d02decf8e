"""Compiling a plan version: from the catalogue's rows to what the engine searches (FORMATS, "Catalogue")."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import product

from graduation.interchange import with_alike_sources
from graduation.plans import (
    ADDITIONAL,
    ALL_COURSES,
    COMPULSORY,
    ELECTIVE,
    EXCHANGE,
    LANGUAGE,
    CatalogueCourse,
    CompiledPlan,
    CourseRow,
    Fulfilment,
    Group,
    GroupRow,
    Path,
    PlanFacts,
    ReplacementRow,
    Row,
    union,
)
from records.catalogue.notation import (
    Alternative,
    codes_named,
    passed_alternatives,
    replaced_options,
    waived_codes,
)


def compile_plan(
    facts: PlanFacts,
    courses: Iterable[CourseRow],
    groups: Iterable[GroupRow],
    replacements: Iterable[ReplacementRow],
    catalogue: Mapping[str, CatalogueCourse],
) -> CompiledPlan:
    """Compile one plan version; ``replacements`` may hold rows of other majors and versions, which are left out.

    The order of all rows is the file's: it decides ties. ``catalogue`` describes courses that the plan does not name.
    Raises ValueError in Chinese when the rows contradict each other.
    """
    courses, groups = tuple(courses), tuple(groups)
    rows = tuple(row for row in replacements if _holds_for(row, facts))
    _check_courses(courses, groups)
    for row in rows:
        _check_row(row)
    sources = tuple(dict.fromkeys(code for row in rows for code in codes_named(row.passed)))
    paths = tuple(_path(name, courses, groups, rows, sources) for name in _path_names(groups, rows))
    known = {code: course for code, course in catalogue.items() if code in sources}
    known |= {course.code: CatalogueCourse(course.name, course.credits) for course in courses}
    return CompiledPlan(facts, courses, sources, paths, known)


def _holds_for(row: ReplacementRow, facts: PlanFacts) -> bool:
    concerned = row.major == facts.major if row.major else row.level in ("", facts.level)
    return concerned and row.version == facts.version


def _check_courses(courses: Sequence[CourseRow], groups: Sequence[GroupRow]) -> None:
    codes = [course.code for course in courses]
    for code in codes:
        if codes.count(code) > 1:
            raise ValueError(f"课程{code}在计划中重复")
    labels = {group.label for group in groups}
    for course in courses:
        if course.nature not in (COMPULSORY, ELECTIVE, ADDITIONAL):
            raise ValueError(f"课程{course.code}的课程性质“{course.nature}”不在必考、选考、加考之中")
        if (course.nature == ELECTIVE) != (course.group in labels):
            raise ValueError(f"课程{course.code}的课程性质与选考组“{course.group}”不符")
    for label in labels - {course.group for course in courses}:
        raise ValueError(f"选考组“{label}”没有课程")


def _check_row(row: ReplacementRow) -> None:
    alternatives = passed_alternatives(row.passed)
    if not 1 <= row.needed <= len(alternatives):
        raise ValueError(f"“{row.passed}”的需要数{row.needed}应在1与{len(alternatives)}之间")
    if row.path not in ("", LANGUAGE, EXCHANGE):
        raise ValueError(f"“{row.passed}”的路径“{row.path}”应为外语、换考或空")
    if row.credits_only == bool(row.replaces or row.waives):
        raise ValueError(f"“{row.passed}”应有顶替、免考核，或者仅计学分，不能兼有或都没有")


def _path_names(groups: Sequence[GroupRow], rows: Sequence[ReplacementRow]) -> tuple[str | None, ...]:
    """Two paths where a group or a replacement row names one."""
    named = any(group.exchange_courses_needed or group.exchange_credits_needed for group in groups)
    return (LANGUAGE, EXCHANGE) if named or any(row.path for row in rows) else (None,)


def _path(
    name: str | None,
    courses: Sequence[CourseRow],
    groups: Sequence[GroupRow],
    rows: Sequence[ReplacementRow],
    sources: Sequence[str],
) -> Path:
    belonging = tuple(group for row in groups if (group := _group(row, name, courses)) is not None)
    compulsory, additional = _of_nature(courses, COMPULSORY), _of_nature(courses, ADDITIONAL)
    everything = compulsory | additional | union(group.courses for group in belonging)
    compiled = (_row(row, courses, sources, everything) for row in rows if row.path in ("", name))
    effective = [row for row in compiled if row.options or row.waives or row.credits_only]
    return Path(name, everything, compulsory, additional, belonging, with_alike_sources(effective))


def _of_nature(courses: Sequence[CourseRow], nature: str) -> int:
    return union(1 << position for position, course in enumerate(courses) if course.nature == nature)


def _group(row: GroupRow, path: str | None, courses: Sequence[CourseRow]) -> Group | None:
    """The group on ``path``; None where its minimum is 0, for then it does not belong to the path."""
    needed, credits_needed = row.courses_needed, row.credits_needed
    if path == EXCHANGE and (row.exchange_courses_needed or row.exchange_credits_needed):
        needed, credits_needed = row.exchange_courses_needed, row.exchange_credits_needed
    every_course = ALL_COURSES in (needed, credits_needed)
    choices = _choices(row.label, courses)
    if every_course:
        return Group(row.label, choices, len(choices), Decimal(0), every_course=True)
    minima = [_number(text, row.label) for text in (needed, credits_needed)]
    if any(text.strip() for text in (needed, credits_needed)) and not any(minima):
        return None
    return Group(row.label, choices, int(minima[0]), minima[1], every_course=False)


def _number(text: str, label: str) -> Decimal:
    try:
        return Decimal(text.strip() or 0)
    except InvalidOperation:
        raise ValueError(f"选考组“{label}”的最低要求“{text}”不是数字") from None


def _choices(label: str, courses: Sequence[CourseRow]) -> tuple[int, ...]:
    """The group's choices in the plan's order: a set (套) is one, a practical and its theory course are one."""
    members = [(1 << position, course) for position, course in enumerate(courses) if course.group == label]
    choices: list[int] = []
    for bit, course in members:
        joined = bit | union(other for other, member in members if _chosen_together(course, member))
        touching = [choice for choice in choices if choice & joined]
        choices = [choice for choice in choices if not choice & joined]
        choices.append(joined | union(touching))
    return tuple(sorted(choices, key=_lowest_bit))


def _chosen_together(one: CourseRow, other: CourseRow) -> bool:
    same_set = bool(one.set_label) and one.set_label == other.set_label
    return same_set or one.theory == other.code or other.theory == one.code


def _lowest_bit(mask: int) -> int:
    return mask & -mask


def _row(row: ReplacementRow, courses: Sequence[CourseRow], sources: Sequence[str], path: int) -> Row:
    bit_of = {course.code: 1 << position for position, course in enumerate(courses)}
    options = (_mask(option, bit_of) & path for option in replaced_options(row.replaces))
    return Row(
        note=row.note,
        alternatives=tuple(_fulfilments(alternative, sources) for alternative in passed_alternatives(row.passed)),
        needed=row.needed,
        options=tuple(option for option in options if option),
        waives=_mask(waived_codes(row.waives), bit_of) & path,
        one_by_one=row.one_by_one,
        credits_only=row.credits_only,
    )


def _mask(codes: Iterable[str], bit_of: Mapping[str, int]) -> int:
    """The plan's courses among ``codes``; a code that the plan does not have falls away."""
    return union(bit_of.get(code, 0) for code in codes)


def _fulfilments(alternative: Alternative, sources: Sequence[str]) -> tuple[Fulfilment, ...]:
    bit_of = {code: 1 << position for position, code in enumerate(sources)}
    return tuple(Fulfilment(_mask(codes, bit_of), codes) for codes in product(*alternative))
