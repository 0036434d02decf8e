"""What a case page shows to whom: desks, verdicts, buttons, timeline."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from audit.models import Event
from audit.pages import Finding, Pressed, Weighed, case_page, sorted_verdicts
from audit.timeline import day, due_day
from audit.workflow import Problem, Step, Workflow, rule
from exemptions.models import ExemptionApplication
from tests.factories import ExemptionFactory

REVIEW, DECIDE = "exemptions.review_exemption", "exemptions.decide_exemption"
asked: list[str] = []


@rule("符合的规则", "第一条", compared=lambda case: f"课程{case.course.code}")
def met(case):
    asked.append("met")
    return []


@rule("不符合的规则", "第二条")
def failed(case):
    return [Problem("example.failed", "课程不在表内。", "第二条第一款", "可以换一门。")] if case.reason == "bad" else []


@rule("要人看的规则", "第三条", staff_only=True)
def look(case):
    return [Problem("example.look", "请核对原件。", blocking=False)]


@rule("不适用的规则", "第四条", applies=lambda case: False)
def idle(case):
    raise AssertionError("asked although it does not apply")


EXAMPLE = Workflow(
    ExemptionApplication,
    (
        Step("submit", {"draft", "returned"}, "university", by="candidate", label="提交", tone="main", rules=(met, failed)),
        Step("withdraw", {"draft", "university", "returned"}, "withdrawn", by="candidate", label="撤回", confirm=True),
        Step(
            "return",
            {"university"},
            "returned",
            by="university",
            label="退回",
            permission=REVIEW,
            note_required=True,
            duty="初审",
        ),
        Step(
            "recommend",
            {"university"},
            "municipality",
            by="university",
            label="建议准予",
            permission=REVIEW,
            tone="main",
            duty="初审",
            confirm=True,
            rules=(met, failed, look, idle),
            follows="送审定：{case.course.code}。",
        ),
        Step("refuse", {"municipality"}, "refused", by="municipality", label="不予", permission=DECIDE, tone="refuse"),
        Step(
            "grant", {"municipality"}, "granted", by="municipality", label="准予", permission=DECIDE, independent_of={"recommend"}
        ),
    ),
    route=("draft", "university", "municipality", "granted"),
    desks={"draft": ("考生提交", ""), "university": ("初审", ""), "municipality": ("审定", ""), "granted": ("办结", "记入学分")},
)


def page(case, user, **more):
    case.refresh_from_db()
    return case_page(EXAMPLE, case, user, url_of=lambda name: f"/{name}/", **more)


@pytest.fixture
def draft(candidate):
    return ExemptionFactory(candidate=candidate, course__code="90002")


@pytest.fixture
def travelled(draft, candidate_user, clerk):
    """Submitted, returned, submitted again."""
    EXAMPLE.take("submit", draft, by=candidate_user)
    EXAMPLE.take("return", draft, by=clerk, note="缺第2页")
    EXAMPLE.take("submit", draft, by=candidate_user)
    return draft


def places(shown):
    return [desk.place for desk in shown.desks]


def test_a_draft_lies_with_the_candidate(draft, candidate_user):
    shown = page(draft, candidate_user)

    assert places(shown) == ["here", "ahead", "ahead", "ahead"]
    assert [desk.title for desk in shown.desks] == ["考生提交", "初审", "审定", "办结"]
    assert shown.desks[0].text == "今天到此"
    assert shown.desks[3].text == "记入学分"


def test_desks_say_when_the_file_left_and_how(travelled, clerk, officer):
    EXAMPLE.take("recommend", travelled, by=clerk)

    shown = page(travelled, officer, days={"municipality": 15})

    today = day(timezone.localdate())
    assert places(shown) == ["done", "done", "here", "ahead"]
    assert shown.desks[0].text == today
    assert shown.desks[1].text == f"{today}，建议准予"
    assert shown.desks[2].text == f"今天到此，期限{day(timezone.localdate() + dt.timedelta(days=15))}"


def test_a_returned_case_lies_with_the_candidate_again(draft, candidate_user, clerk):
    EXAMPLE.take("submit", draft, by=candidate_user)
    EXAMPLE.take("return", draft, by=clerk, note="缺第2页")

    shown = page(draft, candidate_user)

    assert places(shown) == ["here", "ahead", "ahead", "ahead"]
    assert shown.desks[0].text == "退回补正，今天到此"


@pytest.mark.parametrize(("status", "word"), [("granted", "已批准"), ("refused", "不予批准"), ("withdrawn", "已撤回")])
def test_a_closed_case_has_its_word_at_the_last_desk(candidate, officer, status, word):
    shown = page(ExemptionFactory(candidate=candidate, status=status), officer)

    assert shown.is_closed
    assert places(shown)[3] == "done"
    assert shown.desks[3].text.endswith(word)
    assert shown.rules == []
    assert shown.actions == []
    assert shown.events == []


def test_desks_that_a_withdrawn_case_never_reached_stay_hollow(draft, candidate_user):
    EXAMPLE.take("submit", draft, by=candidate_user)
    EXAMPLE.take("withdraw", draft, by=candidate_user)

    shown = page(draft, candidate_user)

    assert places(shown) == ["done", "done", "ahead", "done"]
    assert shown.desks[1].text == day(timezone.localdate())


def test_verdicts_come_in_the_order_in_which_they_matter(draft):
    draft.reason, draft.status = "bad", "university"

    verdicts = sorted_verdicts(EXAMPLE, Weighed(draft), with_staff_only=True)

    assert [verdict.finding for verdict in verdicts] == [Finding.LOOK, Finding.FAILS, Finding.MEETS, Finding.IDLE]
    assert [verdict.verdict for verdict in verdicts] == ["请人工看", "不符合", "符合", "不适用"]
    assert verdicts[1].why == "课程不在表内。 可以换一门。"
    assert verdicts[1].source == "第二条第一款"
    assert verdicts[2].why == "课程90002"


def test_only_the_rules_of_the_next_steps_are_shown(draft, candidate_user):
    assert {verdict.sentence for verdict in page(draft, candidate_user).rules} == {"符合的规则", "不符合的规则"}


def test_each_rule_is_asked_once(travelled, clerk):
    asked.clear()

    page(travelled, clerk)

    assert asked == ["met"]


def test_the_candidate_does_not_see_rules_about_other_people(candidate_user, travelled, clerk):
    assert "要人看的规则" not in [verdict.sentence for verdict in page(travelled, candidate_user, for_applicant=True).rules]
    assert "要人看的规则" in [verdict.sentence for verdict in page(travelled, clerk).rules]


def test_the_count_of_verdicts_is_said(travelled, clerk):
    assert page(travelled, clerk).rules_line == "4条：1条请人工看，2条符合，1条不适用"


def test_only_the_steps_of_this_person_are_buttons_the_main_one_first(travelled, clerk, foreign_clerk, officer, candidate_user):
    shown = page(travelled, clerk)
    assert [(action.name, action.tone, action.asks) for action in shown.actions] == [
        ("recommend", "primary", "note-optional"),
        ("return", "outline-primary", "note"),
    ]
    assert shown.actions[0].then == "送审定：90002。"
    assert shown.actions[0].url == "/recommend/"
    assert [action.name for action in page(travelled, candidate_user).actions] == ["withdraw"]
    assert page(travelled, foreign_clerk).actions == page(travelled, officer).actions == []


def test_a_step_that_rules_forbid_is_barred_with_the_reason(candidate, candidate_user):
    shown = page(ExemptionFactory(candidate=candidate, reason="bad"), candidate_user)

    assert [action.name for action in shown.actions] == ["withdraw"]
    assert shown.barred == ["提交：课程不在表内。 可以换一门。"]


def test_fresh_eyes_bar_with_words(candidate, officer):
    case = ExemptionFactory(candidate=candidate, status="municipality")
    Event.objects.create(
        kind="step",
        verb="recommend",
        actor=officer,
        subject_table=case._meta.db_table,
        subject_id=case.pk,
        capacity="municipality",
    )

    shown = page(case, officer)

    assert [action.name for action in shown.actions] == ["refuse"]
    assert shown.barred == ["准予：前一步由您经办，须由另一人办理。"]


def test_what_was_typed_with_a_refused_step_stands_there_again(travelled, clerk):
    shown = page(travelled, clerk, pressed=Pressed("return", "缺第3"))

    again = next(action for action in shown.actions if action.name == "return")
    assert (again.note, again.is_open) == ("缺第3", True)
    assert [action.is_open for action in shown.actions if action.name != "return"] == [False]


def test_the_timeline_names_who_office_and_duty(travelled, clerk, candidate, university):
    lines = page(travelled, clerk).events

    assert [line.title for line in lines] == ["主考院校初审中", "提交", "退回", "提交"]
    assert lines[0].is_now
    assert lines[0].who == f"{day(timezone.localdate())}起"
    assert lines[1].who == f"{candidate.name}，考生"
    assert lines[2].who == f"{clerk.full_name}，{university.name}自考办（初审）"
    assert lines[2].note == "缺第2页"
    assert lines[2].at is not None


def test_the_candidate_sees_the_office_not_the_clerk(travelled, clerk, candidate_user, university):
    lines = page(travelled, candidate_user, for_applicant=True).events

    assert lines[2].who == f"{university.name}自考办（初审）"
    assert all(clerk.full_name not in line.who for line in lines)


def test_refused_attempts_are_no_part_of_the_timeline(travelled, officer, clerk):
    from django.core.exceptions import PermissionDenied

    with pytest.raises(PermissionDenied):
        EXAMPLE.take("return", travelled, by=officer, note="x")

    assert len(page(travelled, clerk).events) == 4


def test_the_due_day_counts_from_the_arrival(draft):
    draft.refresh_from_db()

    assert due_day(draft, {"draft": 3}) == timezone.localdate(draft.status_since) + dt.timedelta(days=3)
    assert due_day(draft, {"university": 3}) is None


def test_days_of_another_year_show_the_year():
    this_year = timezone.localdate().year

    assert day(dt.date(this_year, 11, 5)) == "11月5日"
    assert day(dt.date(this_year - 1, 11, 5)) == f"{this_year - 1}年11月5日"
