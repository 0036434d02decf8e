"""Reading that the head should see: found on both sides of every limit, once, for the own office, and reviewed by fresh eyes."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from audit.acting import acting
from audit.models import Event
from records.access.unusual import LIMITS, detect, detect_now, readings_visible_to, reads_behind, review, waiting_for_review
from records.candidates.searching import term_hash
from records.models import Appointment, Setting, UnusualReading, User
from records.settings.values import Known, value_of
from tests.factories import CandidateFactory, ExemptionFactory, GraduationFactory, MunicipalityFactory, UserFactory

SHANGHAI = ZoneInfo("Asia/Shanghai")
THURSDAY, SATURDAY, SUNDAY, MONDAY = (dt.date(2026, 3, day) for day in (12, 14, 15, 16))
Pattern = UnusualReading.Pattern


def moment(day: dt.date = THURSDAY, hour: int = 10, minute: int = 0, second: int = 0) -> dt.datetime:
    """By the clock of the office."""
    return dt.datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=SHANGHAI)


def looked(person: User, candidate_ids: Any, at: dt.datetime | None = None, **more: Any) -> None:
    """Reads of these records (ids, which nobody need have), all at one moment."""
    told = {"verb": "record", "note": "核对考籍材料", "office_id": person.office_id, "subject_table": "records_candidate"} | more
    Event.objects.bulk_create(
        Event(kind="read", actor=person, candidate_id=pk, at=at or moment(), **told) for pk in candidate_ids
    )


def searched(person: User, term: str, *moments: dt.datetime) -> None:
    for at in moments:
        looked(person, [None], at, verb="search", note="查找考生", details={"list": "candidates", "term": term_hash(term)})


def found(first: dt.date = THURSDAY, last: dt.date | None = None) -> dict[tuple[Any, ...], UnusualReading]:
    detect(first, last or first)
    return {(line.person, line.day, line.pattern): line for line in UnusualReading.objects.all()}


def patterns(day: dt.date = THURSDAY) -> set[str]:
    detect(day, day)
    return set(UnusualReading.objects.filter(day=day).values_list("pattern", flat=True))


@pytest.fixture
def since_long(clerk: User, second_clerk: User, officer: User) -> None:
    """The duties of the days that the tests speak of were held then."""
    Appointment.objects.update(starts_on=dt.date(2026, 1, 1))


@pytest.fixture
def head(university: Any) -> User:
    return UserFactory(office=university, roles=["UH"])


@pytest.fixture
def city_head(city: Any) -> User:
    return UserFactory(office=city, roles=["OH"])


@pytest.mark.parametrize(("count", "is_found"), [(200, False), (201, True)])
def test_two_hundred_records_a_day_are_usual_and_one_more_is_not(clerk, count, is_found):
    looked(clerk, range(1, count + 1))

    assert (Pattern.VOLUME in patterns()) is is_found


def test_a_record_read_a_hundred_times_counts_once(clerk):
    for hour in range(8, 18):
        looked(clerk, [7] * 10, moment(hour=hour))

    assert patterns() == set()


def test_the_figures_say_how_many_and_the_purposes_what_for(clerk):
    looked(clerk, range(1, 202))
    looked(clerk, range(1, 51), note="考生来访或来电")

    line = found()[clerk, THURSDAY, Pattern.VOLUME]
    assert line.figures == {"reads": 251, "records": 201, "limit": 200}
    assert line.purposes == {"核对考籍材料": 201, "考生来访或来电": 50}


def test_only_the_most_frequent_purposes_are_named_the_rest_is_counted(clerk):
    for each in range(30):
        looked(clerk, range(each * 10, each * 10 + 10), note=f"用途{each:02}")
    looked(clerk, range(300, 320), note="最多的")

    purposes = found()[clerk, THURSDAY, Pattern.VOLUME].purposes
    assert len(purposes) == 21
    assert purposes["最多的"] == 20
    assert purposes[""] == 110


@pytest.mark.parametrize(
    ("at", "is_found"),
    [
        (moment(hour=6, minute=59, second=59), True),
        (moment(hour=7), False),
        (moment(hour=20, minute=59, second=59), False),
        (moment(hour=21), True),
        (moment(SATURDAY, 10), True),
        (moment(SUNDAY, 23, 59, 59), True),
        (moment(MONDAY, 0), True),
        (moment(MONDAY, 10), False),
    ],
)
def test_working_hours_are_those_of_the_clock_in_shanghai(clerk, at, is_found):
    looked(clerk, [1], at)

    assert (Pattern.HOURS in patterns(at.date())) is is_found


@pytest.mark.parametrize(("at", "day"), [(moment(hour=23, minute=59, second=59), 12), (moment(dt.date(2026, 3, 13), 0), 13)])
def test_midnight_in_shanghai_parts_the_days(clerk, at, day):
    looked(clerk, [1], at)

    detect(THURSDAY, dt.date(2026, 3, 13))

    assert UnusualReading.objects.get().day == dt.date(2026, 3, day)


def test_reads_on_both_sides_of_midnight_are_not_added_up(clerk):
    looked(clerk, range(1, 151), moment(hour=20))
    looked(clerk, range(151, 301), moment(dt.date(2026, 3, 13), 8))

    assert not {key for key in found(THURSDAY, dt.date(2026, 3, 13)) if key[2] == Pattern.VOLUME}


def test_late_at_the_desk_is_no_look_into_a_record_but_an_export_is(clerk, second_clerk):
    looked(clerk, [None], moment(hour=22), verb="list")
    looked(second_clerk, [None], moment(hour=22, minute=15), verb="export")

    lines = found()
    assert set(lines) == {(second_clerk, THURSDAY, Pattern.HOURS)}
    assert lines[second_clerk, THURSDAY, Pattern.HOURS].figures == {"reads": 1, "records": 0, "first": "22:15", "last": "22:15"}


def test_an_office_sets_its_own_limits_from_a_day_on(clerk, foreign_clerk, university):
    Setting.objects.create(key="unusual.records_a_day", office=university, value=5, in_force_from=THURSDAY)
    friday = dt.date(2026, 3, 13)
    wednesday = dt.date(2026, 3, 11)
    for day in (wednesday, THURSDAY, friday):
        looked(clerk, range(6), moment(day))
        looked(foreign_clerk, range(6), moment(day))

    volumes = {(person, day) for person, day, pattern in found(wednesday, friday) if pattern == Pattern.VOLUME}
    assert volumes == {(clerk, THURSDAY), (clerk, friday)}


def test_weekends_may_be_working_days_of_an_office(clerk, university):
    Setting.objects.create(key="unusual.weekend", office=university, value=False, in_force_from=THURSDAY)
    looked(clerk, [1], moment(SATURDAY, 10))

    assert patterns(SATURDAY) == set()


@pytest.mark.parametrize(("count", "is_found"), [(10, False), (11, True)])
def test_ten_records_without_a_case_are_usual_and_one_more_is_not(clerk, since_long, count, is_found):
    looked(clerk, range(1, count + 1), note="考生来访或来电")

    assert (Pattern.OUTSIDE in patterns()) is is_found


def outside_is_found(person: User, candidates: list[Any], **more: Any) -> bool:
    looked(person, [candidate.pk for candidate in candidates], **more)
    return Pattern.OUTSIDE in patterns()


@pytest.fixture
def eleven(university: Any) -> list[Any]:
    return [CandidateFactory(managing_university=university) for _ in range(11)]


def with_cases(candidates: list[Any], factory: Any = ExemptionFactory, **more: Any) -> None:
    """A case of each, received long before."""
    for candidate in candidates:
        factory(candidate=candidate, **({"created_at": moment(dt.date(2026, 1, 5)), "status_since": moment(dt.date(2026, 1, 6)), "status": "university"} | more))  # fmt: skip # noqa: E501


def test_an_open_case_of_ones_own_duty_is_a_reason_to_read(clerk, since_long, eleven):
    with_cases(eleven)

    assert not outside_is_found(clerk, eleven)


def test_a_case_of_somebody_elses_duty_is_none(since_long, university, eleven):
    with_cases(eleven)
    registrar = UserFactory(office=university, roles=["U3"])
    Appointment.objects.update(starts_on=dt.date(2026, 1, 1))

    assert outside_is_found(registrar, eleven)


def test_a_case_at_another_university_is_none(clerk, since_long, eleven, other_university):
    with_cases(eleven, university=other_university)

    assert outside_is_found(clerk, eleven)


def test_the_city_decides_cases_of_every_university(officer, since_long, eleven):
    with_cases(eleven, GraduationFactory)

    assert not outside_is_found(officer, eleven)


def test_a_draft_is_not_yet_anybodys_case(clerk, since_long, eleven):
    with_cases(eleven, status="draft")

    assert outside_is_found(clerk, eleven)


def test_a_case_that_came_after_the_look_does_not_explain_it(clerk, since_long, eleven):
    with_cases(eleven, created_at=moment(hour=10, minute=1))

    assert outside_is_found(clerk, eleven)


@pytest.mark.parametrize(("seconds", "is_found"), [(0, False), (1, True)])
def test_a_closed_case_explains_looks_for_thirty_days(clerk, since_long, eleven, seconds, is_found):
    closed = moment() - dt.timedelta(days=30, seconds=seconds)
    with_cases(eleven, status="granted", status_since=closed)

    assert outside_is_found(clerk, eleven) is is_found


def test_a_duty_that_was_taken_back_before_the_look_explains_nothing(clerk, since_long, eleven):
    with_cases(eleven)
    Appointment.objects.update(taken_at=moment(hour=9))

    assert outside_is_found(clerk, eleven)


def test_a_duty_that_was_taken_back_afterwards_does(clerk, since_long, eleven):
    with_cases(eleven)
    Appointment.objects.update(taken_at=moment(hour=11))

    assert not outside_is_found(clerk, eleven)


def test_looks_on_leave_are_never_outside(clerk, since_long, eleven):
    assert not outside_is_found(clerk, eleven, leave_id=417)


def test_a_visit_is_shown_as_purpose_but_makes_no_case(clerk, since_long, eleven):
    assert outside_is_found(clerk, eleven, note="考生来访或来电")
    assert UnusualReading.objects.get(pattern=Pattern.OUTSIDE).purposes == {"考生来访或来电": 11}


WEEK = [moment(THURSDAY - dt.timedelta(days=back)) for back in range(7)]


@pytest.mark.parametrize(("count", "is_found"), [(4, False), (5, True)])
def test_the_same_search_five_times_in_seven_days_is_not_usual(clerk, count, is_found):
    searched(clerk, "欧阳若川", *WEEK[:count])

    assert (Pattern.REPEATED in patterns()) is is_found


@pytest.mark.parametrize(("back", "is_found"), [(6, True), (7, False)])
def test_a_search_of_the_eighth_day_back_does_not_count(clerk, back, is_found):
    searched(clerk, "欧阳若川", *[moment()] * 4, moment(THURSDAY - dt.timedelta(days=back), 0))

    assert (Pattern.REPEATED in patterns()) is is_found


def test_five_names_once_each_and_five_people_with_one_name_are_usual(clerk, second_clerk):
    for each in range(5):
        searched(clerk, f"欧阳{each}", moment())
    searched(clerk, "欧阳若川", moment(), moment())
    searched(second_clerk, "欧阳若川", moment(), moment(), moment())

    assert patterns() == set()


def test_the_figures_of_repeated_searches(clerk):
    searched(clerk, "欧阳若川", *WEEK)
    searched(clerk, "ouyang", *WEEK[:5])

    line = found()[clerk, THURSDAY, Pattern.REPEATED]
    assert line.figures == {"searches": 12, "terms": 2, "limit": 5}
    assert line.purposes == {"查找考生": 12}


def test_it_is_listed_only_on_days_with_such_a_search(clerk):
    searched(clerk, "欧阳若川", *WEEK)

    days = {day for _person, day, pattern in found(THURSDAY, MONDAY) if pattern == Pattern.REPEATED}
    assert days == {THURSDAY}


def test_candidates_machines_and_refused_looks_are_not_looked_at(candidate_user, clerk):
    looked(candidate_user, range(300), office_id=None)
    Event.objects.bulk_create(
        Event(kind="read", verb="record", candidate_id=pk, at=moment(hour=23), subject_table="") for pk in range(300)
    )
    looked(clerk, range(300), moment(hour=23), outcome="denied")

    assert patterns() == set()


def test_finding_again_changes_nothing(clerk):
    looked(clerk, range(1, 300), moment(hour=22))
    assert detect(THURSDAY, THURSDAY) == 3
    before = list(UnusualReading.objects.order_by("pk").values())
    written = Event.objects.count()

    assert detect(THURSDAY, THURSDAY) == 0
    assert list(UnusualReading.objects.order_by("pk").values()) == before
    assert Event.objects.count() == written


def test_more_reads_renew_the_figures_of_the_same_line(clerk):
    looked(clerk, [1], moment(hour=22))
    detect(THURSDAY, THURSDAY)
    looked(clerk, [2], moment(hour=23))

    assert detect(THURSDAY, THURSDAY) == 1
    assert UnusualReading.objects.get().figures == {"reads": 2, "records": 2, "first": "22:00", "last": "23:00"}


def test_a_reviewed_line_is_never_touched_again(clerk, head):
    looked(clerk, [1], moment(hour=22))
    detect(THURSDAY, THURSDAY)
    assert review(UnusualReading.objects.get(), by=head, note="已问过本人，属实。")
    looked(clerk, [2], moment(hour=23))

    assert detect(THURSDAY, THURSDAY) == 0
    line = UnusualReading.objects.get()
    assert (line.figures["reads"], line.note, line.reviewed_by) == (1, "已问过本人，属实。", head)


def test_the_hourly_look_covers_today_and_three_days_before(clerk):
    now = timezone.now()
    today = timezone.localdate()
    for back in range(5):
        looked(clerk, range(1, 202), moment(today - dt.timedelta(days=back), 0) if back else now)

    detect_now()

    days = set(UnusualReading.objects.filter(pattern=Pattern.VOLUME).values_list("day", flat=True))
    assert days == {today - dt.timedelta(days=back) for back in range(4)}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [(Pattern.HOURS, {"late"}), (Pattern.OUTSIDE, {"late", "alone"}), (Pattern.VOLUME, {"late", "alone", "leave"})],
)
def test_the_reads_behind_a_line_are_those_it_was_made_of(clerk, since_long, university, pattern, expected):
    for key in ("unusual.records_a_day", "unusual.outside_a_day"):
        Setting.objects.create(key=key, value=0, in_force_from=THURSDAY)
    looked(clerk, [1], moment(hour=22), note="late")
    looked(clerk, [2], note="alone")
    looked(clerk, [3], note="leave", leave_id=5)
    looked(clerk, [4], moment(dt.date(2026, 3, 13)), note="tomorrow")

    line = found()[clerk, THURSDAY, pattern]
    assert {read.note for read in reads_behind(line)} == expected


def test_behind_a_repeated_search_stand_all_of_its_week(clerk):
    searched(clerk, "欧阳若川", *WEEK)
    searched(clerk, "别人", moment())

    line = found()[clerk, THURSDAY, Pattern.REPEATED]
    assert reads_behind(line).count() == 7


def one_line(person: User) -> UnusualReading:
    looked(person, [1], moment(hour=22))
    return found()[person, THURSDAY, Pattern.HOURS]


def test_a_head_sees_the_own_office_only(clerk, foreign_clerk, head, city_head):
    mine, other = one_line(clerk), one_line(foreign_clerk)

    assert list(readings_visible_to(head)) == [mine]
    assert other not in readings_visible_to(city_head)


def test_nobody_reviews_the_own_reading(university, head):
    line = one_line(head)
    deputy = UserFactory(office=university, roles=["UH"])

    assert not review(line, by=head, note="没问题")
    assert UnusualReading.objects.get().reviewed_at is None
    assert line in readings_visible_to(head)
    assert line not in waiting_for_review(head)
    assert review(line, by=deputy, note="已了解")


def test_a_lone_heads_reading_is_reviewed_by_the_city(head, city_head, clerk):
    own, others = one_line(head), one_line(clerk)

    assert own in waiting_for_review(city_head)
    assert others not in readings_visible_to(city_head)
    assert not review(others, by=city_head, note="越级")
    assert review(own, by=city_head, note="已了解")


def test_a_second_head_at_home_keeps_it_at_home(head, city_head, university):
    own = one_line(head)
    UserFactory(office=university, roles=["UH"])

    assert own not in readings_visible_to(city_head)


@pytest.mark.parametrize("roles", [["U3", "U4"], ["U8"], []])
def test_whoever_is_no_head_reviews_nothing(clerk, university, roles):
    line = one_line(clerk)

    assert not review(line, by=UserFactory(office=university, roles=roles), note="我来")
    assert UnusualReading.objects.get().reviewed_at is None


def test_the_running_day_is_reviewed_when_it_is_over(clerk, head):
    looked(clerk, range(1, 202), timezone.now())
    detect_now()
    line = UnusualReading.objects.get(pattern=Pattern.VOLUME)

    assert line in readings_visible_to(head)
    assert not review(line, by=head, note="还早")


def test_a_review_is_a_change_in_the_trail_with_its_note(clerk, head):
    line = one_line(clerk)
    review(line, by=head, note="已问过本人")

    change = Event.objects.filter(kind="change", verb="update", subject_table="records_unusualreading").latest("pk")
    assert (change.actor, change.note, change.subject_id) == (head, "已问过本人", line.pk)


def test_a_line_is_reviewed_once(clerk, head, university):
    line = one_line(clerk)
    review(line, by=head, note="第一次")

    assert not review(line, by=UserFactory(office=university, roles=["UH"]), note="第二次")
    assert UnusualReading.objects.get().note == "第一次"


def test_settings_read_once_answer_as_those_read_one_by_one(university, other_university):
    key = "unusual.records_a_day"
    for office, value, day in [(None, 1, 1), (university, 2, 3), (None, 3, 5), (university, 4, 7)]:
        Setting.objects.create(key=key, office=office, value=value, in_force_from=dt.date(2026, 3, day))
    known = Known(LIMITS.values())

    for office_id in (None, university.pk, other_university.pk):
        for day in (dt.date(2026, 2, 28) + dt.timedelta(days=ahead) for ahead in range(12)):
            for each in LIMITS.values():
                assert known.value_of(each, on=day, office_id=office_id) == value_of(each, on=day, office_id=office_id)


def test_finding_costs_the_same_statements_for_one_person_and_for_many(university, django_assert_num_queries):
    people = [UserFactory(office=university) for _ in range(5)]
    with acting(purpose="x"):
        for person in people:
            looked(person, range(1, 202), moment(hour=22))
    MunicipalityFactory()

    with django_assert_num_queries(8):
        detect(THURSDAY, THURSDAY)
    assert UnusualReading.objects.count() == 15
