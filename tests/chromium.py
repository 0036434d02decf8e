"""Debian's Chromium for tests, what axe finds on a page, and where screenshots go."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

PROGRAM = "/usr/bin/chromium"
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
Finding = tuple[str, list[str]]
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser while the block runs."""
    with sync_playwright() as playwright:
        environment = os.environ | {"LANGUAGE": "en_US"}  # its own words and fields, whatever the machine speaks
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS, env={**environment})
        try:
            yield browser
        finally:
            browser.close()


def findings(page: Page) -> list[Finding]:
    """What axe finds: the rule, and the markup of every place."""
    return _found(Axe().run(page, options={"runOnly": AXE_TAGS, "resultTypes": ["violations"]}).response)


def findings_of_colour(page: Page) -> list[Finding]:
    """What it finds of contrast alone, on a page that ``findings`` has looked at in another theme."""
    return _found(page.evaluate("options => axe.run(document, options)", {"runOnly": ["color-contrast"]}))


def _found(results: dict[str, Any]) -> list[Finding]:
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in results["violations"]]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("Math.max(0, document.documentElement.scrollWidth - window.innerWidth)"))


def shots_of(name: str) -> Path:
    """A folder for screenshots, outside the repository: below ``KAOJI_SCREENSHOTS``, else in the system's temporary folder."""
    folder = Path(os.environ.get("KAOJI_SCREENSHOTS") or Path(tempfile.gettempdir()) / "kaoji-screenshots") / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
