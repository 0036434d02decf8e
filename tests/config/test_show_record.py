"""What a record holds, asked for on the command line."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Event
from config.record import seven_kinds
from graduation.models import Diploma, GraduationApplication
from records.ledger import book
from records.ledger.models import Source
from records.models import Candidate, Office, Registration, Ticket
from scores.models import Mark
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    ExemptionFactory,
    MajorFactory,
    MarkFactory,
    PlanFactory,
    PublicationFactory,
    SittingFactory,
)

pytestmark = pytest.mark.django_db
Command = Callable[..., tuple[int, str]]
KINDS = ["personal", "marks", "violations", "transfers", "receptions", "exemptions", "graduations"]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command: its exit code and what it printed on standard output."""

    def run(number: str, typed: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        output = io.StringIO()
        try:
            call_command("show_record", number, stdout=output)
        except SystemExit as ended:
            return int(ended.code or 0), output.getvalue()
        return 0, output.getvalue()

    return run


@pytest.fixture
def holder(university: Office) -> Candidate:
    return CandidateFactory(managing_university=university, ticket="010250000017", major=MajorFactory(code="X9999901"))


def pass_course(candidate: Candidate, code: str = "03708", **values: Any) -> None:
    values = {"source": Source.EXAM, "on": dt.date(2024, 10, 31), "mark": Decimal(75), "origin_id": code, **values}
    book.enter([book.Entry(candidate.pk, CourseFactory(code=code).pk, origin="test", **values)])


def test_the_answer_has_the_members_of_the_contract(command: Command, holder: Candidate) -> None:
    pass_course(holder)

    code, output = command("010250000017")

    assert code == 0
    assert output.count("\n") == 1
    answer = json.loads(output)
    assert list(answer) == ["numbers", "state", *KINDS, "credits"]
    assert set(answer["numbers"]) == {"record", "ticket", "registration"}
    assert answer["credits"] == [{"course": "03708", "credits": 4, "source": "exam", "mark": 75, "on": "2024-10-31"}]


def test_each_of_the_three_numbers_and_a_former_ticket_lead_to_the_record(command: Command, holder: Candidate) -> None:
    pass_course(holder)
    holder.refresh_from_db()
    Ticket.objects.create(candidate=holder, number="010150000001", is_current=False, issued_on=dt.date(2015, 9, 1))

    answers = {
        command(number)[1] for number in (holder.record_number, holder.registration_number, "010250000017", "010150000001")
    }

    assert len(answers) == 1
    assert json.loads(answers.pop())["numbers"] == {
        "record": holder.record_number,
        "ticket": "010250000017",
        "registration": holder.registration_number,
    }


def test_identity_and_phone_numbers_come_out_masked_only(command: Command, holder: Candidate) -> None:
    _code, output = command("010250000017")

    assert holder.identity_number not in output
    assert holder.phone not in output
    personal = json.loads(output)["personal"]
    assert (personal["identity"], personal["phone"]) == (holder.identity_mask, holder.phone_mask)
    assert (personal["name"], personal["sex"], personal["ethnicity"]) == (holder.name, "女", "汉族")
    assert [major["code"] for major in personal["majors"]] == ["X9999901"]


def test_what_a_university_wrote_about_a_candidate_is_shown(command: Command, holder: Candidate) -> None:
    written = {"political_status": "群众", "occupation": "护士", "study_support": "示例学院", "postcode": "200000"}
    Candidate.objects.filter(pk=holder.pk).update(**written)

    personal = json.loads(command("010250000017")[1])["personal"]

    assert {key: personal[key] for key in written} == written


@pytest.mark.parametrize("number", ["999999999999", "", "0102", "' OR 1=1", "010250000017\x00x"])
def test_an_unknown_number_is_one_plain_line_and_exit_2(
    command: Command, holder: Candidate, capsys: pytest.CaptureFixture[str], number: str
) -> None:
    assert command(number) == (2, "")
    assert capsys.readouterr().err.strip() == "没有考生有这个号码"


def test_numbers_on_standard_input_are_answered_line_by_line(command: Command, holder: Candidate) -> None:
    code, output = command("-", f"010250000017\n\n 999 \n{holder.registration_number}\n")

    lines = [json.loads(line) for line in output.splitlines()]
    assert code == 2
    assert lines[1] == {"number": "999", "error": "没有考生有这个号码"}
    assert lines[0] == lines[2]
    assert lines[0]["numbers"]["ticket"] == "010250000017"


def test_with_known_numbers_only_the_exit_code_is_0(command: Command, holder: Candidate) -> None:
    assert command("-", "010250000017\n")[0] == 0
    assert command("-", "") == (0, "")


def test_marks_are_shown_once_they_are_published_and_not_before(command: Command, holder: Candidate) -> None:
    publication = PublicationFactory(sitting=SittingFactory(name="2024-10"))
    MarkFactory(publication=publication, candidate=holder, course=CourseFactory(code="03709"), points=Decimal("61.5"))
    MarkFactory(publication=publication, candidate=holder, course=CourseFactory(code="03710"), points=None, flag=Mark.Flag.ABSENT)
    assert json.loads(command("010250000017")[1])["marks"] == []

    publication.published_at = timezone.now()
    publication.save()

    marks = json.loads(command("010250000017")[1])["marks"]
    assert [(mark["sitting"], mark["course"], mark["mark"], mark["flag"], mark["on"]) for mark in marks] == [
        ("2024-10", "03709", 61.5, "正常", "2024-10-31"),
        ("2024-10", "03710", None, "缺考", "2024-10-31"),
    ]


def test_cases_are_shown_once_they_are_sent(command: Command, holder: Candidate) -> None:
    case = ExemptionFactory(candidate=holder)
    assert json.loads(command("010250000017")[1])["exemptions"] == []

    type(case).objects.filter(pk=case.pk).update(status="university")

    (shown,) = json.loads(command("010250000017")[1])["exemptions"]
    assert (shown["number"], shown["course"], shown["status"]) == (case.case_number, case.course.code, "university")


def test_a_diploma_from_before_and_one_from_a_case_are_both_graduations(command: Command, holder: Candidate) -> None:
    plan = PlanFactory(major=MajorFactory(code="X9999901"))
    case = GraduationApplication.objects.create(
        candidate=holder, university=holder.managing_university, major=plan.major, plan=plan, term="2026-12", status="granted"
    )
    shared = {"candidate": holder, "university": holder.managing_university}
    other = MajorFactory(code="X9999902")
    Diploma.objects.create(number="66", major=other, graduated_on=dt.date(2019, 6, 30), **shared)
    Diploma.objects.create(number="65", application=case, major=plan.major, graduated_on=dt.date(2026, 12, 30), **shared)

    graduations = json.loads(command("010250000017")[1])["graduations"]

    assert [(each["major"], each["term"], each["status"], each["diploma"]) for each in graduations] == [
        ("X9999902", "2019-06", "granted", "66"),
        ("X9999901", "2026-12", "granted", "65"),
    ]


def test_a_course_received_from_elsewhere_is_a_reception_and_a_credit(command: Command, holder: Candidate) -> None:
    pass_course(holder, source=Source.TRANSFER)

    answer = json.loads(command("010250000017")[1])

    assert [(each["course"], each["source"]) for each in answer["receptions"]] == [("03708", "transfer")]
    assert [each["source"] for each in answer["credits"]] == ["transfer"]


def test_the_state_tells_registered_open_and_emptied_records_apart(command: Command, holder: Candidate) -> None:
    def state() -> str:
        return str(json.loads(command("010250000017")[1])["state"])

    assert state() == "registered"
    pass_course(holder)
    assert state() == "open"
    book.revoke("test", ["03708"], because="违规处理")
    assert state() == "empty"


def test_every_look_is_in_the_trail_and_a_miss_is_not(command: Command, holder: Candidate) -> None:
    command("010250000017")
    command("999")

    (event,) = Event.objects.filter(kind=Event.Kind.READ)
    assert (event.verb, event.candidate_id, event.actor_id) == ("record", holder.pk, None)
    assert event.note


def test_the_number_of_queries_does_not_depend_on_what_a_record_holds(holder: Candidate) -> None:
    def fill(times: int) -> Candidate:
        candidate: Candidate = CandidateFactory()
        publication = PublicationFactory(sitting=SittingFactory(name=f"20{10 + times}-10"), published_at=timezone.now())
        for place in range(times):
            pass_course(candidate, f"8{times:02}{place:02}", origin_id=f"{times} {place}")
            MarkFactory(publication=publication, candidate=candidate)
            Registration.objects.create(
                candidate=candidate,
                major=MajorFactory(),
                university=candidate.managing_university,
                registered_on=dt.date(2024, 9, 1),
            )
            ExemptionFactory(candidate=candidate, status="university")
        return Candidate.objects.select_related("managing_university").prefetch_related("tickets").get(pk=candidate.pk)

    counts = []
    for candidate in (fill(1), fill(8)):
        with CaptureQueriesContext(connection) as queries:
            seven_kinds(candidate)
        counts.append(len(queries))

    assert counts[0] == counts[1]
