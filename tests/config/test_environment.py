"""What the environment decides, and what it is told when it decides too little."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from config import environment
from tests.signing_keys import signing_key_file

KEY = base64.b64encode(bytes(32)).decode()
SERVERS = {
    "DATABASE_URL": "postgresql://portal:secret@db.example:5433/kaoji",
    "OWNER_DATABASE_URL": "postgresql://owner:secret@db.example/kaoji",
    "REDIS_URL": "redis://broker.example:6380/3",
}
KEYS = {
    "SECRET_KEY": "s" * 60,
    "KAOJI_FIELD_KEYS": f"1:{KEY}",
    "KAOJI_LOOKUP_KEY": KEY,
    "KAOJI_NUMBER_KEY": KEY,
    "KAOJI_ALTCHA_KEY": "a" * 40,
    "KAOJI_SIGNING_KEY": str(signing_key_file()),
}
ALL_NAMES = (
    *SERVERS,
    *KEYS,
    "KAOJI_SIGNING_PASSWORD",
    "KAOJI_FORMER_CERTIFICATES",
    "CACHE_URL",
    "ALLOWED_HOSTS",
    "KAOJI_PLAIN_HTTP",
    "KAOJI_DATABASE_ROLE",
    "KAOJI_PROXIES",
)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ALL_NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KAOJI_HOME", str(tmp_path / "home"))


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch):
    for name, value in (SERVERS | KEYS | {"ALLOWED_HOSTS": "kaoji.example"}).items():
        monkeypatch.setenv(name, value)


def test_without_servers_the_keys_are_made_once_and_kept_from_others(tmp_path: Path):
    first = environment.read(tmp_path)
    second = environment.read(tmp_path)

    assert first == second
    assert [len(key) for key in (first.field_keys[1], first.lookup_key, first.number_key)] == [32, 32, 32]
    assert len({first.field_keys[1], first.lookup_key, first.number_key}) == 3
    keys = tmp_path / "home" / "keys"
    assert keys.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in keys.iterdir()} == {0o600}


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path):
    code = (
        "import json; from pathlib import Path; from config import environment as e; r = e.read(Path('.'));"
        "print(json.dumps([r.secret_key, r.lookup_key.hex(), r.database['PASSWORD']]))"
    )
    racers = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(6)]
    answers = {json.dumps(json.loads(racer.communicate()[0])) for racer in racers}

    assert len(answers) == 1
    assert not [path for path in (tmp_path / "home" / "keys").iterdir() if path.name.startswith(".")]


def test_without_servers_only_this_machine_is_served():
    assert environment.read(Path()).allowed_hosts == ["localhost", "127.0.0.1", "[::1]"]


def test_given_servers_everything_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("DATABASE_URL", SERVERS["DATABASE_URL"])

    with pytest.raises(ImproperlyConfigured) as refusal:
        environment.read(tmp_path)

    assert [name for name in ("REDIS_URL", *KEYS) if f"{name} is missing" not in str(refusal.value)] == []
    assert not (tmp_path / "home").exists()


@pytest.mark.usefixtures("production")
def test_given_everything_nothing_is_made(tmp_path: Path):
    read = environment.read(tmp_path)

    assert (read.database["USER"], read.database["HOST"], read.database["PORT"]) == ("portal", "db.example", "5433")
    assert (read.application_role, read.assumed_role, read.is_owner) == ("portal", None, False)
    assert not (tmp_path / "home").exists()


@pytest.mark.usefixtures("production")
def test_the_owner_has_an_address_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KAOJI_DATABASE_ROLE", "owner")
    read = environment.read(Path())

    assert (read.database["USER"], read.application_role, read.assumed_role) == ("owner", "portal", None)


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(("role", "assumed"), [("application", "kaoji_app"), ("owner", None)])
def test_one_address_for_both_means_changing_the_role(monkeypatch: pytest.MonkeyPatch, role: str, assumed: str | None):
    monkeypatch.delenv("OWNER_DATABASE_URL")
    monkeypatch.setenv("KAOJI_DATABASE_ROLE", role)
    read = environment.read(Path())

    assert (read.database["USER"], read.application_role, read.assumed_role) == ("portal", "kaoji_app", assumed)


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://db.example/kaoji"),
        ("DATABASE_URL", "postgresql://db.example/"),
        ("DATABASE_URL", "postgresql://db.example:port/kaoji"),
        ("OWNER_DATABASE_URL", "db.example"),
        ("REDIS_URL", "amqp://broker.example"),
        ("KAOJI_FIELD_KEYS", KEY),
        ("KAOJI_FIELD_KEYS", f"0:{KEY}"),
        ("KAOJI_FIELD_KEYS", f"256:{KEY}"),
        ("KAOJI_FIELD_KEYS", f"1:{KEY[:-8]}"),
        ("KAOJI_LOOKUP_KEY", "not base64!"),
        ("KAOJI_NUMBER_KEY", base64.b64encode(bytes(31)).decode()),
        ("KAOJI_DATABASE_ROLE", "superuser"),
        ("KAOJI_PROXIES", "-1"),
        ("KAOJI_PROXIES", "one"),
        ("KAOJI_PLAIN_HTTP", "1"),
    ],
)
def test_what_cannot_be_read_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured, match=name) as refusal:
        environment.read(Path())

    assert len(str(refusal.value).splitlines()) == 2
    assert KEY[:-8] not in str(refusal.value)


@pytest.mark.parametrize(("hosts", "accepted"), [("localhost", True), ("127.0.0.1,[::1]", True), ("localhost,office.cn", False)])
def test_plain_http_is_for_this_machine_only(monkeypatch: pytest.MonkeyPatch, hosts: str, accepted: bool):
    monkeypatch.setenv("KAOJI_PLAIN_HTTP", "1")
    monkeypatch.setenv("ALLOWED_HOSTS", hosts)

    if accepted:
        assert environment.read(Path()).plain_http
    else:
        with pytest.raises(ImproperlyConfigured, match="ALLOWED_HOSTS"):
            environment.read(Path())


def test_plain_http_must_be_asked_for():
    assert not environment.read(Path()).plain_http


@pytest.mark.usefixtures("production")
def test_clearing_the_cache_cannot_empty_the_broker():
    read = environment.read(Path())

    assert read.broker_url == "redis://broker.example:6380/3"
    assert read.cache_url == "redis://broker.example:6380/4"


@pytest.mark.usefixtures("production")
def test_field_keys_can_be_rotated(monkeypatch: pytest.MonkeyPatch):
    other = base64.b64encode(bytes(range(32))).decode()
    monkeypatch.setenv("KAOJI_FIELD_KEYS", f"1:{KEY}, 2:{other}")

    assert environment.read(Path()).field_keys == {1: bytes(32), 2: bytes(range(32))}


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@given(user=NAMES, password=NAMES, name=NAMES)
def test_any_name_and_password_survives_an_address(user: str, password: str, name: str):
    url = f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@[::1]:5432/{quote(name, safe='')}?sslmode=require"
    database = environment.database_from_url(url)

    assert (database["USER"], database["PASSWORD"], database["NAME"]) == (user, password, name)
    assert (database["HOST"], database["OPTIONS"]) == ("::1", {"sslmode": "require"})


def printed_address(*options: str) -> str:
    settings = os.environ | {"KAOJI_DATABASE_ROLE": "application", "DJANGO_SETTINGS_MODULE": "config.settings"}
    code = f"from django.core.management import execute_from_command_line as e; e(['', 'database_url', *{options}])"
    return subprocess.run([sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True).stdout.strip()


def test_the_printed_address_is_the_one_that_is_used():
    assert environment.database_from_url(printed_address()) == environment.read(Path()).database


def test_the_owners_address_is_printed_for_who_asks_for_it(monkeypatch: pytest.MonkeyPatch):
    printed = environment.database_from_url(printed_address("--owner"))

    monkeypatch.setenv("KAOJI_DATABASE_ROLE", "owner")
    assert printed == environment.read(Path()).database
    assert printed["USER"] == "kaoji_owner"


@pytest.mark.usefixtures("production")
def test_the_owners_address_is_the_one_that_the_environment_names():
    assert printed_address("--owner") == "postgresql://owner:secret@/kaoji?host=db.example"


def test_the_key_that_signs_is_the_homes_own_or_the_file_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    own = environment.read(tmp_path).signing_key
    monkeypatch.setenv("KAOJI_SIGNING_KEY", KEYS["KAOJI_SIGNING_KEY"])

    assert environment.read(tmp_path).signing_key != own
    monkeypatch.delenv("KAOJI_SIGNING_KEY")
    assert environment.read(tmp_path).signing_key == own


@pytest.mark.parametrize("variable", ["KAOJI_SIGNING_KEY", "KAOJI_FORMER_CERTIFICATES"])
def test_a_file_that_cannot_be_read_is_named(production, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str):
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN nothing")

    for named in (tmp_path / "nowhere.pem", broken):
        monkeypatch.setenv(variable, str(named))
        with pytest.raises(ImproperlyConfigured, match=variable) as refusal:
            environment.read(tmp_path)
        assert str(named) not in str(refusal.value)


def test_former_certificates_are_read_without_keys(production, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("KAOJI_FORMER_CERTIFICATES", KEYS["KAOJI_SIGNING_KEY"])

    read = environment.read(tmp_path)

    assert read.former_certificates == (read.signing_key.certificate,)
