"""The articles on exemption, each on both sides; the cases E of the collection by their ids."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from audit.workflow import Refused
from exemptions import basis, rules
from exemptions.workflow import EXEMPTION
from records.ledger import book
from records.models import Credit, Setting
from records.notices.models import Window
from tests.factories import CandidateFactory, CourseFactory, ExemptionFactory, PlanCourseFactory

TODAY = dt.date(2026, 11, 23)
ASSOCIATE, BACHELOR = "diploma-associate", "diploma-bachelor"


def codes(rule, case):
    return [problem.code for problem in rule(case)]


def blocking(case):
    return {problem.code for rule in rules.ELIGIBLE for problem in rule(case) if problem.blocking}


def looked_at(case):
    return {problem.code for rule in rules.ELIGIBLE for problem in rule(case) if not problem.blocking}


@pytest.fixture(autouse=True)
def today(time_machine):
    time_machine.move_to(dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC), tick=True)


# The cases of the collection


def test_e01_an_associate_graduate_is_not_exempt_from_03708(make_case):
    case = make_case(kind=ASSOCIATE, number="102951201506001234", score=None, code="03708", name="中国近现代史纲要")

    (problem,) = rules.credential_covers_the_course(case)

    assert (problem.code, problem.blocking) == ("exemption.not-covered", True)
    assert "03708" in problem.message
    assert problem.source == "免考规定（2008年修订）"


@pytest.mark.parametrize("code", ["03708", "03709"])
def test_e02_a_bachelor_graduate_is_exempt_from_03708_and_03709(make_case, code):
    case = make_case(kind=BACHELOR, number="102951201505001234", score=None, code=code)

    assert blocking(case) == set()
    assert looked_at(case) == set()


def test_e03_higher_mathematics_passed_before_is_compared_by_a_person_and_may_be_granted(make_case, officer):
    case = make_case(kind=BACHELOR, number="102951201505001234", score=None, code="00023", status="municipality")

    (problem,) = rules.credential_covers_the_course(case)
    EXEMPTION.take("grant", case, by=officer, note="成绩单：高等数学合格")

    assert (problem.code, problem.blocking) == ("exemption.compare", False)
    assert problem.source == "免考规定（2008年修订）第二条第二款"
    assert Credit.objects.get().source == "exemption"


def test_e05_an_associate_graduate_is_exempt_from_04729_in_an_associate_major(make_case):
    case = make_case(kind=ASSOCIATE, number="102951201506001234", score=None, code="04729", major="X1460104", level="专科")

    assert blocking(case) == set()
    assert basis.basis_of(case.credential, "04729", "专科", TODAY).source == "免考规定（2008年修订）第一条第一款"


def test_e06_428_points_are_enough_for_13000(make_case):
    assert blocking(make_case(score=Decimal(428))) == set()


def test_e07_424_points_are_not_enough(make_case):
    case = make_case(score=Decimal(424))

    (problem,) = rules.score_reaches_the_line(case)

    assert problem.code == "exemption.score-below-line"
    assert "424" in problem.message
    assert "425" in problem.message


@pytest.mark.parametrize("code", ["00015", "13000"])
def test_e10_pets_3_stands_for_english_two(make_case, code):
    assert blocking(make_case(kind="pets3", number="3120240315001", score=None, code=code)) == set()


def test_e11_ncre_stands_for_theory_and_practice_together(make_case, candidate):
    number = {"kind": "ncre", "number": "24310004000123", "score": None}
    theory = make_case(code="00018", name="计算机应用基础", **number)
    practice = make_case(code="00019", name="计算机应用基础(实践)", practical=True, **number)
    PlanCourseFactory(course=practice.course, theory=theory.course, assessment="实践")

    assert blocking(theory) == set()
    assert blocking(practice) == set()


def test_e14_a_computer_certificate_never_stands_for_15040(make_case):
    case = make_case(kind="ncre", number="24310004000123", score=None, code="15040")

    assert {"exemption.never", "exemption.not-covered"} <= blocking(case)


@pytest.mark.parametrize("kind", ["other", "cet4", BACHELOR])
def test_e15_a_thesis_is_never_exempt(make_case, kind):
    case = make_case(kind=kind, code="10196", name="毕业论文", practical=True)
    PlanCourseFactory(course=case.course, assessment="论文")

    assert "exemption.thesis" in blocking(case)


def test_e18_an_associate_credential_does_not_stand_for_a_course_of_another_code(make_case):
    case = make_case(kind=ASSOCIATE, number="102951201506001234", score=None, code="00020", name="高等数学(一)")

    assert blocking(case) == {"exemption.not-covered"}


# Each rule on both sides


@pytest.mark.parametrize(("points", "found"), [("425", []), ("424.9", ["exemption.score-below-line"])])
def test_the_line_of_cet_4(make_case, points, found):
    assert codes(rules.score_reaches_the_line, make_case(score=Decimal(points))) == found


def test_the_line_is_the_offices_setting_from_its_day(make_case):
    Setting.objects.create(key="exemption.cet_least_score", value=450, in_force_from=dt.date(2026, 11, 24))
    case = make_case(score=Decimal(430))
    assert codes(rules.score_reaches_the_line, case) == []

    Setting.objects.update(in_force_from=TODAY)
    (problem,) = rules.score_reaches_the_line(case)
    assert "450" in problem.message


def test_a_certificate_with_points_must_show_them(make_case):
    assert codes(rules.score_reaches_the_line, make_case(score=None)) == ["exemption.score-missing"]


def test_a_score_is_not_asked_where_the_row_has_none(make_case):
    case = make_case(kind="pets3", number="3120240315001", score=None)

    assert not rules.score_reaches_the_line.concerns(case)
    assert codes(rules.score_reaches_the_line, case) == []


@pytest.mark.parametrize(("day", "found"), [(dt.date(2005, 5, 31), ["exemption.compare"]), (dt.date(2005, 6, 1), [])])
def test_cet_certificates_without_points_are_for_a_person(make_case, day, found):
    case = make_case(issued_on=day, score=Decimal(72) if found else Decimal(460))

    assert codes(rules.credential_covers_the_course, case) == found
    assert blocking(case) == set()


@pytest.mark.parametrize("kind", ["cet6", "nit", "self-study", "other"])
def test_kinds_that_the_table_does_not_list_are_for_a_person(make_case, kind):
    case = make_case(kind=kind, score=None)

    (problem,) = rules.credential_covers_the_course(case)

    assert (problem.code, problem.blocking) == ("exemption.unlisted", False)


def test_what_the_credential_could_do_is_said_with_the_refusal(make_case):
    (problem,) = rules.credential_covers_the_course(make_case(code="00023"))

    assert problem.code == "exemption.not-covered"
    assert "00012、00015、13000" in problem.next_step


def test_a_bachelor_diploma_covers_the_associate_table_too(make_case):
    case = make_case(kind=BACHELOR, number="102951201505001234", score=None, code="03706", major="X1460104", level="专科")

    assert blocking(case) == set()


@pytest.mark.parametrize("kind", [ASSOCIATE, BACHELOR])
@pytest.mark.parametrize("code", ["03706", "04729"])
def test_the_associate_table_does_not_serve_a_bachelor_major(make_case, kind, code):
    case = make_case(kind=kind, number="102951201505001234", score=None, code=code)

    assert codes(rules.credential_covers_the_course, case) == ["exemption.not-covered"]


def test_a_practical_part_alone_is_refused(make_case):
    case = make_case(kind="ncre", number="24310004000123", score=None, code="00019", practical=True)
    PlanCourseFactory(course=case.course, theory=CourseFactory(code="00018"), assessment="实践")

    assert codes(rules.practice_goes_with_its_theory, case) == ["exemption.practice-alone"]
    assert codes(rules.theory_is_credited, case) == ["exemption.theory-first"]


@pytest.mark.parametrize("status", ["refused", "withdrawn"])
def test_a_theory_case_that_came_to_nothing_does_not_carry_the_practice(make_case, candidate, status):
    case = make_case(kind="ncre", number="24310004000123", score=None, code="00019", practical=True)
    theory = ExemptionFactory(candidate=candidate, course__code="00018", status=status)
    PlanCourseFactory(course=case.course, theory=theory.course, assessment="实践")

    assert codes(rules.practice_goes_with_its_theory, case) == ["exemption.practice-alone"]


def test_the_practice_is_granted_only_after_its_theory(make_case, candidate, officer):
    number = {"kind": "ncre", "number": "24310004000123", "score": None, "status": "municipality"}
    theory = make_case(code="00018", **number)
    practice = make_case(code="00019", practical=True, **number)
    PlanCourseFactory(course=practice.course, theory=theory.course, assessment="实践")

    with pytest.raises(Refused) as refused:
        EXEMPTION.take("grant", practice, by=officer)
    assert [problem.code for problem in refused.value.problems] == ["exemption.theory-first"]

    EXEMPTION.take("grant", theory, by=officer)
    EXEMPTION.take("grant", practice, by=officer)
    assert sorted(Credit.objects.values_list("course__code", flat=True)) == ["00018", "00019"]


def test_a_theory_course_is_not_asked_for_its_theory(make_case):
    assert not rules.practice_goes_with_its_theory.concerns(make_case())


def give_credit(case, course=None):
    book.enter(
        [book.Entry(case.candidate_id, (course or case.course).pk, "exam", TODAY, "scores.mark", f"{case.pk}", Decimal(61))]
    )


def test_a_course_with_credit_is_not_exempt_again(make_case):
    case = make_case()
    assert codes(rules.course_is_not_yet_credited, case) == []

    give_credit(case, CourseFactory(code="00015"))
    assert codes(rules.course_is_not_yet_credited, case) == []

    give_credit(ExemptionFactory(course=case.course))
    assert codes(rules.course_is_not_yet_credited, case) == []


def test_credit_from_an_examination_stands_against_exemption(make_case):
    case = make_case()
    give_credit(case)

    assert codes(rules.course_is_not_yet_credited, case) == ["exemption.credited"]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("refused", []),
        ("withdrawn", []),
        ("granted", []),  # then the course has credit, which is another rule's matter
    ],
)
def test_a_closed_case_does_not_stand_in_the_way(make_case, candidate, status, found):
    case = make_case()
    ExemptionFactory(candidate=candidate, course=case.course, status=status)

    assert codes(rules.course_is_not_pending_elsewhere, case) == found


@pytest.mark.parametrize("status", ["draft", "returned", "university", "municipality"])
def test_an_open_case_for_the_same_course_stands_in_the_way(make_case, candidate, status):
    waiting = make_case(status=status)
    case = ExemptionFactory.build(
        candidate=candidate,
        course=waiting.course,
        major=waiting.major,
        credential=waiting.credential,
        submission=waiting.submission,
    )

    assert codes(rules.course_is_not_pending_elsewhere, case) == ["exemption.pending"]
    assert codes(rules.course_is_not_pending_elsewhere, waiting) == []


@pytest.mark.parametrize(("proofs", "found"), [(0, ["exemption.proof-missing"]), (1, []), (3, [])])
def test_a_credential_needs_a_proof(make_case, proofs, found):
    assert codes(rules.credential_has_a_proof, make_case(proofs=proofs)) == found


@pytest.mark.parametrize(
    ("kind", "number", "found"),
    [
        ("cet4", "241132048810627", []),
        ("cet4", "24113204881062", ["exemption.number-unusual"]),
        ("cet4", "2411320488106277", ["exemption.number-unusual"]),
        (BACHELOR, "10295120150500123", []),
        (BACHELOR, "(98)沪自考字第0123号", ["exemption.number-unusual"]),
        ("other", "(98)沪自考字第0123号", []),
        ("other", "AB-1234", []),
        ("other", "123", ["exemption.number-malformed"]),
        ("other", "无编号", ["exemption.number-malformed"]),
        ("other", "12345<b>", ["exemption.number-malformed"]),
        ("cet4", "1234 5678 9012 345", ["exemption.number-malformed"]),
    ],
)
def test_the_shape_of_numbers(make_case, kind, number, found):
    assert codes(rules.number_is_well_formed, make_case(kind=kind, number=number)) == found


@pytest.mark.parametrize(("day", "found"), [(TODAY, []), (TODAY + dt.timedelta(days=1), ["exemption.issued-in-future"])])
def test_a_credential_is_not_dated_tomorrow(make_case, day, found):
    assert codes(rules.issue_date_is_not_in_the_future, make_case(issued_on=day)) == found


def open_window(first, last):
    return Window.objects.create(kind="exemption", title="免考申请", opens_on=first, closes_on=last)


def test_without_a_calendar_exemptions_are_open_all_year(make_case):
    case = make_case()

    assert not rules.submitted_in_the_window.concerns(case)
    assert codes(rules.submitted_in_the_window, case) == []


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        (TODAY, TODAY, []),
        (dt.date(2026, 11, 1), TODAY, []),
        (TODAY, dt.date(2026, 12, 1), []),
        (dt.date(2026, 11, 1), dt.date(2026, 11, 22), ["exemption.outside-window"]),
        (dt.date(2026, 11, 24), dt.date(2026, 12, 1), ["exemption.outside-window"]),
    ],
)
def test_both_days_of_the_window_count(make_case, first, last, found):
    open_window(first, last)

    assert codes(rules.submitted_in_the_window, make_case()) == found


def test_the_next_window_is_named_and_a_draft_may_wait(make_case):
    open_window(dt.date(2026, 12, 5), dt.date(2026, 12, 20))

    (problem,) = rules.submitted_in_the_window(make_case())

    assert "12月5日至12月20日" in problem.message
    assert "草稿" in problem.next_step


@pytest.mark.parametrize(("last", "concerns"), [(dt.date(2025, 12, 31), False), (dt.date(2026, 1, 1), True)])
def test_last_years_calendar_closes_nothing(make_case, last, concerns):
    open_window(dt.date(2025, 11, 1), last)

    assert rules.submitted_in_the_window.concerns(make_case()) is concerns


def test_a_window_of_another_matter_is_nothing_to_exemptions(make_case):
    Window.objects.create(kind="graduation", title="毕业申请", opens_on=dt.date(2026, 1, 1), closes_on=dt.date(2026, 2, 1))

    assert not rules.submitted_in_the_window.concerns(make_case())


def test_completing_after_the_window_is_still_in_time(make_case, candidate_user, clerk, time_machine):
    open_window(dt.date(2026, 11, 1), TODAY)
    case = make_case()
    event = EXEMPTION.take("submit", case, by=candidate_user)
    EXEMPTION.take("return", case, by=clerk, note="缺第2页")
    Window.objects.update(opens_on=timezone.localdate(event.at), closes_on=timezone.localdate(event.at))
    time_machine.move_to(event.at + dt.timedelta(days=20))
    assert codes(rules.submitted_in_the_window, make_case(code="00015")) == ["exemption.outside-window"]

    assert codes(rules.submitted_in_the_window, case) == []


def test_a_number_that_somebody_else_handed_in_is_for_a_person(make_case):
    case = make_case()
    other = make_case(candidate=CandidateFactory(), status="university")

    (problem,) = rules.number_is_used_by_nobody_else(case)

    assert (problem.code, problem.blocking) == ("exemption.number-shared", False)
    assert other.candidate.name not in problem.message
    assert rules.number_is_used_by_nobody_else.staff_only


@pytest.mark.parametrize("status", ["draft", "withdrawn"])
def test_what_nobody_handed_in_does_not_count(make_case, status):
    case = make_case()
    make_case(candidate=CandidateFactory(), status=status)

    assert codes(rules.number_is_used_by_nobody_else, case) == []


def test_ones_own_second_case_by_the_same_credential_is_all_right(make_case):
    case = make_case(status="university")
    make_case(code="00015", status="university")

    assert codes(rules.number_is_used_by_nobody_else, case) == []


# The table


@pytest.mark.parametrize("row", basis.TABLE, ids=lambda row: f"{row.kinds[0]}-{row.courses[0]}-{row.level}-{row.judged}")
def test_every_row_says_where_it_comes_from(row):
    assert str(row.source)
    assert row.courses
    assert row.issued_from <= row.issued_until
    assert row.in_force_from <= row.in_force_until


def test_a_row_serves_only_in_its_time(make_case, monkeypatch):
    row = basis.Basis(("pets2",), ("90001",), "示例", in_force_from=TODAY, in_force_until=TODAY)
    monkeypatch.setattr(basis, "TABLE", (row,))
    credential = make_case(kind="pets2").credential

    found = [basis.basis_of(credential, "90001", "专升本", TODAY + dt.timedelta(days=days)) for days in (-1, 0, 1)]

    assert found == [None, row, None]
