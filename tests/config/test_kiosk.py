"""L4: the terminal at an exam site, from its setting up to the empty keypad."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from config import kiosk as pages
from records.kiosks import asking, devices
from records.kiosks.models import Kiosk
from records.ledger import book
from records.lookups import counting, limits
from records.lookups.models import LookupCount
from records.models import Candidate, Setting, Ticket
from records.people.encryption import lookup_hash
from records.people.finding import NOBODY
from tests.conftest import SecureClient
from tests.factories import CandidateFactory, CourseFactory, MajorFactory, UniversityFactory, UserFactory, identity_number

RECORD, TICKET = "2041826753", "261000123456"
IDENTITY = identity_number(7)
NOBODYS = identity_number(8)


@pytest.fixture
def office(db):
    return UniversityFactory(name="示例师范大学")


@pytest.fixture
def head(office):
    return UserFactory(office=office, roles=["UH"])


@pytest.fixture
def person(db) -> Candidate:
    """A record with two passed courses, one of them by exemption."""
    candidate = CandidateFactory(
        name="林疏桐",
        number=IDENTITY,
        phone_number="13912345678",
        record_number=RECORD,
        record_opened_on=dt.date(2025, 6, 30),
        ticket=TICKET,
        address="柳河路九弄三号",
        major=MajorFactory(name="汉语言文学"),
    )
    credit(candidate, "03708", "exam", mark=Decimal(77), name="中国近现代史纲要")
    credit(candidate, "00015", "exemption", name="英语（二）")
    return candidate


def credit(candidate: Candidate, code: str, source: str, *, mark: Decimal | None = None, name: str = "") -> None:
    course = CourseFactory(code=code, name=name or f"课程{code}", credits=Decimal(2))
    book.enter([book.Entry(candidate.pk, course.pk, source, dt.date(2025, 4, 30), "tests", f"{candidate.pk}-{code}", mark=mark)])


def terminal(office, head, name: str = "一号终端") -> SecureClient:
    """A browser that was set up as a terminal."""
    _kiosk, code = devices.put_up(office, name, "第二教学楼一层", by=head)
    browser = SecureClient()
    response = browser.post(reverse("kiosk-setup"), {"code": code})
    assert response.status_code == 302
    return browser


@pytest.fixture
def browser(office, head) -> SecureClient:
    return terminal(office, head)


def asked(browser: SecureClient, **given: str) -> HttpResponse:
    """The page after the three numbers were sent."""
    return browser.post(reverse("kiosk"), {"identity": IDENTITY, "ticket": TICKET, "record": RECORD, **given}, follow=True)


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def bare(response: Any) -> str:
    return re.sub(r"<[^>]*>|\s", "", response.content.decode())


# ---- setting it up


def test_a_machine_that_is_not_set_up_gives_nothing(client, person):
    shown = client.get(reverse("kiosk"))
    sent = client.post(reverse("kiosk"), {"identity": IDENTITY, "ticket": TICKET, "record": RECORD})

    assert "没有启用为自助终端" in shown.content.decode()
    assert "data-kiosk" not in shown.content.decode()
    assert (sent.status_code, sent["Location"]) == (302, reverse("kiosk"))
    assert client.get(reverse("kiosk-answer")).status_code == 302
    assert pages.ANSWER not in sent.cookies


def test_the_code_makes_one_browser_the_terminal_once(office, head):
    kiosk, code = devices.put_up(office, "一号终端", "大厅", by=head)
    first, second = SecureClient(), SecureClient()

    done = first.post(reverse("kiosk-setup"), {"code": f"{code[:4]} {code[4:]}"})
    again = second.post(reverse("kiosk-setup"), {"code": code})

    cookie = done.cookies[pages.TOKEN]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/kiosk/")
    assert "data-kiosk" in first.get(reverse("kiosk")).content.decode()
    assert again.status_code == 422
    assert "设置码不对、已经用过，或者过期了" in again.content.decode()
    kiosk.refresh_from_db()
    assert bytes(kiosk.token_hash) == lookup_hash(cookie.value, devices.TOKEN)
    assert kiosk.setup_hash is None
    assert kiosk.state == "在用"


@pytest.mark.parametrize(("minutes", "status"), [(14, 302), (15, 422)])
def test_the_code_is_good_for_minutes(office, head, minutes, status):
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False) as clock:
        _kiosk, code = devices.put_up(office, "一号终端", "大厅", by=head)
        clock.shift(minutes * 60)

        assert SecureClient().post(reverse("kiosk-setup"), {"code": code}).status_code == status


def test_codes_cannot_be_guessed(office, head):
    devices.put_up(office, "一号终端", "大厅", by=head)
    browser = SecureClient()

    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        tried = [browser.post(reverse("kiosk-setup"), {"code": "1"}).status_code for _ in range(devices.TRIES.count + 1)]

    assert tried == [422] * devices.TRIES.count + [429]


def test_neither_code_nor_token_is_kept_or_told_to_the_trail(office, head):
    kiosk, code = devices.put_up(office, "一号终端", "大厅", by=head)
    token = devices.set_up(code, source="192.0.2.1")

    kept = str(Kiosk.objects.filter(pk=kiosk.pk).values().get())
    told = str(list(Event.objects.values_list("details", "note")))
    assert token
    assert code not in kept + told
    assert token not in kept + told
    assert lookup_hash(token, devices.TOKEN).hex() not in told


def test_putting_up_setting_up_and_closing_stand_in_the_trail(office, head):
    kiosk, code = devices.put_up(office, "一号终端", "大厅", by=head)
    devices.set_up(code, source="192.0.2.1")
    devices.close(kiosk, by=head)

    told = Event.objects.filter(subject_table="records_kiosk", subject_id=kiosk.pk).order_by("pk").values_list("actor_id", "note")
    assert list(told) == [(head.pk, "设置自助终端"), (None, "启用自助终端"), (head.pk, "停用自助终端")]


def test_a_closed_terminal_ends_with_its_next_request(browser, head, person):
    page = browser.post(reverse("kiosk"), {"identity": IDENTITY, "ticket": TICKET, "record": RECORD})
    devices.close(Kiosk.objects.get(), by=head)

    answered = browser.get(page["Location"], follow=True)

    assert "没有启用为自助终端" in answered.content.decode()
    assert "林疏桐" not in answered.content.decode()


def test_setting_it_up_anew_ends_the_browser_that_was_it(office, head, browser):
    kiosk = Kiosk.objects.get()

    code = devices.renew(kiosk, by=head)

    assert "没有启用为自助终端" in browser.get(reverse("kiosk")).content.decode()
    assert devices.set_up(code, source="192.0.2.1")


def test_a_closed_terminal_is_not_set_up_again(office, head):
    kiosk, code = devices.put_up(office, "一号终端", "大厅", by=head)
    devices.close(kiosk, by=head)

    assert devices.set_up(code, source="192.0.2.1") == ""
    assert devices.renew(kiosk, by=head) == ""


@pytest.mark.parametrize("token", ["", "x", "é" * 30, "A" * 5000])
def test_a_made_up_token_is_nobodys(client, db, token):
    client.cookies[pages.TOKEN] = token

    assert "没有启用为自助终端" in client.get(reverse("kiosk")).content.decode()


def test_use_is_noted_once_a_minute_and_not_in_the_trail(office, head):
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False) as clock:
        browser = terminal(office, head)
        before = Event.objects.count()
        clock.shift(59)
        browser.get(reverse("kiosk"))
        early = Kiosk.objects.get().seen_at
        clock.shift(2)
        browser.get(reverse("kiosk"))

        assert early == timezone.now() - dt.timedelta(seconds=61)
        assert Kiosk.objects.get().seen_at == timezone.now()
        assert Event.objects.count() == before


# ---- what it shows


def test_the_summary_shows_the_record_and_nothing_private(browser, person):
    page = asked(browser)
    words = bare(page)

    assert page.status_code == 200
    for word in (
        "林疏桐",
        RECORD,
        TICKET,
        "示例",
        "汉语言文学",
        "中国近现代史纲要",
        "77分",
        "英语（二）",
        "免考",
        "2门，4学分",
        "在籍",
    ):
        assert word in words, word
    for secret in (IDENTITY, "13912345678", person.phone_mask, "柳河路"):
        assert secret not in words, secret
    assert person.identity_mask in words


def test_passed_courses_are_laid_out_by_screens(browser, person):
    for number in range(8):
        credit(person, f"1000{number}", "exam", mark=Decimal(60))

    page = asked(browser).content.decode()

    assert page.count('aria-label="已通过课程"') == 2
    assert page.count('aria-label="免考的课程"') == 1


def test_a_record_without_credits_says_so(browser, person):
    book.revoke("tests", [f"{person.pk}-03708", f"{person.pk}-00015"], because="成绩取消")

    words = bare(asked(browser))

    assert "在籍，无有效学分" in words
    assert "没有有效的课程学分" in words


@pytest.mark.parametrize("wrong", [{"identity": NOBODYS}, {"ticket": "261000123457"}, {"record": "2041826754"}, {"record": ""}])
def test_all_three_numbers_must_belong_together(browser, person, wrong):
    CandidateFactory(number=NOBODYS, record_number="2041826754", ticket="261000123457")

    words = bare(asked(browser, **wrong))

    assert "没有查到" in words
    assert "林疏桐" not in words


def test_who_has_no_record_yet_is_told_so_in_the_words_of_a_miss(browser, person):
    Candidate.objects.filter(pk=person.pk).update(record_number=None, record_opened_on=None)

    words = bare(asked(browser))

    assert "没有查到" in words
    assert "尚未建立考籍，没有考籍号，不能在终端查询" in words


def test_numbers_may_be_typed_as_people_type_them(browser, person):
    spaced = {"identity": f" {IDENTITY.lower()} ", "ticket": f"{TICKET[:4]} {TICKET[4:]}", "record": "２０４１８２６７５３"}

    assert "林疏桐" in bare(asked(browser, **spaced))


def test_a_former_ticket_of_the_same_person_counts(browser, person):
    Ticket.objects.create(candidate=person, number="111111", is_current=False, issued_on=dt.date(2020, 1, 1))

    words = bare(asked(browser, ticket="111111"))

    assert "林疏桐" in words
    assert TICKET in words


# ---- hit and miss


RESULT = re.compile(r'<section.*</section>|nonce="[^"]*"', re.DOTALL)
BY_CHANCE = re.compile(r"'nonce-[^']*'|(?<=answer=)[^;\s]+")


def headers_of(response) -> dict[str, str]:
    return {name: BY_CHANCE.sub("", value) for name, value in response.items() if name != "Content-Length"}


def frame_of(response: Any) -> list[str]:
    """The page without what was found, word by word."""
    return RESULT.sub("", response.content.decode()).split()


def test_hit_and_miss_differ_in_the_result_alone(browser, person):
    numbers = {"identity": IDENTITY, "ticket": TICKET, "record": RECORD}
    sent = [browser.post(reverse("kiosk"), given) for given in (numbers, {**numbers, "identity": NOBODYS})]
    hit, miss = (asked(browser, **given) for given in ({}, {"identity": NOBODYS}))

    assert [(each.status_code, each["Location"]) for each in sent] == [(302, reverse("kiosk-answer"))] * 2
    assert headers_of(sent[0]) == headers_of(sent[1])
    assert sent[0].content == sent[1].content
    assert hit.status_code == miss.status_code == 200
    assert hit.request["PATH_INFO"] == miss.request["PATH_INFO"] == reverse("kiosk-answer")
    assert headers_of(hit) == headers_of(miss)
    assert frame_of(hit) == frame_of(miss)
    assert hit.content != miss.content


def test_hit_and_miss_cost_the_same_statements_and_hashes(browser, person, monkeypatch):
    hashes: list[int] = []
    monkeypatch.setattr("records.people.finding.lookup_hash", lambda *args: hashes.append(1) or lookup_hash(*args))
    monkeypatch.setattr("records.lookups.limits.lookup_hash", lambda *args: hashes.append(1) or lookup_hash(*args))
    bare_record = CandidateFactory(number=identity_number(9), record_number="1111111111", ticket="222222")

    def cost(**given: str) -> tuple[int, int]:
        hashes.clear()
        with CaptureQueriesContext(connection) as statements:
            asked(browser, **given)
        return len(statements), len(hashes)

    hit = cost()

    assert hit[1] == 5
    assert cost(identity=NOBODYS) == hit
    assert cost(ticket="0") == hit
    assert cost(record="0") == hit
    assert cost(identity=identity_number(9), record=bare_record.record_number, ticket="222222") == hit


# ---- nothing stays behind


def test_the_answer_is_shown_once(browser, person):
    shown = asked(browser)

    again = browser.get(reverse("kiosk-answer"), follow=True)

    assert "林疏桐" in bare(shown)
    assert "林疏桐" not in bare(again)
    assert again.request["PATH_INFO"] == reverse("kiosk")


def test_an_answer_that_nobody_fetched_is_gone_after_a_while(office, head, person):
    kiosk, _code = devices.put_up(office, "一号终端", "大厅", by=head)
    key = asking.ask(kiosk, IDENTITY, TICKET, RECORD)
    kept = cache.ttl(asking._name(kiosk, key)) if hasattr(cache, "ttl") else asking.KEPT_SECONDS

    assert 0 < kept <= 60
    assert asking.answer_of(kiosk, key) == asking.Answer(person.pk)
    assert asking.answer_of(kiosk, key) is None


def test_another_terminal_cannot_fetch_the_answer(office, head, person):
    one, other = (terminal(office, head, name) for name in ("一号终端", "二号终端"))
    one.post(reverse("kiosk"), {"identity": IDENTITY, "ticket": TICKET, "record": RECORD})
    other.cookies[pages.ANSWER] = one.cookies[pages.ANSWER].value

    assert other.get(reverse("kiosk-answer")).status_code == 302


@pytest.mark.parametrize("key", ["", "x", "a" * 500, "\xe9"])
def test_a_made_up_key_fetches_nothing(browser, key):
    browser.cookies[pages.ANSWER] = key

    assert browser.get(reverse("kiosk-answer")).status_code == 302


def test_nothing_is_kept_by_browser_or_server_and_no_line_is_written_of_ones_own_look_up(browser, person, caplog):
    caplog.set_level("DEBUG")
    before = Event.objects.count()

    page = asked(browser)
    keypad = browser.get(reverse("kiosk"))

    assert "no-store" in page["Cache-Control"]
    assert "no-store" in keypad["Cache-Control"]
    assert page.cookies[pages.ANSWER].value == ""
    assert not Session.objects.exists()
    assert Event.objects.count() == before
    for number in (IDENTITY, TICKET, RECORD):
        assert number not in caplog.text
        assert number not in keypad.content.decode()


def test_the_page_asks_the_browser_to_remember_nothing_and_says_when_it_clears(browser):
    page = browser.get(reverse("kiosk")).content.decode()

    assert len(re.findall(r'<input type="text"[^>]*autocomplete="off"', page)) == 3
    assert re.search(r"<form[^>]*autocomplete=\"off\"", page)
    assert 'data-idle="60" data-warning="10"' in page
    assert "屏幕键盘需要脚本" in page
    assert f'<noscript><meta http-equiv="refresh" content="180;url={reverse("kiosk")}"></noscript>' in page


def test_without_script_the_answer_clears_itself_after_the_idle_time_that_the_office_set(browser, office, person):
    Setting.objects.create(key="kiosk.idle_seconds", value=30, office=office, in_force_from=dt.date(2020, 1, 1))

    page = asked(browser).content.decode()

    assert f'<noscript><meta http-equiv="refresh" content="30;url={reverse("kiosk")}"></noscript>' in page


# ---- limits, counts


def test_a_terminal_answers_so_often_an_hour_and_whether_it_found_somebody_does_not_matter(browser, office, head, person):
    Setting.objects.create(key="kiosk.lookups_per_hour", value=3, office=office, in_force_from=dt.date(2020, 1, 1))
    other = terminal(office, head, "二号终端")

    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        statuses = [asked(browser, identity=identity_number(n + 20), record=str(n)).status_code for n in range(3)]
        refused = asked(browser)
        elsewhere = asked(other)

    assert statuses == [200] * 3
    assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
    assert "约60分钟后可以再查" in refused.content.decode()
    assert "林疏桐" not in refused.content.decode()
    assert "林疏桐" in bare(elsewhere)


@pytest.mark.parametrize("same", ["identity", "record"])
def test_one_person_is_asked_about_so_often_an_hour_from_all_terminals(office, head, person, same):
    browsers = [terminal(office, head, name) for name in ("一号终端", "二号终端")]
    different = "record" if same == "identity" else "identity"

    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        for n in range(asking.PERSON.count):
            assert asked(browsers[n % 2], **{different: str(n)}).status_code == 200

        assert asked(browsers[0]).status_code == 429
        assert asked(browsers[1], identity=NOBODYS, record="0").status_code == 200


def test_look_ups_at_terminals_are_counted_by_day(browser, person):
    asked(browser)
    asked(browser, identity=NOBODYS)

    counting.collect()

    assert list(LookupCount.objects.values_list("channel", "day", "count")) == [("L4", timezone.localdate(), 2)]


def test_somebody_else_than_the_three_numbers_mean_is_nobody(db):
    assert asking.candidate_id_of("", "", "") == NOBODY
    assert limits.HOUR == 3600


# ---- the office's pages


def signed_in(user) -> SecureClient:
    browser = SecureClient()
    browser.force_login(user)
    return browser


def test_a_head_puts_a_terminal_up_and_reads_the_code_once(office, head):
    browser = signed_in(head)

    page = browser.post(reverse("kiosks:new"), {"name": "一号终端", "place": "第二教学楼一层"})
    code = re.sub(r"\D", "", re.search(r"<output>(.*?)</output>", page.content.decode())[1])
    again = browser.post(reverse("kiosks:new"), {"name": "一号终端", "place": "第二教学楼一层"})

    kiosk = Kiosk.objects.get()
    assert (kiosk.office, kiosk.made_by, kiosk.state) == (office, head, "待启用")
    assert devices.set_up(code, source="192.0.2.1")
    assert again.status_code == 422
    assert code not in text_of(browser.get(reverse("kiosks:detail", args=[kiosk.pk])))


def test_a_head_renews_and_closes_from_the_page_of_the_terminal(office, head, browser):
    desk, kiosk = signed_in(head), Kiosk.objects.get()

    renewed = desk.post(reverse("kiosks:renew", args=[kiosk.pk]))
    closed = desk.post(reverse("kiosks:close", args=[kiosk.pk]), follow=True)
    too_late = desk.post(reverse("kiosks:renew", args=[kiosk.pk]), follow=True)

    assert "设置码只显示这一次" in renewed.content.decode()
    assert "“一号终端”已停用。" in closed.content.decode()
    assert "不能再启用" in too_late.content.decode()
    kiosk.refresh_from_db()
    assert (kiosk.state, kiosk.closed_by) == ("已停用", head)


def test_the_city_sees_all_terminals_and_may_close_but_not_set_up_another_offices(office, head, browser, city_head):
    desk, kiosk = signed_in(city_head), Kiosk.objects.get()

    assert "一号终端" in desk.get(reverse("kiosks:list")).content.decode()
    assert desk.post(reverse("kiosks:renew", args=[kiosk.pk])).status_code == 403
    assert desk.post(reverse("kiosks:close", args=[kiosk.pk])).status_code == 302
    kiosk.refresh_from_db()
    assert kiosk.closed_by == city_head


@pytest.mark.parametrize("name", ["张三13912345678", f"{identity_number(3)}"])
def test_a_name_or_place_holds_no_number_of_a_person(office, head, name):
    page = signed_in(head).post(reverse("kiosks:new"), {"name": name, "place": name})

    assert page.status_code == 422
    assert not Kiosk.objects.exists()


def test_a_list_of_terminals_asks_as_many_statements_for_one_as_for_twenty(office, head):
    desk = signed_in(head)

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked_for:
            assert desk.get(reverse("kiosks:list")).status_code == 200
        return len(asked_for)

    devices.put_up(office, "终端0", "大厅", by=head)
    statements()
    one = statements()
    for number in range(1, 20):
        devices.put_up(office, f"终端{number}", "大厅", by=head)

    assert statements() == one
