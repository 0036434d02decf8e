"""The rules of leave to look, each from both sides of its boundary; and which records a request names."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from audit.workflow import Refused
from records.access import rules
from records.access.leaves import end_in_words
from records.access.models import AccessRequest
from records.access.naming import covered, hits_of, in_words, named_by, numbers_in
from records.access.workflow import LEAVE
from records.models import Appointment, Setting, Ticket, User
from tests.factories import CandidateFactory, MajorFactory, RegistrationFactory, UserFactory
from tests.records.access_people import REASON, SHANGHAI, deputy_of, request_of, urgent_look


def codes(rule, case):
    return [problem.code for problem in rule(case)]


def set_to(key, value):
    Setting.objects.create(key=key, value=value, in_force_from=dt.date(2026, 1, 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("核对学费减免的课程门", []),
        ("核对学费减免的课程", ["access.purpose-too-short"]),
        (" 核 对 学 费 减 免 的 课 程 ", ["access.purpose-too-short"]),
        ("", ["access.purpose-too-short"]),
    ],
)
def test_a_purpose_has_ten_characters(text, expected):
    assert codes(rules.purpose_is_explained, AccessRequest(purpose=text)) == expected


@pytest.mark.parametrize(("text", "expected"), [(REASON[:10], []), (REASON[:9], ["access.urgency-too-short"])])
def test_urgency_has_ten_characters(text, expected):
    assert codes(rules.urgency_is_explained, AccessRequest(urgent_reason=text)) == expected


@pytest.mark.parametrize(("days", "expected"), [(0, ["access.days"]), (1, []), (30, []), (31, ["access.days"])])
def test_days_are_from_one_to_thirty(finance, days, expected):
    assert codes(rules.days_are_within_the_limit, request_of(finance, [], days=days)) == expected


def test_what_was_asked_under_another_limit_may_be_granted_shortened(finance, head, candidate):
    case = request_of(finance, [candidate], "head", days=9)
    set_to("access.most_days", 5)
    with pytest.raises(Refused) as refused:
        LEAVE.take("grant", case, by=head)
    assert [problem.code for problem in refused.value.problems] == ["access.days"]

    LEAVE.take("grant", case, by=head, facts={"granted_days": 5})

    case.refresh_from_db()
    assert case.status == "granted"


def test_an_office_may_set_another_number_of_days(finance):
    set_to("access.most_days", 2)
    (problem,) = rules.days_are_within_the_limit(request_of(finance, [], days=3))

    assert "1至2天" in str(problem.message)


@pytest.mark.parametrize(("count", "expected"), [(0, ["access.nothing-named"]), (1, []), (3, []), (4, ["access.too-many"])])
def test_named_records_are_at_least_one_and_not_too_many(finance, university, count, expected):
    set_to("access.most_records", 3)
    case = request_of(finance, [CandidateFactory(managing_university=university) for _ in range(count)])

    assert codes(rules.records_are_named, case) == expected


@pytest.mark.parametrize(("count", "expected"), [(0, ["access.nothing-named"]), (1, []), (3, []), (4, ["access.too-many"])])
def test_hits_of_a_query_are_at_least_one_and_not_too_many(finance, university, count, expected):
    set_to("access.most_hits", 3)
    major = MajorFactory()
    for _ in range(count):
        CandidateFactory(managing_university=university, major=major)

    case = request_of(finance, [], query={"major": major.pk})

    assert codes(rules.records_are_named, case) == expected
    assert covered(case, most=2) == min(count, 2)


@pytest.mark.parametrize(
    ("granted", "expected"), [(None, []), (1, []), (3, []), (0, ["access.granted-days"]), (4, ["access.granted-days"])]
)
def test_days_granted_are_those_asked_or_fewer(finance, granted, expected):
    case = request_of(finance, [], days=3, granted_days=granted)

    assert codes(rules.granted_days_are_those_asked_or_fewer, case) == expected


def test_without_a_head_in_force_the_request_says_who_must_appoint_one(finance, city_head, candidate):
    case = request_of(finance, [candidate])
    with pytest.raises(Refused) as refused:
        LEAVE.take("ask", case, by=finance)

    (problem,) = refused.value.problems
    case.refresh_from_db()
    assert problem.code == "access.no-head"
    assert "市自考办负责人" in str(problem.next_step)
    assert case.status == "draft"


def test_a_heads_own_request_needs_another_head(university, head, city_head):
    case = request_of(head, [CandidateFactory()])
    assert codes(rules.somebody_may_decide, case) == ["access.no-head"]

    deputy_of(head, university)

    assert codes(rules.somebody_may_decide, case) == []


@pytest.mark.parametrize("how", ["over", "not yet", "taken back", "inactive", "without the grant"])
def test_a_head_who_is_not_in_force_does_not_count(finance, head, candidate, university, how):
    case = request_of(finance, [candidate])
    assert codes(rules.somebody_may_decide, case) == []
    today, mine = timezone.localdate(), Appointment.objects.filter(person=head)
    day = dt.timedelta(days=1)
    if how == "over":
        mine.update(starts_on=today - day, ends_on=today - day)
    elif how == "not yet":
        mine.update(starts_on=today + day)
    elif how == "taken back":
        mine.update(taken_at=timezone.now())
    elif how == "inactive":
        User.objects.filter(pk=head.pk).update(is_active=False)
    else:
        other = UserFactory(roles=["UH"])
        Appointment.objects.filter(person=head).delete()
        Appointment.objects.filter(person=other).update(office=university)

    assert codes(rules.somebody_may_decide, case) == ["access.no-head"]


def test_an_urgent_look_needs_somebody_to_review_it(finance, head, candidate, city):
    alone = request_of(head, [candidate], urgent_reason=REASON)
    assert codes(rules.somebody_may_review, request_of(finance, [candidate])) == []
    assert codes(rules.somebody_may_review, alone) == ["access.no-reviewer"]

    UserFactory(office=city, roles=["OH"])

    assert codes(rules.somebody_may_review, alone) == []


def test_the_only_head_of_the_city_has_nobody_who_reviews(city_head, city):
    case = request_of(city_head, [CandidateFactory()], urgent_reason=REASON)
    assert codes(rules.somebody_may_review, case) == ["access.no-reviewer"]

    UserFactory(office=city, roles=["OH"])

    assert codes(rules.somebody_may_review, case) == []


def test_what_one_may_open_by_duty_needs_no_leave(clerk, finance, candidate):
    elsewhere = CandidateFactory()

    assert codes(rules.leave_is_needed, request_of(clerk, [candidate])) == ["access.not-needed"]
    assert codes(rules.leave_is_needed, request_of(clerk, [candidate, elsewhere])) == []
    assert codes(rules.leave_is_needed, request_of(clerk, [elsewhere])) == []
    assert codes(rules.leave_is_needed, request_of(finance, [candidate])) == []


def test_nothing_is_granted_to_somebody_who_has_left(finance, head, candidate):
    case = request_of(finance, [candidate], "head")
    User.objects.filter(pk=finance.pk).update(is_active=False)

    with pytest.raises(Refused) as refused:
        LEAVE.take("grant", case, by=head)

    assert [problem.code for problem in refused.value.problems] == ["access.requester-left"]


@pytest.mark.parametrize(
    ("here", "elsewhere", "expected"),
    [
        (5, 0, []),
        (6, 0, ["access.urgent-too-many"]),
        (2, 3, []),
        (3, 3, ["access.urgent-too-many"]),
        (0, 0, ["access.nothing-named"]),
    ],
)
def test_urgent_looks_not_yet_reviewed_count_together(finance, head, university, here, elsewhere, expected):
    people = [CandidateFactory(managing_university=university) for _ in range(here + elsewhere)]
    if elsewhere:
        urgent_look(finance, people[:elsewhere])
    case = request_of(finance, people[elsewhere:], urgent_reason=REASON)

    assert codes(rules.urgent_records_are_few, case) == expected


def test_reviewed_looks_and_those_of_others_do_not_count(finance, head, university):
    people = [CandidateFactory(managing_university=university) for _ in range(5)]
    reviewed = urgent_look(finance, people)
    LEAVE.take("review", reviewed, by=head, note="情况属实", facts={"review_finding": "true"})
    urgent_look(UserFactory(office=university, roles=["US"]), people)

    assert codes(rules.urgent_records_are_few, request_of(finance, people, urgent_reason=REASON)) == []


def test_a_query_is_not_looked_at_urgently(finance):
    case = request_of(finance, [], query={"major": MajorFactory().pk}, urgent_reason=REASON)

    assert codes(rules.urgent_records_are_few, case) == ["access.urgent-query"]


def test_all_that_is_wrong_is_said_at_once(finance):
    case = request_of(finance, [], purpose="看看", days=31)

    with pytest.raises(Refused) as refused:
        LEAVE.take("ask", case, by=finance)

    assert {problem.code for problem in refused.value.problems} == {
        "access.purpose-too-short",
        "access.nothing-named",
        "access.days",
        "access.no-head",
    }


def test_numbers_of_three_kinds_and_former_tickets_find_their_holder(candidate):
    candidate.record_number = "1234567897"
    candidate.save()
    other = CandidateFactory()
    Ticket.objects.create(candidate=other, number="2501000001", is_current=False, issued_on=dt.date(2025, 1, 1))

    named = named_by(["1234567897", "2501000001", candidate.registration_number, "404"])

    assert named.found == {candidate.pk: "1234567897", other.pk: "2501000001"}
    assert named.unknown == ["404"]


def test_identity_and_phone_numbers_find_nobody(candidate):
    named = named_by([candidate.identity_number, candidate.phone])

    assert named.found == {}
    assert len(named.unknown) == 2


def test_two_hundred_numbers_take_three_statements(university, db):
    tickets = [CandidateFactory(managing_university=university).ticket_number for _ in range(10)]
    with CaptureQueriesContext(connection) as queries:
        named = named_by(tickets + [str(n) for n in range(190)])

    assert len(named.found) == 10
    assert len(queries) == 3


@given(
    st.lists(st.text("0123456789AX", min_size=1, max_size=12), unique=True),
    st.sampled_from(["\n", ",", "，", "、", " ; ", "\r\n\t"]),
)
def test_numbers_come_out_of_a_pasted_text_whatever_parts_them(numbers, separator):
    assert numbers_in(separator.join(numbers)) == numbers
    assert numbers_in(separator.join([*numbers, *numbers])) == numbers


def test_full_width_digits_are_digits():
    assert numbers_in("２６０１，ａ１") == ["2601", "A1"]


def test_a_query_means_its_university_its_major_and_its_days(university, other_university):
    major, other_major = MajorFactory(), MajorFactory()
    march = CandidateFactory(managing_university=university)
    RegistrationFactory(candidate=march, major=major, registered_on=dt.date(2026, 3, 31))
    april = CandidateFactory(managing_university=university)
    RegistrationFactory(candidate=april, major=major, registered_on=dt.date(2026, 4, 1))
    elsewhere = CandidateFactory(managing_university=other_university)
    RegistrationFactory(candidate=elsewhere, major=other_major, registered_on=dt.date(2026, 3, 31))

    def found(**query):
        return set(hits_of(query))

    assert found(major=major.pk) == {march, april}
    assert found(university=other_university.pk) == {elsewhere}
    assert found(university=university.pk, until="2026-03-31") == {march}
    assert found(since="2026-04-01") == {april}
    assert found(since="2026-03-31", until="2026-03-31") == {march, elsewhere}
    assert found(major=other_major.pk, university=university.pk) == set()


def test_the_major_and_the_days_are_of_one_registration(university):
    major, other_major = MajorFactory(), MajorFactory()
    both = CandidateFactory(managing_university=university)
    RegistrationFactory(candidate=both, major=major, registered_on=dt.date(2025, 3, 1))
    RegistrationFactory(candidate=both, major=other_major, registered_on=dt.date(2026, 3, 1))

    assert not hits_of({"major": major.pk, "since": "2026-01-01"}).exists()
    assert hits_of({"major": other_major.pk, "since": "2026-01-01"}).get() == both


def test_a_query_reads_as_a_sentence(university):
    major = MajorFactory()
    words = in_words({"university": university.pk, "major": major.pk, "since": "2025-03-01", "until": "2025-03-31"})

    assert words == f"{university.name}，{major}，2025年3月1日至2025年3月31日注册"
    assert in_words({"since": "2025-03-01"}) == "2025年3月1日以后注册"
    assert in_words({"until": "2025-03-01"}) == "2025年3月1日以前注册"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (dt.datetime(2025, 3, 2, 0, 0, tzinfo=SHANGHAI), "2025年3月1日24时"),
        (dt.datetime(2025, 3, 2, 9, 5, tzinfo=SHANGHAI), "2025年3月2日9时05分"),
    ],
)
def test_midnight_is_the_end_of_the_day_before(moment, words):
    assert end_in_words(moment) == words
