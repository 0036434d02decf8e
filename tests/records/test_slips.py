"""账户启用单: issued on proof, printed once, good once; whatever is wrong with it, the answer is one and the same."""

from __future__ import annotations

import datetime as dt
import math
import re
import subprocess

import pytest
import time_machine
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Event
from records.lookups import limits
from records.models import ActivationSlip, Candidate, OutgoingMessage, User
from records.people import slips
from records.people.sign_in_trail import OPENED, SLIP_USED
from tests.conftest import SecureClient
from tests.factories import PASSWORD, CandidateFactory, UserFactory
from tests.records.proving import proof_of

SLIP, SPACE = reverse("slip"), reverse("space")
CODE = re.compile(r"[A-HJKMNP-Z2-9]{4}(?:-[A-HJKMNP-Z2-9]{4}){2}")
BY_CHANCE = re.compile(
    r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|data-proof="[^"]*"|name="proof-stamp" value="[^"]*"'
)
NO = "没有办成"


def text_of(pdf: bytes) -> str:
    return subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def page_of(candidate) -> str:
    return reverse("candidates:slip", args=[candidate.pk])


def issued(browser, candidate):
    return browser.post(page_of(candidate), {"shown": "card", "present": "on"})


@pytest.fixture
def desk(clerk) -> SecureClient:
    browser = SecureClient()
    browser.force_login(clerk)
    return browser


@pytest.fixture
def code(candidate, clerk) -> str:
    return slips.issue(candidate, by=clerk, proof="居民身份证原件")[1]


def used(candidate, code, password=PASSWORD, browser=None, **given):
    browser = browser or SecureClient()
    fields = {"number": candidate.ticket_number, "birth_date": f"{candidate.birth_date}", "code": code}
    return browser.post(SLIP, fields | {"password": password, "repeated": password} | proof_of(browser, SLIP) | given)


def test_a_clerk_gets_the_paper_and_the_paper_alone_has_the_code(desk, candidate, clerk):
    answer = issued(desk, candidate)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert "no-store" in answer["Cache-Control"]
    printed = text_of(answer.content)
    code = CODE.search(printed)[0]
    slip = ActivationSlip.objects.get()
    assert (slip.candidate, slip.office_id, slip.issued_by, slip.proof) == (
        candidate,
        candidate.managing_university_id,
        clerk,
        "居民身份证原件",
    )
    for word in ("账户启用单", candidate.name, candidate.identity_mask, "/slip/"):
        assert word in re.sub(r"\s", "", printed)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(s::text, '') || (SELECT string_agg(e::text, '') FROM audit_event e) FROM records_activationslip s"
        )
        kept = cursor.fetchone()[0]
    assert code not in kept
    assert code.replace("-", "") not in kept


def test_loading_the_page_again_gives_no_code(desk, candidate):
    first = CODE.search(text_of(issued(desk, candidate).content))[0]

    page = desk.get(page_of(candidate)).content.decode()

    assert first not in page
    assert first.replace("-", "") not in page
    assert ActivationSlip.objects.count() == 1


def test_without_proof_or_without_the_candidate_there_nothing_is_issued(desk, candidate):
    for noted in ({"shown": "card"}, {"present": "on"}, {}):
        assert desk.post(page_of(candidate), noted).status_code == 422

    assert not ActivationSlip.objects.exists()


def test_another_universitys_clerk_issues_none(candidate, foreign_clerk, officer):
    for person, status in ((foreign_clerk, 404), (officer, 403)):
        browser = SecureClient()
        browser.force_login(person)
        assert issued(browser, candidate).status_code == status

    assert not ActivationSlip.objects.exists()


def test_a_name_that_the_font_lacks_does_not_stop_a_slip(desk, candidate):
    Candidate.objects.update(name="林\U000323b0")

    assert "姓名略" in text_of(issued(desk, candidate).content)


def test_it_opens_the_first_sign_in(candidate, code):
    browser = SecureClient()

    assert used(candidate, code, browser=browser).url == SPACE

    account = User.objects.get(candidate=candidate)
    assert account.check_password(PASSWORD)
    assert browser.get(SPACE).status_code == 200
    assert set(Event.objects.filter(candidate_id=candidate.pk).values_list("verb", flat=True)) >= {OPENED, SLIP_USED}


def test_it_gives_a_new_password_and_ends_every_session(candidate, code):
    account = UserFactory(candidate=candidate, password="the-password-of-before")
    elsewhere = SecureClient()
    elsewhere.post(reverse("sign-in"), {"number": candidate.ticket_number, "password": "the-password-of-before"})
    assert elsewhere.get(SPACE).status_code == 200

    assert used(candidate, code).url == SPACE

    account.refresh_from_db()
    assert account.check_password(PASSWORD)
    assert elsewhere.get(SPACE).status_code == 302


def test_the_candidate_is_told_on_the_registered_phone(candidate, code):
    used(candidate, code)

    message = OutgoingMessage.objects.get()
    assert (message.to, message.template) == (candidate.phone, "slip-used")


def test_it_is_good_once(candidate, code):
    used(candidate, code)

    assert NO in used(candidate, code, "quite-another-one-2").content.decode()
    assert User.objects.get(candidate=candidate).check_password(PASSWORD)


def test_a_later_slip_makes_the_earlier_one_worthless(candidate, clerk, code):
    _slip, later = slips.issue(candidate, by=clerk, proof="居民身份证原件")

    assert NO in used(candidate, code).content.decode()
    assert used(candidate, later).url == SPACE


@pytest.mark.parametrize(("hours", "opens"), [(71.9, True), (72.1, False)])
def test_it_is_good_as_long_as_the_setting_says(candidate, clerk, hours, opens):
    now = timezone.now()
    with time_machine.travel(now, tick=True):
        _slip, code = slips.issue(candidate, by=clerk, proof="居民身份证原件")
    with time_machine.travel(now + dt.timedelta(hours=hours), tick=True):
        answer = used(candidate, code)

    assert (answer.status_code == 302) is opens


def faults(candidate, clerk) -> dict[str, dict[str, str]]:
    other = CandidateFactory()
    return {
        "unknown number": {"number": "9999999999"},
        "wrong date": {"birth_date": "1997-01-01"},
        "another's number": {"number": other.ticket_number},
        "another's slip": {"code": slips.issue(other, by=clerk, proof="x")[1]},
        "a code never issued": {"code": slips.new_code()},
        "staff": {"number": clerk.username},
    }


def test_whatever_is_wrong_the_answer_is_the_same_and_nothing_happens(candidate, clerk, code):
    pages = {}
    for fault, changed in faults(candidate, clerk).items():
        answer = used(candidate, changed.pop("code", code), **changed)
        pages[fault] = (answer.status_code, BY_CHANCE.sub("", without_what_was_typed(answer)))

    assert len(set(pages.values())) == 1, pages
    assert NO in pages["staff"][1]
    assert not User.objects.filter(candidate__isnull=False).exists()
    assert used(candidate, code).url == SPACE


def without_what_was_typed(answer) -> str:
    """The page without the three fields that show again what was typed."""
    return re.sub(
        r'(name="(?:number|birth_date|code)"[^>]*?) value="[^"]*"|value="[^"]*"( name="(?:number|birth_date|code)")',
        "",
        answer.content.decode(),
    )


def test_a_slip_of_the_pen_is_said_at_once(candidate, code):
    wrong = ("A" if code[0] != "A" else "B") + code[1:]

    assert "抄错" in used(candidate, wrong).content.decode()
    assert not User.objects.filter(candidate=candidate).exists()


def test_a_password_that_others_can_guess_leaves_the_slip_good(candidate, code):
    assert used(candidate, code, f"x{candidate.ticket_number}x").status_code == 200
    assert used(candidate, code).url == SPACE


def test_a_closed_account_stays_closed(candidate, code):
    UserFactory(candidate=candidate, is_active=False, password="the-password-of-before")

    assert NO in used(candidate, code).content.decode()


def test_one_number_tries_ten_times_an_hour(candidate, code):
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        for number in (candidate.ticket_number, "9999999999"):
            tries = [used(candidate, slips.new_code(), number=number).status_code for _ in range(limits.SLIP.person.count + 1)]
            assert tries == [200] * limits.SLIP.person.count + [429]


def test_by_several_numbers_a_person_has_no_more_tries_and_is_not_told(candidate, clerk):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        _slip, code = slips.issue(candidate, by=clerk, proof="居民身份证原件")
        for n in range(limits.SLIP_TRIES.count):
            number = (candidate.ticket_number, candidate.identity_number)[n % 2]
            with pytest.raises(slips.WrongSlip):
                slips.use(number, candidate.birth_date, slips.new_code(), PASSWORD)

        with pytest.raises(slips.WrongSlip):
            slips.use(candidate.identity_number, candidate.birth_date, code, PASSWORD)


def test_the_record_page_lists_the_slips_for_clerks_alone(desk, candidate, clerk, officer, code):
    record = reverse("candidates:detail", args=[candidate.pk])
    reader = SecureClient()
    reader.force_login(officer)
    for browser in (desk, reader):
        browser.post(record, {"reason": "visit"})

    assert "账户启用单" in desk.get(record).content.decode()
    assert "可使用" in desk.get(record).content.decode()
    assert "账户启用单" not in reader.get(record).content.decode()


def test_a_code_has_more_than_fifty_bits():
    assert math.log2(len(slips.SIGNS)) * slips.RANDOM_SIGNS > 50
    assert not set("ILO01") & set(slips.SIGNS)


CODES = st.text(slips.SIGNS, min_size=slips.RANDOM_SIGNS, max_size=slips.RANDOM_SIGNS).map(
    lambda body: body + slips.check_sign(body)
)


@given(CODES, st.integers(0, 11), st.sampled_from(slips.SIGNS))
def test_the_check_sign_finds_every_wrong_sign(code, place, sign):
    altered = code[:place] + sign + code[place + 1 :]

    assert slips.normalised(altered) == (code if altered == code else "")


@given(CODES, st.integers(0, 10))
def test_the_check_sign_finds_every_exchange_of_neighbours(code, place):
    altered = code[:place] + code[place + 1] + code[place] + code[place + 2 :]

    assert slips.normalised(altered) == (code if altered == code else "")


@given(CODES)
def test_a_code_may_be_typed_in_many_ways(code):
    grouped = slips.grouped(code)
    wide = grouped.lower().translate({ord(sign): ord(sign) + 0xFEE0 for sign in grouped.lower() if sign != "-"})

    assert {slips.normalised(text) for text in (code, grouped, grouped.replace("-", " "), code.lower(), wide)} == {code}
