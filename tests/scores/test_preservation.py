"""Marks are kept: attempts beside each other, changes beside what was, and a signed snapshot that stands for itself."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from records.certificates import keys
from records.certificates.signing import certificate_pem
from records.jobs import running
from records.models import Setting, User
from scores import tasks  # noqa: F401 - registers the work that ``running.run`` does
from scores.marks.changing import NewMark, change
from scores.models import Mark, MarkSnapshot, ScoreBatch
from scores.preservation import snapshots, verify_snapshot
from scores.preservation.verify_snapshot import Refused, verify
from tests.factories import (
    CandidateFactory,
    CorrectionFactory,
    CourseFactory,
    MarkFactory,
    MunicipalityFactory,
    PublicationFactory,
    SittingFactory,
)
from tests.scores.files import checked, codes, entered, marks_file, published, ticket_of

pytestmark = pytest.mark.django_db

SECRET, OUT = Decimal("41.3"), Decimal("58.7")
MEMBERS = ("marks.csv", "revisions.csv", "certificate.pem", "verify_snapshot.py", "manifest.json", "manifest.json.sig")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: object) -> Path:
    settings.KAOJI_HOME = tmp_path / "home"  # type: ignore[attr-defined]
    MunicipalityFactory()
    return tmp_path


@pytest.fixture
def mark() -> Mark:
    """One that is out and was changed; beside it one that is not out and one of a later year."""
    out = {"published_at": timezone.now(), "credits_entered_at": timezone.now()}
    mark = MarkFactory(publication=PublicationFactory(sitting=SittingFactory(name="2025-10"), **out), points=OUT)
    change(
        [NewMark(mark.pk, Decimal("59.7"))], because="合分更正", case=CorrectionFactory(candidate=mark.candidate, proofs=False)
    )
    MarkFactory(publication=PublicationFactory(sitting=SittingFactory(name="2025-04")), points=SECRET)
    MarkFactory(publication=PublicationFactory(sitting=SittingFactory(name="2026-04"), **out))
    return mark


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The office's certificate as somebody outside keeps it."""
    path = tmp_path / "office.pem"
    path.write_bytes(certificate_pem())
    return path


@pytest.fixture
def snapshot(mark: Mark) -> MarkSnapshot:
    return snapshots.make(snapshots.create(2025, by=None))


def rows(snapshot: MarkSnapshot, name: str) -> list[dict[str, str]]:
    with ZipFile(snapshot.path) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def rewritten(snapshot: MarkSnapshot, folder: Path, edit: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive with other contents."""
    with ZipFile(snapshot.path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    edit(contents)
    path = folder / "rewritten.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_a_snapshot_holds_published_marks_up_to_the_years_end_and_their_changes(mark: Mark, snapshot: MarkSnapshot) -> None:
    line = rows(snapshot, "marks.csv")[0]
    assert (line["mark"], line["sitting"], line["points"], line["flag"]) == (str(mark.pk), "2025-10", "59.7", "正常")
    assert (line["ticket_number"], line["course"]) == (ticket_of(mark.candidate), mark.course.code)
    assert [(row["points_before"], row["points"]) for row in rows(snapshot, "revisions.csv")] == [("58.7", "59.7")]
    assert (snapshot.marks, snapshot.revisions) == (1, 1)


def test_a_snapshot_holds_no_identity_number_no_name_and_no_unpublished_mark(mark: Mark, snapshot: MarkSnapshot) -> None:
    with ZipFile(snapshot.path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    for secret in (mark.candidate.identity_number, mark.candidate.name, str(SECRET)):
        assert secret.encode() not in everything


def test_a_snapshot_verifies_with_the_offices_certificate(snapshot: MarkSnapshot, office: Path) -> None:
    manifest = verify(snapshot.path, office)

    assert manifest["year"] == 2025
    assert {member["name"]: member["rows"] for member in manifest["members"]}["marks.csv"] == 1


def test_the_script_inside_the_archive_stands_alone(snapshot: MarkSnapshot, office: Path, tmp_path: Path) -> None:
    with ZipFile(snapshot.path) as archive:
        archive.extract("verify_snapshot.py", tmp_path)
    command = [sys.executable, "-I", "verify_snapshot.py", str(snapshot.path), "--certificate", str(office)]

    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    command[3] = str(rewritten(snapshot, tmp_path, lambda contents: contents.update({"marks.csv": b""})))
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 1


@pytest.mark.parametrize("name", MEMBERS)
def test_one_byte_changed_in_any_member_is_refused(snapshot: MarkSnapshot, office: Path, tmp_path: Path, name: str) -> None:
    with ZipFile(snapshot.path) as archive:
        content = archive.read(name)
    step = max(1, len(content) // 25)
    for place in (*range(0, len(content), step), len(content) - 1):
        changed = flipped(content, place)
        path = rewritten(snapshot, tmp_path, lambda contents, changed=changed: contents.update({name: changed}))
        with pytest.raises(Refused):
            verify(path, office)


@pytest.mark.parametrize("name", MEMBERS)
def test_a_missing_member_is_refused(snapshot: MarkSnapshot, office: Path, tmp_path: Path, name: str) -> None:
    path = rewritten(snapshot, tmp_path, lambda contents: contents.pop(name) and None)

    with pytest.raises(Refused):
        verify(path, office)


def test_a_member_that_was_slipped_in_is_refused(snapshot: MarkSnapshot, office: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        verify(rewritten(snapshot, tmp_path, lambda contents: contents.update({"more.csv": b""})), office)


def test_another_certificate_is_refused(snapshot: MarkSnapshot, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    made = keys.make()
    other.write_text(made[made.index("-----BEGIN CERTIFICATE") :])

    with pytest.raises(Refused):
        verify(snapshot.path, other)


def test_half_an_archive_is_refused(snapshot: MarkSnapshot, office: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.zip"
    half.write_bytes(snapshot.path.read_bytes()[: (snapshot.size or 0) // 2])

    with pytest.raises(Refused):
        verify(half, office)


@pytest.mark.parametrize("year", [1980, 2999])
def test_no_snapshot_of_a_year_without_marks(year: int) -> None:
    with pytest.raises(CommandError):
        call_command("snapshot_marks", "--year", str(year))


def test_the_command_makes_one_and_says_its_hash(mark: Mark, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("snapshot_marks", "--year", "2025")

    made = MarkSnapshot.objects.get()
    assert made.sha256 in capsys.readouterr().out
    assert snapshots.sha256_of(made.path) == made.sha256


def test_the_clock_asks_once_a_year() -> None:
    assert snapshots.ask_for_last_year()
    assert snapshots.ask_for_last_year() is None
    assert MarkSnapshot.objects.get().year == timezone.localdate().year - 1


def test_an_officer_has_one_made_and_takes_it_away_with_a_line_in_the_trail(
    client: Client, mark: Mark, officer: User, clerk: User
) -> None:
    client.force_login(officer)
    assert "永久" in client.get(reverse("snapshots:list")).content.decode()
    assert client.post(reverse("snapshots:make"), {"year": 2025}).status_code == 302
    made = MarkSnapshot.objects.get()
    address = reverse("snapshots:download", args=[made.pk])
    assert client.get(address).status_code == 404
    running.run(made.job_id)

    answer = client.get(address)

    made.refresh_from_db()
    assert b"".join(answer.streaming_content) == made.path.read_bytes()  # type: ignore[attr-defined]
    taken = Event.objects.get(verb="export", subject_table="scores_marksnapshot")
    assert (taken.actor_id, taken.details["sha256"], taken.details["rows"]) == (officer.pk, made.sha256, 1)
    assert client.post(reverse("snapshots:make"), {"year": 2999}).status_code == 422
    client.force_login(clerk)
    assert client.get(address).status_code == 404


def test_how_long_marks_are_kept_is_what_the_office_set(client: Client, officer: User) -> None:
    Setting.objects.create(key="marks.kept_years", value=60, in_force_from=timezone.localdate())
    client.force_login(officer)

    assert "60年，自公布之日起" in client.get(reverse("snapshots:list")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_worker_sees_marks_and_changes_at_one_moment(officer: User) -> None:
    asked = snapshots.ask(2025, by=officer)
    running.run(asked.job_id)

    asked.refresh_from_db()
    assert asked.made_at, asked.job.error


def test_a_second_attempt_stands_beside_the_first(tmp_path: Path, officer: User, second_officer: User) -> None:
    candidate, course = CandidateFactory(), CourseFactory(code="00015")
    for sitting, points in (("2025-10", "78"), ("2026-04", "45")):
        path = marks_file(tmp_path, [(ticket_of(candidate), course.code, points)])
        published(entered(path, sitting=sitting), officer, second_officer)

    kept = Mark.objects.filter(candidate=candidate, course=course).order_by("sitting__name")
    assert list(kept.values_list("points", flat=True)) == [78, 45]


def test_a_mark_that_is_out_is_never_overwritten_by_a_file(tmp_path: Path, officer: User, second_officer: User) -> None:
    candidate = CandidateFactory()
    CourseFactory(code="00015")
    published(entered(marks_file(tmp_path, [(ticket_of(candidate), "00015", "78")])), officer, second_officer)

    batch = checked(marks_file(tmp_path, [(ticket_of(candidate), "00015", "90")]))

    assert batch.state == ScoreBatch.State.FAULTY
    assert codes(batch) == ["scores.published"]
    assert Mark.objects.get(candidate=candidate).points == 78


def test_what_a_decision_changed_can_be_read_as_it_was(mark: Mark) -> None:
    mark.refresh_from_db()
    assert mark.points == Decimal("59.7")
    assert mark.revisions.get().points_before == OUT


DELETIONS = re.compile(r"DELETE FROM scores_mark(revision)?\b|\bMark(Revision)?\.(registry|objects)\.[^\n]*delete\(")


def test_nothing_deletes_marks_but_the_undoing_of_what_is_not_out() -> None:
    root = Path(settings.BASE_DIR)
    sources = [
        path
        for floor in ("audit", "records", "scores", "exemptions", "graduation", "config")
        for path in (root / floor).rglob("*.py")
    ]
    found = {str(path.relative_to(root)) for path in sources if DELETIONS.search(path.read_text())}

    assert found == {"scores/entry/entering.py", "scores/violations/entering.py"}


def test_the_script_names_the_members_as_they_are_written() -> None:
    assert MEMBERS[4:] == (verify_snapshot.MANIFEST, verify_snapshot.SIGNATURE)
