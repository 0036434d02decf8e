"""Making a signed snapshot: asked for on the page, by the clock or by the command, made by a worker, kept for good."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from records.certificates.signing import certificate_fingerprint, certificate_pem, sign_bytes
from records.jobs import running
from records.offices.models import Office
from records.people.models import User
from scores.models import MarkSnapshot
from scores.preservation import verify_snapshot
from scores.preservation.content import MARKS, REVISIONS, Member, add, copy_table, one_view
from scores.trail import record_step

JOB = "scores.snapshot"
KEEP = "scores.keep_snapshots"
FORMAT = "kaoji-marks-snapshot/1"
FIRST_YEAR = 1981  # the year of the first examinations


@transaction.atomic
def ask(year: int, *, by: User | None) -> MarkSnapshot:
    """Have a worker make a snapshot of the marks up to the end of a year. ValueError for a year before the first or to come."""
    snapshot = create(year, by=by)
    title = _("生成%(year)d年度成绩快照") % {"year": year}
    snapshot.job = running.start(JOB, title, by=by, office=Office.objects.municipality(), snapshot=snapshot.pk)
    snapshot.save(update_fields=["job"])
    return snapshot


@transaction.atomic
def create(year: int, *, by: User | None) -> MarkSnapshot:
    """The row of a snapshot to be made."""
    if not FIRST_YEAR <= year <= timezone.localdate().year:
        raise ValueError(year)
    snapshot = MarkSnapshot.objects.create(year=year, asked_by=by)
    record_step("ask-snapshot", snapshot, details={"year": year})
    return snapshot


def ask_for_last_year() -> MarkSnapshot | None:
    """The clock's: last year's snapshot, unless somebody has asked for it after that year ended."""
    today = timezone.localdate()
    ended = dt.datetime(today.year, 1, 1, tzinfo=timezone.get_current_timezone())
    if MarkSnapshot.objects.filter(year=today.year - 1, asked_at__gte=ended).exists():
        return None
    return ask(today.year - 1, by=None)


def make(snapshot: MarkSnapshot) -> MarkSnapshot:
    """Write, sign and keep the archive; safe to run again, one that is made is left alone."""
    if snapshot.made_at:
        return snapshot
    snapshot.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=snapshot.path.parent, prefix="arriving-") as unfinished:
        marks, revisions = _write(snapshot, unfinished)
        unfinished.flush()
        os.fsync(unfinished.fileno())
        snapshot.path.unlink(missing_ok=True)
        os.link(unfinished.name, snapshot.path)
    snapshot.marks, snapshot.revisions = marks.rows, revisions.rows
    snapshot.sha256, snapshot.size = sha256_of(snapshot.path), snapshot.path.stat().st_size
    snapshot.fingerprint, snapshot.made_at = certificate_fingerprint(), timezone.now()
    snapshot.save(update_fields=["marks", "revisions", "sha256", "size", "fingerprint", "made_at"])
    return snapshot


def sha256_of(path: Path) -> str:
    """Of the whole file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write(snapshot: MarkSnapshot, into: IO[bytes]) -> tuple[Member, Member]:
    with ZipFile(into, "w", ZIP_DEFLATED, allowZip64=True) as archive:
        with one_view():
            marks = copy_table(archive, "marks.csv", MARKS, snapshot.year)
            revisions = copy_table(archive, "revisions.csv", REVISIONS, snapshot.year)
        script = Path(verify_snapshot.__file__).read_bytes()
        members = [
            marks,
            revisions,
            add(archive, "certificate.pem", certificate_pem()),
            add(archive, "verify_snapshot.py", script),
        ]
        manifest = _manifest(snapshot, members)
        add(archive, verify_snapshot.MANIFEST, manifest)
        add(archive, verify_snapshot.SIGNATURE, sign_bytes(manifest)[0])
    return marks, revisions


def _manifest(snapshot: MarkSnapshot, members: list[Member]) -> bytes:
    told = {
        "format": FORMAT,
        "year": snapshot.year,
        "number": snapshot.pk,
        "office": str(Office.objects.municipality()),
        "made_at": timezone.now().astimezone(dt.UTC).isoformat(timespec="seconds"),
        "digest": sign_bytes(b"")[1],
        "certificate_sha256": certificate_fingerprint(),
        "members": [member.as_json() for member in members],
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()
