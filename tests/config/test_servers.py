"""The embedded servers: one pair for a home, whatever happened to it before, and never another home's."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from redis import Redis

from config import servers
from config.home import Home
from config.postgresql import Fault, PostgreSQL
from config.valkey import Valkey
from tests.settings import HOME, PARALLEL


@pytest.fixture(autouse=True)
def no_named_servers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("REDIS_URL", raising=False)


def new_home(name: str) -> Iterator[Home]:
    """A home beside the tests' own, gone afterwards with its servers."""
    home = Home(HOME.root / f"{name}-{PARALLEL}")
    yield home
    servers.stop(home)
    for folder in (home.root, home.outside, home.postgresql_socket, home.valkey_socket.parent):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def home() -> Iterator[Home]:
    yield from new_home("one")


@pytest.fixture
def other_home() -> Iterator[Home]:
    yield from new_home("other")


def ask(home: Home, statement: str) -> object:
    """The first value that the owner gets from the home's database."""
    connection = PostgreSQL(home).connect("kaoji")
    with connection.cursor() as cursor:
        cursor.execute(statement)
        answer = cursor.fetchone()[0] if cursor.description else None
    connection.close()
    return answer


def pids(home: Home) -> tuple[int | None, int | None]:
    return PostgreSQL(home).running_pid(), Valkey(home).running_pid()


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}/fd").exists() and _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_two_homes_never_disturb_each_other(home: Home, other_home: Home):
    servers.start(home, durable=False)
    servers.start(other_home, durable=False)
    ask(home, "CREATE TABLE mine (id int)")
    Redis(unix_socket_path=str(home.valkey_socket)).set("mine", 1)

    assert ask(other_home, "SELECT to_regclass('mine')") is None
    assert Redis(unix_socket_path=str(other_home.valkey_socket)).get("mine") is None

    assert servers.stop(other_home) == ["Valkey", "PostgreSQL"]
    assert pids(other_home) == (None, None)
    assert None not in pids(home)
    assert servers.stop(other_home) == []


def test_processes_that_start_at_once_get_one_pair_of_servers(home: Home):
    code = f"from pathlib import Path; from config import servers, home; servers.start(home.Home(Path({str(home.root)!r})))"
    racers = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]

    assert [racer.wait() for racer in racers] == [0] * 4
    before = pids(home)
    servers.start(home)
    assert pids(home) == before
    assert None not in before


def test_killed_servers_come_back_with_their_data(home: Home):
    servers.start(home)
    ask(home, "CREATE TABLE kept (id int)")
    ask(home, "INSERT INTO kept VALUES (7)")
    broker = Redis(unix_socket_path=str(home.valkey_socket))
    broker.lpush("queue", "message")
    time.sleep(1.1)  # Valkey writes its log to disk once a second

    for pid in pids(home):
        assert pid
        os.kill(pid, signal.SIGKILL)
        wait_until_gone(pid)
    assert pids(home) == (None, None)
    servers.start(home)

    assert ask(home, "SELECT id FROM kept") == 7
    assert broker.lrange("queue", 0, -1) == [b"message"]


def test_a_number_left_by_a_crash_that_is_another_process_now_does_not_count(home: Home):
    servers.start(home, durable=False)
    servers.stop(home)
    (PostgreSQL(home).data / "postmaster.pid").write_text(f"{os.getpid()}\n{PostgreSQL(home).data}\n")
    (home.valkey / "valkey.pid").write_text(str(os.getpid()))

    assert pids(home) == (None, None)
    servers.start(home, durable=False)
    assert None not in pids(home)
    assert os.getpid() not in pids(home)


def test_a_half_made_data_folder_is_made_anew(home: Home):
    draft = home.postgresql / "data.draft"
    servers.start(home, durable=False)
    servers.stop(home)
    PostgreSQL(home).data.rename(draft)  # as if killed before the folder got its name
    (draft / "PG_VERSION").unlink()

    servers.start(home, durable=False)

    assert ask(home, "SELECT 1") == 1
    assert not draft.exists()


def test_a_start_that_was_killed_before_the_database_was_made_is_finished(home: Home):
    servers.start(home, durable=False)
    connection = PostgreSQL(home).connect("postgres")
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE kaoji")
        cursor.execute("DROP ROLE kaoji_app")
    connection.close()

    servers.start(home, durable=False)

    assert ask(home, "SELECT rolname FROM pg_roles WHERE rolname = 'kaoji_app'") == "kaoji_app"


def test_a_home_with_a_long_name_has_a_socket_all_the_same():
    for home in new_home("long-" * 20):
        servers.start(home, durable=False)

        assert ask(home, "SELECT 1") == 1
        assert len(str(home.valkey_socket)) < 100
        assert home.valkey_socket.parent.stat().st_mode & 0o777 == 0o700


def test_lost_keys_are_told_in_plain_words(home: Home):
    servers.start(home, durable=False)
    shutil.rmtree(home.keys)

    with pytest.raises(Fault, match="Put the keys back"):
        servers.start(home, durable=False)


def test_stopping_a_home_that_never_was_makes_none(home: Home):
    assert servers.stop(home) == []
    assert not home.root.exists()


def test_nobody_else_reaches_the_servers(home: Home):
    servers.start(home, durable=False)

    for folder in (home.keys, home.postgresql, home.postgresql_socket, home.valkey_socket.parent):
        assert folder.stat().st_mode & 0o077 == 0
    assert ask(home, "SHOW listen_addresses") == ""
    with pytest.raises(psycopg2.OperationalError, match="no password"):
        psycopg2.connect(dbname="kaoji", user="kaoji_owner", host=str(home.postgresql_socket))


def test_safety_is_given_up_only_where_it_is_asked_for(home: Home, other_home: Home):
    servers.start(home)
    servers.start(other_home, durable=False)

    assert (ask(home, "SHOW fsync"), ask(home, "SHOW data_checksums")) == ("on", "on")
    assert ask(other_home, "SHOW fsync") == "off"


@pytest.mark.parametrize(
    ("arguments", "role"),
    [
        (["migrate"], "owner"),
        (["makemigrations", "--check"], "owner"),
        (["shell"], "application"),
        (["import_candidates", "--dry-run"], "application"),
        (["make_city"], "application"),
    ],
)
def test_only_work_on_tables_is_the_owners(monkeypatch: pytest.MonkeyPatch, arguments: list[str], role: str):
    monkeypatch.setenv("KAOJI_HOME", str(HOME.root))
    monkeypatch.setenv("KAOJI_DATABASE_ROLE", "x")
    monkeypatch.delenv("KAOJI_DATABASE_ROLE")
    servers.ensure(arguments)

    assert os.environ.get("KAOJI_DATABASE_ROLE", "application") == role


@pytest.mark.parametrize("arguments", [[], ["help"], ["check"], ["stop"], ["migrate", "--help"], ["compilemessages"]])
def test_what_needs_no_server_starts_none(monkeypatch: pytest.MonkeyPatch, home: Home, arguments: list[str]):
    monkeypatch.setenv("KAOJI_HOME", str(home.root))
    monkeypatch.setenv("KAOJI_DATABASE_ROLE", "application")
    servers.ensure(arguments)

    assert not home.root.exists()
