"""The settings under test: the real ones, as the owner, in a home of the tests, its servers up before anything connects.

Servers that the environment names are left alone. Each parallel process of pytest has a home and servers of its own: what is
final in the trail and in the change feed depends on every transaction of the database server, also on those of other databases.
"""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
NAMED = ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "CACHE_URL", "ALLOWED_HOSTS", "KAOJI_PLAIN_HTTP", "KAOJI_PROXIES")
for variable in NAMED:
    os.environ.pop(variable, None)
os.environ.setdefault("KAOJI_HOME", str(BASE_DIR / ".kaoji-test"))
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["KAOJI_HOME"] = str(Path(os.environ["KAOJI_HOME"]) / os.environ["PYTEST_XDIST_WORKER"])
os.environ["KAOJI_DATABASE_ROLE"] = "owner"

from config import servers  # noqa: E402 - from here on the environment is read
from config.environment import socket_url  # noqa: E402
from config.home import home_of  # noqa: E402

HOME = home_of(BASE_DIR)
PARALLEL = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1  # 0: pytest's only or leading process

servers.start(HOME, durable=False)
os.environ["REDIS_URL"] = socket_url(HOME.valkey_socket, 2 * PARALLEL)

from config.settings import *  # noqa: E402, F403

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
STORAGES = STORAGES | {  # noqa: F405 - no test waits for the hashing of static files
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405
PROOF_ROOT = KAOJI_HOME / f"proofs-{PARALLEL}"  # noqa: F405
CERTIFICATE_ROOT = KAOJI_HOME / f"certificates-{PARALLEL}"  # noqa: F405
OUTBOX_ROOT = KAOJI_HOME / f"outbox-{PARALLEL}"  # noqa: F405
