"""毕业进度 and the requirement tree: what is said of every course, what if, which majors are nearest, whose page it is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from graduation import progress
from graduation.auditing import Audit, audit_one
from graduation.models import Diploma
from graduation.tree import Branch, Leaf, tree_kept, tree_of
from records.models import Credit, CreditChange, Major, Plan
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    DiplomaFactory,
    GraduationFactory,
    MajorFactory,
    PlanCourseFactory,
    PlanFactory,
    RegistrationFactory,
    UserFactory,
    WindowFactory,
)
from tests.graduation.conftest import pass_courses

pytestmark = pytest.mark.django_db

CHINESE = "X2050101"


def branch(tree: list[Branch], title: str) -> Branch:
    (found,) = [each for each in tree if str(each.title) == title]
    return found


def leaf(tree: list[Branch], code: str) -> Leaf:
    (found,) = [each for part in tree for each in part.leaves if each.code == code]
    return found


def student_of_chinese(*codes: str, source: str = "exam", on: dt.date = dt.date(2026, 10, 31)) -> Any:
    """A candidate of 汉语言文学 with these courses."""
    major = Major.objects.get(code=CHINESE)
    candidate = CandidateFactory(managing_university=major.hosts.get(), prior_education="专科")
    RegistrationFactory(candidate=candidate, major=major)
    pass_courses(candidate, codes, source=source, on=on)
    return candidate


def audited(candidate: Any) -> Audit:
    return audit_one(candidate, Major.objects.get(code=CHINESE), version="2024")


@pytest.mark.usefixtures("catalogue")
class TestTheTree:
    def test_every_course_says_what_stands_for_it(self) -> None:
        candidate = student_of_chinese("15040", "03708")
        pass_courses(candidate, ["00537"], source="exemption", mark=None, on=dt.date(2025, 3, 6))
        pass_courses(candidate, ["00540"], source="transfer", mark=Decimal(71), on=dt.date(2023, 8, 1))

        tree = tree_of(audited(candidate))

        assert leaf(tree, "15040").by == "考试 2026年10月，75分"
        assert leaf(tree, "15043").by == "由03708 中国近现代史纲要（考试 2026年10月，75分）顶替；按本计划计3学分"
        assert leaf(tree, "00537").by == "免考，2025年3月6日批准"
        assert leaf(tree, "00540").by == "外省转入，2023年接收，71分"
        assert (str(leaf(tree, "00541").word), leaf(tree, "00541").by) == ("还差", "还没有通过")

    def test_the_thesis_waits_for_everything_else(self) -> None:
        tree = tree_of(audited(student_of_chinese("15040")))

        thesis = branch(tree, "毕业论文（设计）")
        assert str(thesis.leaves[0].word) == "还不能考"
        unmet = [each for each in tree if str(each.word) == "还差"]
        assert unmet.index(thesis) == len([each for each in unmet if str(each.title) not in ("总学分", "毕业条件")]) - 1

    def test_what_is_missing_comes_first_and_conditions_last(self) -> None:
        rows = Plan.objects.get(major__code=CHINESE, version="2024").courses.filter(nature="必考")
        compulsory = rows.values_list("course__code", flat=True)
        tree = tree_of(audited(student_of_chinese(*compulsory, "03954", "07827", "00814")))

        assert [str(each.title) for each in tree] == ["外语", "必考课", "选考课", "毕业论文（设计）", "总学分", "毕业条件"]
        assert [each.is_open for each in tree] == [True, False, False, True, True, False]

    def test_conditions_settled_on_applying_wait_without_alarm(self) -> None:
        tree = tree_of(audited(student_of_chinese("15040")))

        conditions = branch(tree, "毕业条件")
        assert str(conditions.word) == "毕业时办"
        assert {str(each.word) for each in conditions.leaves} == {"已满足", "毕业时办"}

    def test_a_pass_that_counts_nothing_here_is_shown_all_the_same(self) -> None:
        tree = tree_of(audited(student_of_chinese("13017")))

        assert leaf(tree, "13017").by == "考试 2026年10月，75分"
        assert str(branch(tree, "没有计入本计划的课程").word) == "不需要"

    def test_an_elective_not_needed_is_not_asked_for(self) -> None:
        tree = tree_of(audited(student_of_chinese("13000")))

        assert (str(leaf(tree, "14970").word), leaf(tree, "14970").by) == ("不需要", "本组要求已达到，不必再考")

    def test_a_practical_waits_for_its_theory(self) -> None:
        answer = audit_one(student_of_chinese(), Major.objects.get(code="X2040107"), version="2024")

        waiting = leaf(tree_of(answer), "14450")

        assert (str(waiting.word), waiting.by) == ("还不能考", "先通过理论课程14449 小学课程与教学设计")


def test_a_kept_verdict_is_drawn_from_what_was_kept(ready, plan) -> None:
    tree = tree_kept(audit_one(ready, plan.major).as_json("1"))

    assert [str(each.title) for each in tree] == ["课程、学分要求", "毕业条件"]
    assert tree[0].sum == "4/4项"
    assert tree_kept({}) == []


@pytest.mark.parametrize(
    ("passed", "headline", "lacking"),
    [
        ((), "还差2门课程和毕业论文", 3),
        (("71001",), "还差1门课程和毕业论文", 2),
        (("71001", "71002"), "只差毕业论文", 1),
        (("71001", "71009"), "还差1门课程", 1),
        (("71001", "71002", "71009"), "课程已经齐了，可以申请毕业", 0),
    ],
)
def test_the_headline_says_how_much_is_missing(registered, plan, passed: tuple[str, ...], headline: str, lacking: int) -> None:
    pass_courses(registered, passed)
    answer = audit_one(registered, plan.major)

    assert progress.headline(answer, answer.verdict.best) == headline
    assert progress.lacking_items(answer.verdict.best) == lacking


def test_with_the_courses_complete_an_open_condition_is_said(ready, plan) -> None:
    ready.prior_education = ""
    answer = audit_one(ready, plan.major)

    assert progress.headline(answer, answer.verdict.best) == "课程已经齐了，还有条件没有满足"


def page(client: Any, user: Any, query: str = "") -> Any:
    client.force_login(user)
    return client.get(reverse("progress") + query)


def test_one_sees_ones_own_progress(client, candidate_user, registered, plan) -> None:
    pass_courses(registered, ["71001"])

    answer = page(client, candidate_user)

    text = answer.content.decode()
    assert "还差1门课程和毕业论文" in text
    assert "已合格1门、4学分；共需8学分。" in text
    assert "71002" in text
    assert answer.context["path"].credits_earned == 4


def test_nobody_else_has_that_page(client, clerk, officer, counter) -> None:
    for user in (clerk, officer, counter):
        assert page(client, user).status_code == 404


def test_another_candidates_credits_never_show(client, registered, plan) -> None:
    pass_courses(registered, ["71001", "71002"])
    stranger = CandidateFactory()
    RegistrationFactory(candidate=stranger, major=plan.major)

    answer = page(client, UserFactory(candidate=stranger))

    assert answer.context["path"].credits_earned == 0


def test_who_has_no_registration_is_shown_the_way_to_try(client, candidate_user, candidate, plan) -> None:
    answer = page(client, candidate_user)

    assert answer.status_code == 200
    assert "answer" not in answer.context
    assert plan.major in answer.context["majors"]


def test_without_a_choice_the_nearest_own_major_is_shown(client, candidate_user, registered, plan) -> None:
    further = PlanFactory()
    for _ in range(4):
        PlanCourseFactory(plan=further)
    RegistrationFactory(candidate=registered, major=further.major)
    pass_courses(registered, ["71001"])

    answer = page(client, candidate_user)

    assert answer.context["answer"].major == plan.major
    assert [each["is_chosen"] for each in answer.context["own_majors"]].count(True) == 1


def test_any_open_major_can_be_tried_and_a_closed_one_not(client, candidate_user, registered) -> None:
    opened, closed = PlanFactory().major, PlanFactory(major=MajorFactory(state="停考")).major

    supposed = page(client, candidate_user, f"?major={opened.code}")
    refused = page(client, candidate_user, f"?major={closed.code}")

    assert supposed.context["answer"].major == opened
    assert "您没有报考这个专业" in supposed.content.decode()
    assert refused.context["answer"].major != closed


def test_ones_own_closed_major_is_still_finished(client, candidate_user, registered, plan) -> None:
    plan.major.state = "停考"
    plan.major.save()

    assert page(client, candidate_user).context["answer"].major == plan.major


def test_courses_taken_as_passed_change_the_sentence_and_nothing_else(client, candidate_user, registered, plan) -> None:
    pass_courses(registered, ["71001"])
    credits, changes = Credit.objects.count(), CreditChange.objects.count()

    answer = page(client, candidate_user, f"?major={plan.major.code}&passed=71002&passed=71009")

    assert answer.context["supposition"] == ("ok", "课程计划的课程齐了，8学分。")
    assert answer.context["path"].credits_earned == 4
    assert [course.is_assumed for course in answer.context["missing"]] == [True, True]
    assert (Credit.objects.count(), CreditChange.objects.count()) == (credits, changes)


MANY = "?passed=" + "&passed=".join(str(number) for number in range(500))


@pytest.mark.parametrize("query", ["?passed=99999", "?major=&plan=1999&path=x", "?major=%00", MANY], ids=len)
def test_what_makes_no_sense_in_the_address_is_passed_over(client, candidate_user, registered, plan, query: str) -> None:
    answer = page(client, candidate_user, query)

    assert answer.status_code == 200
    assert answer.context["supposition"] is None


def test_a_version_may_be_chosen_among_those_that_serve(client, candidate_user, registered, plan) -> None:
    older = PlanFactory(major=plan.major, version="2021", effective_from=dt.date(2021, 1, 1))
    PlanFactory(major=plan.major, version="2019", effective_from=dt.date(2019, 1, 1), newcomers_until=dt.date(2021, 1, 1))

    answer = page(client, candidate_user, f"?major={plan.major.code}&plan=2021")

    assert answer.context["answer"].plan == older
    assert [each["title"] for each in answer.context["versions"]] == ["2024版", "2021版"]


def test_the_nearest_majors_are_those_in_which_the_least_is_missing(client, candidate_user, registered, plan) -> None:
    pass_courses(registered, ["71001"])
    far = PlanFactory(total_credits=40)
    for number in range(10):
        PlanCourseFactory(plan=far, course=CourseFactory(code="71001") if number == 0 else CourseFactory())
    near = PlanFactory(total_credits=4)
    PlanCourseFactory(plan=near, course=CourseFactory(code="71001"))
    PlanFactory()  # nothing counts there

    nearest = page(client, candidate_user).context["nearest"]

    assert [each["title"] for each in nearest] == [str(near.major), str(plan.major), str(far.major)]


def test_what_to_do_next_follows_the_case(client, candidate_user, ready, plan) -> None:
    apply = reverse("graduation:fill", args=[plan.major.code])

    assert page(client, candidate_user).context["apply_url"] == f"{apply}?plan=2024"
    case = GraduationFactory(candidate=ready, plan=plan, status="university")
    under_way = page(client, candidate_user)
    assert under_way.context["application_url"] == reverse("graduation:detail", args=[case.pk])
    assert "apply_url" not in under_way.context
    type(case).objects.filter(pk=case.pk).update(status="granted")
    DiplomaFactory(candidate=ready, major=plan.major, application=case)
    graduated = page(client, candidate_user, f"?major={plan.major.code}")
    assert graduated.context["diploma"] == Diploma.objects.get()
    assert "apply_url" not in graduated.context


def test_who_is_not_complete_is_not_sent_to_apply(client, candidate_user, registered, plan) -> None:
    assert "apply_url" not in page(client, candidate_user).context


def test_the_window_is_announced_with_both_days(client, candidate_user, registered, plan) -> None:
    window = WindowFactory(kind="graduation", title="2026年下半年毕业申请")

    text = page(client, candidate_user).content.decode()

    assert window.title in text
    assert f"{window.closes_on.month}月{window.closes_on.day}日" in text


def test_the_number_of_queries_grows_with_nothing(client, candidate_user, registered, plan) -> None:
    page(client, candidate_user)
    with CaptureQueriesContext(connection) as bare:
        page(client, candidate_user)
    for number in range(6):
        other = PlanFactory()
        PlanCourseFactory(plan=other, course=CourseFactory(code=f"7200{number}"))
        PlanCourseFactory(plan=plan, course=CourseFactory(code=f"7300{number}"))
        pass_courses(registered, [f"7200{number}", f"7300{number}"])
        RegistrationFactory(candidate=registered, major=other.major)
    page(client, candidate_user)
    with CaptureQueriesContext(connection) as full:
        page(client, candidate_user)

    assert len(full) <= len(bare)
