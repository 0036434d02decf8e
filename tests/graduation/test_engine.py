"""How the engine reads a plan, each sentence of FORMATS at a plan small enough to see why."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest

from graduation.compiling import compile_plan
from graduation.engine import audit
from graduation.plans import CatalogueCourse, CompiledPlan, CourseRow, GroupRow, PlanFacts, ReplacementRow
from graduation.verdicts import Passed, Verdict
from tests.graduation.catalogue_files import compiled_plan, every_plan
from tests.graduation.transcripts import by, compulsory, leaf, open_codes, passed, passes, requirement

OUTSIDE = {f"9000{number}": CatalogueCourse(f"旧课{number}", Decimal(number)) for number in range(1, 7)}


def course(code: str, credits: int = 4, **more: Any) -> CourseRow:
    return CourseRow(code, f"课程{code}", Decimal(credits), **more)


def elective(code: str, credits: int = 4, **more: Any) -> CourseRow:
    return course(code, credits, nature="选考", group="OPT", **more)


def row(passed: str, replaces: str = "", needed: int = 1, **more: Any) -> ReplacementRow:
    return ReplacementRow("M1", "专科", "2024", passed, needed, replaces, **more)


def plan_of(
    courses: Iterable[CourseRow],
    rows: Iterable[ReplacementRow] = (),
    group: GroupRow | None = None,
    credits: int = 0,
    total_courses: int | None = None,
) -> CompiledPlan:
    facts = PlanFacts("M1", "专科", "2024", Decimal(credits), total_courses)
    return compile_plan(facts, courses, [group] if group else [], rows, OUTSIDE)


def verdict_on(plan: CompiledPlan, *codes: str) -> Verdict:
    return audit(plan, passes(codes), additional_courses=False)


# --- each passed course is used once, and for the best


def test_a_course_of_the_plan_is_never_used_for_a_row() -> None:
    plan = plan_of([course("10001"), course("10002")], [row("10001", "10002")])

    verdict = verdict_on(plan, "10001")

    assert open_codes(verdict) == ["10002"]
    assert verdict.credits_earned == 4


def test_a_course_of_the_plan_passed_before_its_first_sitting_may_serve_a_row() -> None:
    plan = plan_of([course("10001", first_sitting="2026-10"), course("10002")], [row("10001", "10002")])
    early = audit(plan, [passed("10001", date(2026, 9, 30))], additional_courses=False)
    in_time = audit(plan, [passed("10001", date(2026, 10, 31))], additional_courses=False)

    assert open_codes(early) == ["10001"]
    assert by(requirement(early, "10002")) == ["10001"]
    assert open_codes(in_time) == ["10002"]


def test_the_last_pass_decides_whether_a_course_was_passed_in_time_and_the_best_is_shown() -> None:
    plan = plan_of([course("10001", first_sitting="2026-10")])
    best = Passed("10001", "exam", Decimal(90), date(2025, 4, 30), date(2026, 10, 31))

    verdict = audit(plan, [best], additional_courses=False)

    assert verdict.complete
    assert requirement(verdict, "10001").by == (best,)


def test_one_course_does_not_serve_two_rows() -> None:
    plan = plan_of([course("10001"), course("10002")], [row("90001", "10001"), row("90001", "10002")])

    verdict = verdict_on(plan, "90001")

    assert open_codes(verdict) == ["10002"]
    assert [use.covers for use in verdict.best.replaced] == [("10001",)]


def test_a_greedy_use_refuses_nobody() -> None:
    rows = [row("90001;90002", "10001"), row("90001", "10002")]
    plan = plan_of([course("10001"), course("10002")], rows)

    verdict = verdict_on(plan, "90001", "90002")

    assert verdict.complete
    assert by(requirement(verdict, "10001")) == ["90002"]
    assert by(requirement(verdict, "10002")) == ["90001"]


def test_a_row_of_two_gives_way_to_two_rows_of_one_where_that_brings_more() -> None:
    rows = [row("90001;90002", "10001", needed=2), row("90001", "10002"), row("90002", "10003")]
    plan = plan_of([course("10001"), course("10002"), course("10003")], rows)

    assert open_codes(verdict_on(plan, "90001", "90002")) == ["10001"]


def test_a_row_of_two_takes_two_and_leaves_the_third_to_others() -> None:
    rows = [row("90001;90002;90003", "10001", needed=2), row("90001;90002;90003", credits_only=True)]
    plan = plan_of([course("10001")], rows)

    verdict = verdict_on(plan, "90001", "90002", "90003")

    assert verdict.credits_earned == 4 + 3
    assert by(requirement(verdict, "10001")) == ["90001", "90002"]
    assert not requirement(verdict_on(plan, "90001"), "10001").satisfied


def test_fewer_requirements_missing_go_before_more_credits() -> None:
    rows = [row("90001", "10001"), row("90001", "10002+10003")]
    small, large = course("10001", 1), [elective("10002", 9), elective("10003", 9)]
    plan = plan_of([small, *large], rows, GroupRow("OPT", "", ""), credits=0)

    verdict = verdict_on(plan, "90001")

    assert verdict.complete
    assert verdict.credits_earned == 1


def test_equal_uses_go_by_the_order_of_the_file() -> None:
    rows = [row("90002", "10001", note="甲"), row("90001", "10001", note="乙")]
    plan = plan_of([course("10001")], rows)

    assert leaf(verdict_on(plan, "90001", "90002"), "10001").note == "甲"
    assert leaf(verdict_on(plan, "90001"), "10001").note == "乙"


def test_either_code_of_an_alternative_will_do_but_counts_once() -> None:
    plan = plan_of([course("10001")], [row("90001|90002;90003", "10001", needed=2)])

    assert open_codes(verdict_on(plan, "90001", "90002")) == ["10001"]
    assert verdict_on(plan, "90002", "90003").complete


def test_an_alternative_of_two_courses_needs_and_takes_both() -> None:
    rows = [row("90001+90002", "10001"), row("90002", "10002")]
    plan = plan_of([course("10001"), course("10002")], rows)

    assert open_codes(verdict_on(plan, "90001")) == ["10001", "10002"]
    assert open_codes(verdict_on(plan, "90001", "90002")) == ["10002"]


def test_any_one_of_several_courses_is_covered_where_it_is_wanted() -> None:
    plan = plan_of([course("10001"), course("10002")], [row("90001", "10001;10002")])

    assert verdict_on(plan, "10001", "90001").complete
    assert open_codes(verdict_on(plan, "90001")) == ["10002"]


def test_one_by_one_covers_as_many_courses_as_were_passed() -> None:
    plan = plan_of([course(f"1000{n}") for n in (1, 2, 3)], [row("90001;90002", "10001;10002;10003", one_by_one=True)])

    both = verdict_on(plan, "90001", "90002")

    assert open_codes(both) == ["10003"]
    assert by(requirement(both, "10001")) == ["90001"]
    assert by(requirement(both, "10002")) == ["90002"]
    assert open_codes(verdict_on(plan, "10001", "90002")) == ["10003"]


def test_one_by_one_takes_no_more_courses_than_it_covers() -> None:
    plan = plan_of([course("10001"), course("10002")], [row("90001;90002;90003", "10001;10002", one_by_one=True)])

    verdict = verdict_on(plan, "10001", "90001", "90002")

    assert by(requirement(verdict, "10002")) == ["90001"]
    assert [course.code for course in verdict.best.unused] == ["90002"]


def test_a_course_that_nobody_names_counts_nothing() -> None:
    verdict = verdict_on(plan_of([course("10001")]), "10001", "88888")

    assert verdict.credits_earned == 4
    assert [course.code for course in verdict.best.unused] == ["88888"]


def test_a_counts_only_course_without_known_credits_is_one_course_of_none() -> None:
    plan = plan_of([course("10001")], [row("77777", credits_only=True)], total_courses=2)

    verdict = verdict_on(plan, "10001", "77777")

    assert verdict.complete
    assert (verdict.credits_earned, verdict.courses_earned) == (4, 2)


def test_of_several_counts_only_courses_the_one_of_most_credits_counts() -> None:
    plan = plan_of([course("10001")], [row("90002;90005;90003", credits_only=True)])

    assert verdict_on(plan, "90002", "90005", "90003").credits_earned == 5


# --- waivers


def test_a_waived_practical_is_one_course_with_its_theory() -> None:
    courses = [course("10001"), course("10002", 2, assessment="实践", theory="10001")]
    plan = plan_of(courses, [row("90001", "10001", waives="10002")], credits=6)

    verdict = verdict_on(plan, "90001")

    assert verdict.complete
    assert (verdict.credits_earned, verdict.courses_earned) == (6, 1)


def test_the_old_course_waives_the_practical_also_of_one_who_passed_the_new_theory() -> None:
    courses = [course("10001"), course("10002", 2, assessment="实践", theory="10001")]
    plan = plan_of(courses, [row("90001", "10001", waives="10002")])

    verdict = verdict_on(plan, "10001", "90001")

    assert verdict.complete
    assert leaf(verdict, "10001").state == "passed"
    assert leaf(verdict, "10002").state == "waived"


def test_a_practical_really_passed_is_shown_as_replaced_not_as_waived() -> None:
    courses = [course("10001"), course("10002", 2, assessment="实践", theory="10001")]
    plan = plan_of(courses, [row("90001", "10001", waives="10002"), row("90002", "10002")])

    verdict = audit(plan, passes(["90001", "90002"]), additional_courses=False, waive_credits=False)

    assert by(leaf(verdict, "10002")) == ["90002"]
    assert verdict.credits_earned == 6


# --- groups


def test_a_practical_and_its_theory_are_one_choice_and_both_are_needed() -> None:
    courses = [elective("10001"), elective("10002", 2, theory="10001"), elective("10003", 5)]
    plan = plan_of(courses, group=GroupRow("OPT", "2"))

    assert not requirement(verdict_on(plan, "10001", "10003"), "OPT").satisfied
    assert requirement(verdict_on(plan, "10001", "10002", "10003"), "OPT").satisfied


def test_half_a_choice_counts_for_the_total_but_not_for_the_group() -> None:
    courses = [elective("10001"), elective("10002", 2, theory="10001"), elective("10003", 5)]
    plan = plan_of(courses, group=GroupRow("OPT", "1", "8"), credits=9)

    verdict = verdict_on(plan, "10001", "10003")

    assert requirement(verdict, "credits").satisfied
    assert (requirement(verdict, "OPT").satisfied, requirement(verdict, "OPT").credits_earned) == (False, 5)


def test_credits_above_a_minimum_count_too() -> None:
    plan = plan_of([elective("10001"), elective("10002")], group=GroupRow("OPT", "1"), credits=8)

    assert not verdict_on(plan, "10001").complete
    assert verdict_on(plan, "10001", "10002").complete


@pytest.mark.parametrize(("codes", "satisfied"), [(["10001", "10002"], True), (["10001", "10003"], False)])
def test_a_set_is_one_choice(codes: list[str], satisfied: bool) -> None:
    courses = [elective(f"1000{n}", set_label="甲" if n < 3 else "乙") for n in (1, 2, 3, 4)]
    plan = plan_of(courses, group=GroupRow("OPT", "1"))

    assert requirement(verdict_on(plan, *codes), "OPT").satisfied is satisfied


def test_a_replaced_course_completes_a_set() -> None:
    courses = [elective(f"1000{n}", set_label="甲" if n < 3 else "乙") for n in (1, 2, 3, 4)]
    plan = plan_of(courses, [row("90001", "10002;10004")], GroupRow("OPT", "1"))

    assert verdict_on(plan, "10003", "90001").complete
    assert verdict_on(plan, "10001", "90001").complete


def test_every_course_of_a_group_means_every_course() -> None:
    plan = plan_of([elective("10001"), elective("10002")], group=GroupRow("OPT", "全部"))

    assert open_codes(verdict_on(plan, "10001")) == ["OPT"]
    assert verdict_on(plan, "10001", "10002").complete


# --- paths


def two_paths() -> CompiledPlan:
    language = course("10001", 7, nature="选考", group="FL")
    exchange = [course(code, 5, nature="选考", group="EX") for code in ("10002", "10003")]
    facts = PlanFacts("M1", "专科", "2024", Decimal(7))
    groups = [GroupRow("FL", "1", "", "0", ""), GroupRow("EX", "0", "", "全部", "")]
    return compile_plan(facts, [language, *exchange], groups, [], OUTSIDE)


def test_the_better_path_is_named_and_the_courses_of_the_other_count_nothing_on_it() -> None:
    plan = two_paths()

    with_language = verdict_on(plan, "10001", "10002")
    without = verdict_on(plan, "10002", "10003")

    assert (with_language.path, with_language.credits_earned) == ("外语", 7)
    assert [course.code for course in with_language.best.unused] == ["10002"]
    assert (without.path, without.credits_earned) == ("换考", 10)


def test_of_two_complete_paths_the_one_of_more_credits_is_named() -> None:
    assert verdict_on(two_paths(), "10001", "10002", "10003").path == "换考"


def test_of_equal_paths_the_foreign_language_is_named() -> None:
    verdict = verdict_on(two_paths())

    assert verdict.path == "外语"
    assert [path.missing for path in verdict.paths] == [2, 2]


def test_a_row_of_one_path_makes_two_paths_and_helps_on_its_own_only() -> None:
    plan = plan_of([course("10001")], [row("90001", "10001", path="换考")])

    verdict = verdict_on(plan, "90001")

    assert [(path.path, path.complete) for path in verdict.paths] == [("外语", False), ("换考", True)]


@pytest.mark.parametrize("has_language", [True, False])
def test_old_exchange_courses_of_the_internet_of_things_by_path(has_language: bool) -> None:
    plan = compiled_plan("X2080905", "2024")
    missing = ["13247"] if has_language else ["13000", "13247"]
    codes = [*compulsory(plan, without=missing), "02358", *([] if has_language else ["02243", "00107"])]

    verdict = verdict_on(plan, *codes)

    assert verdict.complete
    assert verdict.path == ("外语" if has_language else "换考")


# --- totals, uncounted and additional courses


def test_a_practical_is_one_with_its_theory_for_the_number_of_courses() -> None:
    plan = plan_of([course("10001"), course("10002", 1, theory="10001"), course("10003")], total_courses=3)

    verdict = verdict_on(plan, "10001", "10002", "10003")

    assert (verdict.courses_earned, verdict.complete) == (2, False)
    assert requirement(verdict, "courses").missing == ("1门",)


def test_an_uncounted_course_must_be_passed_and_adds_nothing() -> None:
    plan = plan_of([course("10001"), course("10002", 8, counts_credits=False, assessment="论文")])

    assert open_codes(verdict_on(plan, "10001")) == ["10002"]
    verdict = verdict_on(plan, "10001", "10002")
    assert (verdict.complete, verdict.credits_earned, verdict.courses_earned) == (True, 4, 1)


@pytest.mark.parametrize(("owed", "complete", "undecided"), [(True, False, False), (False, True, False), (None, True, True)])
def test_additional_courses_are_owed_by_those_marked_so(owed: bool | None, complete: bool, undecided: bool) -> None:
    plan = plan_of([course("10001"), course("10002", nature="加考")])

    verdict = audit(plan, passes(["10001"]), additional_courses=owed)

    assert (verdict.complete, verdict.additional_undecided) == (complete, undecided)
    assert ("10002" in open_codes(verdict)) is (owed is True)


def test_a_plan_without_additional_courses_leaves_nothing_undecided() -> None:
    assert not audit(plan_of([course("10001")]), [], additional_courses=None).additional_undecided


def test_an_exemption_without_a_mark_counts_as_well() -> None:
    exempted = Passed("10001", "exemption", None, date(2026, 9, 1), date(2026, 9, 1))

    verdict = audit(plan_of([course("10001")]), [exempted], additional_courses=False)

    assert verdict.complete
    assert requirement(verdict, "10001").by == (exempted,)


# --- time


def test_every_course_that_any_row_names_is_audited_in_a_moment() -> None:
    cases = [(plan, passes([*plan.sources, *compulsory(plan)])) for plan in (compiled_plan(*key) for key in every_plan())]
    began = perf_counter()

    for plan, transcript in cases:
        audit(plan, transcript, additional_courses=None)

    assert perf_counter() - began < 2


def test_many_rows_that_want_the_same_courses_are_audited_in_a_moment() -> None:
    sources = ";".join(f"8000{number}" for number in range(8))
    rows = [row(sources, f"1000{number}") for number in range(8)]
    plan = plan_of([course(f"1000{number}", number + 1) for number in range(8)], rows)
    began = perf_counter()

    verdict = verdict_on(plan, *sources.split(";")[:5])

    assert perf_counter() - began < 2
    assert verdict.credits_earned == 8 + 7 + 6 + 5 + 4
