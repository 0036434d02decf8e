"""The embedded database is brought to the code's state by itself: a command on a fresh folder simply works.

With ``DATABASE_URL`` nobody migrates but who says ``manage.py migrate``.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from config.home import home_of
from config.servers import BASE_DIR, NEED_NO_SERVERS, OWNER_COMMANDS, is_question


def ensure(arguments: Sequence[str]) -> None:
    """Migrate the embedded database as its owner, unless this state of the code has done so or the command is the owner's own."""
    command = arguments[0] if arguments else "help"
    if "DATABASE_URL" in os.environ or command in NEED_NO_SERVERS | OWNER_COMMANDS | {"database_url"} or is_question(arguments):
        return
    root = home_of(BASE_DIR).root
    with (root / "schema.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note, state = root / "schema", state_of(BASE_DIR)
        if not note.exists() or note.read_text() != state:
            subprocess.run([sys.executable, str(BASE_DIR / "manage.py"), "migrate", "--verbosity", "0"], check=True)
            note.write_text(state)


def state_of(base: Path) -> str:
    """A digest of everything that can bring migrations: our own files by name and size, the locked packages."""
    digest = hashlib.sha256((base / "requirements.lock").read_bytes())
    for path in sorted(base.glob("*/migrations/*.py")):
        digest.update(f"{path.relative_to(base)} {path.stat().st_size}\n".encode())
    return digest.hexdigest()
