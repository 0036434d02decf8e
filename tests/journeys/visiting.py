"""A person at a browser: goes about by pointer or by keyboard, while everything that must not happen on a page is watched."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, FileChooser, Locator, Page, Request, Response

from tests.chromium import Finding, findings, findings_of_colour, overflow

MOST_TABS = 120
ANSWERED = "Failed to load resource: the server responded with a status of"  # the status itself is watched instead
TIMEOUT_MS = 15_000
OWN_SCHEMES = {"data", "blob", "chrome", "chrome-extension"}
"""Asked of the browser itself: what a page made, and the parts of its viewer for PDF files."""


class Visitor:
    """One browser context with one page in front; ``stop`` is called at every page that the person reads."""

    def __init__(self, context: BrowserContext, address: str, folder: Path, themes: Sequence[str] = ("light",)) -> None:
        self.context, self.folder, self.themes = context, folder, themes
        self.host = urlsplit(address).netloc
        self.stops = 0
        self.faults: list[str] = []
        self.refusals: list[tuple[int, str]] = []
        context.set_default_timeout(TIMEOUT_MS)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("request", self._see_request)
        context.on("response", self._see_response)
        self.page = context.new_page()
        self.page.on("filechooser", self._see_chooser)  # whoever listens from the start misses none

    def open(self, path: str) -> None:
        """Type an address."""
        self.page.goto(path)

    def leave(self) -> None:
        """Keep the last page, on which a journey may have failed."""
        self.page.screenshot(path=self.folder / "last.png", full_page=True)

    def stop(self, name: str, status: int = 200) -> None:
        """Look at the page: it answers with ``status``, axe finds nothing, nothing overflows, nothing went wrong on the way."""
        self.page.wait_for_load_state("load")
        self.stops += 1
        for place, theme in enumerate(self.themes):
            self._look(f"{self.stops:02}-{name}-{theme}", theme, findings_of_colour if place else findings)
        assert self.page.locator("h1").count() == 1, name
        self._nothing_is_wrong(name, status)

    def _look(self, name: str, theme: str, look: Callable[[Page], list[Finding]]) -> None:
        self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        self.page.screenshot(path=self.folder / f"{name}.png", full_page=True)
        found = look(self.page)
        assert found == [], f"{name}: {found}"
        assert overflow(self.page) == 0, name

    def _nothing_is_wrong(self, name: str, status: int) -> None:
        assert self.faults == [], f"{name}: {self.faults}"
        here = urlsplit(self.page.url).path
        assert self.refusals == ([(status, here)] if status >= 400 else []), f"{name}: {self.refusals}"
        self.refusals.clear()

    def follow(self, name: str, *, within: str = "main") -> None:
        """Press the link of this name."""
        self.page.locator(within).get_by_role("link", name=name).first.click()

    def press(self, name: str) -> None:
        """Press the button of this name in the page's main part."""
        self.page.locator("main").get_by_role("button", name=name, exact=True).click()

    def take(self, name: str, note: str = "") -> None:
        """Take a step of a case: open it, write the reason that it asks for, confirm."""
        self.page.locator("main summary", has_text=name).click()
        step = self.page.locator("main details[open]", has_text=name)
        if note:
            step.get_by_role("textbox").fill(note)
        step.get_by_role("button").click()

    def take_twice(self, name: str) -> None:
        """Take a step with a double click and read the page again; the second click may be told that the case has moved on."""
        here = self.page.url
        self.page.locator("main summary", has_text=name).click()
        with self.page.expect_event("domcontentloaded"):
            self.page.locator("main details[open]", has_text=name).get_by_role("button").dblclick()
        self.expect(409)
        self.page.goto(here)

    def take_too_late(self, stale: Page, name: str, told: str = "情况已经变了，没有办成") -> None:
        """Take the step in a tab that was opened before the case moved on: it is told so."""
        stale.locator("main summary", has_text=name).click()
        stale.locator("main details[open]", has_text=name).get_by_role("button").click()
        stale.get_by_text(told).first.wait_for()
        self.expect(409)

    def expect(self, status: int) -> None:
        """Answers of this status so far are as they should be."""
        self.refusals = [each for each in self.refusals if each[0] != status]

    def take_by_keyboard(self, name: str, note: str) -> None:
        """The same by tab and Enter alone."""
        self.enter_on(self.page.locator("main summary", has_text=name))
        step = self.page.locator("main details[open]", has_text=name)
        self.tab_to(step.get_by_role("textbox"))
        self.page.keyboard.type(note)
        self.enter_on(step.get_by_role("button"))

    def field(self, label: str) -> Locator:
        """The field of this label, be it one that must be filled in or not."""
        return self.page.get_by_label(re.compile(f"^{re.escape(label)}(（选填）)?$"))

    def tab_to(self, target: Locator) -> None:
        """Come to ``target`` by the tab key alone."""
        for _ in range(MOST_TABS):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no way by the tab key to {target}")

    def type_into(self, label: str, text: str) -> None:
        """Tab to the field of this label and type."""
        self.tab_to(self.field(label))
        self.page.keyboard.type(text)

    def type_day(self, label: str, day: dt.date) -> None:
        """Tab to the field of a day and type its parts in the order of the browser's own language (``tests/chromium.py``)."""
        self.type_into(label, f"{day:%m%d%Y}")
        assert self.field(label).input_value() == f"{day:%Y-%m-%d}"

    def choose(self, label: str, option: str) -> None:
        """Tab to the choice of this label and go down to the option that begins so."""
        choice = self.field(label)
        self.tab_to(choice)
        for _ in range(choice.locator("option").count()):
            if choice.evaluate("select => select.selectedOptions[0].label").startswith(option):
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{label} does not offer {option}")

    def attach(self, label: str, path: Path) -> None:
        """Tab to the field of a file, open it with the space bar and pick the file."""
        self.tab_to(self.field(label))
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Space")
        chooser.value.set_files(path)

    def enter_on(self, target: Locator) -> None:
        """Tab to ``target`` and press Enter."""
        self.tab_to(target)
        self.page.keyboard.press("Enter")

    def text(self) -> str:
        """What stands in the page's main part."""
        return self.page.locator("main").inner_text()

    def tab(self) -> Page:
        """A second tab at the same address."""
        second = self.context.new_page()
        second.goto(self.page.url)
        return second

    def _see_chooser(self, chooser: FileChooser) -> None:
        """``attach`` answers it."""

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(ANSWERED):
            self.faults.append(message.text)

    def _see_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in OWN_SCHEMES and address.netloc != self.host:
            self.faults.append(f"asks {request.url}")

    def _see_response(self, response: Response) -> None:
        if response.status >= 400:
            self.refusals.append((response.status, urlsplit(response.url).path))
