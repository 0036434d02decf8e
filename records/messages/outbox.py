"""The carrier of the embedded installation: files that a person or a test reads (FORMATS: Environment)."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from django.conf import settings
from django.utils import timezone


def carry(kind: str, to: str, text: str) -> None:
    """Append one line ``{"to", "text", "at"}`` to ``outbox/sms.jsonl`` or ``mail.jsonl``; raises ``OSError``.

    Several workers may write at once: a line is written whole, under a lock.
    """
    folder = Path(settings.OUTBOX_ROOT)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = json.dumps({"to": to, "text": text, "at": timezone.localtime().isoformat(timespec="seconds")}, ensure_ascii=False)
    descriptor = os.open(folder / f"{kind}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(line + "\n")
