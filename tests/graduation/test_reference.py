"""The engine against the naive reference: random transcripts over every plan, and made-up plans whose rows compete."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from random import Random

import pytest

from graduation.compiling import compile_plan
from graduation.engine import audit
from graduation.plans import CatalogueCourse, CompiledPlan, CourseRow, GroupRow, PlanFacts, ReplacementRow
from graduation.verdicts import Passed, PathVerdict
from tests.graduation.catalogue_files import every_plan, plan_rows
from tests.graduation.reference import Rows, best_by_path

TRANSCRIPTS_PER_PLAN = 40
MADE_UP_PLANS = 1500
MONTHS = ["2026-03", "2026-04", "2026-10"]


@pytest.mark.parametrize(("major", "version"), every_plan())
def test_every_plan_is_audited_as_the_reference_does(major: str, version: str) -> None:
    rows = plan_rows(major, version)
    compiled = compiled_from(rows)
    random = Random(f"{major} {version}")
    for _ in range(TRANSCRIPTS_PER_PLAN):
        compare(rows, compiled, random_transcript(rows, compiled, random), random)


@pytest.mark.parametrize("start", range(0, MADE_UP_PLANS, 100))
def test_competing_rows_are_used_as_the_reference_does(start: int) -> None:
    for seed in range(start, start + 100):
        random = Random(seed)
        rows = made_up_plan(random)
        compiled = compiled_from(rows)
        for _ in range(3):
            codes = random.sample(EXTERNAL, random.randint(2, len(EXTERNAL)))
            codes += random.sample(INSIDE, random.randint(0, 3))
            compare(rows, compiled, {code: random.choice(MONTHS) for code in codes}, random)


def compiled_from(rows: Rows) -> CompiledPlan:
    """The engine's plan of the reference's rows."""
    return compile_plan(rows.facts, rows.courses, rows.groups, rows.replacements, rows.catalogue)


def compare(rows: Rows, compiled: CompiledPlan, months: Mapping[str, str], random: Random) -> None:
    """Both answer alike, and the engine's explanation adds up to its verdict."""
    owes_additional, waive_credits = random.random() < 0.5, random.random() < 0.7
    transcript = [passed(code, month) for code, month in months.items()]

    verdict = audit(compiled, transcript, additional_courses=owes_additional, waive_credits=waive_credits)

    expected = best_by_path(rows, months, owes_additional=owes_additional, waive_credits=waive_credits)
    for path in verdict.paths:
        best = expected[path.path]
        assert (path.missing, path.credits_earned) == (best.missing, best.credits), (months, path)
        assert path.courses_earned in best.courses
        assert_explained(compiled, path, transcript)
    assert len(verdict.paths) == len(expected)
    assert verdict.complete == any(best.missing == 0 for best in expected.values())
    assert (verdict.best.missing, -verdict.credits_earned) == min((b.missing, -b.credits) for b in expected.values())
    shuffled = random.sample(transcript, len(transcript))
    assert audit(compiled, shuffled, additional_courses=owes_additional, waive_credits=waive_credits) == verdict


def assert_explained(compiled: CompiledPlan, path: PathVerdict, transcript: Sequence[Passed]) -> None:
    """Requirements missing, credits and the single use of every course follow from what is shown."""
    assert sum(not requirement.satisfied for requirement in path.requirements) == path.missing
    assert path.complete == (path.missing == 0)
    leaves = [leaf for requirement in path.requirements for leaf in requirement.leaves]
    shown = {course.code for leaf in leaves if leaf.state == "passed" for course in leaf.by}
    credits_only = [course.code for use in path.replaced if not use.covers + use.waives for course in use.by]
    beside = sum((compiled.credits_in_catalogue(code) for code in credits_only), Decimal(0))
    assert sum((leaf.counted for leaf in leaves), beside) == path.credits_earned
    used = [course.code for use in path.replaced for course in use.by]
    assert len(used) == len(set(used))
    assert not shown & set(used)
    assert shown.isdisjoint(course.code for course in path.unused)
    assert set(used).isdisjoint(course.code for course in path.unused)
    assert all(course in transcript for use in path.replaced for course in use.by)
    for requirement in path.requirements:
        assert bool(requirement.missing) == (not requirement.satisfied)


def passed(code: str, month: str) -> Passed:
    """An examination pass in the sitting of ``month``."""
    day = date(int(month[:4]), int(month[5:]), 28)
    return Passed(code, "exam", Decimal(75), day, day)


def random_transcript(rows: Rows, compiled: CompiledPlan, random: Random) -> dict[str, str]:
    """Most courses of the plan or few, and up to seven that only rows name, neighbours in a row more often than not."""
    share = random.choice([0.3, 0.7, 0.9, 1.0])
    codes = [course.code for course in rows.courses if random.random() < share]
    outside = [code for code in compiled.sources if code not in {course.code for course in rows.courses}]
    first = random.randrange(len(outside))
    close = outside[first : first + random.randint(0, 4)]
    codes += {*close, *random.sample(outside, random.randint(0, 3))}
    return {code: random.choice(["2026-04", "2026-10"]) for code in codes}


EXTERNAL = [f"9000{number}" for number in range(7)]
INSIDE = [f"1000{number}" for number in range(7)]


def made_up_plan(random: Random) -> Rows:
    """A small plan with every feature of the catalogue, and rows that mostly want the same courses."""
    courses = tuple(made_up_course(code, random) for code in INSIDE[: random.randint(4, 7)])
    labels = sorted({course.group for course in courses if course.group})
    total = sum((course.credits for course in courses), Decimal(0))
    facts = PlanFacts("M", "专科", "2024", Decimal(random.randint(1, int(total) + 2)), random.choice([None, 2, 4]))
    groups = tuple(made_up_group(label, random) for label in labels)
    replacements = tuple(made_up_row(random) for _ in range(random.randint(2, 6)))
    catalogue = {code: CatalogueCourse("", random.choice([None, Decimal(3), Decimal("4.5")])) for code in EXTERNAL}
    catalogue |= {course.code: CatalogueCourse(course.name, course.credits) for course in courses}
    catalogue |= {code: CatalogueCourse() for code in INSIDE if code not in catalogue}
    return Rows(facts, courses, groups, replacements, catalogue)


def made_up_course(code: str, random: Random) -> CourseRow:
    nature = random.choice(["必考", "选考", "选考", "加考"] if random.random() < 0.8 else ["选考"])
    earlier = [inside for inside in INSIDE if inside < code]
    return CourseRow(
        code=code,
        name=f"课程{code}",
        credits=Decimal(random.randint(1, 6)),
        counts_credits=random.random() < 0.9,
        nature=nature,
        group=random.choice(["G", "H"]) if nature == "选考" else "",
        set_label=random.choice(["", "", "甲", "乙"]) if nature == "选考" else "",
        theory=random.choice(earlier) if earlier and random.random() < 0.3 else "",
        first_sitting=random.choice(["", "", "2026-04"]),
    )


def made_up_group(label: str, random: Random) -> GroupRow:
    minimum = [("1", ""), ("2", ""), ("", "5"), ("1", "4"), ("全部", ""), ("", "")]
    exchange = [("", ""), ("0", ""), ("全部", ""), ("2", "6"), ("", "0")]
    return GroupRow(label, *random.choice([*minimum, ("0", "")]), *random.choice(exchange))


def made_up_row(random: Random) -> ReplacementRow:
    alternatives = [made_up_alternative(random) for _ in range(random.randint(1, 3))]
    kind = random.choice(["one", "all", "any", "one_by_one", "waive", "credits"])
    targets = random.sample(INSIDE[:5], random.randint(1, 3))
    return ReplacementRow(
        major=random.choice(["M", ""]),
        level="专科",
        version="2024",
        passed=";".join(alternatives),
        needed=random.choice([1, 1, len(alternatives)]),
        replaces=made_up_targets(kind, targets),
        waives=random.choice(INSIDE) if kind == "waive" else "",
        path=random.choice(["", "", "", "外语", "换考"]),
        one_by_one=kind == "one_by_one",
        credits_only=kind == "credits",
    )


def made_up_targets(kind: str, targets: Sequence[str]) -> str:
    written = {"one": targets[0], "all": "+".join(targets), "any": ";".join(targets), "one_by_one": ";".join(targets)}
    return written.get(kind, targets[0] if kind == "waive" and len(targets) == 1 else "")


def made_up_alternative(random: Random) -> str:
    codes = random.sample([*EXTERNAL, INSIDE[0], INSIDE[1]], random.choice([1, 1, 1, 2, 3]))
    return "".join(code + random.choice("+|") for code in codes)[:-1]
