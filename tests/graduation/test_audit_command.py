"""``manage.py audit_graduation``: the office's cases G… with the real catalogue in the database, and the command's manners."""

# ruff: noqa: N802 - tests carry the numbers of the cases

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduation.auditing import audit_many
from graduation.facts import Question
from records.models import Candidate, Major, Office, PlanCourse, Setting
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    DiplomaFactory,
    ExemptionFactory,
    GraduationFactory,
    PenaltyFactory,
    PlanCourseFactory,
    RegistrationFactory,
    WindowFactory,
)
from tests.graduation.conftest import VERIFIED, pass_courses

LAW, COMPUTING, CHINESE = "X2030101K", "X2080901", "X2050101"
BUSINESS, COMMERCE, PRESCHOOL, FINANCE = "X1530601", "X1530701", "X2040106", "X2020301K"
SITTING, TODAY = dt.date(2026, 10, 31), "2026-11-20"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
Answer = dict[str, Any]


def ask(number: str, major: str, **options: str) -> Answer:
    out = io.StringIO()
    call_command("audit_graduation", number, major=major, stdout=out, **options)
    (line,) = out.getvalue().splitlines()
    return json.loads(line)


def compulsory(major: str, version: str = "2024", *, without: Iterable[str] = ()) -> list[str]:
    """The codes of a plan's compulsory courses, the thesis included."""
    rows = PlanCourse.objects.filter(plan__major__code=major, plan__version=version, nature="必考").exclude(
        course__code__in=without
    )
    return list(rows.values_list("course__code", flat=True))


def person(major: str, codes: Iterable[str] = (), *, registered_on: str = "2024-09-01", **facts: Any) -> Candidate:
    """A candidate registered in the major at its host, with these courses passed in October 2026."""
    chosen = Major.objects.get(code=major)
    host = chosen.hosts.first()
    candidate = CandidateFactory(**{"managing_university": host, "prior_education": "专科", **facts})
    RegistrationFactory(candidate=candidate, major=chosen, university=host, registered_on=registered_on)
    pass_courses(candidate, codes, on=SITTING, university=host)
    return candidate


def confirmed(candidate: Candidate, major: str, **facts: Any) -> None:
    """An application on which the university wrote down what it verified."""
    plan = Major.objects.get(code=major).plans.get(version="2024")
    GraduationFactory(candidate=candidate, plan=plan, status="university", **{**VERIFIED, **facts})


def answer(major: str, codes: Iterable[str], *, plan: str = "2024", **facts: Any) -> Answer:
    return ask(person(major, codes, **facts).registration_number, major, plan=plan, on=TODAY)


def requirement(given: Answer, code: str) -> Answer:
    (found,) = [each for each in given["requirements"] if each["code"] == code]
    return found


def unmet(given: Answer, *kinds: str) -> list[str]:
    """The codes of what is not satisfied; courses and groups unless other kinds are named."""
    return [
        each["code"] for each in given["requirements"] if each["kind"] in (kinds or ("course", "group")) and not each["satisfied"]
    ]


def by(given: Answer, code: str) -> list[str]:
    return [each["course"] for each in requirement(given, code)["by"]]


def test_G01_everything_passed_and_confirmed_graduates() -> None:
    candidate = person(LAW, compulsory(LAW))
    confirmed(candidate, LAW)

    given = ask(candidate.registration_number, LAW, plan="2024", on=TODAY)

    assert given["eligible"] is True
    assert given["plan_complete"] is True
    assert given["credits"] == {"earned": 77, "required": 77}
    assert given["path"] is None
    assert requirement(given, "14850")["by"] == [{"course": "14850", "source": "exam", "mark": 75, "on": "2026-10-31"}]
    assert given["courses"] == {"earned": 17, "required": None}
    assert (given["number"], given["major"], given["plan"], given["on"]) == (candidate.registration_number, LAW, "2024", TODAY)


def test_G01_without_an_application_the_plan_is_complete_but_nothing_is_confirmed() -> None:
    given = answer(LAW, compulsory(LAW))

    assert (given["plan_complete"], given["eligible"]) == (True, False)
    assert unmet(given, "condition") == ["appraisal", "identity", "photo"]
    assert requirement(given, "appraisal")["missing"] == ["思想品德鉴定尚未完成"]


def test_G02_one_course_short_is_refused_and_named() -> None:
    given = answer(LAW, compulsory(LAW, without=["00247"]))

    assert given["plan_complete"] is False
    assert unmet(given) == ["00247"]
    assert requirement(given, "00247")["missing"] == ["00247"]
    assert given["credits"] == {"earned": 71, "required": 77}


def test_G03_an_old_course_replaces_the_new_one_at_the_new_credits() -> None:
    given = answer(LAW, [*compulsory(LAW, without=["14081"]), "00169"])

    assert given["plan_complete"] is True
    assert by(given, "14081") == ["00169"]
    assert given["credits"]["earned"] == 77


def test_G04_by_the_old_plan_a_new_course_counts_the_old_credits() -> None:
    codes = [*compulsory(LAW, "2021", without=["00169"]), "00015"]
    candidate = person(LAW, [*codes, "14081"], registered_on="2023-05-10")
    pass_courses(candidate, [], on=SITTING)
    other = person(LAW, codes, registered_on="2023-05-10")

    given = ask(candidate.registration_number, LAW, plan="2021", on="2026-11-20")
    before = ask(other.registration_number, LAW, plan="2021", on="2026-11-20")

    assert by(given, "00169") == ["14081"]
    assert given["plan_complete"] is True
    assert given["credits"]["earned"] - before["credits"]["earned"] == 3


@pytest.mark.parametrize(("on", "version"), [("2026-06-30", "2021"), ("2026-07-01", "2024"), ("2026-12-01", "2024")])
def test_G05_the_old_plan_serves_until_its_last_day(on: str, version: str) -> None:
    candidate = person(LAW, registered_on="2023-05-10")

    asked = ask(candidate.registration_number, LAW, plan="2021", on=on)

    assert requirement(asked, "plan_open")["satisfied"] is (version == "2021")
    assert asked["plan"] == "2021"
    if version == "2024":
        assert asked["eligible"] is False
        assert ask(candidate.registration_number, LAW, on=on)["plan"] == "2024"


@pytest.mark.parametrize(("registered_on", "is_open"), [("2024-06-30", True), ("2024-07-01", False), ("2024-09-02", False)])
def test_G06_new_candidates_only_get_the_new_plan(registered_on: str, is_open: bool) -> None:
    candidate = person(LAW, registered_on=registered_on)

    asked = ask(candidate.registration_number, LAW, plan="2021", on="2025-06-01")

    assert requirement(asked, "plan_open")["satisfied"] is is_open
    if not is_open:
        assert requirement(asked, "plan_open")["missing"] == [f"2021版计划已停用，或不适用于{registered_on}注册的考生"]
        assert ask(candidate.registration_number, LAW, on="2025-06-01")["plan"] == "2024"


def test_the_most_favourable_open_version_answers() -> None:
    candidate = person(LAW, registered_on="2023-05-10")
    pass_courses(candidate, [*compulsory(LAW, "2021"), "00015"], on=dt.date(2025, 4, 30))

    assert ask(candidate.registration_number, LAW, on="2026-03-01")["plan"] == "2021"
    assert ask(candidate.registration_number, LAW, on="2026-03-01")["plan_complete"] is True


def test_a_version_not_yet_in_force_does_not_answer() -> None:
    candidate = person(LAW, registered_on="2023-05-10")

    assert ask(candidate.registration_number, LAW, on="2024-06-30")["plan"] == "2021"


def test_G07_the_one_network_course_brings_six_credits() -> None:
    given = answer(COMPUTING, [*compulsory(COMPUTING), "13017"])

    assert given["plan_complete"] is True
    assert given["credits"]["earned"] == 76


def test_G08_the_other_network_course_brings_three_from_its_first_sitting_on() -> None:
    given = answer(COMPUTING, [*compulsory(COMPUTING), "04751"])

    assert (given["plan_complete"], given["credits"]["earned"]) == (True, 73)


def test_G08_a_pass_before_the_first_sitting_does_not_count() -> None:
    candidate = person(COMPUTING, compulsory(COMPUTING))
    pass_courses(candidate, ["04751"], on=dt.date(2026, 4, 30))

    given = ask(candidate.registration_number, COMPUTING, plan="2024", on=TODAY)

    assert unmet(given) == ["NET"]


def test_G10_no_practical_is_asked_where_only_the_old_plan_had_one() -> None:
    given = answer(COMPUTING, [*compulsory(COMPUTING, without=["13180"]), "13017", "02326"])

    assert given["plan_complete"] is True
    assert by(given, "13180") == ["02326"]


@pytest.mark.parametrize(("counted", "credits", "complete"), [(True, 73, True), (False, 70, False)])
def test_G11_the_waived_practical_counts_its_credits_by_the_setting(counted: bool, credits: int, complete: bool) -> None:
    Setting.objects.create(key="graduation.waived_credits", value=counted, in_force_from=dt.date(2026, 1, 1))

    given = answer(COMPUTING, [*compulsory(COMPUTING, without=["00898", "00899"]), "04751", "02197"])

    assert by(given, "00898") == by(given, "00899") == ["02197"]
    assert unmet(given) == []
    assert (given["credits"]["earned"], given["plan_complete"]) == (credits, complete)


@pytest.mark.parametrize(
    ("major", "old", "still_open"),
    [
        pytest.param(LAW, ["03708"], ["15040", "15044"], id="G12"),
        pytest.param(LAW, ["03709"], ["15040", "15043"], id="G13"),
        pytest.param(LAW, ["03708", "03709"], ["15040"], id="G14"),
        pytest.param(BUSINESS, ["03706"], ["15040", "15041"], id="G15"),
        pytest.param(BUSINESS, ["12656", "03706"], ["15040"], id="G17"),
    ],
)
def test_old_politics_courses_leave_what_the_table_says(major: str, old: list[str], still_open: list[str]) -> None:
    politics = ["15040", "15041", "15042", "15043", "15044"]

    given = answer(major, [*compulsory(major, without=politics), *old])

    assert unmet(given) == still_open


def test_G18_three_electives_of_fourteen_credits_are_enough_with_the_foreign_language() -> None:
    given = answer(CHINESE, [*compulsory(CHINESE), "13000", "03954", "07827", "00814"])

    assert (given["plan_complete"], given["path"], given["credits"]["earned"]) == (True, "外语", 76)
    assert by(given, "OPT") == ["03954", "07827", "00814"]


def test_G19_two_electives_are_one_too_few() -> None:
    given = answer(CHINESE, [*compulsory(CHINESE), "13000", "03954", "07827"])

    assert given["plan_complete"] is False
    assert unmet(given) == ["OPT"]
    assert requirement(given, "OPT")["missing"] == ["10398", "14025", "00814"]


def test_G20_without_a_foreign_language_all_electives_complete_the_other_path() -> None:
    given = answer(CHINESE, [*compulsory(CHINESE), "03954", "07827", "10398", "14025", "00814"])

    assert (given["plan_complete"], given["path"], given["credits"]["earned"]) == (True, "换考", 79)


def test_G22_half_of_each_set_is_no_whole_set() -> None:
    codes = [*compulsory(PRESCHOOL), "13000", "11191", "11192"]

    assert unmet(answer(PRESCHOOL, codes)) == ["SETS"]
    assert answer(PRESCHOOL, [*codes, "03670"])["plan_complete"] is True


def test_G25_four_courses_of_exactly_23_credits_meet_the_group() -> None:
    given = answer(BUSINESS, ["27869", "27870", "27871", "27873"], plan="2021")

    assert requirement(given, "BASE")["satisfied"] is True
    assert requirement(answer(BUSINESS, ["27869", "27870", "27873"], plan="2021"), "BASE")["satisfied"] is False


def test_G27_the_old_theory_course_waives_the_new_practical() -> None:
    given = answer(COMMERCE, [*compulsory(COMMERCE, without=["13949", "13950"]), "00902"])

    assert by(given, "13949") == by(given, "13950") == ["00902"]
    assert given["plan_complete"] is True


def test_G28_two_old_courses_together_satisfy_two_new_ones() -> None:
    given = answer(BUSINESS, [*compulsory(BUSINESS, without=["13125", "13415"]), "27015", "00341"])

    assert unmet(given) == []


def test_G29_one_of_the_two_satisfies_one_only() -> None:
    given = answer(BUSINESS, [*compulsory(BUSINESS, without=["13125", "13415"]), "00341"])

    assert unmet(given) == ["13125"]
    assert by(given, "13415") == ["00341"]


def test_G31_a_counts_only_course_adds_number_and_credits_and_replaces_nothing() -> None:
    codes = compulsory(BUSINESS, without=["15040"])

    given, without = answer(BUSINESS, [*codes, "55569"]), answer(BUSINESS, codes)

    assert unmet(given) == ["15040"]
    assert given["credits"]["earned"] == without["credits"]["earned"] + 6
    assert given["courses"]["earned"] == without["courses"]["earned"] + 1
    assert by(given, "credits") == ["55569"]


def test_G33_a_bachelor_candidate_without_prior_diploma_may_not_graduate() -> None:
    candidate = person(LAW, compulsory(LAW), prior_education="")
    confirmed(candidate, LAW, prior_diploma_verified=None)

    given = ask(candidate.registration_number, LAW, on=TODAY)

    assert (given["plan_complete"], given["eligible"]) == (True, False)
    assert unmet(given, "condition") == ["prior_diploma"]
    assert requirement(given, "prior_diploma")["missing"] == ["没有可核验的专科及以上学历"]


def test_G33_a_diploma_that_could_not_be_verified_counts_nothing() -> None:
    candidate = person(LAW, compulsory(LAW))
    confirmed(candidate, LAW, prior_diploma_verified=False)

    given = ask(candidate.registration_number, LAW, on=TODAY)

    assert unmet(given, "condition") == ["prior_diploma"]


def test_G33_an_associate_major_asks_for_none() -> None:
    given = answer(BUSINESS, compulsory(BUSINESS), prior_education="")

    assert "prior_diploma" not in [each["code"] for each in given["requirements"]]


@pytest.mark.parametrize("education", ["专科", "本科结业", "本科及以上"])
def test_G34_a_bachelor_completion_certificate_is_a_prior_diploma_too(education: str) -> None:
    given = answer(LAW, compulsory(LAW), prior_education=education)

    assert requirement(given, "prior_diploma")["satisfied"] is True


@pytest.mark.parametrize(("is_own", "satisfied"), [(True, True), (False, False)])
def test_G35_the_thesis_must_be_of_the_university_where_one_graduates(is_own: bool, satisfied: bool) -> None:
    candidate = person(LAW, compulsory(LAW, without=["14850"]))
    elsewhere = Office.objects.universities().exclude(pk=candidate.managing_university_id).first()
    pass_courses(candidate, ["14850"], on=SITTING, university=candidate.managing_university if is_own else elsewhere)
    confirmed(candidate, LAW)

    given = ask(candidate.registration_number, LAW, on=TODAY)

    assert given["plan_complete"] is True
    assert requirement(given, "thesis_host")["satisfied"] is satisfied
    assert given["eligible"] is satisfied


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_G37_nobody_graduates_twice_in_one_major(is_cancelled: bool) -> None:
    candidate = person(LAW, compulsory(LAW))
    confirmed(candidate, LAW)
    cancelled_at = dt.datetime(2025, 3, 1, tzinfo=dt.UTC) if is_cancelled else None
    DiplomaFactory(candidate=candidate, major=Major.objects.get(code=LAW), cancelled_at=cancelled_at)

    given = ask(candidate.registration_number, LAW, on=TODAY)

    assert requirement(given, "graduated_before")["satisfied"] is is_cancelled
    assert given["eligible"] is is_cancelled


def test_G37_a_diploma_in_another_major_is_no_obstacle() -> None:
    candidate = person(LAW, compulsory(LAW))
    DiplomaFactory(candidate=candidate, major=Major.objects.get(code=CHINESE))

    assert requirement(ask(candidate.registration_number, LAW, on=TODAY), "graduated_before")["satisfied"] is True


@pytest.mark.parametrize(
    ("on", "satisfied"), [("2026-11-09", False), ("2026-11-10", True), ("2026-11-30", True), ("2026-12-01", False)]
)
def test_G38_who_misses_the_window_goes_with_the_next_half_year(on: str, satisfied: bool) -> None:
    WindowFactory(kind="graduation", opens_on=dt.date(2026, 11, 10), closes_on=dt.date(2026, 11, 30))
    candidate = person(LAW, compulsory(LAW))

    given = ask(candidate.registration_number, LAW, on=on)

    assert requirement(given, "window")["satisfied"] is satisfied
    assert given["plan_complete"] is True


def test_G40_the_plan_whose_credits_do_not_reach_its_total_is_not_complete() -> None:
    given = answer(FINANCE, [*compulsory(FINANCE, "2021"), "00015"], plan="2021", registered_on="2023-05-10")

    assert unmet(given) == []
    assert (given["plan_complete"], given["credits"]) == (False, {"earned": 70, "required": 71})
    assert requirement(given, "credits")["missing"] == ["1学分"]


@pytest.mark.parametrize(
    ("status", "satisfied"),
    [("university", False), ("municipality", False), ("returned", False), ("granted", True), ("draft", True)],
)
def test_G41_a_pending_exemption_must_be_finished_first(status: str, satisfied: bool) -> None:
    candidate = person(LAW, compulsory(LAW))
    ExemptionFactory(candidate=candidate, status=status)
    confirmed(candidate, LAW)

    given = ask(candidate.registration_number, LAW, on=TODAY)

    assert requirement(given, "pending_case")["satisfied"] is satisfied
    assert given["eligible"] is satisfied


def test_G42_a_name_that_differs_from_the_document_is_corrected_first() -> None:
    candidate = person(LAW, compulsory(LAW))
    confirmed(candidate, LAW, identity_confirmed=False)

    given = ask(candidate.registration_number, LAW, on=TODAY)

    assert unmet(given, "condition") == ["identity"]
    assert requirement(given, "identity")["missing"] == ["姓名或证件号码与证件不一致"]


@pytest.mark.parametrize(("days", "satisfied"), [(0, False), (1, True)])
def test_a_running_penalty_bars_until_its_last_day(days: int, satisfied: bool) -> None:
    candidate = person(LAW, compulsory(LAW))
    last = dt.date(2026, 11, 20)
    PenaltyFactory(candidate=candidate, starts_on=dt.date(2025, 11, 21), ends_on=last, decision="考处〔2025〕9号")

    given = ask(candidate.registration_number, LAW, on=(last + dt.timedelta(days=days)).isoformat())

    assert requirement(given, "penalty")["satisfied"] is satisfied
    if not satisfied:
        assert requirement(given, "penalty")["missing"] == ["延迟毕业至2026-11-20（考处〔2025〕9号）"]


@pytest.mark.parametrize(("local", "satisfied"), [(3, False), (4, True)])
def test_who_brought_courses_from_elsewhere_has_passed_a_minimum_here(local: int, satisfied: bool) -> None:
    codes = compulsory(LAW)
    candidate = person(LAW, codes[:local])
    pass_courses(candidate, codes[local:], source="transfer", mark=None, on=dt.date(2026, 1, 10))

    given = ask(candidate.registration_number, LAW, on=TODAY)

    assert requirement(given, "local_minimum")["satisfied"] is satisfied


@pytest.mark.parametrize(("on", "satisfied"), [("2026-11-09", False), ("2026-11-10", True)])
def test_a_transfer_is_six_months_old_before_one_graduates(on: str, satisfied: bool) -> None:
    candidate = person(LAW, compulsory(LAW, without=["00247"]))
    pass_courses(candidate, ["00247"], source="transfer", mark=None, on=dt.date(2026, 5, 10))

    assert requirement(ask(candidate.registration_number, LAW, on=on), "transfer_age")["satisfied"] is satisfied


def test_sources_and_grades_are_told_as_they_are() -> None:
    candidate = person(LAW, compulsory(LAW, without=["00247", "14850", "14081"]))
    pass_courses(candidate, ["14850"], source="practical", mark=Decimal("80.5"), on=SITTING)
    pass_courses(candidate, ["00247"], source="exemption", mark=None, on=SITTING)
    pass_courses(candidate, ["14081"], source="transfer", mark=Decimal(66), on=SITTING)

    given = ask(candidate.registration_number, LAW, on=TODAY)

    assert requirement(given, "14850")["by"] == [{"course": "14850", "source": "practical", "mark": 80.5, "on": "2026-10-31"}]
    assert requirement(given, "00247")["by"] == [{"course": "00247", "source": "exemption", "mark": None, "on": "2026-10-31"}]
    assert requirement(given, "14081")["by"][0]["source"] == "transfer"


def test_credits_later_than_the_day_are_left_out() -> None:
    candidate = person(LAW, compulsory(LAW))

    assert ask(candidate.registration_number, LAW, on="2026-10-31")["credits"]["earned"] == 77
    assert ask(candidate.registration_number, LAW, on="2026-10-30")["credits"]["earned"] == 0


def test_any_number_of_the_candidate_finds_the_record_and_comes_back_as_it_was_asked() -> None:
    candidate = person(LAW, ["00247"])
    candidate.refresh_from_db()

    for number in (candidate.registration_number, candidate.record_number, candidate.ticket_number):
        assert number
        assert ask(number, LAW)["number"] == number


def test_many_numbers_on_standard_input_are_answered_one_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = person(LAW, ["00247"]), person(LAW)
    numbers = [first.registration_number, "404", second.ticket_number, first.ticket_number]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join([*numbers, "", "  "])))

    with pytest.raises(SystemExit) as end:
        call_command("audit_graduation", "-", major=LAW)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert end.value.code == 2
    assert [line["number"] for line in lines] == numbers
    assert lines[1] == {"number": "404", "error": "没有考生有这个号码"}
    assert lines[0]["credits"] == lines[3]["credits"] == {"earned": 6, "required": 77}


def test_many_known_numbers_end_well(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(person(LAW).registration_number))

    call_command("audit_graduation", "-", major=LAW)

    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize(
    ("number", "options", "reason"),
    [
        ("404", {"major": LAW}, "没有考生有这个号码"),
        ("known", {"major": "X0000000"}, "没有这个专业代码"),
        ("known", {"major": LAW, "plan": "1999"}, "该专业没有这个计划版本"),
        ("known", {"major": LAW, "on": "2026-13-01"}, "日期应写成 2026-12-30 的样子"),
    ],
)
def test_a_question_about_something_unknown_ends_with_2_and_one_line(
    number: str, options: dict[str, str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    known = person(LAW).registration_number

    with pytest.raises(SystemExit) as end:
        call_command("audit_graduation", known if number == "known" else number, **options)

    said = capsys.readouterr()
    assert (end.value.code, said.out, said.err) == (2, "", f"{reason}\n")


def test_the_number_of_queries_does_not_grow_with_the_candidates() -> None:
    law = Major.objects.get(code=LAW)
    people = [person(LAW, compulsory(LAW)[:3]) for _ in range(8)]
    audit_many([Question(people[0], law)])
    with CaptureQueriesContext(connection) as one:
        audit_many([Question(people[0], law)])
    with CaptureQueriesContext(connection) as eight:
        audit_many([Question(each, law) for each in people])

    assert len(one) == len(eight)


def test_a_change_of_the_catalogue_is_seen_at_once() -> None:
    candidate = person(LAW, compulsory(LAW))
    assert ask(candidate.registration_number, LAW)["plan_complete"] is True

    plan = Major.objects.get(code=LAW).plans.get(version="2024")
    PlanCourseFactory(plan=plan, course=CourseFactory())

    assert ask(candidate.registration_number, LAW, plan="2024")["plan_complete"] is False
