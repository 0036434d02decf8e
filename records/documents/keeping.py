"""Keeping an uploaded proof: inspected, written under its key, entered with its SHA-256."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import UploadedFile

from records.documents.inspection import Inspected, check_size, inspect
from records.documents.models import Document

if TYPE_CHECKING:
    from records.people.models import User

NAME_LENGTH = 120


def keep(upload: UploadedFile[bytes], *, candidate_id: int, by: User, city_only: bool = False) -> Document:
    """Keep an upload as a proof of this candidate; raises ``Unacceptable`` with the reason in words.

    The same bytes uploaded again by the same person are the same document. The file is on the disk before its row is written.
    """
    check_size(upload.size or 0)
    inspected = inspect(upload.read())
    sha256 = hashlib.sha256(inspected.content).hexdigest()
    known = Document.objects.filter(candidate=candidate_id, uploaded_by=by, sha256=sha256, city_only=city_only).first()
    if known is not None and known.path.exists():
        return known
    document = Document(
        candidate_id=candidate_id,
        name=decent_name(upload.name or "", inspected),
        content_type=inspected.kind.content_type,
        size=len(inspected.content),
        sha256=sha256,
        uploaded_by=by,
        city_only=city_only,
    )
    _write(document.path, inspected.content)
    document.save()
    return document


def decent_name(given: str, inspected: Inspected) -> str:
    """The name without folders, control and direction characters, with the extension of what the file really is."""
    last = re.split(r"[/\\]", given)[-1]
    stem = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    stem = re.sub(r'["<>|:*?%;]', "_", re.sub(r"\.[A-Za-z0-9]{1,5}$", "", stem)).strip(" .")
    return (stem[:NAME_LENGTH] or inspected.kind.word) + inspected.kind.extension


def _write(path: Path, content: bytes) -> None:
    """Write the file whole or not at all, readable by the portal only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_suffix(".part")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    half.rename(path)
