"""The office's own cases G… that concern a candidate's plan, against the real catalogue, each named by its id."""

# ruff: noqa: N802 - the ids are written with a capital

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest

from graduation.compiling import compile_plan
from graduation.engine import audit
from graduation.plans import CompiledPlan, CourseRow, PlanFacts
from graduation.validation import CreditShortfall, inconsistencies
from graduation.verdicts import Verdict
from tests.graduation.catalogue_files import compiled_plan, every_plan
from tests.graduation.transcripts import by, compulsory, leaf, open_codes, passed, passes, requirement

LAW, COMPUTING, CHINESE = "X2030101K", "X2080901", "X2050101"
BUSINESS, COMMERCE, PRESCHOOL, FINANCE = "X1530601", "X1530701", "X2040106", "X2020301K"


def verdict_on(plan: CompiledPlan, codes: Iterable[str], *, waive_credits: bool = True) -> Verdict:
    return audit(plan, passes(codes), additional_courses=False, waive_credits=waive_credits)


def test_G01_every_course_and_the_thesis_complete_the_plan() -> None:
    plan = compiled_plan(LAW, "2024")

    verdict = verdict_on(plan, compulsory(plan))

    assert verdict.complete
    assert (verdict.credits_earned, verdict.credits_required, verdict.courses_earned) == (77, 77, 17)
    assert verdict.path is None
    assert len(verdict.paths) == 1
    assert requirement(verdict, "14850").satisfied


def test_G02_one_course_short_is_refused_and_named() -> None:
    plan = compiled_plan(LAW, "2024")

    verdict = verdict_on(plan, compulsory(plan, without=["00247"]))

    assert not verdict.complete
    assert open_codes(verdict) == ["00247"]
    assert requirement(verdict, "00247").missing == ("00247",)
    assert verdict.credits_earned == 71
    assert requirement(verdict, "credits").missing == ("6学分",)


def test_G03_an_old_course_replaces_the_new_one_at_the_new_credits() -> None:
    plan = compiled_plan(LAW, "2024")

    verdict = verdict_on(plan, [*compulsory(plan, without=["14081"]), "00169"])

    assert verdict.complete
    assert by(requirement(verdict, "14081")) == ["00169"]
    assert leaf(verdict, "14081").state == "replaced"
    assert leaf(verdict, "14081").counted == 4
    assert verdict.credits_earned == 77


def test_G04_by_the_old_plan_a_new_course_counts_the_old_credits() -> None:
    plan = compiled_plan(LAW, "2021")

    verdict = verdict_on(plan, [*compulsory(plan, without=["00169"]), "00015", "14081"])

    assert by(requirement(verdict, "00169")) == ["14081"]
    assert leaf(verdict, "00169").counted == 3
    assert verdict.path == "外语"
    assert verdict.complete


def test_G07_the_one_network_course_brings_six_credits() -> None:
    plan = compiled_plan(COMPUTING, "2024")

    verdict = verdict_on(plan, [*compulsory(plan), "13017"])

    assert verdict.complete
    assert verdict.credits_earned == 76
    assert by(requirement(verdict, "NET")) == ["13017"]
    assert leaf(verdict, "04751").state == "not_needed"


def test_G08_the_other_network_course_brings_three_credits_from_its_first_sitting_on() -> None:
    plan = compiled_plan(COMPUTING, "2024")

    verdict = verdict_on(plan, [*compulsory(plan), "04751"])

    assert verdict.complete
    assert verdict.credits_earned == 73
    assert leaf(verdict, "13017").state == "not_needed"


def test_G08_a_pass_before_the_first_sitting_does_not_count() -> None:
    plan = compiled_plan(COMPUTING, "2024")
    early = passed("04751", date(2026, 4, 30))

    verdict = audit(plan, [*passes(compulsory(plan)), early], additional_courses=False)

    assert open_codes(verdict) == ["NET"]
    assert requirement(verdict, "NET").missing == ("13017", "04751")
    assert verdict.credits_earned == 70
    assert early in verdict.best.unused


def test_G10_no_practical_is_asked_where_only_the_old_plan_had_one() -> None:
    plan = compiled_plan(COMPUTING, "2024")

    verdict = verdict_on(plan, [*compulsory(plan, without=["13180"]), "13017", "02326"])

    assert verdict.complete
    assert by(requirement(verdict, "13180")) == ["02326"]


@pytest.mark.parametrize(("waive_credits", "credits", "complete"), [(True, 73, True), (False, 70, False)])
def test_G11_the_waived_practical_counts_its_credits_by_the_setting(waive_credits: bool, credits: int, complete: bool) -> None:
    plan = compiled_plan(COMPUTING, "2024")
    codes = [*compulsory(plan, without=["00898", "00899"]), "04751", "02197"]

    verdict = verdict_on(plan, codes, waive_credits=waive_credits)

    assert by(requirement(verdict, "00898")) == ["02197"]
    assert requirement(verdict, "00899").satisfied
    assert by(requirement(verdict, "00899")) == ["02197"]
    assert leaf(verdict, "00899").state == "waived"
    assert open_codes(verdict) == []
    assert (verdict.credits_earned, verdict.complete) == (credits, complete)


def open_politics(major: str, old: list[str]) -> list[str]:
    """What is still open of one who has all but the politics courses of 2024, and these old ones."""
    plan = compiled_plan(major, "2024")
    politics = ["15040", "15041", "15042", "15043", "15044"]
    return open_codes(verdict_on(plan, [*compulsory(plan, without=politics), *old]))


def test_G12_the_old_history_course_alone_leaves_marxism_open() -> None:
    assert open_politics(LAW, ["03708"]) == ["15040", "15044"]


def test_G13_the_old_marxism_course_alone_leaves_history_open() -> None:
    assert open_politics(LAW, ["03709"]) == ["15040", "15043"]


def test_G14_both_old_politics_courses_leave_only_the_new_one_open() -> None:
    assert open_politics(LAW, ["03708", "03709"]) == ["15040"]


def test_G14_two_much_older_politics_courses_do_the_same_but_two_codes_of_one_course_do_not() -> None:
    assert open_politics(LAW, ["00004", "28001"]) == ["15040"]
    assert open_politics(LAW, ["00004", "99022"]) == ["15040", "15043"]


def test_G15_the_old_ethics_course_alone_leaves_mao_open() -> None:
    assert open_politics(BUSINESS, ["03706"]) == ["15040", "15041"]


def test_G17_both_old_associate_politics_courses_leave_only_the_new_one_open() -> None:
    assert open_politics(BUSINESS, ["12656", "03706"]) == ["15040"]


def test_G18_three_electives_of_fourteen_credits_are_enough_with_the_foreign_language() -> None:
    plan = compiled_plan(CHINESE, "2024")

    verdict = verdict_on(plan, [*compulsory(plan), "13000", "03954", "07827", "00814"])

    assert verdict.complete
    assert verdict.path == "外语"
    assert verdict.credits_earned == 76
    electives = requirement(verdict, "OPT")
    assert (electives.courses_earned, electives.credits_earned) == (3, 14)
    assert (electives.courses_required, electives.credits_required) == (3, 14)


def test_G19_two_electives_are_one_too_few() -> None:
    plan = compiled_plan(CHINESE, "2024")

    verdict = verdict_on(plan, [*compulsory(plan), "13000", "03954", "07827"])

    assert not verdict.complete
    assert verdict.path == "外语"
    assert open_codes(verdict) == ["OPT"]
    assert requirement(verdict, "OPT").missing == ("10398", "14025", "00814")
    assert (requirement(verdict, "OPT").courses_earned, requirement(verdict, "OPT").credits_earned) == (2, 10)


def test_G20_without_a_foreign_language_all_five_electives_complete_the_other_path() -> None:
    plan = compiled_plan(CHINESE, "2024")
    electives = ["03954", "07827", "10398", "14025", "00814"]

    verdict = verdict_on(plan, [*compulsory(plan), *electives])

    assert verdict.complete
    assert verdict.path == "换考"
    assert verdict.credits_earned == 79
    language, exchange = verdict.paths
    assert (language.path, open_codes(language)) == ("外语", ["FL"])
    assert "FL" not in [requirement.code for requirement in exchange.requirements]


def test_G22_half_of_each_set_is_no_whole_set() -> None:
    plan = compiled_plan(PRESCHOOL, "2024")
    codes = [*compulsory(plan), "13000", "11191", "11192"]

    verdict = verdict_on(plan, codes)

    assert not verdict.complete
    assert open_codes(verdict) == ["SETS"]
    assert requirement(verdict, "SETS").missing == ("11190", "03670")
    assert requirement(verdict, "SETS").courses_earned == 0
    assert verdict_on(plan, [*codes, "11190"]).complete
    assert verdict_on(plan, [*codes, "03670"]).complete


def test_G25_four_courses_of_exactly_23_credits_meet_the_group() -> None:
    plan = compiled_plan(BUSINESS, "2021")

    verdict = verdict_on(plan, ["27869", "27870", "27871", "27873"])

    base = requirement(verdict, "BASE")
    assert base.satisfied
    assert (base.courses_earned, base.credits_earned) == (4, 23)
    assert leaf(verdict, "27872").state == "not_needed"
    assert not requirement(verdict_on(plan, ["27869", "27870", "27873"]), "BASE").satisfied


def test_G27_the_old_theory_course_waives_the_new_practical() -> None:
    plan = compiled_plan(COMMERCE, "2024")

    verdict = verdict_on(plan, [*compulsory(plan, without=["13949", "13950"]), "00902"])

    assert verdict.complete
    assert by(requirement(verdict, "13949")) == ["00902"]
    assert leaf(verdict, "13950").state == "waived"


def test_G28_two_old_courses_together_satisfy_two_new_ones() -> None:
    plan = compiled_plan(BUSINESS, "2024")

    verdict = verdict_on(plan, [*compulsory(plan, without=["13125", "13415"]), "27015", "00341"])

    assert verdict.complete
    assert set(by(requirement(verdict, "13125"))) == {"27015", "00341"}
    assert requirement(verdict, "13415").satisfied


def test_G29_one_of_the_two_satisfies_one_only() -> None:
    plan = compiled_plan(BUSINESS, "2024")

    verdict = verdict_on(plan, [*compulsory(plan, without=["13125", "13415"]), "00341"])

    assert open_codes(verdict) == ["13125"]
    assert by(requirement(verdict, "13415")) == ["00341"]


def test_G31_a_counts_only_course_adds_number_and_credits_and_replaces_nothing() -> None:
    plan = compiled_plan(BUSINESS, "2024")
    codes = compulsory(plan, without=["15040"])

    verdict = verdict_on(plan, [*codes, "55569"])

    without = verdict_on(plan, codes)
    assert open_codes(verdict) == ["15040"]
    assert not verdict.complete
    assert verdict.credits_earned == without.credits_earned + 6
    assert verdict.courses_earned == without.courses_earned + 1
    assert by(requirement(verdict, "credits")) == ["55569"]
    assert requirement(verdict, "credits").satisfied


@pytest.mark.parametrize(("courses", "complete"), [(14, False), (15, True)])
def test_G39_the_plan_asks_for_fifteen_courses_whatever_the_credits(courses: int, complete: bool) -> None:
    facts = PlanFacts("S1630302", "专科", "2026", Decimal(70), total_courses=15)
    codes = [f"130{number:02}" for number in range(courses)]
    credits = [Decimal(5)] * courses
    credits[-1] += 71 - sum(credits)
    rows = [CourseRow(code, "", worth) for code, worth in zip(codes, credits, strict=True)]

    verdict = audit(compile_plan(facts, rows, (), (), {}), passes(codes), additional_courses=False)

    assert (verdict.credits_earned, verdict.courses_earned, verdict.courses_required) == (71, courses, 15)
    assert requirement(verdict, "credits").satisfied
    assert requirement(verdict, "courses").missing == (() if complete else ("1门",))
    assert verdict.complete is complete


def test_G40_the_plan_whose_credits_do_not_reach_its_total_is_flagged() -> None:
    plan = compiled_plan(FINANCE, "2021")

    verdict = verdict_on(plan, [*compulsory(plan), "00015"])

    assert inconsistencies(plan) == (CreditShortfall("外语", Decimal(70), Decimal(71)),)
    assert open_codes(verdict) == []
    assert (verdict.credits_earned, verdict.complete) == (70, False)
    assert requirement(verdict, "credits").missing == ("1学分",)


def test_G40_no_other_plan_of_the_catalogue_is_flagged() -> None:
    flagged = [key for key in every_plan() if inconsistencies(compiled_plan(*key))]

    assert flagged == [(FINANCE, "2021")]
