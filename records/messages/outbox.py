"""The carrier of the embedded installation: files that a person or a test reads (FORMATS: Environment)."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from records.messages.carriers import Undelivered


class FileOutbox:
    """Appends one line ``{"to", "text", "at"}`` to ``outbox/sms.jsonl`` or ``mail.jsonl``; a mail's subject is not kept there.

    Several workers may write at once: a line is written whole, under a lock. A worker killed between the line and the row's new
    state writes the line again: files know no keys.
    """

    def carry(self, kind: str, to: str, subject: str, text: str, *, key: str) -> str:
        """Raises ``Undelivered`` where there is no room."""
        line = json.dumps({"to": to, "text": text, "at": timezone.localtime().isoformat(timespec="seconds")}, ensure_ascii=False)
        try:
            _append(Path(settings.OUTBOX_ROOT), kind, line)
        except OSError as error:
            raise Undelivered("no-room") from error
        return ""


def _append(folder: Path, kind: str, line: str) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{kind}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(line + "\n")
