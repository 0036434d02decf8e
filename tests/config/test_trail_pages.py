"""Reading the trail: who sees which events, what is found by which index, how a line reads, and that reading leaves its own."""

from __future__ import annotations

import datetime as dt
import html
import json
import re

import pytest
from django.apps import apps
from django.db import connection
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from audit.acting import acting
from audit.models import DailyReport, Event, Seal
from audit.reads import COUNTED, declared_by
from audit.trail import record_read
from config import tasks  # noqa: F401 - registers the work that ``running.run`` does
from config.trail import naming, searching, verbs
from config.trail.numbers import NEAR, numbers_between
from config.trail.sealed import seals_of
from config.trail.searching import Search, found
from config.trail.sight import own_events, visible_events
from exemptions.workflow import EXEMPTION
from records.jobs import running
from records.models import Candidate, Job
from tests.audit.sealing import execute, happen, nothing_happened, past_the_triggers, seal
from tests.factories import CandidateFactory, DistrictFactory, ExemptionFactory, MunicipalityFactory, UserFactory


@pytest.fixture
def auditor(city):
    return UserFactory(office=city, roles=["OA"], full_name="沈之远")


@pytest.fixture
def university_head(university):
    return UserFactory(office=university, roles=["UH"], full_name="周明")


def look(by, candidate, purpose="考生来访"):
    with acting(by):
        return record_read("record", candidate, candidate_id=candidate.pk, purpose=purpose)


def seen_by(user):
    return set(visible_events(user).values_list("pk", flat=True))


def test_the_citys_auditor_and_head_see_every_event(auditor, city, foreign_clerk, candidate):
    event = look(foreign_clerk, candidate)

    assert event.pk in seen_by(auditor)
    assert event.pk in seen_by(UserFactory(office=city, roles=["OH"]))


def test_a_universitys_head_sees_the_own_people_whole(university_head, clerk, other_university):
    stranger = CandidateFactory(managing_university=other_university)
    event = look(clerk, stranger)

    assert event in own_events(university_head)


def test_of_other_offices_a_head_knows_what_concerns_the_own_candidates(university_head, officer, candidate):
    event = look(officer, candidate)

    assert event.pk in seen_by(university_head)
    assert event not in own_events(university_head)


def test_a_head_knows_nothing_of_what_concerns_other_universities(university_head, foreign_clerk, other_university):
    event = look(foreign_clerk, CandidateFactory(managing_university=other_university))

    assert event.pk not in seen_by(university_head)


def test_a_districts_head_sees_the_own_people_only(candidate, officer):
    district = DistrictFactory()
    head, counter = UserFactory(office=district, roles=["LH"]), UserFactory(office=district, roles=["L6"])
    own, foreign = look(counter, candidate), look(officer, candidate)

    assert own.pk in seen_by(head)
    assert foreign.pk not in seen_by(head)


@pytest.mark.parametrize("role", ["O3", "O4", "OS", "OV"])
def test_who_has_no_right_to_the_trail_sees_nothing(city, officer, candidate, role):
    look(officer, candidate)

    assert not seen_by(UserFactory(office=city, roles=[role]))
    assert not seen_by(UserFactory(candidate=candidate))


def week(**conditions):
    today = timezone.localdate()
    return Search(first=today - dt.timedelta(days=6), last=today, **conditions)


def test_who_may_not_know_the_person_cannot_find_the_event_by_it(university_head, officer, candidate):
    look(officer, candidate)

    assert not found(university_head, week(actors=(officer.pk,))).exists()
    assert not found(university_head, week(verb="record")).exists()
    assert found(university_head, week(candidates=(candidate.pk,))).exists()


def test_a_search_survives_the_way_through_a_job():
    search = week(candidates=(1,), subjects=(("records_candidate", (1, 2)),), actors=(3,), office=4, kind="read")

    assert Search.of(search.parameters()) == search


# ---- the pages


def for_a_purpose(client, user):
    client.force_login(user)
    client.post(reverse("trail:purpose"), {"reason": "check", "words": "季度检查"})
    return client


def test_the_purpose_is_asked_first_and_nothing_is_shown_before(client, auditor, clerk, candidate):
    look(clerk, candidate)
    client.force_login(auditor)

    page = client.get(reverse("trail:list")).content.decode()

    assert "查询前先写明用途" in page
    assert candidate.name not in page


def test_searching_the_trail_leaves_an_event_with_purpose_and_a_hash(client, auditor, candidate):
    ticket = candidate.ticket_number
    page = for_a_purpose(client, auditor).get(reverse("trail:list"), {"record": ticket})

    event = Event.objects.get(verb="trail")
    assert page.status_code == 200
    assert (event.note, event.candidate_id, event.actor) == ("例行检查：季度检查", candidate.pk, auditor)
    assert len(event.details["searched"]) == 64
    assert ticket not in str(event.details)


def test_a_line_says_when_who_and_what_in_plain_words(client, auditor, university, candidate):
    clerk = UserFactory(office=university, roles=["U4"], full_name="钱文静")
    look(clerk, candidate, "核对考籍材料")

    page = for_a_purpose(client, auditor).get(reverse("trail:list"), {"record": candidate.ticket_number}).content.decode()

    for words in (f"{university.name}自考办", "钱文静（免考初审）", f"查阅考籍：{candidate.name}", "核对考籍材料", "尚未封存"):
        assert words in page


def test_a_head_is_told_only_that_another_office_looked(client, university_head, officer, candidate):
    look(officer, candidate, "机密用途")

    page = for_a_purpose(client, university_head).get(reverse("trail:list"), {"record": candidate.ticket_number}).content.decode()

    assert '<td data-label="机构和经办人">市自考办</td>' in page
    assert "其他机构经办，内容不显示" in page
    assert "机密用途" not in page
    assert str(officer) not in page


def test_an_event_of_another_office_is_forbidden_and_of_other_candidates_missing(
    client, university_head, officer, candidate, foreign_clerk, other_university
):
    about_own = look(officer, candidate)
    elsewhere = look(foreign_clerk, CandidateFactory(managing_university=other_university))
    for_a_purpose(client, university_head)

    assert client.get(reverse("trail:event", args=[about_own.pk])).status_code == 403
    assert client.get(reverse("trail:event", args=[elsewhere.pk])).status_code == 404


def test_a_change_is_shown_before_and_after_in_the_words_of_the_office(client, auditor, clerk, candidate, other_university):
    with acting(clerk, purpose="登记变更"):
        Candidate.objects.filter(pk=candidate.pk).update(managing_university=other_university, sex="1", prior_education="专科")
    event = Event.objects.get(kind="change", verb="update", subject_table="records_candidate")

    page = for_a_purpose(client, auditor).get(reverse("trail:event", args=[event.pk])).content.decode()

    for words in ("主考院校", str(other_university), "性别", "女", "男", "前置学历", "登记变更"):
        assert words in page
    assert "managing_university_id" not in page


def test_a_step_says_from_where_to_where_in_the_workflows_words(client, auditor, clerk, candidate):
    case = ExemptionFactory(candidate=candidate, status="university")
    event = EXEMPTION.take("return", case, by=clerk, note="缺成绩单")

    page = for_a_purpose(client, auditor).get(reverse("trail:event", args=[event.pk])).content.decode()

    for words in (f"免考申请（{case.case_number}）：退回补正", "主考院校初审中", "退回补正", "缺成绩单"):
        assert words in page


def test_a_case_number_finds_its_steps_its_changes_and_its_reads(client, auditor, clerk, candidate):
    case = ExemptionFactory(candidate=candidate, status="university")
    EXEMPTION.take("return", case, by=clerk, note="缺成绩单")
    with acting(clerk):
        record_read("case", case, candidate_id=candidate.pk, purpose=case.case_number)
    look(clerk, CandidateFactory())

    page = for_a_purpose(client, auditor).get(reverse("trail:list"), {"record": case.case_number})

    kinds = {line.kind for line in page.context["lines"]}
    assert kinds == {"办理", "变更", "查阅"}
    assert all(case.case_number in line.what for line in page.context["lines"])


def test_an_identity_number_is_refused_with_advice_and_not_repeated(client, auditor, candidate):
    for_a_purpose(client, auditor)
    answer = client.post(reverse("trail:list"), {"record": candidate.identity_number})

    assert answer.status_code == 422
    assert "这里不能填证件号码" in answer.content.decode()
    assert candidate.identity_number not in answer.content.decode()


def test_what_is_posted_stands_in_the_address_afterwards(client, auditor, candidate):
    for_a_purpose(client, auditor)
    answer = client.post(reverse("trail:list"), {"record": candidate.ticket_number, "kind": "read"})

    assert answer.status_code == 302
    assert f"record={candidate.ticket_number}&kind=read" in answer["Location"]


@pytest.mark.parametrize(("days", "status"), [(366, 200), (367, 422)])
def test_a_page_reads_at_most_a_leap_year(client, auditor, days, status):
    last = timezone.localdate()
    span = {"first": last - dt.timedelta(days=days - 1), "last": last}

    assert for_a_purpose(client, auditor).get(reverse("trail:list"), span).status_code == status


def test_a_number_may_be_followed_back_as_far_as_it_goes(client, auditor, candidate):
    span = {"first": "2019-01-01", "last": timezone.localdate(), "record": candidate.ticket_number}

    assert for_a_purpose(client, auditor).get(reverse("trail:list"), span).status_code == 200


def test_refused_attempts_are_found_by_their_outcome(client, auditor, clerk):
    client.force_login(clerk)
    client.get(reverse("trail:list"))

    page = for_a_purpose(client, auditor).get(reverse("trail:list"), {"outcome": "denied"})

    assert [line.what for line in page.context["lines"]] == ["打开无权查看的页面：/trail/"]
    assert "无权，未执行" in page.content.decode()


def test_pages_follow_each_other_by_the_number_of_the_event(client, auditor, clerk, candidate):
    with acting(clerk):
        events = [record_read("record", candidate, candidate_id=candidate.pk, purpose="核对") for _ in range(51)]
    for_a_purpose(client, auditor)
    first = client.get(reverse("trail:list"), {"person": clerk.username})

    second = client.get(reverse("trail:list") + first.context["pages"]["next_url"])

    assert [line.number for line in first.context["lines"]] == [event.pk for event in reversed(events[1:])]
    assert [line.number for line in second.context["lines"]] == [events[0].pk]


def test_the_purpose_is_asked_again_after_half_an_hour(client, auditor, monkeypatch):
    for_a_purpose(client, auditor)
    session = client.session
    session["trail_purpose"][1] -= 30 * 60 + 1
    session.save()

    assert "查询前先写明用途" in client.get(reverse("trail:list")).content.decode()


def test_a_purpose_does_not_lead_to_a_foreign_address(client, auditor):
    client.force_login(auditor)
    answer = client.post(reverse("trail:purpose"), {"reason": "check", "onward": "https://example.org/"})

    assert answer["Location"] == reverse("trail:list")


# ---- words


def audited_columns():
    """Every column that can stand in a change: of the tables with triggers of the trail."""
    for model in apps.get_models(include_auto_created=True):
        if any(trigger.name.startswith("trail_") for trigger in getattr(model._meta, "triggers", [])):
            for field in model._meta.concrete_fields:
                yield model._meta.db_table, field.column


def test_every_table_and_column_of_the_trail_has_a_name_in_chinese():
    nameless = [pair for pair in audited_columns() if not naming.HAN.search(naming.column_name(*pair))]
    tables = {table for table, _column in audited_columns() if not naming.HAN.search(naming.table_name(table))}

    assert nameless == []
    assert tables == set()


def declared_verbs(resolver):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from declared_verbs(entry)
        else:
            yield from declared_by(entry.callback) or ()


def test_every_declared_read_has_its_words():
    wordless = set(declared_verbs(get_resolver())) - set(verbs.READS) - set(verbs.VERBS) - {COUNTED}

    assert wordless == set()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("sex", "1", "男"),
        ("prior_education", "专科", "专科"),
        ("prior_education", "", "—"),
        ("birth_date", "1998-03-14", "1998年3月14日"),
        ("additional_courses", True, "是"),
        ("additional_courses", None, "—"),
        ("identity_mask", "199***********1234", "199***********1234"),
        ("identity_hash", "\\x0123456789abcdef", "01234567…"),
        ("created_at", "2024-11-26T11:00:17.123+08:00", "2024年11月26日11时00分"),
        ("birth_date", "no date", "no date"),
        ("never_was_a_column", {"b": 1, "a": [2]}, '{"a": [2], "b": 1}'),
    ],
)
def test_a_value_is_put_into_words(db, column, value, words):
    assert naming.value_in_words("records_candidate", column, value, naming.Names([])) == words


def test_a_foreign_key_is_called_by_its_name_even_when_the_row_is_gone(db, university):
    names = naming.Names([("records_office", university.pk), ("records_office", 987654321)])

    assert naming.value_in_words("records_candidate", "managing_university_id", university.pk, names) == str(university)
    assert naming.value_in_words("records_candidate", "managing_university_id", 987654321, names) == "机构第987654321号"


def test_an_event_of_a_table_that_is_no_more_is_still_shown(client, auditor):
    event = Event.objects.create(
        kind="change", verb="update", subject_table="gone_table", subject_id=7, details={"before": {"a": 1}, "after": {"a": 2}}
    )

    page = for_a_purpose(client, auditor).get(reverse("trail:event", args=[event.pk])).content.decode()

    assert "更改gone_table第7号：a" in page


# ---- indexes


@pytest.fixture
def large_trail(db):
    """150,000 events over a hundred days, of many people, offices and candidates; the planner knows their figures."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO audit_event (kind, verb, at, actor_id, office_id, subject_table, subject_id, candidate_id, note,
                                        leave_id)
               SELECT (ARRAY['read', 'step', 'change'])[1 + n % 3], 'record', now() - (150000 - n) * interval '1 minute',
                      n % 997, n % 31, 'records_candidate', n % 49999, n % 49999, '核对',
                      CASE WHEN n % 5000 = 0 THEN n / 5000 END
                 FROM generate_series(1, 150000) AS n"""
        )
        cursor.execute("ANALYZE audit_event")


def scanned(plan):
    """How many rows of the trail each node of an analysed plan read and threw away, and in which way."""
    for node in [plan, *plan.get("Plans", [])]:
        if node is not plan:
            yield from scanned(node)
        elif node.get("Relation Name") == "audit_event":
            read = node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0)
            yield node["Node Type"], read


WEEK_AND_ITS_ENDS = 7 * 1440 + 4 * NEAR
CONDITIONS = {
    "candidate": {"candidates": (4711,)},
    "row": {"subjects": (("records_candidate", (4711,)),)},
    "two tables": {"subjects": (("records_candidate", (4711,)), ("records_ticket", (1, 2)))},
    "person": {"actors": (17,)},
    "people": {"actors": (17, 18, 19)},
    "office": {"office": 5},
    "leave": {"leave": 3},
    "candidate and kind": {"candidates": (4711,), "kind": "read"},
    "person and verb": {"actors": (17,), "verb": "record"},
    "office and outcome": {"office": 5, "outcome": "denied"},
    "nothing but the time": {},
    "kind": {"kind": "step"},
    "verb": {"verb": "record"},
}


def read_of(user, days_ago, conditions):
    """How the database came to a page of such events, and how many events it read for it."""
    last = timezone.localdate() - dt.timedelta(days=days_ago)
    events = found(user, Search(first=last - dt.timedelta(days=6), last=last, **conditions)).order_by("-pk")[:51]
    nodes = list(scanned(json.loads(events.explain(format="json", analyze=True))[0]["Plan"]))
    return {kind for kind, _read in nodes}, sum(read for _kind, read in nodes)


def test_no_search_reads_the_whole_trail(large_trail, auditor, university_head):
    for user in (auditor, university_head):
        for days_ago in (0, 90):
            for name, conditions in CONDITIONS.items():
                ways, read = read_of(user, days_ago, conditions)
                assert "Seq Scan" not in ways, (name, days_ago)
                assert read <= WEEK_AND_ITS_ENDS, (name, days_ago)


def test_the_numbers_of_a_span_hold_all_its_events_and_few_others(large_trail):
    first = timezone.now() - dt.timedelta(days=50)
    since, until = first, first + dt.timedelta(days=1)

    low, high = numbers_between(since, until)

    inside = Event.objects.filter(at__gte=since, at__lt=until)
    assert inside.count() == inside.filter(pk__gte=low, pk__lte=high).count() == 1440
    assert high - low < 1440 + 4 * NEAR


def test_a_search_that_takes_too_long_is_given_up_with_advice(client, auditor, large_trail, monkeypatch):
    monkeypatch.setattr(searching, "MOST_SECONDS", 0.001)
    span = {"first": timezone.localdate() - dt.timedelta(days=300), "outcome": "denied"}

    answer = for_a_purpose(client, auditor).get(reverse("trail:list"), span)

    assert answer.status_code == 422
    assert "要读的留痕太多" in answer.content.decode()


# ---- seals


@pytest.fixture
def two_seals(transactional_db):
    nothing_happened()
    happen(4)
    seal(at_most=2)
    return list(Seal.objects.order_by("number"))


@pytest.fixture
def city_auditor(two_seals):
    return UserFactory(office=MunicipalityFactory(), roles=["OA"])


def hex_of(kept):
    return bytes(kept.hash).hex()


def test_the_seals_are_listed_with_their_hash_in_groups(client, two_seals, city_auditor):
    client.force_login(city_auditor)

    page = client.get(reverse("trail:seals")).content.decode()

    for kept in two_seals:
        assert f"<span>{hex_of(kept)[:8]}</span><span>{hex_of(kept)[8:16]}</span>" in page


@pytest.mark.parametrize(
    ("number", "change", "words"),
    [
        (1, str, "第1号封存与纸上的一致"),
        (1, str.upper, "第1号封存与纸上的一致"),
        (1, "-".join, "第1号封存与纸上的一致"),
        (2, str, "第2号封存与纸上的不一致"),
        (9, str, "没有第9号封存"),
    ],
)
def test_a_seal_on_paper_is_compared_with_the_one_that_is_kept(client, two_seals, city_auditor, number, change, words):
    client.force_login(city_auditor)

    page = client.post(reverse("trail:seal-check"), {"number": number, "printed": change(hex_of(two_seals[0]))})

    assert words in page.content.decode()


@pytest.mark.parametrize("printed", ["", "12", "g" * 64, "0" * 65])
def test_what_is_no_seal_is_not_compared(client, city_auditor, printed):
    client.force_login(city_auditor)

    assert client.post(reverse("trail:seal-check"), {"number": 1, "printed": printed}).status_code == 422


def verified(client, person):
    client.force_login(person)
    client.post(reverse("trail:verify"))
    running.run(Job.objects.get(kind="trail.verify").pk)
    return client.get(reverse("trail:seals")).content.decode()


def test_verifying_says_that_all_is_as_it_was_sealed(client, city_auditor):
    assert "2号封存全部相符" in verified(client, city_auditor)


def test_verifying_names_the_first_fault(client, two_seals, city_auditor):
    with past_the_triggers():
        execute("UPDATE audit_event SET note = '另一说法' WHERE id = (SELECT max(id) FROM audit_event WHERE verb = 'grant')")

    page = verified(client, city_auditor)

    assert "第2号封存中的事件" in page
    assert "被改动" in page


def test_verifying_holds_the_chain_against_the_printed_report(client, two_seals, city_auditor):
    DailyReport.objects.create(day="2026-11-01", figures={}, seal_number=2, seal_hash="0" * 64)

    assert "与印出的不符" in verified(client, city_auditor)


def test_one_verification_runs_at_a_time(client, city_auditor):
    client.force_login(city_auditor)
    client.post(reverse("trail:verify"))
    client.post(reverse("trail:verify"))

    assert Job.objects.filter(kind="trail.verify").count() == 1


def test_an_event_says_under_which_seal_it_stands(two_seals):
    events = list(Event.objects.filter(verb="grant").order_by("transaction", "pk"))

    assert [seals_of(events).get(event.pk) for event in events] == [1, 1, 2, 2]


def test_what_is_not_sealed_yet_has_no_seal(two_seals):
    later = happen(1)

    assert seals_of(later) == {}


def test_a_case_page_leads_to_all_of_its_events(client, university_head, clerk, candidate):
    case = ExemptionFactory(candidate=candidate, status="university")
    EXEMPTION.take("return", case, by=clerk, note="缺成绩单")
    for_a_purpose(client, university_head)

    page = client.get(reverse("exemptions:detail", args=[case.pk])).content.decode()
    link = html.unescape(re.search(r'href="(/trail/\?[^"]+)"', page)[1])

    whats = [line.what for line in client.get(link).context["lines"] if line.is_whole]
    assert f"免考申请（{case.case_number}）：退回补正" in whats


def test_who_may_not_search_the_trail_is_not_led_there(client, clerk, candidate):
    client.force_login(clerk)
    case = ExemptionFactory(candidate=candidate, status="university")

    assert "/trail/" not in client.get(reverse("exemptions:detail", args=[case.pk])).content.decode()
