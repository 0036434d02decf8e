"""What the environment decides: read once and checked as a whole, so that one message names everything that is missing."""

import base64
import binascii
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import messaging as carrying
from config.home import DATABASE_APPLICATION, DATABASE_OWNER, Home, home_of
from records.certificates import keys as signing

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
KEY_BYTES = 32
LOOKUPS_AT_ONCE = 3  # of the four threads of a web process one stays free to say that all places are taken
POSTGRESQL_SCHEMES = {"postgres", "postgresql"}
YES = {"1", "true", "yes", "on"}
T = TypeVar("T")


@dataclass(frozen=True)
class Environment:
    """Everything that differs between installations. Keys are raw bytes, addresses as their clients take them."""

    home: Path
    embedded_database: bool
    embedded_broker: bool
    is_owner: bool
    application_role: str
    assumed_role: str | None
    database: dict[str, Any]
    broker_url: str
    cache_url: str
    secret_key: str
    secret_key_fallbacks: list[str]
    field_keys: dict[int, bytes]
    lookup_key: bytes
    number_key: bytes
    altcha_key: str
    signing_key: signing.SigningKey
    former_certificates: tuple[bytes, ...]
    timestamp_url: str
    messaging: carrying.Messaging
    public_address: str
    allowed_hosts: list[str]
    plain_http: bool
    proxies: int
    visibility_seconds: int
    lookups_at_once: int


def read(base_dir: Path) -> Environment:
    """Read the environment; ImproperlyConfigured lists every variable that is missing or cannot be read."""
    reader = _Reader(home_of(base_dir))
    environment = reader.environment()
    if reader.faults:
        raise ImproperlyConfigured("Kaoji cannot start:\n" + "\n".join(f"  - {fault}" for fault in reader.faults))
    return environment


def owner_database(base_dir: Path) -> dict[str, Any]:
    """Django's database settings for the owner of the tables, whichever role this process has."""
    return _Reader(home_of(base_dir)).database_of("owner")[1]


def database_from_url(url: str) -> dict[str, Any]:
    """Django's database settings for ``postgresql://user:password@host:port/name?option=value``; ValueError otherwise."""
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in POSTGRESQL_SCHEMES or not name:
        raise ValueError("is no address of the form postgresql://user:password@host:port/name")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return _database(name, unquote(parts.username or ""), unquote(parts.password or ""), host, str(parts.port or ""), options)


def socket_url(socket: Path, number: int) -> str:
    """The broker's address for database ``number`` behind a Unix socket."""
    return f"redis+socket://{socket}?virtual_host={number}"


def _database(name: str, user: str, password: str, host: str, port: str, options: dict[str, str]) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _numbered_keys(text: str) -> dict[int, bytes]:
    """``1:base64,2:base64`` as key id to key; the highest id encrypts, all decrypt."""
    pairs = [part.strip().partition(":") for part in text.split(",")]
    if not all(number.isdecimal() and 0 < int(number) < 256 for number, _, _ in pairs):
        raise ValueError("is not of the form 1:KEY,2:KEY with numbers from 1 to 255")
    return {int(number): _key(key) for number, _, key in pairs}


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("is not base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} bytes in base64")
    return key


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _new_numbered_key() -> str:
    return f"1:{_new_key()}"


def _new_secret() -> str:
    return secrets.token_urlsafe(50)


def _broker_and_cache(url: str) -> tuple[str, str]:
    """Two addresses from one: the cache takes the database after the broker's, because clearing a cache empties its database."""
    parts = urlsplit(url)
    if parts.scheme in {"redis+socket", "unix"}:
        number = int(dict(parse_qsl(parts.query)).get("virtual_host") or dict(parse_qsl(parts.query)).get("db") or 0)
        return socket_url(Path(parts.path), number), f"unix://{parts.path}?db={number + 1}"
    if parts.scheme not in {"redis", "rediss"}:
        raise ValueError("is no address of the form redis://host:port/0")
    number = int(parts.path.strip("/") or 0)
    return parts._replace(path=f"/{number}").geturl(), parts._replace(path=f"/{number + 1}").geturl()


class _Reader:
    """Collects the faults while it reads, so that a person sees them all at once."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.faults: list[str] = []

    def environment(self) -> Environment:
        hosts = [host.strip() for host in os.environ.get("ALLOWED_HOSTS", ",".join(LOCAL_HOSTS)).split(",") if host.strip()]
        broker, cache = self._broker()
        role = os.environ.get("KAOJI_DATABASE_ROLE", "application")
        if role not in {"application", "owner"}:
            self.faults.append("KAOJI_DATABASE_ROLE is neither application nor owner")
        application, database, assumed = self.database_of(role)
        return Environment(
            home=self.home.root,
            embedded_database="DATABASE_URL" not in os.environ,
            embedded_broker="REDIS_URL" not in os.environ,
            is_owner=role == "owner",
            application_role=application,
            assumed_role=assumed,
            database=database,
            broker_url=broker,
            cache_url=os.environ.get("CACHE_URL", cache),
            secret_key=self._secret("SECRET_KEY", "secret-key", _new_secret, str) or "",
            secret_key_fallbacks=os.environ.get("SECRET_KEY_FALLBACKS", "").split(),
            field_keys=self._secret("KAOJI_FIELD_KEYS", "field-keys", _new_numbered_key, _numbered_keys) or {},
            lookup_key=self._secret("KAOJI_LOOKUP_KEY", "lookup-key", _new_key, _key) or b"",
            number_key=self._secret("KAOJI_NUMBER_KEY", "number-key", _new_key, _key) or b"",
            altcha_key=self._secret("KAOJI_ALTCHA_KEY", "altcha-key", _new_secret, str) or "",
            signing_key=self._signing_key() or signing.SigningKey(b"", b""),
            former_certificates=self._file("KAOJI_FORMER_CERTIFICATES", signing.read_certificates) or (),
            timestamp_url=os.environ.get("KAOJI_TIMESTAMP_URL", ""),
            messaging=carrying.read(self.home, self.faults),
            public_address=self._public_address(hosts),
            allowed_hosts=hosts,
            plain_http=self._plain_http(hosts),
            proxies=self._whole_number("KAOJI_PROXIES", 0),
            visibility_seconds=self._whole_number("KAOJI_VISIBILITY_SECONDS", 3600),
            lookups_at_once=max(1, self._whole_number("KAOJI_LOOKUPS_AT_ONCE", LOOKUPS_AT_ONCE)),
        )

    def database_of(self, role: str) -> tuple[str, dict[str, Any], str | None]:
        """The application's role, the connection of ``role``, and the role to change to after connecting, if any."""
        if "DATABASE_URL" not in os.environ:
            user = DATABASE_OWNER if role == "owner" else DATABASE_APPLICATION
            name = os.environ.get("KAOJI_DATABASE", "kaoji")
            socket = str(self.home.postgresql_socket)
            return DATABASE_APPLICATION, _database(name, user, self.home.password(user), socket, "", {}), None
        application = self._url("DATABASE_URL")
        if "OWNER_DATABASE_URL" not in os.environ:
            return DATABASE_APPLICATION, application, DATABASE_APPLICATION if role == "application" else None
        owner = self._url("OWNER_DATABASE_URL")
        return application.get("USER", ""), owner if role == "owner" else application, None

    def _url(self, variable: str) -> dict[str, Any]:
        try:
            return database_from_url(os.environ[variable])
        except ValueError as error:
            self.faults.append(f"{variable} {error}")
            return {}

    def _broker(self) -> tuple[str, str]:
        if "REDIS_URL" not in os.environ:
            if "DATABASE_URL" in os.environ:
                self.faults.append("REDIS_URL is missing: with DATABASE_URL the broker must be given too")
            return _broker_and_cache(socket_url(self.home.valkey_socket, 0))
        try:
            return _broker_and_cache(os.environ["REDIS_URL"])
        except ValueError as error:
            self.faults.append(f"REDIS_URL {error}")
            return "", ""

    def _secret(self, variable: str, name: str, make: Callable[[], str], parse: Callable[[str], T]) -> T | None:
        """The key of the environment; without servers of the environment, the one of the home."""
        text = os.environ.get(variable, "")
        if not text and "DATABASE_URL" in os.environ:
            self.faults.append(f"{variable} is missing: with DATABASE_URL the keys must be given")
            return None
        try:
            return parse(text or self.home.made_once(name, make))
        except ValueError as error:
            self.faults.append(f"{variable} {error}")
            return None

    def _signing_key(self) -> signing.SigningKey | None:
        """The key of the file that is named; without servers of the environment, the one of the home."""
        if "KAOJI_SIGNING_KEY" not in os.environ and "DATABASE_URL" not in os.environ:
            return signing.read(self.home.made_once("signing-key", signing.make).encode())
        if not os.environ.get("KAOJI_SIGNING_KEY"):
            self.faults.append("KAOJI_SIGNING_KEY is missing: with DATABASE_URL the keys must be given")
            return None
        password = os.environ.get("KAOJI_SIGNING_PASSWORD", "")
        return self._file("KAOJI_SIGNING_KEY", partial(signing.read, password=password))

    def _file(self, variable: str, parse: Callable[[bytes], T]) -> T | None:
        """What the file holds that a variable names; None where it names none."""
        if not os.environ.get(variable):
            return None
        try:
            return parse(Path(os.environ[variable]).expanduser().read_bytes())
        except OSError as error:
            self.faults.append(f"{variable} names a file that cannot be read: {error.strerror}")
        except ValueError as error:
            self.faults.append(f"{variable} {error}")
        return None

    def _public_address(self, hosts: list[str]) -> str:
        """Where people find the portal, without a slash behind; without ``KAOJI_ADDRESS`` the first of the hosts."""
        scheme = "http" if os.environ.get("KAOJI_PLAIN_HTTP", "").lower() in YES else "https"
        named = [host.lstrip(".") for host in hosts if host != "*"] or [LOCAL_HOSTS[0]]
        address = os.environ.get("KAOJI_ADDRESS", f"{scheme}://{named[0]}").rstrip("/")
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
            self.faults.append("KAOJI_ADDRESS is no address of the form https://host")
        return address

    def _plain_http(self, hosts: list[str]) -> bool:
        wanted = os.environ.get("KAOJI_PLAIN_HTTP", "").lower() in YES
        if wanted and not set(hosts) <= set(LOCAL_HOSTS):
            self.faults.append("KAOJI_PLAIN_HTTP serves this machine only: ALLOWED_HOSTS names " + ", ".join(hosts))
        return wanted

    def _whole_number(self, variable: str, otherwise: int) -> int:
        text = os.environ.get(variable, str(otherwise))
        if not text.isdecimal():
            self.faults.append(f"{variable} is not a whole number")
            return otherwise
        return int(text)
