"""``manage.py import_scores``: one JSON line, exit codes, and its own work finished in its own process."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from records.jobs import running
from records.jobs.models import Job
from records.models import Candidate, Credit
from scores.entry import entering
from scores.entry.importing import receive, sitting_named
from scores.management.commands import import_scores
from scores.models import Mark, Publication, ScoreBatch, SittingStatistic, StagedMark
from scores.publishing import publication as publishing
from tests.factories import CourseFactory
from tests.scores.files import SITTING, marks_file, ticket_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def good_file(tmp_path: Path, candidate: Candidate) -> Path:
    CourseFactory(code="00015")
    return marks_file(tmp_path, [(ticket_of(candidate), "00015", "60")])


def run(capsys: pytest.CaptureFixture[str], path: Path, *options: str, sitting: str = SITTING) -> tuple[int, dict[str, Any]]:
    """The exit code and the one line of JSON."""
    try:
        call_command("import_scores", str(path), "--sitting", sitting, *options)
        code = 0
    except SystemExit as stopped:
        code = int(str(stopped.code))
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 1
    answer: dict[str, Any] = json.loads(out)
    return code, answer


def in_a_connection_of_its_own(work: Callable[[int], None], key: int) -> None:
    try:
        work(key)
    finally:
        connection.close()


def test_a_good_file_is_entered_and_waits_for_publication(
    good_file: Path, candidate: Candidate, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, good_file) == (0, {"rows": 1, "written": 1, "unchanged": 0, "warnings": []})

    assert Mark.registry.count() == 1
    assert not Mark.objects.exists()
    assert not Credit.objects.exists()


def test_publishing_finishes_everything_without_a_worker(
    good_file: Path, candidate: Candidate, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, good_file, "--publish")

    candidate.refresh_from_db()
    assert Mark.objects.count() == 1
    assert candidate.record_number
    assert SittingStatistic.objects.count() == 1
    assert Job.objects.get().state == Job.State.DONE


def test_the_same_file_again_is_unchanged(good_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, good_file, "--publish")

    code, answer = run(capsys, good_file, "--publish")

    assert (code, answer["written"], answer["unchanged"]) == (0, 0, 1)
    assert [warning["code"] for warning in answer["warnings"]] == ["import.same-file"]
    assert Publication.objects.count() == 1


def test_a_file_that_was_entered_before_can_be_published_by_sending_it_again(
    good_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, good_file)

    run(capsys, good_file, "--publish")

    assert Mark.objects.count() == 1
    assert Credit.objects.count() == 1


def test_a_publication_that_was_killed_is_finished_by_the_same_command(
    good_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*_arguments: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "_finish", power_cut)
        with pytest.raises(KeyboardInterrupt):
            run(capsys, good_file, "--publish")
    assert Publication.objects.get().credits_entered_at is None

    run(capsys, good_file, "--publish")

    assert Publication.objects.get().credits_entered_at is not None
    assert Credit.objects.count() == 1


def test_a_publication_whose_job_has_failed_is_finished_by_the_same_command(
    good_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise ValueError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "_finish", fail)
        with pytest.raises(ValueError, match="a bug"):
            run(capsys, good_file, "--publish")
    assert Job.objects.get().state == Job.State.FAILED

    assert run(capsys, good_file, "--publish")[0] == 0

    assert Publication.objects.get().credits_entered_at is not None
    assert (Job.objects.get().state, Job.objects.get().error) == (Job.State.DONE, "")


def test_a_publication_that_somebody_else_has_just_confirmed_is_no_error(
    good_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish_after_another(publication: Publication) -> Job:
        publishing.publish_at_once(publication)
        return publishing.publish_at_once(publication)

    monkeypatch.setattr(import_scores, "publish_at_once", publish_after_another)

    assert run(capsys, good_file, "--publish") == (0, {"rows": 1, "written": 1, "unchanged": 0, "warnings": []})
    assert Credit.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_command_waits_for_who_is_entering_the_credits(
    good_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, good_file)
    job = publishing.publish_at_once(Publication.objects.get())
    begun, go_on = Event(), Event()

    def slowly(*arguments: object) -> None:
        begun.set()
        assert go_on.wait(20)
        finish(*arguments)

    finish = publishing._finish
    monkeypatch.setattr(publishing, "_finish", slowly)
    monkeypatch.setattr(import_scores.time, "sleep", lambda _seconds: go_on.set())
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(in_a_connection_of_its_own, running.run, job.pk)
        assert begun.wait(20)
        run(capsys, good_file, "--publish")
        other.result()

    assert Publication.objects.get().credits_entered_at is not None
    assert Job.objects.get().attempts == 1


@pytest.mark.parametrize("cut", ["staged_of", "judge", "enter"])
def test_what_a_killed_import_left_behind_is_given_up_by_the_same_command(
    good_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    def power_cut(*_arguments: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(entering, cut, power_cut)
        with pytest.raises(KeyboardInterrupt):
            run(capsys, good_file)

    code, answer = run(capsys, good_file)

    assert (code, answer["written"]) == (0, 1)
    assert list(ScoreBatch.objects.order_by("pk").values_list("state", flat=True)) == ["undone", "confirmed"]
    assert not StagedMark.objects.exists()


def test_a_batch_that_people_are_working_on_is_left_to_them(good_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    batch, _is_new = receive(good_file, sitting_named(SITTING), Publication.Kind.WRITTEN, by=None)
    ScoreBatch.objects.filter(pk=batch.pk).update(job=Job.objects.create(kind="scores.check", title="x"), state="ready")

    run(capsys, good_file)

    assert ScoreBatch.objects.get(pk=batch.pk).state == ScoreBatch.State.READY


def test_a_refused_file_exits_1_with_its_faults_and_writes_nothing(
    tmp_path: Path, candidate: Candidate, capsys: pytest.CaptureFixture[str]
) -> None:
    CourseFactory(code="00015")
    path = marks_file(tmp_path, [(ticket_of(candidate), "00015", "60"), ("999999999999", "00015", "60")])

    code, answer = run(capsys, path, "--publish")

    assert code == 1
    assert list(answer) == ["faults"]
    assert [list(fault) for fault in answer["faults"]] == [["row", "column", "value", "code", "message"]]
    assert not Mark.registry.exists()
    assert ScoreBatch.objects.get().state == ScoreBatch.State.FAULTY


def test_a_file_that_does_not_exist_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = run(capsys, tmp_path / "none.csv")

    assert (code, answer["faults"][0]["code"]) == (1, "table.no-such-file")


def test_practical_marks_are_credits_by_practice(
    tmp_path: Path, candidate: Candidate, capsys: pytest.CaptureFixture[str]
) -> None:
    CourseFactory(code="00099", practical=True)

    run(capsys, marks_file(tmp_path, [(ticket_of(candidate), "00099", "良好")]), "--practical", "--publish")

    assert [(credit.source, credit.grade) for credit in Credit.objects.all()] == [("practical", "良好")]


def test_a_sitting_that_is_none_exits_2_with_a_plain_line(good_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        call_command("import_scores", str(good_file), "--sitting", "2026-13")

    assert stopped.value.code == 2
    out, errors = capsys.readouterr()
    assert out == ""
    assert len(errors.splitlines()) == 1
    assert not ScoreBatch.objects.exists()
