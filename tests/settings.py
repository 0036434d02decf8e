"""The settings under test: the real ones, as the owner, in a home of the tests, its servers up before anything connects."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
os.environ.setdefault("KAOJI_HOME", str(BASE_DIR / ".kaoji-test"))
os.environ["KAOJI_DATABASE_ROLE"] = "owner"

from config import servers  # noqa: E402 - they read the environment
from config.home import home_of  # noqa: E402

HOME = home_of(BASE_DIR)
servers.start(HOME, durable=False)

from config.settings import *  # noqa: E402, F403
