"""Diploma numbers: their layout, their settings, and that none is issued twice."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from stdnum import luhn

from audit.workflow import Refused
from graduation.diplomas import MOST_ATTEMPTS
from graduation.models import Diploma, GraduationApplication
from graduation.workflow import GRADUATION
from records.candidates.numbers import has_valid_check_digit
from records.models import Candidate, Setting
from tests.factories import CandidateFactory, DiplomaFactory, GraduationFactory, MajorFactory, PlanFactory, RegistrationFactory
from tests.graduation.conftest import VERIFIED, MakeApplication

pytestmark = pytest.mark.django_db


def setting(key: str, value: Any) -> None:
    Setting.objects.create(key=key, value=value, in_force_from=dt.date(2020, 1, 1))


def granted(case: GraduationApplication, officer: Any) -> Diploma:
    GRADUATION.take("grant", case, by=officer)
    return Diploma.objects.get(application=case)


def restart_serials(at: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('graduation_diploma_serial', %s, false)", [at])


def test_the_number_has_seventeen_digits_in_the_layout_of_the_register(make_application: MakeApplication, officer) -> None:
    restart_serials(7)

    number = granted(make_application(status="municipality", term="2026-12"), officer).number

    assert len(number) == 17
    assert number[:-1] == "6" + "5" + "3200" + "00" + "26" + "2" + "00007"
    assert has_valid_check_digit(number)


def test_an_associate_diploma_has_the_digit_of_its_level_and_half_year(make_application: MakeApplication, officer, major) -> None:
    major.level = "专科"
    major.save()

    number = granted(make_application(status="municipality", term="2027-06"), officer).number

    assert (number[1], number[8:11]) == ("6", "271")


def test_pattern_and_check_digit_are_settings(make_application: MakeApplication, officer) -> None:
    restart_serials(42)
    setting("number.diploma", "9{year:02}{serial:06}{check}")
    setting("number.diploma_check", "luhn")

    number = granted(make_application(status="municipality", term="2026-12"), officer).number

    assert number[:-1] == "926000042"
    assert luhn.is_valid(number)


@pytest.mark.parametrize(("month", "day"), [("06", 30), ("12", 30)])
def test_one_graduates_on_the_day_of_the_setting(make_application: MakeApplication, officer, month: str, day: int) -> None:
    diploma = granted(make_application(status="municipality", term=f"2027-{month}"), officer)

    assert diploma.graduated_on == dt.date(2027, int(month), day)


def test_a_day_that_a_month_does_not_have_is_its_last(make_application: MakeApplication, officer) -> None:
    setting("graduation.day", 31)

    assert granted(make_application(status="municipality", term="2027-06"), officer).graduated_on == dt.date(2027, 6, 30)


def test_a_number_taken_is_passed_over_even_when_its_diploma_was_cancelled(make_application: MakeApplication, officer) -> None:
    setting("number.diploma", "{serial:05}{check}")
    restart_serials(11)
    first = granted(make_application(status="municipality"), officer).number
    restart_serials(11)
    Diploma.objects.update(cancelled_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    second = granted(make_application(status="municipality"), officer).number

    assert first[:-1] == "00011"
    assert second[:-1] == "00012"


def test_serials_begin_anew_when_their_width_is_used_up(make_application: MakeApplication, officer) -> None:
    setting("number.diploma", "{year:02}{half}{serial:02}{check}")
    restart_serials(99)
    DiplomaFactory(number="26299" + "0")

    first = granted(make_application(status="municipality", term="2026-12"), officer).number
    Diploma.objects.update(cancelled_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    second = granted(make_application(status="municipality", term="2026-12"), officer).number

    assert first.startswith("26299")
    assert second.startswith("26200")


@pytest.mark.parametrize(
    "pattern", ["{year:02}{half}", "{unknown:3}{serial:05}", "沪{serial:05}", "{serial:05}{year:01}"], ids=str
)
def test_a_pattern_that_gives_no_number_refuses_the_grant_in_words(
    make_application: MakeApplication, officer, pattern: str
) -> None:
    setting("number.diploma", pattern)
    case = make_application(status="municipality")

    with pytest.raises(Refused) as refusal:
        GRADUATION.take("grant", case, by=officer)

    assert [problem.code for problem in refusal.value.problems] == ["graduation.number"]
    case.refresh_from_db()
    assert case.status == "municipality"
    assert not Diploma.objects.exists()
    assert not case.events.steps().exists()


def test_when_no_number_is_left_the_grant_is_refused(make_application: MakeApplication, officer) -> None:
    setting("number.diploma", "{serial:01}")
    for digit in range(10):
        DiplomaFactory(number=str(digit))

    with pytest.raises(Refused) as refusal:
        GRADUATION.take("grant", make_application(status="municipality"), by=officer)

    assert [str(problem.message) for problem in refusal.value.problems] == ["本届编号已用完。"]
    assert MOST_ATTEMPTS >= 10


def test_the_database_refuses_a_number_twice_and_a_second_standing_diploma() -> None:
    diploma = DiplomaFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        DiplomaFactory(number=diploma.number)
    with pytest.raises(IntegrityError), transaction.atomic():
        DiplomaFactory(candidate=diploma.candidate, major=diploma.major)


@pytest.mark.usefixtures("as_application")
def test_the_application_role_may_do_all_that_a_grant_does(make_application: MakeApplication, officer) -> None:
    assert granted(make_application(status="municipality"), officer).number


@pytest.mark.django_db(transaction=True)
def test_many_grants_at_once_never_share_a_number(university, officer, second_officer) -> None:
    plan = PlanFactory(major=MajorFactory(hosts=[university]), total_credits=0)
    cases = [case_of(CandidateFactory(managing_university=university), plan) for _ in range(12)]
    together = threading.Barrier(4)

    def press(mine: list[GraduationApplication], user: Any) -> None:
        together.wait()
        for case in mine:
            GRADUATION.take("grant", case, by=user)
        connection.close()

    threads = [
        threading.Thread(target=press, args=(cases[start::4], user))
        for start, user in enumerate((officer, second_officer, officer, second_officer))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(Diploma.objects.values_list("number", flat=True))) == 12


def case_of(candidate: Candidate, plan: Any) -> GraduationApplication:
    """An application at the city that could be granted."""
    RegistrationFactory(candidate=candidate, major=plan.major)
    return GraduationFactory(candidate=candidate, plan=plan, status="municipality", **VERIFIED)
