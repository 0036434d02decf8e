"""A browser and the style pages."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.look.server import style_pages

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, once for all style pages."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def address() -> Iterator[str]:
    """Where the style pages are served."""
    with style_pages() as url:
        yield url


@pytest.fixture(scope="session")
def shots() -> Path:
    """The folder of the screenshots, outside the repository: ``KAOJI_SCREENSHOTS``, or one in the system's temporary folder."""
    folder = Path(os.environ.get("KAOJI_SCREENSHOTS") or Path(tempfile.gettempdir()) / "kaoji-screenshots") / "look"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
