"""L6: looking up at the counter of a university or a district office."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from config.looks import looks_at
from config.wording import masked_name
from records.access.models import UnusualReading
from records.access.unusual import detect
from records.candidates.searching import term_hash
from records.counter import looking_up
from records.counter.models import CounterLookup
from records.counter.proofs import PROOFS
from records.ledger import book
from records.models import Candidate, Office, User
from tests.conftest import SecureClient
from tests.factories import CandidateFactory, CourseFactory, DistrictFactory, UserFactory, identity_number

RECORD, TICKET = "2041826753", "261000123456"
IDENTITY = identity_number(7)
LOOKUP = reverse("counter:lookup")


@pytest.fixture
def person(university) -> Candidate:
    candidate = CandidateFactory(
        name="林疏桐",
        number=IDENTITY,
        phone_number="13912345678",
        record_number=RECORD,
        record_opened_on=dt.date(2025, 6, 30),
        ticket=TICKET,
        address="柳河路九弄三号",
        managing_university=university,
    )
    course = CourseFactory(code="03708", name="中国近现代史纲要")
    entry = book.Entry(candidate.pk, course.pk, "exam", dt.date(2025, 4, 30), "tests", "1", mark=Decimal(77))
    book.enter([entry])
    return candidate


@pytest.fixture
def district_head(counter) -> User:
    return UserFactory(office=office_of(counter), roles=["LH"])


def office_of(user: User) -> Office:
    return Office.objects.get(pk=user.office_id)


def signed_in(user: User) -> SecureClient:
    browser = SecureClient(raise_request_exception=False)
    browser.force_login(user)
    return browser


def asked(user: User, **given: str) -> HttpResponse:
    sent = {"kind": "resident", "number": IDENTITY, "name": "", "proof": "resident", "note": ""}
    return signed_in(user).post(LOOKUP, sent | given)


def this_hour() -> dt.datetime:
    """Its first minute: limits count by hours."""
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def by_number(number: str, name: str) -> dict[str, str]:
    return {"kind": "number", "number": number, "name": name}


def bare(response: Any) -> str:
    return re.sub(r"<[^>]*>|\s", "", response.content.decode())


def token_in(response: Any) -> str:
    found = re.search(r'name="token" value="([^"]+)"', response.content.decode())
    assert found
    return found[1]


def reads() -> list[tuple[Any, ...]]:
    return list(
        Event.objects.filter(kind="read", outcome="done").order_by("pk").values_list("verb", "actor", "candidate_id", "note")
    )


# ---- who is found


def test_a_district_clerk_sees_the_summary_of_who_stands_there(counter, person):
    page = asked(counter)
    words = bare(page)

    assert page.status_code == 200
    for word in (
        "林疏桐",
        RECORD,
        TICKET,
        person.identity_mask,
        "中国近现代史纲要",
        "77分",
        "1门，4学分",
        "在籍",
        "考试违规",
        "接考",
        "毕业",
    ):
        assert word in words, word
    for secret in (IDENTITY, "13912345678", person.phone_mask, "柳河路"):
        assert secret not in words, secret


@pytest.mark.parametrize("number", [RECORD, TICKET, "registration"])
def test_an_office_number_finds_somebody_with_the_name_only(counter, person, number):
    number = person.registration_number if number == "registration" else number

    assert RECORD in bare(asked(counter, **by_number(number, "林疏桐")))
    wrong = asked(counter, **by_number(number, "沈砚秋"))
    nameless = asked(counter, **by_number(number, ""))

    assert (wrong.status_code, nameless.status_code) == (422, 422)
    assert "请填姓名" in nameless.content.decode()
    assert RECORD not in bare(wrong) + bare(nameless)


def test_a_name_that_is_typed_beside_the_document_must_be_right(counter, person):
    assert asked(counter, name="林疏桐").status_code == 200
    assert asked(counter, name="沈砚秋").status_code == 422


def test_the_kind_of_document_counts(counter, person):
    assert asked(counter, kind="hmt_residence").status_code == 422


def test_a_number_of_a_merged_record_leads_to_the_standing_one(counter, person):
    CandidateFactory(
        number=identity_number(9), record_number="1111111111", merged_into=person, managing_university=person.managing_university
    )

    assert RECORD in bare(asked(counter, number=identity_number(9)))
    assert RECORD in bare(asked(counter, **by_number("1111111111", "林疏桐")))


@pytest.mark.parametrize("code", sorted(PROOFS))
def test_a_proof_that_does_not_say_enough_asks_for_a_note(counter, person, code):
    without = asked(counter, proof=code)
    with_note = asked(counter, proof=code, note="林知秋，考生之母")

    assert (without.status_code == 422) is bool(PROOFS[code].asks)
    assert with_note.status_code == 200


@pytest.mark.parametrize(
    "given", [{"proof": ""}, {"proof": "seen-before"}, {"note": identity_number(3)}, {"note": "13912345678"}]
)
def test_without_a_proof_or_with_a_number_in_the_note_nothing_is_looked_up(counter, person, given):
    page = asked(counter, **given)

    assert page.status_code == 422
    assert RECORD not in bare(page)
    assert reads() == []
    assert not CounterLookup.objects.exists()


# ---- what it leaves


def test_a_look_up_is_written_down_with_its_proof(counter, person):
    asked(counter, proof="agent", note="林知秋，考生之母")

    row = CounterLookup.objects.get()
    assert (row.office, row.by, row.candidate, row.proof, row.note) == (
        office_of(counter),
        counter,
        person,
        "agent",
        "林知秋，考生之母",
    )
    assert reads() == [("counter", counter.pk, person.pk, "柜台查询：代办：委托书和双方证件原件")]
    assert looks_at(person, most=5)[0].purpose == "柜台查询：代办：委托书和双方证件原件"


def test_a_miss_is_written_down_by_the_hash_of_the_number(counter, person):
    missed = identity_number(8)
    page = asked(counter, number=missed)

    event = Event.objects.get(kind="read")
    assert page.status_code == 422
    assert "没有查到" in page.content.decode()
    assert (event.verb, event.actor, event.details["term"], event.details["shown"]) == ("search", counter, term_hash(missed), 0)
    assert missed not in str(event.details) + event.note
    assert not CounterLookup.objects.exists()


def test_nothing_personal_stands_in_address_or_log(counter, person, caplog):
    caplog.set_level("DEBUG")
    page = asked(counter)

    assert page.request["PATH_INFO"] == LOOKUP
    assert not page.request["QUERY_STRING"]
    assert "no-store" in page["Cache-Control"]
    for word in (IDENTITY, TICKET, RECORD, "林疏桐"):
        assert word not in caplog.text


def test_an_address_does_not_look_up(counter, person):
    browser = signed_in(counter)

    shown = browser.get(LOOKUP, {"kind": "resident", "number": IDENTITY, "proof": "resident"})

    assert RECORD not in bare(shown)
    assert reads() == []


@pytest.mark.parametrize(("who", "outside"), [("counter", True), ("clerk", False), ("foreign_clerk", True)])
def test_what_lies_outside_the_own_reach_is_marked(request, person, who, outside):
    user = request.getfixturevalue(who)

    page = asked(user)

    assert page.status_code == 200
    assert CounterLookup.objects.get().outside_reach is outside
    assert Event.objects.get(kind="read").details["outside_reach"] is outside
    assert ("本机构范围以外" in bare(page)) is outside


def test_many_looks_at_the_counter_of_another_university_are_seen_as_unusual(foreign_clerk, person):
    with time_machine.travel(this_hour(), tick=False):
        for serial in range(20, 31):
            CandidateFactory(number=identity_number(serial), managing_university=person.managing_university)
            assert asked(foreign_clerk, number=identity_number(serial)).status_code == 200
        day = timezone.localdate()
        detect(day, day)

    line = UnusualReading.objects.get(pattern=UnusualReading.Pattern.OUTSIDE)
    assert (line.person, line.figures["records"]) == (foreign_clerk, 11)
    assert line.purposes == {"柜台查询：居民身份证原件": 11}


def test_a_clerk_who_misses_too_often_is_stopped(counter, person):
    with time_machine.travel(this_hour(), tick=False):
        missed = [asked(counter, number=identity_number(8)).status_code for _ in range(looking_up.MISSES.count + 1)]

    assert missed == [422] * looking_up.MISSES.count + [429]


def test_a_clerk_looks_up_so_many_an_hour(counter, person, monkeypatch):
    monkeypatch.setattr(looking_up, "LOOKUPS", looking_up.LOOKUPS.__class__("counter", 2, 3600))
    with time_machine.travel(this_hour(), tick=False):
        codes = [asked(counter).status_code for _ in range(3)]

    assert codes == [200, 200, 429]


# ---- going on with it


def printed(user: User, token: str) -> HttpResponse:
    return signed_in(user).post(reverse("counter:print"), {"token": token})


def test_the_summary_is_printed_as_a_certificate_and_printed_again_without_another(counter, person):
    token = token_in(asked(counter))

    paper = printed(counter, token)
    again = printed(counter, token)

    row = CounterLookup.objects.get()
    assert paper.status_code == 200, paper.content.decode()[:2000]
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    assert again.content == paper.content
    assert row.certificate is not None
    assert (row.certificate.kind, row.certificate.office, row.certificate.prints.count()) == ("record", office_of(counter), 2)
    assert [verb for verb, *_rest in reads()] == ["counter", "certificate", "certificate"]
    assert {note for *_rest, note in reads()} == {"柜台查询：居民身份证原件"}


def test_a_name_that_the_font_lacks_is_said_and_the_page_can_be_printed(counter, person):
    Candidate.objects.filter(pk=person.pk).update(name="林\U0003134a桐")

    page = printed(counter, token_in(asked(counter)))

    assert page.status_code == 409
    assert "没有打印成" in page.content.decode()
    assert RECORD in bare(page)
    assert [verb for verb, *_rest in reads()] == ["counter", "counter"]


@pytest.mark.parametrize(("seconds", "code"), [(599, 200), (601, 302)])
def test_the_answer_is_good_for_some_minutes(counter, person, seconds, code):
    with time_machine.travel(this_hour(), tick=False) as clock:
        token = token_in(asked(counter))
        clock.shift(seconds)

        assert printed(counter, token).status_code == code


def test_another_clerk_of_the_same_office_cannot_go_on_with_it(counter, person):
    token = token_in(asked(counter))
    colleague = UserFactory(office=office_of(counter), roles=["L6"])

    assert printed(colleague, token).status_code == 302
    assert reads() == [("counter", counter.pk, person.pk, "柜台查询：居民身份证原件")]


@pytest.mark.parametrize("change", ["", "1", "x:y:z", "swap"])
def test_no_other_record_is_reached_by_changing_what_is_sent(counter, person, change):
    token = token_in(asked(counter))
    forged = token[:-1] + ("a" if token[-1] != "a" else "b") if change == "swap" else change

    assert printed(counter, forged).status_code == 302
    assert "%PDF" not in printed(counter, forged).content.decode("latin-1")


def test_the_answer_has_no_address_of_its_own(counter, person):
    asked(counter)
    row = CounterLookup.objects.get()

    for path in (f"{LOOKUP}{row.pk}/", f"{LOOKUP}{person.pk}/", f"{reverse('counter:print')}{row.pk}/"):
        assert signed_in(counter).get(path).status_code == 404
    assert signed_in(counter).get(reverse("counter:print")).status_code == 405


def test_who_lost_the_duty_cannot_print_what_was_looked_up(counter, person):
    token = token_in(asked(counter))
    counter.appointments.update(taken_at=timezone.now())

    assert printed(counter, token).status_code == 403


# ---- a district office does nothing else


def test_a_district_clerk_opens_nothing_else_of_whom_was_looked_up(counter, person):
    asked(counter)
    browser = signed_in(counter)
    before = len(reads())

    assert browser.get(reverse("candidates:list")).status_code == 403
    assert browser.get(reverse("candidates:detail", args=[person.pk])).status_code == 404
    assert browser.get(reverse("archive:list")).status_code == 403
    assert not Candidate.objects.visible_to(counter).exists()
    assert len(reads()) == before


@pytest.mark.parametrize("role", ["U4", "U7", "U8", "US", "UH"])
def test_other_duties_of_a_university_do_not_look_up(university, person, role):
    page = asked(UserFactory(office=university, roles=[role]))

    assert page.status_code == 403
    assert not CounterLookup.objects.exists()


# ---- today's list


def test_clerk_and_head_see_what_was_looked_up_today_without_name_or_mark(counter, district_head, person):
    asked(counter)

    for user in (counter, district_head):
        words = bare(signed_in(user).get(reverse("counter:today")))

        assert masked_name("林疏桐") in words
        assert "居民身份证原件" in words
        for secret in ("林疏桐", RECORD, TICKET, "77", "中国近现代史纲要", person.identity_mask):
            assert secret not in words, secret
    assert [verb for verb, *_rest in reads()] == ["counter", "list", "list"]


def test_yesterdays_and_another_offices_look_ups_are_not_on_the_list(counter, foreign_clerk, person):
    asked(counter)
    CounterLookup.objects.update(at=timezone.now() - dt.timedelta(days=1))
    asked(foreign_clerk)

    words = bare(signed_in(counter).get(reverse("counter:today")))

    assert "今天还没有柜台查询" in words
    assert masked_name("林疏桐") not in words


def test_todays_list_costs_the_same_for_one_and_for_twenty(counter, person):
    browser = signed_in(counter)

    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            browser.get(reverse("counter:today"))
        return len(found)

    row = {"office": office_of(counter), "by": counter, "candidate": person, "proof": "resident"}
    CounterLookup.objects.create(**row)
    statements()
    one = statements()
    for _ in range(19):
        CounterLookup.objects.create(**row)

    assert statements() == one


def test_a_head_of_a_district_sees_the_list_and_looks_up_nothing(district_head, person):
    browser = signed_in(district_head)

    assert browser.get(reverse("counter:today")).status_code == 200
    assert asked(district_head).status_code == 403


def test_two_districts_do_not_see_each_other(counter, person):
    asked(counter)
    elsewhere = UserFactory(office=DistrictFactory(), roles=["L6"])

    assert masked_name("林疏桐") not in bare(signed_in(elsewhere).get(reverse("counter:today")))
