"""A browser and the style pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.chromium import chromium, shots_of
from tests.look.server import style_pages


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, once for all style pages."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def address() -> Iterator[str]:
    """Where the style pages are served."""
    with style_pages() as url:
        yield url


@pytest.fixture(scope="session")
def shots() -> Path:
    """The folder of the screenshots."""
    return shots_of("look")
