"""Files of candidates: checked, shown, confirmed, written all or nothing, and taken back while nothing stands on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audit.acting import acting
from audit.models import Event
from audit.workflow import NotNow, Refused
from records import tasks  # noqa: F401 - registers the work of its jobs
from records.imports.reports import fault_workbook
from records.jobs import running
from records.jobs.models import Job
from records.ledger import book
from records.ledger.models import Source
from records.models import (
    Appointment,
    Candidate,
    CandidateBatch,
    FilledIn,
    ImportFile,
    Major,
    Office,
    ProbableDuplicate,
    Registration,
    Ticket,
    User,
)
from records.registration import taking_in, writing
from records.registration.batches import State, confirm, discard, is_left_unchecked, receive, standing, start_check
from records.registration.importing import import_candidates
from records.registration.obstacles import obstacles_of
from records.registration.registering import register_person
from records.registration.undoing import removal_of, request_undo, take_back
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    DocumentFactory,
    ExemptionFactory,
    MajorFactory,
    PaperFileFactory,
    PlanFactory,
    UserFactory,
)
from tests.records.candidate_files import BORN, person, write_csv

pytestmark = pytest.mark.django_db
Sent = Callable[..., CandidateBatch]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> None:
    settings.KAOJI_HOME = tmp_path / "home"


@pytest.fixture(autouse=True)
def majors(university: Office) -> list[Major]:
    majors = [MajorFactory(code=code, hosts=[university]) for code in ("X9999901", "X9999902")]
    for major in majors:
        PlanFactory(major=major)
    return majors


@pytest.fixture
def sent(tmp_path: Path, university: Office, clerk: User) -> Sent:
    """Upload rows as a file and let the worker check it."""

    def sent(*people: dict[str, str], name: str = "新生.csv") -> CandidateBatch:
        batch, is_new = receive(upload_of(tmp_path, *people, name=name), university, by=clerk)
        if is_new:
            running.run(start_check(batch, by=clerk).pk)
        return again(batch)

    return sent


@pytest.fixture
def written(sent: Sent, clerk: User) -> Sent:
    """The same, confirmed and written."""

    def written(*people: dict[str, str], name: str = "新生.csv") -> CandidateBatch:
        batch = sent(*people, name=name)
        confirm(batch, by=clerk)
        return worked(batch)

    return written


def upload_of(folder: Path, *people: dict[str, str], name: str = "新生.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, write_csv(folder / "sent.csv", *people).read_bytes())


def again(batch: CandidateBatch) -> CandidateBatch:
    found: CandidateBatch = CandidateBatch.objects.select_related("file", "university", "job").get(pk=batch.pk)
    return found


def worked(batch: CandidateBatch) -> CandidateBatch:
    """After the worker has done the batch's job."""
    running.run(again(batch).job.pk)
    return again(batch)


def undone(batch: CandidateBatch, by: User, note: str = "发错了文件") -> CandidateBatch:
    with acting(by):
        request_undo(batch, by=by, note=note)
    return worked(batch)


def namesake(name: str, university: Office) -> Candidate:
    """Somebody of that name with a passport, born on the day of the people of the files."""
    return CandidateFactory(
        name=name, birth_date=BORN, document_kind="passport", identity_number="E1234567", managing_university=university
    )


def loses_the_duty(person: User) -> None:
    today = timezone.localdate()
    Appointment.objects.filter(person=person).update(starts_on=today - dt.timedelta(days=9), ends_on=today - dt.timedelta(days=1))


def counts() -> tuple[int, int, int]:
    return Candidate.objects.count(), Ticket.objects.count(), Registration.objects.count()


def figures(batch: CandidateBatch) -> dict[str, int]:
    return {name: batch.report[name] for name in ("rows", "new", "second", "filled", "tickets", "records", "same")}


def test_checking_writes_nobody_and_shows_what_the_file_would_bring(sent: Sent, university: Office) -> None:
    known = register_person(person(9, 前置学历=""), university)[0]
    before = counts()

    batch = sent(
        person(1, 准考证号="123456789"),
        person(1, 专业代码="X9999902", 准考证号="123456789"),
        person(2, 考籍号="7654321", 准考证号=""),
        person(9, 专业代码="X9999902"),
        person(9, 专业代码="X9999902"),
    )

    assert counts() == before
    assert batch.state == State.READY
    assert figures(batch) == {"rows": 5, "new": 2, "second": 2, "filled": 1, "tickets": 1, "records": 1, "same": 1}
    assert known.prior_education == ""
    assert [row["brings"] for row in batch.report["first"]] == [
        "新考生、沿用准考证号",
        "加报专业",
        "新考生、沿用考籍号",
        "加报专业、补充资料",
        "没有新内容",
    ]


def test_the_preview_holds_no_whole_number(sent: Sent) -> None:
    row = person(1)

    batch = sent(row)

    assert row["证件号码"] not in str(batch.report)
    assert row["手机号码"] not in str(batch.report)
    assert batch.report["first"][0]["mask"].count("*") > 8


def test_every_fault_is_in_the_report_and_in_the_table_to_mend(sent: Sent) -> None:
    sound = person(4)["证件号码"]
    wrong = sound[:-1] + ("1" if sound[-1] != "1" else "2")

    batch = sent(person(1), person(2, 性别="?"), person(3, 专业代码="X0000000"), person(4, 证件号码=wrong))

    assert batch.state == State.REFUSED
    assert (batch.report["faults"], batch.report["faulty_rows"]) == (3, 3)
    assert {kind["code"] for kind in batch.report["kinds"]} == {
        "value.choice",
        "registration.unknown-major",
        "identity.check-character",
    }
    assert wrong not in str(batch.report)
    assert fault_workbook(batch.file).exists()
    assert again(batch).file.accepted is False
    assert Candidate.objects.count() == 0


def test_what_is_confirmed_is_written_and_names_the_batch(sent: Sent, clerk: User, university: Office) -> None:
    batch = sent(person(1), person(2))

    with acting(clerk):
        confirm(batch, by=clerk)
    assert Candidate.objects.count() == 0
    batch = worked(batch)

    assert batch.state == State.WRITTEN
    assert counts() == (2, 2, 2)
    for model in (Candidate, Ticket, Registration):
        assert set(model._default_manager.values_list("batch", flat=True)) == {batch.pk}
    assert batch.file.accepted is True
    assert batch.file.outcome["written"] == 2
    assert (batch.confirmed_by, batch.report["first"]) == (clerk, [])
    steps = Event.objects.filter(kind="step", subject_table="records_candidatebatch", subject_id=batch.pk)
    assert list(steps.order_by("pk").values_list("verb", "actor")) == [("confirm", clerk.pk), ("write", clerk.pk)]


def test_a_batch_is_confirmed_once(sent: Sent, clerk: User, second_clerk: User) -> None:
    batch = sent(person(1))
    confirm(batch, by=clerk)

    with pytest.raises(NotNow):
        confirm(batch, by=second_clerk)

    worked(batch)
    with pytest.raises(NotNow):
        confirm(batch, by=second_clerk)
    assert Candidate.objects.count() == 1


def test_the_job_run_again_after_a_crash_doubles_nothing(sent: Sent, clerk: User, monkeypatch: Any) -> None:
    batch = sent(person(1), person(2))
    confirm(batch, by=clerk)

    def dies(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(taking_in, "settle", dies)  # everybody is in the tables by then
        with pytest.raises(KeyboardInterrupt):
            running.run(again(batch).job.pk)
    assert counts() == (0, 0, 0)
    assert again(batch).state == State.WRITING

    batch = worked(batch)
    Job.objects.filter(pk=batch.job.pk).update(state=Job.State.RUNNING)  # killed after the work, before the row said so
    batch = worked(batch)

    assert batch.state == State.WRITTEN
    assert counts() == (2, 2, 2)


def test_who_loses_the_duty_before_the_work_writes_nobody(sent: Sent, clerk: User, second_clerk: User) -> None:
    batch = sent(person(1))
    confirm(batch, by=clerk)
    loses_the_duty(clerk)

    batch = worked(batch)

    assert batch.job.state == Job.State.STOPPED
    assert Candidate.objects.count() == 0
    assert standing(batch) == State.READY
    confirm(batch, by=second_clerk)
    assert worked(batch).state == State.WRITTEN


def test_who_loses_the_duty_during_the_work_writes_nobody(sent: Sent, clerk: User, monkeypatch: Any) -> None:
    batch = sent(person(1))
    confirm(batch, by=clerk)
    real = writing.remember_pairs

    def loses_it_now() -> None:
        loses_the_duty(clerk)
        real()

    monkeypatch.setattr(writing, "remember_pairs", loses_it_now)
    batch = worked(batch)

    assert batch.job.state == Job.State.STOPPED
    assert Candidate.objects.count() == 0


def test_when_the_register_has_changed_nothing_is_written_and_the_difference_shown(
    sent: Sent, clerk: User, university: Office
) -> None:
    batch = sent(person(1), person(2))
    register_person(person(1), university)
    confirm(batch, by=clerk)

    batch = worked(batch)

    assert batch.state == State.READY
    assert Candidate.objects.count() == 1
    assert (batch.report["before"]["new"], batch.report["new"], batch.report["same"]) == (2, 1, 1)
    assert batch.confirmed_by is None
    confirm(batch, by=clerk)
    assert worked(batch).state == State.WRITTEN
    assert Candidate.objects.count() == 2


def test_when_the_register_contradicts_by_now_the_batch_is_refused(sent: Sent, clerk: User, university: Office) -> None:
    batch = sent(person(1, 准考证号="123456789"))
    register_person(person(2, 准考证号="123456789"), university)
    confirm(batch, by=clerk)

    batch = worked(batch)

    assert batch.state == State.REFUSED
    assert batch.report["first"][0]["code"] == "registration.number-taken"
    assert Candidate.objects.count() == 1


def test_the_same_file_again_leads_to_its_batch_until_that_is_given_up(sent: Sent, clerk: User) -> None:
    first = sent(person(1))
    assert sent(person(1)) == first

    confirm(first, by=clerk)
    worked(first)
    assert sent(person(1)) == first
    assert [file.accepted for file in ImportFile.objects.order_by("pk")] == [True, None, True]

    undone(first, clerk)
    assert sent(person(1)) != first


def test_the_same_file_of_another_university_is_a_batch_of_its_own(
    sent: Sent, tmp_path: Path, other_university: Office, foreign_clerk: User
) -> None:
    first = sent(person(1))

    other, is_new = receive(upload_of(tmp_path, person(1)), other_university, by=foreign_clerk)

    assert is_new
    assert other != first
    assert list(CandidateBatch.objects.visible_to(foreign_clerk)) == [other]


def test_a_batch_that_waits_is_given_up_and_writes_nothing(sent: Sent, clerk: User) -> None:
    batch = sent(person(1))

    discard(batch, by=clerk, note="文件不全")

    batch = again(batch)
    assert (batch.state, batch.report["first"]) == (State.DISCARDED, [])
    with pytest.raises(NotNow):
        confirm(batch, by=clerk)


def test_a_written_batch_cannot_be_given_up_only_undone(written: Sent, clerk: User) -> None:
    batch = written(person(1))

    with pytest.raises(NotNow):
        discard(batch, by=clerk)

    assert again(batch).state == State.WRITTEN


def test_a_check_that_died_is_told_from_one_under_way(tmp_path: Path, university: Office, clerk: User) -> None:
    batch, _is_new = receive(upload_of(tmp_path, person(1)), university, by=clerk)
    start_check(batch, by=clerk)
    assert not is_left_unchecked(again(batch))

    Job.objects.update(state=Job.State.FAILED)

    assert is_left_unchecked(again(batch))


def test_undoing_takes_everything_back_and_restores_what_was_filled_in(written: Sent, clerk: User, university: Office) -> None:
    known = register_person(person(9, 前置学历="", 加考=""), university)[0]
    before = Candidate.objects.filter(pk=known.pk).values().get()
    state = counts()
    batch = written(
        person(1),
        person(1, 专业代码="X9999902"),
        person(9, 专业代码="X9999902", 考籍号="7654321", 准考证号="123456789", 加考="Y"),
    )
    assert Candidate.objects.get(pk=known.pk).record_number == "7654321"
    removal = removal_of(batch)
    assert (removal.people, removal.majors, removal.tickets, removal.filled) == (1, 1, 2, 1)

    batch = undone(batch, clerk)

    assert (batch.state, batch.undone_by, batch.file.accepted) == (State.UNDONE, clerk, False)
    assert counts() == state
    assert Candidate.objects.filter(pk=known.pk).values().get() == before
    assert FilledIn.objects.count() == 0
    step = Event.objects.get(verb="undo", subject_table="records_candidatebatch")
    assert (step.note, step.actor) == ("发错了文件", clerk)
    assert Event.objects.filter(kind="change", verb="delete", subject_table="records_candidate").count() == 1


def test_numbers_issued_to_an_undone_batch_are_never_issued_again(written: Sent, clerk: User) -> None:
    first = written(person(1))
    gone = {Candidate.objects.get().registration_number, Ticket.objects.get().number}
    undone(first, clerk)

    written(person(1))

    assert not gone & {Candidate.objects.get().registration_number, Ticket.objects.get().number}


def _credit(candidate: Candidate) -> None:
    book.enter([book.Entry(candidate.pk, CourseFactory().pk, Source.EXEMPTION, dt.date(2026, 1, 1), "免考", "1")])


STANDS_ON_IT: dict[str, Callable[[Candidate], Any]] = {
    "账户": lambda candidate: UserFactory(candidate=candidate),
    "免考申请": lambda candidate: ExemptionFactory(candidate=candidate),
    "学分": _credit,
    "纸质档案": lambda candidate: PaperFileFactory(candidate=candidate),
    "材料": lambda candidate: DocumentFactory(candidate=candidate),
    "另外的准考证号": lambda candidate: Ticket.objects.create(
        number="99999999", candidate=candidate, is_current=False, issued_on=BORN
    ),
    "资料改动": lambda candidate: Candidate.objects.filter(pk=candidate.pk).update(name="林改"),
}


@pytest.mark.parametrize("what", STANDS_ON_IT)
def test_nothing_is_undone_while_something_stands_on_one_of_the_people(written: Sent, clerk: User, what: str) -> None:
    batch = written(person(1), person(2))
    STANDS_ON_IT[what](Candidate.objects.get(name="林知2"))

    with pytest.raises(Refused) as refusal:
        request_undo(batch, by=clerk, note="发错了文件")

    assert [problem.code for problem in refusal.value.problems] == ["registration.built-upon"]
    assert again(batch).state == State.WRITTEN
    assert Candidate.objects.filter(batch=batch).count() == 2
    found = obstacles_of(batch)
    assert found.count == 1
    assert what in dict(found.people[0].reasons)
    assert "*" in found.people[0].identity_mask


def test_what_comes_between_the_request_and_the_work_stops_the_undoing(written: Sent, clerk: User) -> None:
    batch = written(person(1))
    request_undo(batch, by=clerk, note="发错了文件")
    _credit(Candidate.objects.get())

    batch = worked(batch)

    assert (batch.state, batch.undone_by) == (State.WRITTEN, None)
    assert Candidate.objects.count() == 1


def test_a_case_about_the_added_major_stands_on_it_one_about_another_does_not(
    written: Sent, clerk: User, university: Office, majors: list[Major]
) -> None:
    known = register_person(person(9), university)[0]
    batch = written(person(9, 专业代码="X9999902"))
    ExemptionFactory(candidate=known, major=majors[0])
    assert obstacles_of(batch).count == 0

    ExemptionFactory(candidate=known, major=majors[1])

    assert obstacles_of(batch).count == 1


def test_another_batch_that_builds_on_this_one_is_undone_first(written: Sent, clerk: User) -> None:
    first = written(person(1))
    second = written(person(1, 专业代码="X9999902"), name="二.csv")
    with pytest.raises(Refused):
        request_undo(first, by=clerk, note="发错了文件")

    undone(second, clerk)

    assert undone(first, clerk).state == State.UNDONE
    assert counts() == (0, 0, 0)


def test_a_file_from_the_command_line_is_undone_like_any_other(tmp_path: Path, university: Office, clerk: User) -> None:
    import_candidates(write_csv(tmp_path / "旧.csv", person(1)), university)
    batch = CandidateBatch.objects.get()
    assert (batch.state, batch.report["new"]) == (State.WRITTEN, 1)

    undone(batch, clerk)

    assert counts() == (0, 0, 0)
    report = import_candidates(write_csv(tmp_path / "旧.csv", person(1)), university)
    assert report.written == 1


def test_a_refused_file_from_the_command_line_stands_in_the_list(tmp_path: Path, university: Office) -> None:
    with pytest.raises(Exception, match="应为"):
        import_candidates(write_csv(tmp_path / "旧.csv", person(1, 性别="?")), university)

    batch = CandidateBatch.objects.get()
    assert (batch.state, batch.report["faults"]) == (State.REFUSED, 1)


def test_undoing_is_safe_to_run_again(written: Sent, clerk: User) -> None:
    batch = undone(written(person(1)), clerk)
    survivor = CandidateFactory(managing_university=batch.university)

    take_back(batch, still_may=lambda: None)

    assert list(Candidate.objects.all()) == [survivor]


def test_namesakes_born_on_one_day_are_warned_of_and_become_a_question(sent: Sent, clerk: User, university: Office) -> None:
    known = namesake("林 知1", university)

    batch = sent(person(1), person(2, 姓名="林知3"), person(4, 姓名="林知3"))

    warnings = [(line["row"], line["code"]) for line in batch.report["warnings"]]
    assert warnings == [(2, "registration.probable-duplicate"), (4, "registration.probable-duplicate")]
    assert ProbableDuplicate.objects.count() == 0
    confirm(batch, by=clerk)
    worked(batch)
    pairs = {(pair.first.name, pair.second.name) for pair in ProbableDuplicate.objects.select_related("first", "second")}
    assert pairs == {(known.name, "林知1"), ("林知3", "林知3")}


def test_undoing_takes_the_open_question_with_it_but_not_one_found_the_same(
    written: Sent, clerk: User, university: Office
) -> None:
    namesake("林知1", university)
    batch = written(person(1))
    ProbableDuplicate.objects.update(finding=ProbableDuplicate.Finding.SAME)
    assert obstacles_of(batch).count == 1

    ProbableDuplicate.objects.update(finding=ProbableDuplicate.Finding.OPEN)
    undone(batch, clerk)

    assert ProbableDuplicate.objects.count() == 0
