"""Paper files are opened once, numbered one after the other, and hold every correction's papers once."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Event
from audit.workflow import Refused
from records.archive.filing import file_change_note, file_proof, open_file
from records.models import Candidate, CorrectionRequest, Document, PaperFile, PaperFileSerial, PaperItem, Setting
from tests.factories import CandidateFactory, CorrectionKindFactory, DocumentFactory, PaperFileFactory, UserFactory


@pytest.fixture
def case(candidate: Candidate) -> CorrectionRequest:
    return CorrectionRequest.objects.create(
        candidate=candidate, university=candidate.managing_university, kind=CorrectionKindFactory(), status="university"
    )


def numbered(pattern: str, office: object = None) -> None:
    Setting.objects.create(key="number.paper_file", office=office, value=pattern, in_force_from=dt.date(2020, 1, 1))


def test_a_file_is_opened_with_the_managing_university_and_on_no_shelf(candidate):
    file = open_file(candidate)

    assert (file.university, file.place, file.number[4:]) == (candidate.managing_university, "待上架", "000001")
    assert file.items.count() == 0


def test_opening_again_answers_the_file_that_stands(candidate):
    first = open_file(candidate, place="A-1")

    again = open_file(candidate, place="B-2", number="99")

    assert (again.pk, again.place) == (first.pk, "A-1")
    assert PaperFileSerial.objects.get().last == 1


def test_each_university_counts_for_itself(candidate, other_university):
    neighbour = CandidateFactory(managing_university=candidate.managing_university)
    stranger = CandidateFactory(managing_university=other_university)

    endings = [open_file(person).number[-6:] for person in (candidate, neighbour, stranger)]

    assert endings == ["000001", "000002", "000001"]


def test_a_number_that_a_taken_over_file_has_is_passed_over(candidate):
    numbered("{serial:03}")
    PaperFileFactory(candidate__managing_university=candidate.managing_university, number="001")

    assert open_file(candidate).number == "002"


def test_the_number_of_another_file_is_refused_and_nothing_is_opened(candidate):
    PaperFileFactory(candidate__managing_university=candidate.managing_university, number="77")

    with pytest.raises(Refused) as refusal:
        open_file(candidate, number="77")

    assert [problem.code for problem in refusal.value.problems] == ["archive.number-taken"]
    assert not PaperFile.objects.filter(candidate=candidate).exists()


def test_a_university_numbers_by_its_own_pattern(candidate, other_university):
    numbered("{serial:08}{check}", candidate.managing_university)
    stranger = CandidateFactory(managing_university=other_university)

    assert len(open_file(candidate).number) == 9
    assert len(open_file(stranger).number) == 10


@pytest.mark.django_db
@pytest.mark.parametrize("pattern", ["{year:04}", "2026", "{serial:03}-{year}", "{room}{serial}"])
def test_a_pattern_that_cannot_number_opens_nothing(candidate, pattern):
    numbered(pattern)

    with pytest.raises(ValueError, match="编号格式"):
        open_file(candidate)
    assert not PaperFile.objects.exists()


def test_a_pattern_with_room_for_no_more_says_so(candidate):
    numbered("{serial:02}")
    PaperFileSerial.objects.create(university=candidate.managing_university, last=99)

    with pytest.raises(ValueError, match="位数不够"):
        open_file(candidate)


@given(
    st.lists(st.sampled_from(["{year:04}{serial:06}", "{serial}", "1{serial:03}", "{serial:04}{check}"]), min_size=2, max_size=6)
)
def test_whatever_the_pattern_becomes_no_number_is_given_twice(django_db_setup, django_db_blocker, patterns):
    with django_db_blocker.unblock(), transaction.atomic():
        first = CandidateFactory()
        opened = []
        for pattern in patterns:
            Setting.objects.update_or_create(
                key="number.paper_file", office=None, in_force_from=dt.date(2020, 1, 1), defaults={"value": pattern}
            )
            opened += [open_file(CandidateFactory(managing_university=first.managing_university)).number for _ in range(3)]
        transaction.set_rollback(True)

    assert len(set(opened)) == len(opened)


@pytest.mark.django_db(transaction=True)
def test_two_people_who_open_at_the_same_moment_open_one_file():
    candidate = CandidateFactory()
    neighbour = CandidateFactory(managing_university=candidate.managing_university)
    together = threading.Barrier(4)
    opened: list[tuple[int, str]] = []

    def open_now(person: Candidate) -> None:
        try:
            together.wait(10)
            file = open_file(person)
            opened.append((file.candidate_id, file.number))
        finally:
            connection.close()

    threads = [threading.Thread(target=open_now, args=[person]) for person in (candidate, candidate, neighbour, neighbour)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(opened) == 4
    assert len(set(opened)) == 2
    assert sorted(PaperFile.objects.values_list("candidate", flat=True)) == sorted([candidate.pk, neighbour.pk])
    assert PaperFileSerial.objects.get().last == 2


def test_the_proof_lies_in_the_file_once(case, clerk):
    for _time in range(2):
        paper = file_proof(case, by=clerk)

    assert PaperItem.objects.get() == paper
    assert (paper.kind, paper.correction, paper.file.candidate, paper.filed_by) == ("proof", case, case.candidate, clerk)
    assert paper.title == f"姓名更正证明材料（{case.case_number}）"
    assert paper.filed_on is not None


def test_as_many_pages_as_proofs_until_somebody_counts(case, clerk):
    proofs: list[Document] = [DocumentFactory(candidate=case.candidate) for _ in range(3)]
    for document in proofs:
        case.proofs.create(document=document, label="户口簿")

    assert file_proof(case, by=clerk).pages == 3


def test_the_proof_goes_into_the_file_that_stands(case, clerk):
    standing = PaperFileFactory(candidate=case.candidate, place="A-1")

    assert file_proof(case, by=clerk).file == standing


def test_the_change_note_is_owed_until_somebody_confirms_it(case):
    editor = UserFactory()
    file_proof(case, by=editor)

    for _time in range(2):
        note = file_change_note(case, by=editor)

    assert (note.kind, note.filed_on, note.filed_by) == ("change-note", None, editor)
    assert PaperItem.objects.filter(correction=case).count() == 2


def test_a_second_note_of_one_correction_cannot_be_written(case, clerk):
    note = file_change_note(case, by=clerk)

    with pytest.raises(IntegrityError), transaction.atomic():
        PaperItem.objects.create(file=note.file, kind=note.kind, title="再来一张", correction=case, filed_by=clerk)


def test_a_paper_that_was_never_filed_cannot_be_taken_out(case, clerk):
    note = file_change_note(case, by=clerk)

    with pytest.raises(IntegrityError), transaction.atomic():
        PaperItem.objects.filter(pk=note.pk).update(removed_on=dt.date(2026, 1, 1), removed_because="误收")


def test_opening_and_filing_leave_their_lines_in_the_trail(case, clerk):
    paper = file_proof(case, by=clerk)

    assert Event.objects.filter(subject_table="records_paperfile", subject_id=paper.file_id, verb="insert").count() == 1
    assert Event.objects.filter(subject_table="records_paperitem", subject_id=paper.pk, verb="insert").count() == 1
