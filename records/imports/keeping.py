"""Keeping what was sent: every file as it came, with its SHA-256, who sent it and when, whether it is taken or refused.

kept = keep(upload, "marks", "2026-10", sent_by=user)
if earlier := same_file_before(kept.kind, kept.scope, kept.sha256):
    …                             # nothing to do, and the report says so
with open_table(kept.path, SHAPE) as table:
    …
settle(kept, accepted=True, outcome=report.as_json())
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from records.imports.cells import storable
from records.imports.models import ImportFile
from records.people.models import User

CHUNK = 1 << 20
NAME_LENGTH = 200


def keep(sent: Path | File[bytes], kind: str, scope: str = "", *, sent_by: User | None = None) -> ImportFile:
    """Copy a file or an upload to ``KAOJI_HOME/imports`` and return its row; memory stays constant, nothing is checked.

    Every sending is a row of its own, also of a file that was sent before. The bytes are on the disk before the row is.
    """
    folder = Path(settings.KAOJI_HOME) / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix="arriving-", delete=False) as copy:
        try:
            sha256, size = _copy(sent, copy)
            return _row(Path(copy.name), kind=kind, scope=scope, name=_name(sent), sha256=sha256, size=size, sent_by=sent_by)
        except BaseException:
            Path(copy.name).unlink(missing_ok=True)
            raise


def same_file_before(kind: str, scope: str, sha256: str) -> ImportFile | None:
    """The last file of the same bytes, kind and scope that was taken; None when none was."""
    return ImportFile.objects.filter(kind=kind, scope=scope, sha256=sha256, accepted=True).order_by("pk").last()


def settle(file: ImportFile, *, accepted: bool, outcome: dict[str, Any]) -> None:
    """Write what became of the file: the JSON of the report or of the faults."""
    file.accepted, file.outcome = accepted, outcome
    file.save(update_fields=["accepted", "outcome"])


@transaction.atomic
def _row(copy: Path, **columns: Any) -> ImportFile:
    file = ImportFile.objects.create(**columns)
    copy.replace(file.path)
    return file


def _copy(sent: Path | File[bytes], copy: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(sent):
        digest.update(chunk)
        size += len(chunk)
        copy.write(chunk)
    copy.flush()
    os.fsync(copy.fileno())
    return digest.hexdigest(), size


def _chunks(sent: Path | File[bytes]) -> Iterator[bytes]:
    if isinstance(sent, File):
        yield from sent.chunks(CHUNK)
        return
    with sent.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _name(sent: Path | File[bytes]) -> str:
    """The name as it was sent, without folders; of a long one the end, which says how to read it."""
    return storable(Path((sent.name or "").replace("\\", "/")).name)[-NAME_LENGTH:]
