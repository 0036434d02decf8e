"""Where an installation keeps its own things: one folder, KAOJI_HOME, and what lies where in it."""

import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

DATABASE_OWNER = "kaoji_owner"
DATABASE_APPLICATION = "kaoji_app"
OUTSIDE = Path("/var/lib/kaoji")
LONGEST_SOCKET_PATH = 100  # the kernel's limit is 107 bytes; the lock file beside a socket has a longer name


class Home:
    """The paths of one installation. Nothing is created by asking for a path."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.keys = root / "keys"
        self.valkey = root / "valkey"

    @property
    def mark(self) -> str:
        """Twelve characters that no other home of this machine has."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:12]

    @property
    def outside(self) -> Path:
        """The database's place where its system user cannot reach the home (root's home below /root)."""
        return OUTSIDE / self.mark

    @property
    def postgresql(self) -> Path:
        """The database's place: inside the home, unless it was made outside."""
        return self.outside if self.outside.exists() else self.root / "postgresql"

    @property
    def postgresql_socket(self) -> Path:
        """The folder of the database's socket; short enough for a socket address."""
        return self._short(self.postgresql / "run", ".s.PGSQL.5432.lock", "postgresql")

    @property
    def valkey_socket(self) -> Path:
        """The socket file of the broker."""
        return self._short(self.valkey, "valkey.sock", "valkey") / "valkey.sock"

    def _short(self, folder: Path, name: str, part: str) -> Path:
        if len(os.fsencode(folder / name)) <= LONGEST_SOCKET_PATH:
            return folder
        return Path("/tmp") / f"kaoji-{self.mark}-{part}"

    def made_once(self, name: str, make: Callable[[], str]) -> str:
        """The text of key file ``name``, made by the first process that asks; several may ask at once."""
        path = self.keys / name
        if not path.exists():
            self._make_folders()
            self._publish(path, make())
        return path.read_text().strip()

    def password(self, role: str) -> str:
        """The password of a database role of the embedded server."""
        return self.made_once(f"password-{role}", lambda: secrets.token_urlsafe(32))

    def _make_folders(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self.keys.mkdir(mode=0o700, exist_ok=True)

    def _publish(self, path: Path, text: str) -> None:
        """Write whole or not at all: a link to a finished file cannot be seen half-written and never replaces another's."""
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(text + "\n")
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()


def home_of(base_dir: Path) -> Home:
    """The home that the environment names, or ``.kaoji/`` in the checkout."""
    named = os.environ.get("KAOJI_HOME")
    return Home(Path(named).expanduser().resolve() if named else base_dir.resolve() / ".kaoji")
