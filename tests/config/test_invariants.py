"""What must hold in the database: a sound one says nothing, and whatever somebody breaks is named."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from audit.invariants import examine, invariants
from audit.models import Event
from exemptions.models import ExemptionApplication
from exemptions.workflow import ORIGIN
from graduation.models import Diploma, GraduationApplication
from records.archive.filing import file_change_note, file_proof
from records.ledger import book
from records.ledger.models import Source
from records.merging.workflow import MERGER
from records.models import ArchiveReport, Candidate, CorrectionRequest, Course, CreditEntry, Major, Office, Setting, User
from records.registration.registering import register_person
from scores.models import Mark
from tests.factories import (
    AccessRequestFactory,
    CorrectionFactory,
    CourseFactory,
    ExemptionFactory,
    MajorFactory,
    MarkFactory,
    MergeRequestFactory,
    MunicipalityFactory,
    PaperFileFactory,
    PlanFactory,
    PublicationFactory,
    ReviewFactory,
    UserFactory,
)
from tests.records.candidate_files import person

pytestmark = pytest.mark.django_db


@dataclass
class City:
    """A small sound city: two candidates, published and unpublished marks, a granted exemption, a granted graduation."""

    first: Candidate
    second: Candidate
    mark: Mark
    unpublished: Mark
    exemption: ExemptionApplication
    graduation: GraduationApplication
    diploma: Diploma


def enter(candidate: Candidate, course: Course, source: Source, origin: str, origin_id: object, mark: int | None) -> None:
    points = None if mark is None else Decimal(mark)
    book.enter([book.Entry(candidate.pk, course.pk, source, dt.date(2026, 4, 30), origin, str(origin_id), points)])


def took_step(case: Any, verb: str, after: str) -> None:
    Event.objects.create(kind="step", verb=verb, subject_table=case._meta.db_table, subject_id=case.pk, after=after)


def in_the_paper_archive(candidate: Candidate, university: Office) -> CorrectionRequest:
    """A correction that was carried out with its papers, and a report."""
    clerk = UserFactory(office=university, roles=["U3"])
    case = CorrectionFactory(candidate=candidate, status="done")
    took_step(case, "carry-out", "done")
    file_proof(case, by=clerk)
    file_change_note(case, by=clerk)
    days = {"first_day": dt.date(2026, 1, 1), "last_day": dt.date(2026, 6, 30)}
    ArchiveReport.objects.create(university=university, content={}, handed_in_by=clerk, **days)
    return case


def merged_into(kept: Candidate, university: Office) -> Candidate:
    """A record of the same person that was merged into ``kept``."""
    gone, _report = register_person(person(3), university)
    case = MergeRequestFactory(candidate=kept, merged=gone, status="municipality")
    MERGER.take("merge", case, by=UserFactory(office=MunicipalityFactory(), roles=["OV"]))
    return gone


@pytest.fixture
def town(university: Office) -> City:
    UserFactory(office=university, roles=["U3", "UH"])
    major = MajorFactory(code="X9999901", hosts=[university])
    plan = PlanFactory(major=major)
    first, second = (register_person(person(serial), university)[0] for serial in (1, 2))
    published = PublicationFactory(published_at=timezone.now(), credits_entered_at=timezone.now())
    mark = MarkFactory(publication=published, candidate=first, points=Decimal(75))
    MarkFactory(publication=published, candidate=second, points=Decimal("59.9"))
    enter(first, mark.course, Source.EXAM, "scores.mark", mark.pk, 75)
    unpublished = MarkFactory(publication=PublicationFactory(kind="practical"), candidate=second, points=Decimal(80))
    exemption = ExemptionFactory(candidate=first, status="granted")
    took_step(exemption, "grant", "granted")
    enter(first, exemption.course, Source.EXEMPTION, ORIGIN, exemption.pk, None)
    ExemptionFactory(candidate=second)
    AccessRequestFactory(requester=UserFactory(office=university, roles=["US"]), candidates=[first])
    ReviewFactory(mark__publication=published, mark__candidate=second, mark__points=Decimal(58))
    shared = {"candidate": first, "university": university, "major": major}
    graduation = GraduationApplication.objects.create(plan=plan, term="2026-12", status="granted", **shared)
    took_step(graduation, "grant", "granted")
    diploma = Diploma.objects.create(number="65", application=graduation, graduated_on=dt.date(2026, 12, 30), **shared)
    in_the_paper_archive(first, university)
    merged_into(first, university)
    return City(first, second, mark, unpublished, exemption, graduation, diploma)


def broken() -> set[str]:
    return {line["code"] for line in examine()["broken"]}


def run(statement: str, *params: Any) -> None:
    """A hand at psql."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def test_a_sound_city_breaks_nothing_and_everything_was_looked_at(town: City) -> None:
    answer = examine()

    assert answer["broken"] == []
    assert set(answer["checked"]) == {invariant.code for invariant in invariants()}
    assert len(answer["checked"]) == len(invariants())
    assert [code for code, rows in answer["checked"].items() if not rows] == []


def test_an_empty_database_is_sound(db: None) -> None:
    assert examine()["broken"] == []


def test_a_better_entry_that_does_not_count_is_found(town: City) -> None:
    run("UPDATE records_creditentry SET mark = 90, rank = 90 WHERE candidate_id = %s AND source = 'exam'", town.first.pk)

    assert broken() == {"ledger.best-entry"}


@pytest.mark.parametrize("change", ["mark = mark + 1", "latest_on = latest_on + 1", "grade = '优秀'", "source = 'transfer'"])
def test_a_credit_that_says_something_else_than_its_entry_is_found(town: City, change: str) -> None:
    run(f"UPDATE records_credit SET {change} WHERE candidate_id = %s AND mark IS NOT NULL", town.first.pk)

    assert broken() == {"ledger.best-entry"}


def test_a_credit_without_standing_entry_is_found(town: City) -> None:
    run("UPDATE records_creditentry SET revoked_at = now() WHERE origin = 'scores.mark'")

    assert broken() == {"ledger.best-entry"}


def test_a_credit_that_somebody_removed_is_found_twice(town: City) -> None:
    run("DELETE FROM records_credit WHERE candidate_id = %s AND mark IS NOT NULL", town.first.pk)

    assert broken() == {"ledger.best-entry", "ledger.feed"}


def test_a_change_that_the_feed_does_not_tell_is_found(town: City) -> None:
    run("DELETE FROM records_creditchange WHERE course_id = %s", town.mark.course_id)

    assert broken() == {"ledger.feed"}


def test_a_record_that_is_not_open_after_the_first_pass_is_found(town: City) -> None:
    run("UPDATE records_candidate SET record_opened_on = NULL WHERE id = %s", town.first.pk)

    assert broken() == {"ledger.opening"}


def test_a_record_that_was_opened_for_nothing_is_found(town: City) -> None:
    run("UPDATE records_candidate SET record_opened_on = '2026-01-01', record_number = '31000099' WHERE id = %s", town.second.pk)

    assert broken() == {"ledger.opening"}


def test_a_record_number_taken_over_before_any_pass_is_sound(town: City) -> None:
    run("UPDATE records_candidate SET record_number = '31000099' WHERE id = %s", town.second.pk)

    assert broken() == set()


def test_a_record_stays_open_when_its_only_pass_is_revoked(town: City) -> None:
    enter(town.second, town.mark.course, Source.EXAM, "test", "1", 60)
    book.revoke("test", ["1"], because="违规处理")

    assert broken() == set()


def test_a_candidate_without_current_ticket_is_found(town: City) -> None:
    run("UPDATE records_ticket SET is_current = false WHERE candidate_id = %s", town.first.pk)

    assert [(line["code"], line["id"]) for line in examine()["broken"]] == [("numbers.current-ticket", town.first.pk)]


def test_a_number_of_two_people_is_found(town: City) -> None:
    run("UPDATE records_ticket SET number = %s WHERE candidate_id = %s", town.first.registration_number, town.second.pk)

    assert broken() == {"numbers.one-holder"}


def test_a_registration_number_with_a_wrong_check_digit_is_found_unless_the_format_has_none(town: City) -> None:
    number = town.first.registration_number
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    run("UPDATE records_candidate SET registration_number = %s WHERE id = %s", wrong, town.first.pk)

    assert broken() == {"numbers.check-digit"}

    Setting.objects.create(key="number.registration", value="9{serial:10}", in_force_from=dt.date(2026, 1, 1))
    assert broken() == set()


def test_a_granted_exemption_without_entry_is_found(town: City) -> None:
    book.revoke(ORIGIN, [str(town.exemption.pk)], because="误操作")

    assert broken() == {"exemptions.entry"}


def test_an_exemption_entered_without_a_granted_case_is_found(town: City) -> None:
    course = CourseFactory()
    enter(town.second, course, Source.EXEMPTION, ORIGIN, 0, None)

    assert [(line["code"], line["id"]) for line in examine()["broken"]] == [
        ("exemptions.case", CreditEntry.objects.get(course=course).pk)
    ]


def test_a_diploma_of_a_case_that_was_not_granted_is_found(town: City) -> None:
    run("UPDATE graduation_graduationapplication SET status = 'municipality'")

    assert broken() == {"graduation.case", "graduation.desk"}


def test_a_diploma_in_another_major_than_its_case_is_found(town: City) -> None:
    run("UPDATE graduation_diploma SET major_id = %s", MajorFactory().pk)

    assert broken() == {"graduation.case"}


def test_a_granted_graduation_without_diploma_is_found_and_one_taken_over_needs_no_case(town: City) -> None:
    run("UPDATE graduation_diploma SET application_id = NULL")

    assert broken() == {"graduation.diploma"}


def test_an_unpublished_mark_that_counts_is_found(town: City) -> None:
    enter(town.second, town.unpublished.course, Source.PRACTICAL, "scores.mark", town.unpublished.pk, 80)

    assert broken() == {"marks.published"}


def test_a_failed_mark_that_counts_is_found(town: City) -> None:
    run("UPDATE scores_mark SET points = 59.9 WHERE id = %s", town.mark.pk)

    assert broken() == {"marks.published"}


def test_a_published_pass_that_was_never_entered_is_found(town: City) -> None:
    run("UPDATE scores_mark SET points = 60 WHERE points = 59.9")

    assert broken() == {"marks.entered"}


def test_passes_of_a_publication_still_being_entered_are_not_missed(town: City) -> None:
    run("UPDATE scores_mark SET points = 60 WHERE points = 59.9")
    run("UPDATE scores_publication SET credits_entered_at = NULL")

    assert broken() == set()


@pytest.mark.parametrize("status", ["nowhere", "municipality"])
def test_a_case_that_lies_where_no_step_put_it_is_found(town: City, status: str) -> None:
    run("UPDATE exemptions_exemptionapplication SET status = %s WHERE candidate_id = %s", status, town.second.pk)

    assert broken() == {"exemptions.desk"}


def test_of_many_broken_rows_the_first_hundred_are_named(town: City, university: Office) -> None:
    run(
        """INSERT INTO records_creditchange (candidate_id, course_id, kind)
           SELECT n, n, 'entered' FROM generate_series(1000001, 1000150) AS n"""
    )

    lines = examine()["broken"]

    assert len(lines) == 101
    assert [line["id"] is None for line in lines] == [False] * 100 + [True]


def test_the_command_exits_1_when_something_is_broken(town: City) -> None:
    output = io.StringIO()
    call_command("check_invariants", stdout=output)
    assert json.loads(output.getvalue())["broken"] == []

    run("UPDATE records_ticket SET is_current = false WHERE candidate_id = %s", town.first.pk)
    output = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants", stdout=output)

    assert ended.value.code == 1
    (line,) = json.loads(output.getvalue())["broken"]
    assert set(line) == {"code", "message", "table", "id"}


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_everything_is_asked_of_one_snapshot_and_nothing_is_written(university: Office) -> None:
    MajorFactory(code="X9999901", hosts=[university])
    register_person(person(), university)
    before = Event.objects.count()

    assert examine()["broken"] == []

    assert Event.objects.count() == before
    assert Major.objects.exists()


def test_rights_that_come_from_no_appointment_are_found(town: City, officer: User) -> None:
    officer.groups.add(Group.objects.get(name="OE"))
    assert broken() == {"people.rights"}

    officer.groups.clear()
    officer.user_permissions.add(Permission.objects.get(codename="appoint_people"))
    assert broken() == {"people.rights"}


@pytest.mark.parametrize(
    ("term", "codes"),
    [
        ("starts_on = current_date - 9, ends_on = current_date + 9", {"people.place"}),
        ("starts_on = current_date + 2", {"people.place"}),
        ("starts_on = current_date - 9, ends_on = current_date - 2", set()),
        ("taken_at = now()", set()),
    ],
)
def test_a_duty_at_an_office_that_the_person_does_not_represent_is_found(
    town: City, officer: User, term: str, codes: set[str]
) -> None:
    run(f"UPDATE records_appointment SET {term} WHERE person_id = %s", officer.pk)
    assert broken() == set()

    remove_perm("records.represent_office", officer, Office.objects.municipality())

    assert broken() == codes


def test_a_duty_of_a_deactivated_account_is_found(town: City, officer: User) -> None:
    run("UPDATE records_user SET is_active = false WHERE id = %s", officer.pk)

    assert broken() == {"people.place"}


def test_somebody_of_two_offices_is_found(town: City, officer: User, university: Office) -> None:
    assign_perm("records.represent_office", officer, university)

    assert broken() == {"people.one-office"}


def test_two_heads_of_one_office_at_once_are_found_deputies_and_successors_are_not(town: City, university: Office) -> None:
    head = User.objects.get(appointments__role__name="UH")
    run("UPDATE records_appointment SET ends_on = current_date + 5 WHERE role_id = (SELECT id FROM auth_group WHERE name = 'UH')")
    successor = UserFactory(office=university, roles=["UH"])
    run("UPDATE records_appointment SET starts_on = current_date + 6 WHERE person_id = %s", successor.pk)
    deputy = UserFactory(office=university, roles=["UH"])
    run("UPDATE records_appointment SET ends_on = current_date + 3, deputy_for_id = %s WHERE person_id = %s", head.pk, deputy.pk)
    assert broken() == set()

    run("UPDATE records_appointment SET starts_on = current_date + 5 WHERE person_id = %s", successor.pk)

    assert broken() == {"people.one-head"}


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM records_paperitem WHERE kind = 'proof'",
        "DELETE FROM records_paperitem WHERE kind = 'change-note'",
        "UPDATE records_paperitem SET filed_on = NULL WHERE kind = 'proof'",
    ],
)
def test_a_correction_without_its_papers_is_found(town: City, change: str) -> None:
    run(change)

    assert broken() == {"archive.proof"}


def test_a_proof_in_somebody_elses_file_is_found(town: City) -> None:
    other = PaperFileFactory(candidate=town.second)

    run("UPDATE records_paperitem SET file_id = %s WHERE kind = 'proof'", other.pk)

    assert broken() == {"archive.candidate"}


def test_a_number_of_two_files_is_found(town: City) -> None:
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("ALTER TABLE records_paperfile DROP CONSTRAINT one_paper_file_per_number")
    PaperFileFactory(candidate=town.second)
    run("UPDATE records_paperfile SET number = '1'")

    assert broken() == {"archive.number"}


def test_a_day_reported_twice_is_found(town: City, university: Office) -> None:
    clerk = UserFactory(office=university, roles=["U3"])
    days = {"first_day": dt.date(2026, 6, 30), "last_day": dt.date(2026, 7, 31)}
    ArchiveReport.objects.create(university=university, content={}, handed_in_by=clerk, **days)

    assert broken() == {"archive.period"}
