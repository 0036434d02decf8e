"""Keys to sign with, as an office would give them."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from records.certificates import keys


@cache
def signing_key_file() -> Path:
    """A PEM file of a new key and its certificate, outside every home."""
    path = Path(tempfile.mkdtemp(prefix="kaoji-signing-")) / "signing.pem"
    path.write_text(keys.make())
    return path
