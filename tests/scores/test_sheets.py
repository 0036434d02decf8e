"""The result day's sheets: complete before anybody may see them, found by both numbers of one person, and never another's."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from records.jobs import running
from records.merging.workflow import MERGER
from records.models import Candidate, Job, Office, Ticket, User
from records.people.encryption import lookup_hash
from records.people.finding import IDENTITY
from scores import tasks  # noqa: F401 - registers the work that ``running.run`` does
from scores.models import Mark, Publication, ResultSheet
from scores.results import following, sheets
from scores.results.looking_up import Line, key_of, results_of
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    MarkFactory,
    MergeRequestFactory,
    PublicationFactory,
    SittingFactory,
    UserFactory,
    identity_number,
)
from tests.patience import until
from tests.scores.files import ticket_of

pytestmark = pytest.mark.django_db

CORRECTED = identity_number(88)


def approved(name: str = "2026-10", kind: str = "written", *, out: bool = True, sequence: int = 1) -> Publication:
    """A publication that two people have agreed on, out or waiting for its minute."""
    now = timezone.now()
    sitting = SittingFactory(name=name)
    return PublicationFactory(
        sitting=sitting, kind=kind, sequence=sequence, approved_at=now, published_at=now if out else None, credits_entered_at=now
    )


@pytest.fixture
def out() -> Publication:
    return approved()


def made(publication: Publication) -> Publication:
    sheets.prepare(publication)
    publication.refresh_from_db()
    return publication


def found(candidate: Candidate, ticket: str = "", number: str = "") -> list[str]:
    """What the page shows for the candidate's numbers, or for others."""
    results = results_of(ticket or ticket_of(candidate), number or candidate.identity_number)
    return [f"{line.code} {line.words or line.points}" for line in results.marks]


def correct_number(candidate: Candidate, number: str = CORRECTED) -> None:
    """What a carried-out correction writes."""
    Candidate.objects.filter(pk=candidate.pk).update(
        identity_number=number, identity_hash=lookup_hash(number, IDENTITY), identity_mask="***"
    )


def follow() -> None:
    """Until the follower has read all that was committed."""
    assert until(following.follow_numbers)


# what a sheet says -----------------------------------------------------------------------------------------------------------


def test_a_sheet_says_points_grade_or_flag_in_the_order_of_the_page(out: Publication, candidate: Candidate) -> None:
    for code, values in {
        "00016": {"points": Decimal("83.5")},
        "00015": {"points": None, "flag": "缺考"},
        "00099": {"points": None, "grade": "良好", "practical": True},
        "00020": {"points": Decimal(50), "flag": "违纪"},
    }.items():
        MarkFactory(publication=out, candidate=candidate, course=CourseFactory(code=code, name="课程"), **values)

    made(out)

    assert results_of(ticket_of(candidate), candidate.identity_number).marks == [
        Line("00015", "课程", False, "缺考", None),
        Line("00016", "课程", False, "", Decimal("83.5")),
        Line("00020", "课程", False, "违纪", None),
        Line("00099", "课程", True, "良好", None),
    ]


def test_written_practical_and_later_marks_of_one_sitting_are_shown_together(out: Publication, candidate: Candidate) -> None:
    publications = [out, approved(kind="practical"), approved(sequence=2)]
    for publication, code in zip(publications, ("00020", "00099", "00015"), strict=True):
        practical = publication.kind == "practical"
        MarkFactory(publication=publication, candidate=candidate, course=CourseFactory(code=code), practical=practical)
        made(publication)

    assert found(candidate) == ["00015 75.0", "00020 75.0", "00099 75.0"]


def test_nothing_is_shown_before_it_is_out_nor_before_all_of_it_is_there(candidate: Candidate, monkeypatch: Any) -> None:
    before = approved("2026-04")
    MarkFactory(publication=before, candidate=candidate, course=CourseFactory(code="00001"))
    made(before)
    waiting = approved(out=False)
    MarkFactory(publication=waiting, candidate=candidate, course=CourseFactory(code="00002"))
    MarkFactory(publication=waiting)
    monkeypatch.setattr(sheets, "CANDIDATES_AT_ONCE", 1)

    made(waiting)
    assert ResultSheet.registry.filter(publication=waiting).count() == 2
    assert not ResultSheet.objects.filter(publication=waiting).exists()
    assert found(candidate) == ["00001 75.0"]

    Publication.objects.filter(pk=waiting.pk).update(published_at=timezone.now(), sheets_made_at=None)
    assert found(candidate) == ["00001 75.0"]
    assert results_of("1", "1").sitting == before.sitting

    made(waiting)
    assert found(candidate) == ["00002 75.0"]


def test_every_ticket_that_a_person_had_leads_to_the_marks(out: Publication, candidate: Candidate) -> None:
    MarkFactory(publication=out, candidate=candidate, course=CourseFactory(code="00015"))
    Ticket.objects.create(candidate=candidate, number="999000000001", is_current=False, issued_on="2020-01-01")

    made(out)

    assert found(candidate, "999000000001") == found(candidate) == ["00015 75.0"]


def test_one_ticket_with_anothers_identity_number_leads_nowhere(out: Publication, candidate: Candidate) -> None:
    other = CandidateFactory()
    for person in (candidate, other):
        MarkFactory(publication=out, candidate=person)

    made(out)

    assert found(candidate, number=other.identity_number) == []
    assert found(other, number=candidate.identity_number) == []


def test_the_key_is_the_same_in_sql_and_in_python(out: Publication, candidate: Candidate) -> None:
    MarkFactory(publication=out, candidate=candidate)

    made(out)

    expected = key_of(ticket_of(candidate), lookup_hash(candidate.identity_number, IDENTITY))
    assert [bytes(sheet.key) for sheet in ResultSheet.objects.all()] == [expected]


def test_one_probe_of_the_index_finds_a_sheet(out: Publication) -> None:
    for _ in range(30):
        MarkFactory(publication=out)
    made(out)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    plans: list[str] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        execute(f"EXPLAIN {sql}", params, many, context)
        plans.append("\n".join(row[0] for row in context["cursor"].fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        results_of("999000000001", CORRECTED)

    assert len(plans) == 1
    assert (plans[0].count("scores_resultsheet"), plans[0].count("one_sheet_per_key_and_publication")) == (1, 1)
    assert "Seq Scan on scores_resultsheet" not in plans[0]
    assert "records_" not in plans[0]
    assert "scores_mark" not in plans[0]


# making them -----------------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """A power cut."""


@pytest.mark.parametrize("portions_done", [1, 2, 3])
def test_killed_between_two_portions_and_run_again_every_sheet_is_there_once(monkeypatch: Any, portions_done: int) -> None:
    monkeypatch.setattr(sheets, "CANDIDATES_AT_ONCE", 2)
    waiting = approved(out=False)
    people = [MarkFactory(publication=waiting).candidate for _ in range(5)]

    def die(done: int, _total: int | None) -> None:
        if done >= portions_done:
            raise Killed

    with pytest.raises(Killed):
        sheets.prepare(waiting, die)
    waiting.refresh_from_db()
    assert waiting.sheets_made_at is None

    made(waiting)

    assert waiting.sheets_made_at is not None
    assert set(ResultSheet.registry.values_list("candidate", flat=True)) == {person.pk for person in people}
    assert ResultSheet.registry.count() == 5


def test_sheets_of_what_is_taken_back_go_and_come_again_with_the_next_approval(candidate: Candidate) -> None:
    waiting = approved(out=False)
    MarkFactory(publication=waiting, candidate=candidate)
    made(waiting)
    back = {"approved_at": None, "sheets_through": 0, "sheets_made_at": None}
    Publication.objects.filter(pk=waiting.pk).update(**back)

    sheets.prepare(waiting)
    sheets.remove(waiting)
    assert not ResultSheet.registry.exists()

    Publication.objects.filter(pk=waiting.pk).update(approved_at=timezone.now())
    made(waiting)
    sheets.remove(waiting)
    assert ResultSheet.registry.count() == 1


def test_a_run_that_comes_late_does_not_skip_what_the_next_approval_has_to_make(monkeypatch: Any) -> None:
    monkeypatch.setattr(sheets, "CANDIDATES_AT_ONCE", 1)
    waiting = approved(out=False)
    for _ in range(3):
        MarkFactory(publication=waiting)

    def taken_back_and_approved_again(done: int, _total: int | None) -> None:
        if done == 1:
            Publication.objects.filter(pk=waiting.pk).update(sheets_through=0)
            ResultSheet.registry.all().delete()

    sheets.prepare(waiting, taken_back_and_approved_again)
    waiting.refresh_from_db()
    assert waiting.sheets_made_at is None

    made(waiting)
    assert ResultSheet.registry.count() == 3


def test_publications_from_before_there_were_sheets_get_them_once(out: Publication, candidate: Candidate) -> None:
    MarkFactory(publication=out, candidate=candidate)
    older = approved("2026-04")
    MarkFactory(publication=older, candidate=candidate)

    assert [following.make_missing(), following.make_missing()] == [1, 0]
    running.run(Job.objects.get(kind=sheets.SHEETS_JOB).pk)

    assert found(candidate)
    assert following.make_missing() == 0


@pytest.mark.django_db(transaction=True)
def test_workers_beside_each_other_and_beside_changed_marks_end_in_the_right_sheets(monkeypatch: Any) -> None:
    monkeypatch.setattr(sheets, "CANDIDATES_AT_ONCE", 3)
    waiting = approved(out=False)
    marks = [MarkFactory(publication=waiting) for _ in range(20)]

    def change(some: list[Mark]) -> None:
        for mark in some:
            with transaction.atomic():
                Mark.registry.filter(pk=mark.pk).update(points=Decimal(91))
                sheets.refresh({(mark.sitting_id, mark.candidate_id)})

    work = [(sheets.prepare, waiting), (sheets.prepare, waiting), (change, marks[::2]), (change, marks[1::4])]
    threads = [threading.Thread(target=_closing, args=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    made(waiting)
    Publication.objects.filter(pk=waiting.pk).update(published_at=timezone.now())
    assert {place: found(mark.candidate)[0][-4:] for place, mark in enumerate(marks)} == {
        place: "91.0" if place % 2 == 0 or place % 4 == 1 else "75.0" for place in range(20)
    }
    assert following.walk() == 0


def _closing(work: Any, argument: Any) -> None:
    try:
        work(argument)
    finally:
        connection.close()


# following what changes ------------------------------------------------------------------------------------------------------


def test_a_changed_mark_is_on_the_sheet_in_the_same_transaction(out: Publication, candidate: Candidate) -> None:
    mark = MarkFactory(publication=out, candidate=candidate, course=CourseFactory(code="00015"))
    other = MarkFactory(publication=out)
    made(out)
    Mark.registry.update(points=Decimal(90))

    sheets.refresh({(mark.sitting_id, candidate.pk)})

    assert found(candidate) == ["00015 90.0"]
    assert found(other.candidate)[0].endswith("75.0")


def test_before_anybody_made_sheets_a_changed_mark_makes_none(candidate: Candidate) -> None:
    waiting = approved(out=False)
    MarkFactory(publication=waiting, candidate=candidate)

    sheets.refresh({(waiting.sitting_id, candidate.pk)})

    assert not ResultSheet.registry.exists()


@pytest.fixture
def following_since(transactional_db: None) -> None:
    """The follower has run before: what comes now is new."""
    following.follow_numbers()


def test_a_corrected_identity_number_finds_the_marks_and_the_former_one_does_not(
    following_since: None, out: Publication, candidate: Candidate
) -> None:
    MarkFactory(publication=out, candidate=candidate, course=CourseFactory(code="00015"))
    made(out)
    former = candidate.identity_number

    correct_number(candidate)
    follow()

    assert found(candidate, number=CORRECTED) == ["00015 75.0"]
    assert found(candidate, number=former) == []


def test_a_new_ticket_finds_the_marks_and_so_does_the_former_one(
    following_since: None, out: Publication, candidate: Candidate
) -> None:
    MarkFactory(publication=out, candidate=candidate, course=CourseFactory(code="00015"))
    made(out)
    former = ticket_of(candidate)

    candidate.tickets.update(is_current=False)
    Ticket.objects.create(candidate=candidate, number="999000000002", issued_on="2026-09-01")
    follow()

    assert found(candidate, "999000000002") == found(candidate, former) == ["00015 75.0"]


def test_a_ticket_that_turns_out_to_be_anothers_never_shows_the_first_ones_marks(
    following_since: None, out: Publication, candidate: Candidate
) -> None:
    other = CandidateFactory()
    MarkFactory(publication=out, candidate=candidate, course=CourseFactory(code="00015"), points=Decimal(61))
    MarkFactory(publication=out, candidate=other, course=CourseFactory(code="00016"), points=Decimal(99))
    made(out)
    number = ticket_of(candidate)

    other.tickets.update(is_current=False)
    Ticket.objects.filter(number=number).update(candidate=other)
    follow()

    assert found(other, number) == ["00016 99.0"]
    assert found(candidate, number) == []


def test_after_a_merger_every_pair_of_numbers_finds_all_marks_of_the_person(
    following_since: None, out: Publication, candidate: Candidate, other_university: Office, city: Office
) -> None:
    gone = CandidateFactory(managing_university=other_university, name=candidate.name)
    for person, code in ((candidate, "00015"), (gone, "00016")):
        MarkFactory(publication=out, candidate=person, course=CourseFactory(code=code))
    made(out)
    pairs = [(ticket_of(a), b.identity_number) for a in (candidate, gone) for b in (candidate, gone)]
    verifier: User = UserFactory(office=city, roles=["OV"])

    MERGER.take("merge", MergeRequestFactory(candidate=candidate, merged=gone, status="municipality"), by=verifier)
    assert found(candidate, *pairs[0]) == ["00015 75.0"]
    assert found(candidate, *pairs[3]) == ["00016 75.0"]
    follow()

    assert [found(candidate, *pair) for pair in pairs] == [["00015 75.0", "00016 75.0"]] * 4
    assert following.walk() == 0


def test_what_the_trail_did_not_tell_the_daily_comparison_mends(out: Publication, candidate: Candidate) -> None:
    mark = MarkFactory(publication=out, candidate=candidate, course=CourseFactory(code="00015"))
    lost, moved = MarkFactory(publication=out).candidate, MarkFactory(publication=out).candidate
    made(out)
    ResultSheet.registry.filter(candidate=lost).delete()
    correct_number(moved)
    ResultSheet.registry.filter(candidate=candidate).update(lines=[["00015", "课程", False, "", "100.0"]])

    assert [following.walk(), following.walk()] == [3, 0]

    assert found(candidate) == [f"00015 {mark.points}.0"]
    assert found(lost)
    assert found(moved, number=CORRECTED)
