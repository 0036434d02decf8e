"""The audit's answer: every requirement with what satisfies it, what is missing, and the courses really passed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from graduation.plans import CompiledPlan, Group, bits
from graduation.replacing import Situation, Use
from graduation.standing import Audited, GroupStanding, Reached, Standing, credited_courses, group_standing
from graduation.verdicts import Leaf, LeafState, Passed, PathVerdict, Replaced, Requirement

Transcript = Mapping[str, Passed]


def explained(audited: Audited, situation: Situation, outcome: Standing, transcript: Transcript) -> PathVerdict:
    """Put the outcome of one path into words; ``transcript`` maps course codes to passes."""
    facts = audited.plan.facts
    leaves = _leaves(audited, situation, transcript)
    replaced = tuple(_replaced(audited.plan, use, transcript) for use in situation.uses)
    return PathVerdict(
        path=audited.path.name,
        complete=outcome.missing == 0,
        missing=outcome.missing,
        credits_earned=outcome.credits,
        credits_required=facts.total_credits,
        courses_earned=outcome.courses,
        courses_required=facts.total_courses,
        requirements=(
            *_in_plan_order(audited, situation.reached, leaves),
            *_totals(audited, outcome, _credits_only(replaced), _not_owed(audited, leaves)),
        ),
        replaced=replaced,
        unused=_unused(leaves, replaced, transcript),
    )


def _leaves(audited: Audited, situation: Situation, transcript: Transcript) -> dict[int, Leaf]:
    """The path's courses by their place in the plan, each with what stands for it."""
    credited = credited_courses(audited, situation.reached)
    leaves = {}
    for position in bits(audited.path.courses):
        course = audited.plan.courses[position]
        state, codes, note = _basis(audited, situation.uses, position)
        counted = audited.plan.worth(credited & 1 << position)
        by = tuple(transcript[code] for code in codes)
        leaves[position] = Leaf(course.code, course.name, course.worth, counted, state, by, note)
    return leaves


def _basis(audited: Audited, uses: Iterable[Use], position: int) -> tuple[LeafState, tuple[str, ...], str]:
    """How the course at ``position`` stands, by which passed courses, and the note of the row that helped."""
    course = 1 << position
    if audited.own & course:
        return "passed", (audited.plan.courses[position].code,), ""
    for use in uses:
        if codes := _covering(use, course):
            return "replaced", codes, use.row.note
    for use in uses:
        if use.waives & course:
            return "waived", use.codes, use.row.note
    return "missing", (), ""


def _covering(use: Use, course: int) -> tuple[str, ...]:
    """The passed courses by which the use covers ``course``: in a 逐门 row those of one alternative."""
    for number, mask in enumerate(use.covers):
        if mask & course:
            return use.fulfilments[number].codes if use.row.one_by_one else use.codes
    return ()


def _replaced(plan: CompiledPlan, use: Use, transcript: Transcript) -> Replaced:
    covers = tuple(code for mask in use.covers for code in plan.codes(mask))
    return Replaced(tuple(transcript[code] for code in use.codes), covers, plan.codes(use.waives), use.row.note)


def _in_plan_order(audited: Audited, reached: Reached, leaves: Mapping[int, Leaf]) -> list[Requirement]:
    """The courses owed and the groups, each group where its first course stands."""
    placed = [(position, _course(leaves[position])) for position in bits(audited.owed)]
    for group in audited.path.groups:
        placed.append((next(bits(group.courses)), _group(audited, reached, group, leaves)))
    return [requirement for _, requirement in sorted(placed, key=_place)]


def _place(placed: tuple[int, Requirement]) -> int:
    return placed[0]


def _course(leaf: Leaf) -> Requirement:
    satisfied = leaf.state != "missing"
    return Requirement(
        code=leaf.code,
        kind="course",
        label=leaf.name,
        satisfied=satisfied,
        by=leaf.by,
        missing=() if satisfied else (leaf.code,),
        leaves=(leaf,),
        credits_earned=leaf.counted,
        credits_required=leaf.credits,
        courses_earned=int(satisfied),
        courses_required=1,
    )


def _group(audited: Audited, reached: Reached, group: Group, leaves: Mapping[int, Leaf]) -> Requirement:
    standing = group_standing(audited, reached, group)
    members = [leaves[position] for position in bits(group.courses)]
    missing = [leaf.code for leaf in members if leaf.state == "missing"] or _unreachable(standing, group)
    if standing.satisfied:
        members = [replace(leaf, state="not_needed") if leaf.state == "missing" else leaf for leaf in members]
    return Requirement(
        code=group.label,
        kind="group",
        label=_group_label(group),
        satisfied=standing.satisfied,
        by=_once(course for leaf in members for course in leaf.by),
        missing=() if standing.satisfied else tuple(missing),
        leaves=tuple(members),
        credits_earned=standing.credits,
        credits_required=group.credits_needed or None,
        courses_earned=standing.courses,
        courses_required=group.courses_needed or None,
    )


def _unreachable(standing: GroupStanding, group: Group) -> list[str]:
    """What lacks when every course of the group is there: the plan asks for more than the group has."""
    courses, credits = group.courses_needed - standing.courses, group.credits_needed - standing.credits
    return [f"{courses}门"] * (courses > 0) + [f"{_figure(credits)}学分"] * (credits > 0)


def _group_label(group: Group) -> str:
    if group.every_course:
        return f"选考组{group.label}：全部{group.courses_needed}门"
    minima = [f"{group.courses_needed}门"] if group.courses_needed else []
    minima += [f"{_figure(group.credits_needed)}学分"] if group.credits_needed else []
    return f"选考组{group.label}：至少{'、'.join(minima)}" if minima else f"选考组{group.label}"


def _totals(
    audited: Audited, outcome: Standing, credits_only: tuple[Passed, ...], not_owed: tuple[Leaf, ...]
) -> list[Requirement]:
    facts = audited.plan.facts
    by = _once((*credits_only, *(course for leaf in not_owed for course in leaf.by)))
    lacking = facts.total_credits - outcome.credits
    totals = [
        Requirement(
            code="credits",
            kind="total",
            label=f"总学分不少于{_figure(facts.total_credits)}学分",
            satisfied=lacking <= 0,
            by=by,
            missing=(f"{_figure(lacking)}学分",) if lacking > 0 else (),
            leaves=not_owed,
            credits_earned=outcome.credits,
            credits_required=facts.total_credits,
        )
    ]
    if facts.total_courses is not None:
        totals.append(_total_courses(facts.total_courses, outcome.courses, by))
    return totals


def _total_courses(required: int, earned: int, by: tuple[Passed, ...]) -> Requirement:
    return Requirement(
        code="courses",
        kind="total",
        label=f"总门数不少于{required}门",
        satisfied=earned >= required,
        by=by,
        missing=(f"{required - earned}门",) if earned < required else (),
        courses_earned=earned,
        courses_required=required,
    )


def _credits_only(replaced: Iterable[Replaced]) -> tuple[Passed, ...]:
    """The courses that count for number and credits only."""
    return tuple(course for use in replaced if not use.covers and not use.waives for course in use.by)


def _not_owed(audited: Audited, leaves: Mapping[int, Leaf]) -> tuple[Leaf, ...]:
    """加考 courses that the candidate has without owing them."""
    optional = (leaves[position] for position in bits(audited.path.additional & ~audited.owed))
    return tuple(leaf for leaf in optional if leaf.state != "missing")


def _unused(leaves: Mapping[int, Leaf], replaced: Iterable[Replaced], transcript: Transcript) -> tuple[Passed, ...]:
    """Passes that neither stand for themselves on this path nor replace anything."""
    counted = {leaf.code for leaf in leaves.values() if leaf.state == "passed"}
    counted |= {course.code for use in replaced for course in use.by}
    return tuple(course for code, course in transcript.items() if code not in counted)


def _once(courses: Iterable[Passed]) -> tuple[Passed, ...]:
    return tuple({course.code: course for course in courses}.values())


def _figure(number: Decimal) -> str:
    """``14`` for 14.0, ``2.5`` for 2.50."""
    return f"{number.normalize():f}"
