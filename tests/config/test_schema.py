"""A command on a fresh folder brings its database up to the code by itself, once."""

import subprocess

import pytest

from config import schema


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KAOJI_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture
def migrations(monkeypatch):
    """How often somebody migrates; the real thing is run by the test of the first start."""
    runs: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, check: runs.append(command))
    return runs


def test_a_fresh_folder_is_migrated_once(home, migrations):
    schema.ensure(["show_record", "1"])
    schema.ensure(["show_record", "1"])

    assert [run[2:] for run in migrations] == [["migrate", "--verbosity", "0"]]


def test_new_code_is_migrated_to(home, migrations, monkeypatch):
    schema.ensure(["show_record", "1"])
    monkeypatch.setattr(schema, "state_of", lambda base: "newer")
    schema.ensure(["show_record", "1"])

    assert len(migrations) == 2


def test_a_migration_that_fails_is_tried_again(home, monkeypatch):
    def fail(command, check):
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(subprocess, "run", fail)
    for _ in range(2):
        with pytest.raises(subprocess.CalledProcessError):
            schema.ensure(["show_record", "1"])


@pytest.mark.parametrize(
    "arguments", [["migrate"], ["makemigrations"], ["check"], ["help"], [], ["show_record", "--help"], ["stop"], ["database_url"]]
)
def test_what_needs_no_tables_migrates_nothing(home, migrations, arguments):
    schema.ensure(arguments)

    assert migrations == []


def test_a_server_that_the_office_runs_is_never_migrated_unasked(home, migrations, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@db/kaoji")
    schema.ensure(["show_record", "1"])

    assert migrations == []
