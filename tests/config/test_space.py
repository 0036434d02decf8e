"""The personal space: one's own record, what comes next, the seven cards and their pages, passed courses, own cases, reads."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.acting import acting
from audit.models import Event
from audit.trail import record_read
from config.space import standing_of
from config.space_cards import KINDS
from config.wording import written_month_day
from records.ledger import book
from records.models import Candidate, InboxMessage, Penalty, PhotoSubmission, Window
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    DocumentFactory,
    ExemptionFactory,
    MajorFactory,
    MarkFactory,
    NoticeFactory,
    PlanCourseFactory,
    PlanFactory,
    PublicationFactory,
    RegistrationFactory,
    SittingFactory,
    UserFactory,
    WindowFactory,
)

SPACE, PASSED, APPLICATIONS, READS = (reverse(name) for name in ("space", "passed-courses", "applications", "reads"))
CALENDAR, DOWNLOADS = reverse("calendar"), reverse("downloads")
PAGES = [SPACE, PASSED, APPLICATIONS, READS, CALENDAR, DOWNLOADS, *(reverse("space-kind", args=[kind]) for kind in KINDS)]
TODAY = dt.date(2026, 11, 23)
AT_NINE = "2026-11-23 09:00:00+08:00"


@pytest.fixture
def own(client, candidate_user):
    """The candidate signed in, whose record has a photo."""
    photo = DocumentFactory(candidate=candidate_user.candidate)
    Candidate.objects.filter(pk=candidate_user.candidate_id).update(photo=photo)
    with time_machine.travel(AT_NINE, tick=False):
        client.force_login(candidate_user)
        yield client


def sitting(name, *, published=True):
    return PublicationFactory(sitting=SittingFactory(name=name), published_at="2026-11-20T10:00+08:00" if published else None)


def attempt(candidate, points, publication, course=None, **fields):
    return MarkFactory(candidate=candidate, publication=publication, course=course or CourseFactory(), points=points, **fields)


def credit(candidate, course, source="exam", mark=None, on=dt.date(2026, 4, 30)) -> None:
    entry = book.Entry(candidate.pk, course.pk, source, on, "tests", f"{candidate.pk}-{course.pk}", mark=mark)
    book.enter([entry])


def page(client, url=SPACE) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def card(client, title) -> dict[str, object]:
    (found,) = [card for card in client.get(SPACE).context["cards"] if str(card["title"]) == title]
    return found


def items(client) -> list[str]:
    return [item.title for item in client.get(SPACE).context["items"]]


def item(client, title):
    (found,) = [item for item in client.get(SPACE).context["items"] if item.title == title]
    return found


def plan_of(candidate, *courses, credits=8) -> None:
    """A plan of these courses in a major that the candidate is registered for."""
    plan = PlanFactory(total_credits=Decimal(credits))
    for course in courses:
        PlanCourseFactory(plan=plan, course=course)
    RegistrationFactory(candidate=candidate, major=plan.major)


@pytest.mark.parametrize("url", PAGES)
def test_only_candidates_have_a_space(client, clerk, officer, candidate, url):
    assert client.get(url).url.startswith(reverse("sign-in"))

    for somebody in (clerk, officer, UserFactory()):
        client.force_login(somebody)
        assert client.get(url).status_code == 404


@pytest.mark.parametrize("url", PAGES)
def test_every_page_shows_ones_own_numbers_and_nobody_elses_anything(own, candidate, url):
    Candidate.objects.filter(pk=candidate.pk).update(record_number="2041826753", record_opened_on=TODAY)
    other = CandidateFactory(managing_university=candidate.managing_university, record_number="3041826753")
    publication = sitting("2026-10")
    foreign = attempt(other, Decimal("77.5"), publication)
    credit(other, foreign.course, mark=Decimal("77.5"))
    case = ExemptionFactory(candidate=other, status="returned")
    Penalty.objects.create(
        candidate=other, kind="delay", decision="处〔2026〕9号", starts_on=TODAY, ends_on=dt.date(2027, 11, 23)
    )
    record_read("record", other, candidate_id=other.pk, purpose="核对外人")

    shown = page(own, url)

    assert re.sub("<[^>]*>", "", shown).count("2041826753") == 1
    for word in (
        other.name,
        "3041826753",
        foreign.course.name,
        "77.5",
        case.case_number,
        case.course.name,
        "处〔2026〕9号",
        "核对外人",
    ):
        assert word not in shown


@pytest.mark.parametrize("url", PAGES)
def test_no_page_shows_a_whole_identity_or_phone_number(own, candidate, url):
    shown = page(own, url)

    assert candidate.identity_number not in shown
    assert candidate.phone not in shown


def test_an_unknown_kind_is_not_found(own):
    assert own.get("/space/secrets/").status_code == 404


@pytest.mark.parametrize("url", PAGES)
def test_pages_are_read_and_not_sent_to(own, url):
    assert own.post(url).status_code == 405


def test_all_seven_kinds_stand_in_their_order_also_where_nothing_is(own):
    cards = own.get(SPACE).context["cards"]

    assert [str(each["title"]) for each in cards] == [
        *("自然信息", "成绩", "考试违规", "考籍转移", "接考", "免考", "毕业"),
        "谁看过我的考籍",
    ]
    assert [bool(each.get("is_empty")) for each in cards] == [False, *[True] * 7]
    assert cards[-1]["is_aside"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("marks", "每次考试成绩公布后列在这里"),
        ("violations", "没有处理决定"),
        ("transfers", "没有转出"),
        ("receptions", "没有从外省转入的课程"),
        ("exemptions", "没有免考申请"),
        ("graduations", "没有毕业申请"),
    ],
)
def test_an_empty_kind_says_how_entries_come_about(own, kind, words):
    assert words in page(own, reverse("space-kind", args=[kind]))


def test_who_has_no_record_yet_is_told_so(own):
    assert "尚未建立考籍" in page(own)


def test_the_card_of_marks_counts_passed_courses_and_names_the_latest_mark(own, candidate):
    earlier, latest = attempt(candidate, Decimal(81), sitting("2026-04")), attempt(candidate, Decimal("54.5"), sitting("2026-10"))
    credit(candidate, earlier.course, mark=Decimal(81))
    credit(candidate, CourseFactory(), "exemption")

    shown = card(own, "成绩")

    assert shown["number"] == 1
    assert shown["text"] == f"最近一次：2026年10月，{latest.course.name}54.5分"


def test_unpublished_marks_are_nowhere(own, candidate):
    hidden = attempt(candidate, Decimal("91.5"), sitting("2026-10", published=False))

    for url in PAGES:
        shown = page(own, url)
        assert hidden.course.name not in shown
        assert "91.5" not in shown


def test_the_card_of_receptions_counts_courses_from_elsewhere(own, candidate):
    credit(candidate, CourseFactory(), "transfer", Decimal(70), dt.date(2023, 6, 1))

    assert (card(own, "接考")["number"], card(own, "接考")["text"]) == (1, "2023年从外省转入，已接收")
    assert "2023年6月1日" in page(own, reverse("space-kind", args=["receptions"]))


def test_the_card_of_violations_counts_decisions_and_its_page_names_void_marks(own, candidate):
    Penalty.objects.create(
        candidate=candidate, kind="delay", decision="处〔2026〕7号", starts_on=TODAY, ends_on=dt.date(2027, 11, 23)
    )
    void = attempt(candidate, None, sitting("2026-10"), flag="违纪")

    shown = page(own, reverse("space-kind", args=["violations"]))

    assert card(own, "考试违规")["number"] == 1
    for word in ("延迟毕业", "处〔2026〕7号", "2026年11月23日至2027年11月23日", void.course.name, "违纪"):
        assert word in shown


def test_the_card_of_exemptions_names_what_came_back_first(own, candidate):
    for status in ("university", "returned", "draft"):
        ExemptionFactory(candidate=candidate, status=status)

    assert (card(own, "免考")["number"], card(own, "免考")["text"]) == (3, "1件申请退回补正")


def test_the_card_of_graduation_says_what_the_nearest_plan_lacks(own, candidate):
    have, lack = CourseFactory(), CourseFactory()
    plan_of(candidate, have, lack)
    credit(candidate, have, mark=Decimal(80))

    shown = card(own, "毕业")

    assert (shown["before"], shown["after"]) == ("差", "项")
    assert shown["text"].endswith("4 / 8学分")


def test_majors_without_plan_and_closed_ones_do_not_count_for_graduation(own, candidate):
    plan = PlanFactory()
    RegistrationFactory(candidate=candidate, major=plan.major, closed_on=TODAY)
    RegistrationFactory(candidate=candidate, major=MajorFactory())

    assert standing_of(candidate) is None
    assert card(own, "毕业")["is_empty"]


def test_nothing_passed_yet_leads_to_the_first_examination(own):
    assert items(own) == ["报考第一门课程"]

    WindowFactory(kind=Window.Kind.EXAMINATION, title="2027年4月考试报名", opens_on=TODAY, closes_on=TODAY)
    assert items(own) == ["2027年4月考试报名"]
    assert "第一门课程考试合格后建立考籍" in item(own, "2027年4月考试报名").text


def test_a_returned_case_comes_first_with_its_reason_and_the_filled_button(own, candidate):
    WindowFactory(kind=Window.Kind.EXEMPTION, title="免考申请", opens_on=TODAY, closes_on=TODAY)
    case = ExemptionFactory(candidate=candidate, status="returned")
    for note in ("旧的理由", "缺第2页。"):
        Event.objects.create(
            kind="step", verb="return", subject_table=case._meta.db_table, subject_id=case.pk, after="returned", note=note
        )

    shown = own.get(SPACE).context["items"]

    assert shown[0].title == "补正免考申请的材料"
    day = written_month_day(timezone.localdate(Event.objects.latest("pk").at))  # the database's own clock
    assert shown[0].text == f"{case.course}：{day}退回，缺第2页。"
    assert shown[0].url == reverse("exemptions:detail", args=[case.pk])
    assert [each.button for each in shown if each.button] == ["primary", "outline-primary"]


def test_a_draft_waits_to_be_sent(own, candidate):
    case = ExemptionFactory(candidate=candidate, status="draft")

    assert "提交免考申请" in items(own)
    assert item(own, "提交免考申请").url == reverse("exemptions:detail", args=[case.pk])


def test_a_case_at_an_office_asks_nothing_of_the_candidate(own, candidate):
    ExemptionFactory(candidate=candidate, status="municipality")

    assert not [title for title in items(own) if "免考" in title]


@pytest.mark.parametrize(("opens", "closes", "is_shown"), [(0, 0, True), (-1, -1, False), (60, 61, True), (61, 62, False)])
def test_a_window_is_shown_from_two_months_before_until_its_last_day(own, opens, closes, is_shown):
    days = dt.timedelta(days=1)
    WindowFactory(title="免考申请", opens_on=TODAY + opens * days, closes_on=TODAY + closes * days)

    assert ("免考申请" in items(own)) is is_shown


def test_windows_come_by_the_day_that_matters_and_coming_ones_after_open_ones(own, candidate):
    credit(candidate, CourseFactory())
    for title, opens, closes in (("丙", 5, 30), ("乙", -1, 9), ("甲", -1, 3), ("丁", 20, 21)):
        days = dt.timedelta(days=1)
        WindowFactory(title=title, opens_on=TODAY + opens * days, closes_on=TODAY + closes * days)

    assert items(own) == ["甲", "乙", "丙", "丁"]


def test_a_review_concerns_who_did_not_pass_in_the_latest_sitting(own, candidate):
    WindowFactory(kind=Window.Kind.REVIEW, title="成绩复核", opens_on=TODAY, closes_on=TODAY)
    passed = attempt(candidate, Decimal(80), sitting("2026-10"))
    credit(candidate, passed.course, mark=Decimal(80))
    attempt(candidate, Decimal(40), sitting("2026-04"))
    assert "成绩复核" not in items(own)

    failed = attempt(candidate, Decimal(54), passed.publication)

    assert f"{failed.course.code} {failed.course.name}54分" in item(own, "成绩复核").text
    assert passed.course.name not in item(own, "成绩复核").text


def test_a_complete_plan_leads_to_the_application_for_graduation(own, candidate):
    course = CourseFactory()
    plan_of(candidate, course, credits=4)
    assert "申请毕业" not in items(own)

    credit(candidate, course, mark=Decimal(80))

    assert item(own, "申请毕业").url == reverse("progress")
    WindowFactory(kind=Window.Kind.GRADUATION, title="下半年毕业申请", opens_on=TODAY, closes_on=TODAY)
    assert [title for title in items(own) if "毕业" in title] == ["下半年毕业申请"]


def test_a_window_for_graduation_does_not_concern_who_still_lacks_something(own, candidate):
    plan_of(candidate, CourseFactory(), CourseFactory())
    WindowFactory(kind=Window.Kind.GRADUATION, title="下半年毕业申请", opens_on=TODAY, closes_on=TODAY)

    assert "下半年毕业申请" not in items(own)


def test_what_the_nearest_plan_lacks_is_named_unless_an_examination_is_announced(own, candidate):
    passed, missing = CourseFactory(), CourseFactory(name="语言学概论")
    plan_of(candidate, passed, missing)
    assert not any(title.startswith("学完") for title in items(own))  # nothing passed yet: the first course comes first

    credit(candidate, passed)
    (title,) = [title for title in items(own) if title.startswith("学完")]
    step = item(own, title)

    assert "语言学概论" in step.text
    assert passed.name not in step.text
    assert (step.state.word, step.url, step.is_due) == ("还差1项", reverse("progress"), False)

    WindowFactory(kind="examination", title="考试报名", opens_on=TODAY, closes_on=TODAY)
    assert title not in items(own)


def test_a_complete_plan_with_something_wanting_beside_it_says_what(own, candidate):
    course = CourseFactory()
    plan_of(candidate, course, credits=1)
    credit(candidate, course)
    assert "补齐毕业条件" not in items(own)

    Penalty.objects.create(
        candidate=candidate, kind="delay", decision="处1号", starts_on=TODAY, ends_on=TODAY + dt.timedelta(days=365)
    )

    assert "延迟" in item(own, "补齐毕业条件").text
    assert "申请毕业" not in items(own)


def test_who_has_no_phone_is_asked_for_one(own, candidate):
    assert "登记手机号码" not in items(own)

    Candidate.objects.filter(pk=candidate.pk).update(phone="", phone_hash=None, phone_mask="")

    assert item(own, "登记手机号码").url == reverse("contact-phone")


def test_who_has_no_photo_is_asked_for_one_until_it_waits_for_the_clerk(own, candidate):
    assert "上传照片" not in items(own)

    Candidate.objects.filter(pk=candidate.pk).update(photo=None)
    assert item(own, "上传照片").url == reverse("photos:own")

    PhotoSubmission.objects.create(candidate=candidate, document=DocumentFactory(candidate=candidate))
    assert "上传照片" not in items(own)


def test_unread_messages_are_a_step_until_they_are_read(own, candidate):
    message = InboxMessage.objects.create(candidate=candidate, title="有新消息")
    assert "有1条消息" in item(own, "看消息").text

    own.get(reverse("inbox-message", args=[message.pk]))

    assert "看消息" not in items(own)


def test_downloads_are_in_one_place(own, candidate):
    document = DocumentFactory(candidate=candidate, name="毕业证书.pdf")
    other = DocumentFactory(name="别人的.pdf")

    shown = page(own, reverse("downloads"))

    assert reverse("documents:open", args=[document.key]) in shown
    assert other.name not in shown
    for name in ("tickets:own", "own-certificates", "reads-export"):
        assert reverse(name) in shown


def test_the_calendar_marks_what_concerns_the_candidate_and_leads_there_while_it_is_open(own, candidate):
    WindowFactory(kind="exemption", title="免考申请", opens_on=TODAY, closes_on=TODAY)
    WindowFactory(kind="exemption", title="明年免考申请", opens_on=dt.date(2027, 3, 1), closes_on=dt.date(2027, 3, 9))
    WindowFactory(kind="graduation", title="毕业申请", opens_on=TODAY, closes_on=TODAY)
    WindowFactory(kind="other", title="早已过去", opens_on=dt.date(2026, 1, 1), closes_on=dt.date(2026, 1, 2))

    months = own.get(CALENDAR).context["months"]
    days = {day.title: day for month in months for day in month["days"]}

    assert [month["title"] for month in months] == ["2026年11月", "2027年3月"]
    assert {title: (day.is_mine, bool(day.way.url)) for title, day in days.items()} == {
        "免考申请": (True, True),
        "明年免考申请": (True, False),
        "毕业申请": (False, False),
    }


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_result_day_is_in_the_calendar_only_where_it_is_announced_and_no_mark_with_it(own, candidate, is_announced):
    publication = PublicationFactory(
        sitting=SittingFactory(name="2026-10"),
        approved_at="2026-11-22T10:00+08:00",
        announced_at="2026-12-01T10:00+08:00",
        is_announced=is_announced,
    )
    attempt(candidate, Decimal("77.5"), publication)

    shown = page(own, CALENDAR)

    assert ("2026-12-01 10:00" in shown) is is_announced
    assert "77.5" not in shown


def test_the_space_shows_what_is_announced(own, candidate):
    shown = NoticeFactory(title="关于成绩公布的通知")
    draft = NoticeFactory(title="还没有发布", published_at=None)

    assert shown.title in page(own)
    assert draft.title not in page(own)


def test_never_more_than_five_things_at_once(own, candidate):
    for n in range(7):
        WindowFactory(title=f"窗口{n}", opens_on=TODAY, closes_on=TODAY)

    assert len(items(own)) == 5


def test_with_nothing_to_do_the_page_says_when_there_will_be(own, candidate):
    credit(candidate, CourseFactory())

    assert items(own) == []
    assert "现在没有要您办的" in page(own)


def test_passed_courses_show_mark_credits_source_and_every_attempt(own, candidate):
    course = CourseFactory(name="语言学概论", credits=Decimal("6.0"))
    attempt(candidate, Decimal(54), sitting("2025-10"), course)
    attempt(candidate, Decimal(66), sitting("2026-04"), course)
    credit(candidate, course, mark=Decimal(66))
    practice = CourseFactory(name="毕业实践", credits=Decimal(2))
    attempt(candidate, None, sitting("2026-10"), practice, grade="良好", practical=True)
    credit(candidate, practice, "practical")
    waived = CourseFactory(name="大学语文", credits=Decimal(4))
    credit(candidate, waived, "exemption", on=dt.date(2026, 5, 6))

    context = own.get(PASSED).context
    written = {course.name: course for course in context["written"]}

    assert (context["count"], context["credits"]) == (3, Decimal(12))
    assert [course.name for course in context["practical"]] == ["毕业实践"]
    assert (written["语言学概论"].result, written["语言学概论"].source, written["语言学概论"].when) == (
        "66分",
        "考试",
        "2026年4月",
    )
    assert [(each.when, each.result) for each in written["语言学概论"].attempts] == [
        ("2026年4月", "66分"),
        ("2025年10月", "54分"),
    ]
    assert (written["大学语文"].result, written["大学语文"].source, written["大学语文"].when) == ("—", "免考", "2026年5月6日")
    assert "<details>" in page(own, PASSED)


def test_a_course_that_was_only_failed_is_no_passed_course(own, candidate):
    failed = attempt(candidate, Decimal("59.9"), sitting("2026-10"))

    assert failed.course.name not in page(own, PASSED)
    assert failed.course.name in page(own, reverse("space-kind", args=["marks"]))


def test_own_cases_say_where_they_lie_and_since_when(own, candidate):
    cases = {
        status: ExemptionFactory(candidate=candidate, status=status)
        for status in ("draft", "university", "municipality", "granted")
    }

    context = own.get(APPLICATIONS).context
    desks = {case.number: str(case.desk) for case in (*context["open_cases"], *context["ended_cases"])}

    assert desks[cases["draft"].case_number] == "您本人"
    assert desks[cases["university"].case_number] == candidate.managing_university.title
    assert desks[cases["municipality"].case_number] == "市自考办"
    assert desks[cases["granted"].case_number] == "已办结"
    assert [case.number for case in context["ended_cases"]] == [cases["granted"].case_number]
    for case in cases.values():
        assert reverse("exemptions:detail", args=[case.pk]) in page(own, APPLICATIONS)


def test_reads_by_others_are_shown_with_office_duty_and_purpose_but_without_names(own, candidate, clerk):
    with acting(clerk, purpose="免考初审"):
        record_read("record", candidate, candidate_id=candidate.pk)

    shown = page(own, READS)

    assert candidate.managing_university.title in shown
    assert "免考初审" in shown
    assert clerk.full_name not in shown
    assert card(own, "谁看过我的考籍")["number"] == 1


def test_ones_own_looks_and_refused_ones_are_not_listed(own, candidate, candidate_user):
    with acting(candidate_user):
        record_read("document", candidate, candidate_id=candidate.pk)
    Event.objects.create(kind="read", verb="record", outcome="denied", subject_table="", candidate_id=candidate.pk, note="未遂")

    assert card(own, "谁看过我的考籍")["is_empty"]
    assert "未遂" not in page(own, READS)


def test_reads_go_on_by_pages_from_the_latest_to_the_oldest(own, candidate, clerk):
    with acting(clerk):
        for n in range(51):
            record_read("record", candidate, candidate_id=candidate.pk, purpose=f"用途{n:02}")

    first = own.get(READS)

    assert "用途50" in first.content.decode()
    assert "用途00" not in first.content.decode()
    assert "用途00" in page(own, READS + first.context["pages"]["next_url"])
    for strange in ("x", "-1", "9" * 30):
        assert own.get(READS, {"before": strange}).status_code == 200


def test_a_record_costs_the_same_statements_however_much_it_holds(own, candidate):
    publication = sitting("2026-10")

    def fill(count: int) -> None:
        for _ in range(count):
            mark = attempt(candidate, Decimal(70), publication)
            credit(candidate, mark.course, mark=Decimal(70))
            ExemptionFactory(candidate=candidate, status="returned")
            record_read("record", candidate, candidate_id=candidate.pk, purpose="核对")
            WindowFactory()

    def cost(url: str) -> int:
        with CaptureQueriesContext(connection) as statements:
            own.get(url)
        return len(statements)

    fill(1)
    page(own)  # what a process reads once and keeps
    few = {url: cost(url) for url in PAGES}
    fill(10)

    assert {url: cost(url) for url in PAGES} == few
    assert few[SPACE] <= 40
