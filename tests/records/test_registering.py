"""Registering: one person is one candidate, numbers are issued or taken over, and nobody gets in by a closed door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from records.candidates.numbers import has_valid_check_digit
from records.imports.faults import FileRefused, ImportReport
from records.models import Candidate, Major, Office, ProbableDuplicate, RareName, Registration, Ticket
from records.people.encryption import lookup_hash
from records.registration.registering import register_person
from tests.factories import CandidateFactory, MajorFactory, PlanFactory, identity_number
from tests.records.candidate_files import BORN, person

TODAY = dt.date(2026, 11, 23)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_fixed_day() -> Any:
    with time_machine.travel(dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture(autouse=True)
def major(university: Office) -> Major:
    """A major that the university hosts, with one open plan."""
    major = MajorFactory(code="X9999901", hosts=[university])
    PlanFactory(major=major)
    return major


@pytest.fixture
def other_major(university: Office) -> Major:
    major = MajorFactory(code="X9999902", hosts=[university])
    PlanFactory(major=major)
    return major


@pytest.fixture
def register(university: Office) -> Callable[..., Candidate]:
    def register(*, at: Office = university, serial: int = 1, **cells: str) -> Candidate:
        return register_person(person(serial, **cells), at)[0]

    return register


@pytest.fixture
def refused(university: Office) -> Callable[..., set[tuple[str, str]]]:
    """The faults (column, code) of a row that is not taken."""

    def refused(*, at: Office = university, serial: int = 1, **cells: str) -> set[tuple[str, str]]:
        before = Candidate.objects.count(), Registration.objects.count(), Ticket.objects.count()
        with pytest.raises(FileRefused) as refusal:
            register_person(person(serial, **cells), at)
        assert (Candidate.objects.count(), Registration.objects.count(), Ticket.objects.count()) == before
        return {(fault.column, fault.code) for fault in refusal.value.faults}

    return refused


@pytest.fixture
def warned(university: Office) -> Callable[..., set[tuple[str, str]]]:
    """The warnings (column, code) of a row that is taken."""

    def warned(*, at: Office = university, serial: int = 1, **cells: str) -> set[tuple[str, str]]:
        return {(notice.column, notice.code) for notice in report_of(at, serial, **cells).warnings}

    return warned


def report_of(university: Office, serial: int = 1, **cells: str) -> ImportReport:
    return register_person(person(serial, **cells), university)[1]


def test_a_new_person_gets_a_registration_number_a_ticket_and_no_record(register: Any, university: Office, major: Major) -> None:
    candidate = register()

    assert has_valid_check_digit(candidate.registration_number)
    assert has_valid_check_digit(candidate.ticket_number)
    assert (candidate.record_number, candidate.record_opened_on) == (None, None)
    assert candidate.managing_university == university
    (registration,) = candidate.registrations.all()
    assert (registration.major, registration.university, registration.registered_on) == (major, university, dt.date(2024, 9, 1))


def test_every_column_arrives_where_it_belongs(register: Any) -> None:
    candidate = register(
        加考="Y",
        政治面貌="群众",
        职业="护士",
        文化程度="大专",
        户籍所在地="示例市",
        邮政编码="200000",
        考区="中心区",
        考生类别="社会考生",
        助学单位="示例学院",
        前置专业="护理",
    )

    assert (candidate.name, candidate.sex, candidate.ethnicity, candidate.birth_date) == ("林知1", "2", "01", BORN)
    assert (candidate.prior_education, candidate.prior_major, candidate.address) == ("专科", "护理", "示例路1号")
    assert (candidate.political_status, candidate.occupation, candidate.education) == ("群众", "护士", "大专")
    assert (candidate.household, candidate.postcode, candidate.exam_area) == ("示例市", "200000", "中心区")
    assert (candidate.candidate_kind, candidate.study_support, candidate.additional_courses) == ("社会考生", "示例学院", True)
    assert (candidate.name_key, candidate.name_initials) != ("", "")


def test_identity_and_phone_are_stored_encrypted_and_found_by_hash(register: Any) -> None:
    number = identity_number(1, BORN)
    candidate = register()

    assert (candidate.identity_number, candidate.phone) == (number, "13900000001")
    assert bytes(candidate.identity_hash) == lookup_hash(number, b"candidate.identity")
    assert bytes(candidate.phone_hash) == lookup_hash("13900000001", b"candidate.phone")
    assert (candidate.identity_mask, candidate.phone_mask) == (number[:3] + "*" * 11 + number[-4:], "139****0001")
    stored = Candidate.objects.extra(select={"raw": "encode(identity_number, 'escape')"}).values_list("raw", flat=True).get()
    assert number not in stored


def test_who_has_no_phone_and_no_ethnic_group_is_taken_all_the_same(register: Any) -> None:
    candidate = register(手机号码="", 民族="")

    assert (candidate.phone, candidate.phone_hash, candidate.phone_mask, candidate.ethnicity) == ("", None, "", "")


def test_the_same_person_arriving_again_changes_nothing(register: Any, university: Office) -> None:
    first = register()

    report = report_of(university, 手机号码="13800000000", 通讯地址="别处")

    assert (report.rows, report.written, report.unchanged) == (1, 0, 1)
    candidate = Candidate.objects.get()
    assert (candidate, candidate.phone, candidate.address) == (first, "13900000001", "示例路1号")
    assert (candidate.tickets.count(), candidate.registrations.count()) == (1, 1)


def test_what_the_register_does_not_know_of_a_person_is_filled_in_once(register: Any, university: Office) -> None:
    register(前置学历="", 前置专业="")

    filling = report_of(university, 前置学历="专科", 前置专业="护理", 加考="N")
    again = report_of(university, 前置学历="专科", 前置专业="护理", 加考="N")

    candidate = Candidate.objects.get()
    assert (candidate.prior_education, candidate.prior_major, candidate.additional_courses) == ("专科", "护理", False)
    assert (filling.written, again.written) == (1, 0)


@pytest.mark.parametrize(("column", "other"), [("前置学历", "本科及以上"), ("手机号码", "13800000000")])
def test_what_differs_from_the_register_is_kept_and_named(register: Any, warned: Any, column: str, other: str) -> None:
    register()

    assert warned(**{column: other}) == {(column, "registration.kept")}

    candidate = Candidate.objects.get()
    assert (candidate.prior_education, candidate.phone) == ("专科", "13900000001")


def test_a_second_major_is_added_to_the_first_record_without_a_new_ticket(register: Any, other_major: Major) -> None:
    first = register()

    again = register(专业代码=other_major.code, 注册日期="2025-03-01")

    assert again == first
    assert again.ticket_number == first.ticket_number
    assert [(each.major.code, each.registered_on) for each in again.registrations.order_by("pk")] == [
        ("X9999901", dt.date(2024, 9, 1)),
        ("X9999902", dt.date(2025, 3, 1)),
    ]


def test_a_second_university_registers_the_person_but_does_not_take_the_record_over(
    register: Any, university: Office, other_university: Office, other_major: Major
) -> None:
    register()

    candidate = register(at=other_university, 专业代码=other_major.code)

    assert candidate.managing_university == university
    assert set(candidate.registrations.values_list("university", flat=True)) == {university.pk, other_university.pk}


def test_the_same_major_at_another_university_needs_a_transfer(register: Any, refused: Any, other_university: Office) -> None:
    register()

    assert refused(at=other_university) == {("专业代码", "registration.other-university")}


def test_a_given_ticket_and_record_number_are_taken_over(register: Any) -> None:
    candidate = register(准考证号="010250000017", 考籍号="31000099")

    assert (candidate.ticket_number, candidate.record_number, candidate.record_opened_on) == ("010250000017", "31000099", None)


def test_a_record_number_may_arrive_later_and_only_once(register: Any, refused: Any, university: Office) -> None:
    register()

    report = report_of(university, 考籍号="31000099")
    assert report.written == 1
    assert Candidate.objects.get().record_number == "31000099"

    assert report_of(university, 考籍号="31000099").written == 0
    assert refused(考籍号="31000098") == {("考籍号", "registration.other-record-number")}


def test_another_ticket_of_the_same_person_is_kept_as_a_former_number(register: Any, warned: Any, university: Office) -> None:
    first = register(准考证号="010250000017")

    assert warned(准考证号="010250000099") == {("准考证号", "registration.another-ticket")}

    assert Candidate.by_number("010250000099").get() == first
    assert Candidate.objects.get().ticket_number == "010250000017"
    assert report_of(university, 准考证号="010250000099").written == 0


@pytest.mark.parametrize("column", ["准考证号", "考籍号"])
@pytest.mark.parametrize("held", ["ticket", "record", "registration"])
def test_a_number_that_another_person_has_is_refused(refused: Any, column: str, held: str) -> None:
    other = CandidateFactory(record_number="31000099")
    number = {"ticket": other.ticket_number, "record": "31000099", "registration": other.registration_number}[held]

    assert refused(**{column: number}) == {(column, "registration.number-taken")}


def test_issued_numbers_leave_out_those_taken_over(register: Any) -> None:
    next_one = register(serial=1).ticket_number[3:11]
    taken = f"242{int(next_one) + 1:08}"
    for digit in range(10):
        register(serial=10 + digit, 准考证号=f"{taken}{digit}")

    assert register(serial=2).ticket_number[:-1] != taken


@pytest.mark.parametrize(("month", "half"), [("2024-06-30", "241"), ("2024-07-01", "242")])
def test_a_ticket_number_tells_the_half_year_of_registration(register: Any, month: str, half: str) -> None:
    assert register(注册日期=month).ticket_number[:3] == half


def test_without_a_registration_date_it_is_today(register: Any) -> None:
    candidate = register(注册日期="")

    assert candidate.registrations.get().registered_on == TODAY
    assert candidate.tickets.get().issued_on == TODAY


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"姓名": "别人"}, ("姓名", "registration.name-differs")),
        ({"出生日期": "1997-05-21"}, ("出生日期", "registration.birth-date-differs")),
        ({"性别": "男"}, ("性别", "registration.sex-differs")),
    ],
)
def test_the_same_document_with_another_name_birth_date_or_sex_is_refused(
    register: Any, refused: Any, cells: dict[str, str], fault: tuple[str, str]
) -> None:
    passport = {"证件类型": "护照", "证件号码": "E12345678"}
    register(**passport)

    assert refused(**{**passport, **cells}) == {fault}


def test_the_same_number_of_another_kind_of_document_is_another_person(register: Any) -> None:
    first = register(证件类型="护照", 证件号码="12345678")
    second = register(serial=2, 证件类型="台湾居民来往大陆通行证", 证件号码="12345678")

    assert first != second


@pytest.mark.parametrize(("day", "taken"), [("2024-06-30", True), ("2024-07-01", False)])
def test_a_closed_major_takes_newcomers_up_to_the_announced_day(
    register: Any, refused: Any, major: Major, day: str, taken: bool
) -> None:
    Major.objects.filter(pk=major.pk).update(state=Major.State.CLOSED, closed_on=dt.date(2024, 6, 30))

    if taken:
        assert register(注册日期=day).registrations.exists()
    else:
        assert refused(注册日期=day) == {("专业代码", "registration.major-closed")}


def test_a_major_closed_without_a_date_takes_nobody(refused: Any, major: Major) -> None:
    Major.objects.filter(pk=major.pk).update(state=Major.State.CLOSED)

    assert refused(注册日期="2015-01-01") == {("专业代码", "registration.major-closed")}


@pytest.mark.parametrize(("day", "taken"), [("2024-06-30", True), ("2024-07-01", False)])
def test_a_plan_past_its_last_day_for_newcomers_takes_nobody(
    register: Any, refused: Any, major: Major, day: str, taken: bool
) -> None:
    major.plans.update(newcomers_until=dt.date(2024, 6, 30))

    if taken:
        assert register(注册日期=day).registrations.exists()
    else:
        assert refused(注册日期=day) == {("专业代码", "registration.plan-closed")}


def fault_of(university: Office, **cells: str) -> str:
    with pytest.raises(FileRefused) as refusal:
        register_person(person(**cells), university)
    (fault,) = refusal.value.faults
    return str(fault.message)


def test_the_refusal_names_the_last_day_of_a_closed_major_and_what_to_choose_instead(university: Office, major: Major) -> None:
    Major.objects.filter(pk=major.pk).update(name="护理学", state=Major.State.CLOSED, closed_on=dt.date(2024, 6, 30))
    successor = MajorFactory(code="X9999905", name="护理学", level=major.level, hosts=[university])
    MajorFactory(code="X9999906", name="护理学", level=major.level, state=Major.State.CLOSED)
    MajorFactory(code="X9999907", name="别的专业", level=major.level)

    message = fault_of(university, 注册日期="2024-07-01")

    assert "2024-06-30" in message
    assert "X9999905" in message
    assert "X9999906" not in message
    assert "X9999907" not in message
    PlanFactory(major=successor, newcomers_until=dt.date(2024, 6, 30))
    assert "X9999905" not in fault_of(university, 注册日期="2024-07-01")


def test_the_refusal_names_the_latest_of_the_plans_last_days(university: Office, major: Major) -> None:
    major.plans.update(newcomers_until=dt.date(2022, 6, 30))
    PlanFactory(major=major, version="2022", newcomers_until=dt.date(2024, 6, 30))

    message = fault_of(university, 注册日期="2024-07-01")

    assert "2024-06-30" in message
    assert "2022-06-30" not in message


def test_the_warning_of_a_restriction_names_it_and_asks_for_the_proof(university: Office, major: Major) -> None:
    major.plans.update(entry_restriction="限在职护士")

    (notice,) = report_of(university).warnings

    assert "限在职护士" in notice.message
    assert "出示证明" in notice.message


def test_one_open_plan_version_is_enough(register: Any, major: Major) -> None:
    major.plans.update(newcomers_until=dt.date(2024, 6, 30))
    PlanFactory(major=major, version="2026", effective_from=dt.date(2026, 1, 1))

    assert register(注册日期="2025-01-01").registrations.exists()


def test_restriction_and_prior_diploma_are_warnings_of_the_plan_one_starts_on(warned: Any, major: Major) -> None:
    restricted = {"entry_restriction": "限在职人员", "prior_diploma": "专科"}
    major.plans.update(effective_from=dt.date(2021, 1, 1), newcomers_until=dt.date(2024, 6, 30), **restricted)
    PlanFactory(major=major, version="2025", effective_from=dt.date(2024, 7, 1))

    assert warned(serial=1, 注册日期="2024-06-30", 前置学历="") == {
        ("专业代码", "registration.entry-restriction"),
        ("前置学历", "registration.prior-diploma"),
    }
    assert warned(serial=2, 注册日期="2024-06-30", 前置学历="本科结业") == {("专业代码", "registration.entry-restriction")}
    assert warned(serial=3, 注册日期="2024-07-01", 前置学历="") == set()


def test_a_major_that_the_university_does_not_host_is_a_warning(warned: Any, other_university: Office) -> None:
    assert warned(at=other_university) == {("专业代码", "registration.not-host")}


def test_an_old_identity_number_is_upgraded_and_the_report_says_so(warned: Any) -> None:
    assert warned(证件号码="110105491231002", 出生日期="1949-12-31", 性别="女") == {("证件号码", "identity.upgraded")}

    assert Candidate.objects.get().identity_number == "11010519491231002X"


def test_full_width_digits_are_put_right_and_the_report_says_so(warned: Any) -> None:
    assert warned(手机号码="１３９００００００７７") == {("手机号码", "table.normalised")}

    assert Candidate.objects.get().phone == "13900000077"


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"姓名": ""}, ("姓名", "value.missing")),
        ({"姓名": "长" * 201}, ("姓名", "value.too-long")),
        ({"性别": "其他"}, ("性别", "value.choice")),
        ({"性别": "男"}, ("证件号码", "identity.sex-differs")),
        ({"民族": "汉"}, ("民族", "value.choice")),
        ({"证件类型": "身份证"}, ("证件类型", "value.choice")),
        ({"证件号码": ""}, ("证件号码", "value.missing")),
        ({"证件号码": "12345"}, ("证件号码", "identity.shape")),
        ({"出生日期": "1997-05-21"}, ("证件号码", "identity.birth-date-differs")),
        ({"出生日期": ""}, ("出生日期", "value.missing")),
        ({"出生日期": "1997/5/20"}, ("出生日期", "table.date")),
        ({"出生日期": "2026-11-24"}, ("出生日期", "registration.birth-date")),
        ({"手机号码": "1390000"}, ("手机号码", "phone.shape")),
        ({"专业代码": ""}, ("专业代码", "value.missing")),
        ({"专业代码": "X0000000"}, ("专业代码", "registration.unknown-major")),
        ({"准考证号": "12345"}, ("准考证号", "value.shape")),
        ({"准考证号": "1" * 21}, ("准考证号", "value.shape")),
        ({"准考证号": "ABC123456"}, ("准考证号", "value.shape")),
        ({"考籍号": "12345"}, ("考籍号", "value.shape")),
        ({"注册日期": "2024年9月"}, ("注册日期", "table.date")),
        ({"前置学历": "高中"}, ("前置学历", "value.choice")),
        ({"加考": "是"}, ("加考", "value.choice")),
        ({"通讯地址": "长" * 301}, ("通讯地址", "value.too-long")),
        ({"姓名": "=1+1"}, ("姓名", "table.formula")),
    ],
)
def test_what_cannot_be_so_is_refused_with_its_column(refused: Any, cells: dict[str, str], fault: tuple[str, str]) -> None:
    assert fault in refused(**cells)


@pytest.mark.parametrize("number", ["123456", "1" * 20])
def test_a_taken_over_ticket_has_six_to_twenty_digits(register: Any, number: str) -> None:
    assert register(准考证号=number).ticket_number == number


def test_all_that_is_wrong_with_a_row_is_said_at_once(refused: Any) -> None:
    assert refused(姓名="", 手机号码="1", 专业代码="X0", 前置学历="高中") == {
        ("姓名", "value.missing"),
        ("手机号码", "phone.shape"),
        ("专业代码", "registration.unknown-major"),
        ("前置学历", "value.choice"),
    }


def test_an_identity_number_stands_in_no_fault(university: Office) -> None:
    number = identity_number(1, BORN)[:-1] + "0"
    number = number if number != identity_number(1, BORN) else number[:-1] + "1"

    with pytest.raises(FileRefused) as refusal:
        register_person(person(证件号码=number), university)

    assert number not in str(refusal.value.as_json())


@pytest.mark.django_db(transaction=True)
def test_one_person_at_two_counters_at_once_is_one_candidate(university: Office) -> None:
    MajorFactory(code="X9999901", hosts=[university])
    start = Barrier(4)

    def register_at_counter(_counter: int) -> int:
        start.wait()
        try:
            return register_person(person(), university)[1].written
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as counters:
        written = list(counters.map(register_at_counter, range(4)))

    assert sorted(written) == [0, 0, 0, 1]
    assert (Candidate.objects.count(), Ticket.objects.count(), Registration.objects.count()) == (1, 1, 1)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(min_size=1, max_size=60),
    address=st.text(max_size=60),
    ticket=st.one_of(st.just(""), st.from_regex(r"\A[0-9]{6,20}\Z"), st.text(max_size=22)),
)
def test_any_text_is_stored_as_one_line_or_refused(university: Office, name: str, address: str, ticket: str) -> None:
    for model in (ProbableDuplicate, RareName, Registration, Ticket, Candidate):
        model._default_manager.all().delete()
    refused_columns: set[str] = set()
    try:
        register_person(person(姓名=name, 通讯地址=address, 准考证号=ticket), university)
    except FileRefused as refusal:
        refused_columns = {fault.column for fault in refusal.faults}
    candidate = Candidate.objects.first()
    assert (candidate is None) == bool(refused_columns)
    assert refused_columns <= {"姓名", "通讯地址", "准考证号"}
    if candidate is None:
        return
    assert candidate.name.strip()
    assert len((candidate.name + candidate.address).splitlines()) == 1
    assert candidate.ticket_number.isdigit()
