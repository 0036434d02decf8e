"""What is read is written down, with what it was read for."""

from __future__ import annotations

import pytest

from audit.acting import acting
from audit.models import Event
from audit.reads import declared_by, reads, reads_nothing
from audit.trail import PurposeMissing, record_export, record_list, record_read, record_search
from records.models import Candidate


@pytest.mark.parametrize("purpose", ["", "   "])
def test_staff_cannot_read_without_a_purpose(clerk, candidate, purpose):
    with acting(clerk), pytest.raises(PurposeMissing):
        record_read("record", candidate, candidate_id=candidate.pk, purpose=purpose)

    assert not Event.objects.filter(kind="read").exists()


@pytest.mark.parametrize("write", [record_list, record_search, record_export])
def test_no_list_search_or_export_goes_without_a_purpose(clerk, write):
    arguments = ["candidates", Candidate, *(["00"] if write is record_search else []), 1]

    with acting(clerk), pytest.raises(PurposeMissing):
        write(*arguments, purpose="")


def test_the_shell_needs_a_purpose_too(db, candidate):
    with pytest.raises(PurposeMissing):
        record_read("record", candidate, candidate_id=candidate.pk)


def test_the_purpose_in_force_is_enough(clerk, candidate):
    with acting(clerk, purpose="免2026-00012"):
        read = record_read("record", candidate, candidate_id=candidate.pk)

    assert (read.note, read.actor, read.office_id) == ("免2026-00012", clerk, candidate.managing_university_id)


def test_candidates_need_none(candidate_user, candidate):
    with acting(candidate_user):
        assert record_read("document", candidate, candidate_id=candidate.pk).note == ""


def test_a_list_is_one_line_about_its_model_and_nobody_in_particular(clerk):
    with acting(clerk):
        read = record_list("candidates", Candidate, 50, purpose="查找考生")

    assert (read.verb, read.subject_table, read.subject_id, read.candidate_id) == ("list", "records_candidate", None, None)
    assert read.details == {"list": "candidates", "shown": 50}


def test_an_export_says_how_many_rows_went_and_which_file(clerk, candidate):
    with acting(clerk):
        read = record_export("scores", candidate, 7, purpose="核对", sha256="ab" * 32)

    assert (read.verb, read.subject_id, read.details) == (
        "export",
        candidate.pk,
        {"export": "scores", "rows": 7, "sha256": "ab" * 32},
    )


def test_a_view_says_what_it_lets_people_read_or_nothing_at_all():
    class ByClass:
        reads = ("case",)

    def page() -> None: ...

    def behind_a_class() -> None: ...

    behind_a_class.cls = ByClass  # type: ignore[attr-defined]

    assert declared_by(page) is None
    assert declared_by(behind_a_class) == {"case"}
    assert declared_by(reads("record", "list")(page)) == {"record", "list"}
    assert declared_by(reads_nothing(page)) == frozenset()
