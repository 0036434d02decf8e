"""Taking a part of the trail away: what is in the archive, that it proves itself elsewhere, who may have it, when it goes."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import subprocess
import sys
import zipfile

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from audit.acting import acting
from audit.models import Event
from audit.proofs import check
from audit.trail import record_read
from config import tasks  # noqa: F401 - registers the work that ``running.run`` does
from config.trail import exporting, tables
from config.trail.exporting import JOB, archive_of, remove_old, request_export
from config.trail.searching import Search
from records.jobs import running
from records.models import Job
from tests.audit.sealing import nothing_happened, seal
from tests.factories import CandidateFactory, MunicipalityFactory, UniversityFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_home(settings, tmp_path_factory):
    """Archives of other tests, whose jobs had the same numbers, are not here."""
    settings.KAOJI_HOME = tmp_path_factory.mktemp("home")


@pytest.fixture
def auditor(transactional_db):
    return UserFactory(office=MunicipalityFactory(), roles=["OA"], full_name="沈之远")


@pytest.fixture
def head(transactional_db):
    return UserFactory(office=UniversityFactory(), roles=["UH", "U3"])


@pytest.fixture
def looks(auditor, head):
    """Three reads, two of them sealed; the trail begins with them."""
    candidate = CandidateFactory(name="林知一")
    nothing_happened()
    for person, purpose in [(auditor, "核对"), (head, "考生来访")]:
        with acting(person):
            record_read("record", candidate, candidate_id=candidate.pk, purpose=purpose)
    seal()
    with acting(auditor):
        record_read("record", candidate, candidate_id=candidate.pk, purpose="=HYPERLINK(1)")
    return candidate


def today(**conditions):
    day = timezone.localdate()
    return Search(first=day, last=day, **conditions)


def exported(user, search, **options):
    """The job of an export that has been done."""
    job = request_export(user, search, purpose="法院调取")
    with acting(user):
        exporting.export(job, **options)
    job.state, job.finished_at = Job.State.DONE, timezone.now()
    job.save()
    return job


def unpacked(job, folder):
    with zipfile.ZipFile(archive_of(job)) as archive:
        archive.extractall(folder)
    return folder


def checked_by_the_program(folder, printed=""):
    done = subprocess.run([sys.executable, "check.py", printed], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip()


def test_the_archive_holds_what_was_found_to_read_and_to_prove(auditor, looks, tmp_path):
    job = exported(auditor, today(verb="record"))

    folder = unpacked(job, tmp_path)
    rows = list(openpyxl.load_workbook(folder / "留痕.xlsx").active.iter_rows(values_only=True))
    assert rows[0] == tuple(tables.heads())
    assert [row[5] for row in rows[1:]] == ["查阅考籍：林知一"] * 3
    assert [row[13] for row in rows[1:]] == ["第1号", "第1号", "尚未封存"]
    assert (job.outcome["rows"], job.outcome["unsealed"], job.outcome["cut"]) == (3, 1, False)
    assert check(folder, printed=f"{job.outcome['seal']}:{job.outcome['hash']}") == []


def test_a_formula_in_a_purpose_stays_text(auditor, looks, tmp_path):
    folder = unpacked(exported(auditor, today(verb="record")), tmp_path)

    cell = list(openpyxl.load_workbook(folder / "留痕.xlsx").active.rows)[3][10]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


def test_many_events_come_as_a_text_file(auditor, looks, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MOST_IN_SPREADSHEET", 2)

    folder = unpacked(exported(auditor, today(verb="record")), tmp_path)

    rows = list(csv.reader(io.StringIO((folder / "留痕.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) == 4
    assert rows[3][10] == "'=HYPERLINK(1)"
    assert not (folder / "留痕.xlsx").exists()


def test_the_program_in_the_archive_finds_it_sound(auditor, looks, tmp_path):
    job = exported(auditor, today(verb="record"))

    printed = f"{job.outcome['seal']}:{job.outcome['hash']}"
    assert checked_by_the_program(unpacked(job, tmp_path), printed) == (0, "一致")


@pytest.mark.parametrize(
    ("name", "was", "becomes", "fault"),
    [
        ("events.tsv", "核对", "核错", "号留痕与封存不符"),
        ("proofs.jsonl", '"position": 0', '"position": 1', "号留痕与封存不符"),
        ("seals.tsv", "kaoji-event-1\t1", "kaoji-event-1\t2", "第2号封存与前后不符"),
    ],
)
def test_the_program_in_the_archive_finds_what_was_altered(auditor, looks, tmp_path, name, was, becomes, fault):
    folder = unpacked(exported(auditor, today(verb="record")), tmp_path)
    text = (folder / name).read_text(encoding="utf-8")
    assert was in text

    (folder / name).write_text(text.replace(was, becomes), encoding="utf-8")

    code, said = checked_by_the_program(folder)
    assert code == 1
    assert fault in said


def test_the_program_in_the_archive_misses_a_seal_on_paper(auditor, looks, tmp_path):
    folder = unpacked(exported(auditor, today(verb="record")), tmp_path)

    assert checked_by_the_program(folder, f"1:{'0' * 64}") == (1, "纸上的封存不在链中")


def test_a_head_takes_along_the_own_offices_events_only(head, looks, tmp_path):
    job = exported(head, today(verb="record"))

    assert job.outcome["rows"] == 1
    assert "核对" not in (unpacked(job, tmp_path) / "events.tsv").read_text(encoding="utf-8")


def test_what_is_beyond_the_limit_is_left_out_and_said(auditor, looks):
    job = exported(auditor, today(verb="record"), at_most=2)

    assert (job.outcome["rows"], job.outcome["cut"]) == (2, True)


def test_the_trail_says_who_took_what_with_the_archives_hash(auditor, looks):
    job = exported(auditor, today(verb="record"))

    event = Event.objects.get(verb="export")
    digest = hashlib.sha256(archive_of(job).read_bytes()).hexdigest()
    assert (event.actor, event.note, event.subject_id) == (auditor, "法院调取", job.pk)
    assert event.details == {"export": "trail", "rows": 3, "sha256": digest}
    assert job.outcome["sha256"] == digest


def test_an_attempt_after_a_crash_begins_anew(auditor, looks):
    job = request_export(auditor, today(verb="record"), purpose="法院调取")
    (job.result_path / "work").mkdir(parents=True)
    (job.result_path / "work" / "events.tsv").write_text("half a line")

    running.run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.outcome["rows"]) == (Job.State.DONE, 3)
    assert [path.name for path in job.result_path.iterdir()] == [archive_of(job).name]


def test_who_lost_the_right_gets_no_archive(auditor, looks):
    job = request_export(auditor, today(), purpose="法院调取")
    auditor.appointments.update(ends_on=timezone.localdate() - dt.timedelta(days=1), starts_on="2020-01-01")

    running.run(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.STOPPED
    assert not archive_of(job).exists()


def test_the_download_leaves_an_event_of_its_own(client, auditor, looks):
    job = exported(auditor, today(verb="record"))
    client.force_login(auditor)

    answer = client.get(reverse("trail:download", args=[job.pk]))

    assert b"".join(answer.streaming_content) == archive_of(job).read_bytes()
    assert Event.objects.latest("pk").details == {"export": "trail-download", "rows": 3, "sha256": job.outcome["sha256"]}


def test_an_export_is_its_offices_own(client, auditor, head, looks):
    of_the_city, of_the_university = exported(auditor, today()), exported(head, today())

    client.force_login(head)
    assert client.get(reverse("trail:download", args=[of_the_city.pk])).status_code == 404
    assert client.get(reverse("trail:export", args=[of_the_city.pk])).status_code == 404
    client.force_login(UserFactory(office=MunicipalityFactory(), roles=["O3"]))
    assert client.get(reverse("trail:download", args=[of_the_city.pk])).status_code == 403
    client.force_login(auditor)
    assert client.get(reverse("trail:export", args=[of_the_university.pk])).status_code == 404


def test_the_page_of_an_export_shows_the_hash_and_the_link(client, auditor, looks):
    job = exported(auditor, today(verb="record"))
    client.force_login(auditor)

    page = client.get(reverse("trail:export", args=[job.pk])).content.decode()

    assert f"<span>{job.outcome['sha256'][:8]}</span><span>{job.outcome['sha256'][8:16]}</span>" in page
    assert reverse("trail:download", args=[job.pk]) in page


def test_the_jobs_own_page_leads_to_the_archive(client, auditor, looks):
    job = exported(auditor, today(verb="record"))
    client.force_login(auditor)

    assert reverse("trail:export", args=[job.pk]) in client.get(reverse("jobs:detail", args=[job.pk])).content.decode()


@pytest.mark.parametrize(("days", "is_kept"), [(29, True), (31, False)])
def test_an_archive_is_removed_when_its_time_is_over(client, auditor, looks, days, is_kept):
    job = exported(auditor, today(verb="record"))
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - dt.timedelta(days=days))

    assert remove_old() == (0 if is_kept else 1)

    assert archive_of(job).exists() == is_kept
    client.force_login(auditor)
    assert client.get(reverse("trail:download", args=[job.pk])).status_code == (200 if is_kept else 404)
    assert remove_old() == 0


def test_an_export_is_asked_for_with_a_purpose(client, auditor, looks):
    client.force_login(auditor)
    day = timezone.localdate()

    without = client.post(reverse("trail:export-new"), {"first": "2020-01-01", "last": day})
    asked = client.post(reverse("trail:export-new"), {"first": "2020-01-01", "last": day, "words": "法院调取"})

    job = Job.objects.get(kind=JOB)
    assert without.status_code == 422
    assert asked["Location"] == reverse("trail:export", args=[job.pk])
    assert (job.parameters["purpose"], job.parameters["search"]["first"]) == ("法院调取", "2020-01-01")
