"""The home page, notices and windows, light and dark: what a visitor sees first."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import NoticeFactory, PublicationFactory, SittingFactory, UserFactory, WindowFactory

HOME, NOTICES, THEME = reverse("home"), reverse("notices"), reverse("theme")
TODAY = dt.date(2026, 11, 23)


@pytest.fixture
def today():
    """The day of the prototypes."""
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        yield TODAY


def page(client, url=HOME) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_a_visitor_finds_three_doors(client, db):
    doors = client.get(HOME).context["doors"]

    assert [str(door["title"]) for door in doors] == ["查询考籍号", "查询成绩", "个人空间"]
    assert [door["url"] for door in doors] == [reverse("lookup"), reverse("scores-lookup"), reverse("space")]


def test_the_page_says_which_day_it_is_and_which_marks_are_out(client, db, today):
    for name, published_at in (("2026-04", "2026-05-20T10:00+08:00"), ("2026-10", "2026-11-20T10:00+08:00")):
        PublicationFactory(sitting=SittingFactory(name=name), published_at=published_at)

    shown = page(client)

    assert "今天是2026年11月23日，星期一。2026年10月考试成绩已于11月20日公布。" in shown
    assert shown.count("2026年10月考试成绩已公布") == 1


def test_unpublished_marks_and_those_of_tomorrow_are_not_announced(client, db, today):
    for name, published_at in (("2026-04", None), ("2026-10", "2026-11-23T10:00+08:00")):
        PublicationFactory(sitting=SittingFactory(name=name), published_at=published_at)

    shown = page(client)

    assert "今天是2026年11月23日，星期一。</p>" in shown
    assert "成绩已" not in shown


@pytest.mark.parametrize("address", ["home", "notices", "scores-lookup"])
@pytest.mark.parametrize(("is_announced", "at", "told"), [(True, "10:00", True), (False, "10:00", False), (True, "09:00", False)])
def test_everybody_reads_when_results_come_where_the_office_announces_it(client, db, today, address, is_announced, at, told):
    """``today`` stands at nine: a minute that has come is no longer announced."""
    PublicationFactory(
        sitting=SittingFactory(name="2026-10"),
        approved_at="2026-11-22T10:00+08:00",
        announced_at=f"2026-11-23T{at}+08:00",
        is_announced=is_announced,
    )

    shown = client.get(reverse(address)).content.decode()

    assert ("11月23日10时00分起可查" in shown) is told
    assert ("2026年10月" in shown) is told


def test_without_notices_and_windows_the_page_says_what_would_be_there(client, db):
    shown = page(client)

    assert "开放时间公布后列在这里" in shown
    assert "市自考办和主考院校发布的规章、通知列在这里" in shown


@pytest.mark.parametrize(
    ("opens", "closes", "words"),
    [
        (-3, 4, "临近截止"),
        (-3, 7, "临近截止"),
        (-3, 8, "开放中"),
        (0, 0, "今天截止"),
        (1, 5, "1天后开始"),
    ],
)
def test_a_window_shows_its_state_and_how_long_it_takes(client, db, today, opens, closes, words):
    WindowFactory(title="免考申请", opens_on=today + dt.timedelta(days=opens), closes_on=today + dt.timedelta(days=closes))

    assert words in page(client)


def test_a_window_that_is_over_stands_in_the_calendar_alone(client, db, today):
    WindowFactory(title="上半年的窗口", opens_on=dt.date(2026, 3, 1), closes_on=today - dt.timedelta(days=1))
    WindowFactory(title="去年的窗口", opens_on=dt.date(2025, 3, 1), closes_on=dt.date(2025, 12, 31))

    assert "上半年的窗口" not in page(client)
    assert "上半年的窗口" in page(client, NOTICES)
    assert "已截止" in page(client, NOTICES)
    assert "去年的窗口" not in page(client, NOTICES)


def test_open_windows_stand_before_coming_ones_the_next_to_close_first(client, db, today):
    spans = {"乙": (-1, 20), "丙": (5, 9), "甲": (-9, 2), "丁": (8, 10)}
    for title, (opens, closes) in spans.items():
        WindowFactory(title=title, opens_on=today + dt.timedelta(days=opens), closes_on=today + dt.timedelta(days=closes))

    assert [window.title for window in client.get(HOME).context["windows"]] == ["甲", "乙", "丙", "丁"]


def test_notices_come_pinned_first_then_the_newest_at_most_five(client, db):
    now = timezone.now()
    for n in range(6):
        NoticeFactory(title=f"第{n}条", published_at=now - dt.timedelta(days=n + 1))
    NoticeFactory(title="置顶的", pinned=True, published_at=now - dt.timedelta(days=99))

    assert [line["text"] for line in client.get(HOME).context["notices"]] == ["置顶的", "第0条", "第1条", "第2条", "第3条"]


@pytest.mark.parametrize("published_at", [None, dt.datetime(2026, 11, 23, 9, 0, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))])
def test_a_draft_and_a_notice_of_the_next_second_are_nowhere(client, db, today, published_at):
    notice = NoticeFactory(title="还没有发布", published_at=published_at)

    assert "还没有发布" not in page(client)
    assert "还没有发布" not in page(client, NOTICES)
    assert client.get(reverse("notice", args=[notice.pk])).status_code == 404


def test_a_notice_is_read_whole_with_its_office_and_day_and_nothing_in_it_is_markup(client, db, today):
    notice = NoticeFactory(title="一则通知", body="第一段\n\n<script>alert(1)</script>")

    shown = page(client, reverse("notice", args=[notice.pk]))

    assert "<p>第一段</p>" in shown
    assert "市高等教育自学考试办公室，2026年11月22日" in shown
    assert "<script>alert" not in shown


def test_the_list_of_notices_goes_on_by_pages(client, db):
    now = timezone.now()
    for n in range(21):
        NoticeFactory(title=f"第{n}条", published_at=now - dt.timedelta(days=n + 1))

    assert "第19条" in page(client, NOTICES)
    assert "第20条" not in page(client, NOTICES)
    assert "第20条" in page(client, f"{NOTICES}?page=2")
    assert client.get(f"{NOTICES}?page=3").status_code == 404
    for strange in ("0", "-1", "x", "99999999999", "²"):
        assert client.get(NOTICES, {"page": strange}).status_code in {200, 404}


def test_the_home_page_costs_the_same_however_much_is_announced(client, db):
    def cost() -> int:
        with CaptureQueriesContext(connection) as statements:
            client.get(HOME)
        return len(statements)

    NoticeFactory()
    WindowFactory()
    few = cost()
    NoticeFactory.create_batch(20)
    WindowFactory.create_batch(20)

    assert cost() == few <= 4


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_the_choice_of_light_or_dark_is_kept(client, db, chosen):
    response = client.post(THEME, {"theme": chosen, "next": reverse("lookup")})

    assert (response.status_code, response.url) == (302, reverse("lookup"))
    cookie = response.cookies["theme"]
    assert (cookie.value, bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"]) == (chosen, True, True, "Lax")
    assert f'data-bs-theme="{chosen}"' in page(client)


@pytest.mark.parametrize("chosen", ["system", "", "dark'onload=x"])
def test_any_other_choice_goes_by_the_readers_system(client, db, chosen):
    client.post(THEME, {"theme": "dark"})

    client.post(THEME, {"theme": chosen})

    assert "data-bs-theme=" not in page(client).split("<body")[0]


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_the_choice_leads_to_no_other_site(client, db, elsewhere):
    assert client.post(THEME, {"theme": "dark", "next": elsewhere}).url == HOME


def test_the_choice_is_not_made_by_a_link(client, db):
    assert client.get(THEME).status_code == 405


def test_the_nav_leads_visitors_candidates_and_staff_to_their_own_places(client, candidate_user, clerk):
    assert reverse("sign-in") in page(client)

    client.force_login(candidate_user)
    assert f'<a href="{reverse("space")}">个人空间</a>' in page(client)

    client.force_login(clerk)
    assert f'<a href="{reverse("desk")}">工作台</a>' in page(client)


def test_somebody_without_office_and_record_reads_the_home_page_too(client, db):
    client.force_login(UserFactory())

    shown = page(client)

    assert f'<a href="{reverse("desk")}">工作台</a>' in shown
    assert f'<a href="{reverse("space")}">' not in shown


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["privacy", "accessibility"])
def test_what_people_can_count_on_is_linked_from_every_page(client, name):
    assert f'href="{reverse(name)}"' in page(client, HOME)
    assert "<h1" in page(client, reverse(name))
