"""Every style page at every width, light and dark: axe finds nothing, nothing overflows, nothing breaks the policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.chromium import findings, overflow

pytestmark = pytest.mark.browser

WIDTHS = (320, 390, 1366)
THEMES = ("light", "dark")
PAGES = {
    "home": "/",
    "lookup": "/lookup/",
    "result": "/pages/result/",
    "space": "/space/",
    "progress": "/progress/",
    "desk": "/desk/",
    "case": "/pages/case/",
    "batch": "/pages/batch/",
    "components": "/pages/components/",
    "error-403": "/errors/403/",
    "error-409": "/errors/409/",
    "error-500": "/errors/500/",
}
ERRORS = ("400", "403", "403_csrf", "404", "405", "409", "429", "500")


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """A fresh reader."""
    with browser.new_context(base_url=address, locale="zh-CN") as fresh:
        yield fresh


def read(context: BrowserContext, address: str, path: str, theme: str) -> tuple[Page, list[str]]:
    """Open a page as a reader who chose ``theme``; also everything that the browser complains about."""
    context.add_cookies([{"name": "theme", "value": theme, "url": address}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
    page.goto(path)
    return page, complaints


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_fits_the_window_and_keeps_the_policy(
    name: str, theme: str, context: BrowserContext, address: str, shots: Path
) -> None:
    page, complaints = read(context, address, PAGES[name], theme)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844 if width < 1000 else 900})
        page.screenshot(path=shots / f"{name}-{width}-{theme}.png", full_page=True)

        assert findings(page) == [], f"at {width}px"
        assert overflow(page) == 0, f"at {width}px"
    assert complaints == []


def test_axe_would_find_a_field_without_a_label(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/lookup/")
    page.locator("label[for=id_name]").evaluate("label => label.remove()")

    assert "label" in [rule for rule, _places in findings(page)]


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_page_says_what_happened_and_where_to_go(name: str, context: BrowserContext, address: str) -> None:
    page, complaints = read(context, address, f"/errors/{name}/", "light")

    assert page.locator("h1").count() == 1
    assert page.get_by_role("link", name="回首页").get_attribute("href") == "/"
    assert complaints == []


def test_the_choice_of_dark_is_kept_and_shown(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/pages/result/")
    assert page.locator("html").get_attribute("data-bs-theme") is None

    page.get_by_role("button", name="深色").click()

    assert page.url.endswith("/pages/result/")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert page.get_by_role("button", name="深色").get_attribute("aria-pressed") == "true"


def test_a_forged_theme_is_ignored(context: BrowserContext, address: str) -> None:
    context.add_cookies([{"name": "theme", "value": "dark'onload=x", "url": address}])
    page = context.new_page()
    page.goto("/")

    assert page.locator("html").get_attribute("data-bs-theme") is None


def test_a_fault_in_the_list_leads_to_its_field(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/lookup/")

    page.get_by_role("alert").get_by_role("link", name="证件号码").click()

    field = page.get_by_label("证件号码")
    assert field.evaluate("element => element === document.activeElement || location.hash === '#' + element.id")
    assert field.get_attribute("aria-invalid") == "true"
    described = (field.get_attribute("aria-describedby") or "").split()
    texts = [page.locator(f"#{each}").inner_text() for each in described]
    assert texts == ["18位，最后一位可能是字母X", "现在是17位，居民身份证号码应为18位"]


def test_a_step_that_asks_for_a_reason_opens_without_script(browser: Browser, address: str) -> None:
    with browser.new_context(base_url=address, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/pages/case/")
        reason = page.locator("#note-refuse")
        assert not reason.is_visible()

        page.get_by_text("不予免考…").press("Enter")

        assert reason.is_visible()
        assert page.get_by_role("button", name="确认不予免考").is_visible()


def test_the_number_is_copied_without_gaps(context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/pages/result/")
    page.get_by_role("button", name="复制考籍号").click()

    assert page.evaluate("navigator.clipboard.readText()") == "2041826753"
    assert page.locator("output").inner_text().strip() == "2041826753"
    assert page.get_by_role("button", name="已复制").is_visible()


def test_without_script_nothing_offers_to_copy(browser: Browser, address: str) -> None:
    with browser.new_context(base_url=address, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/pages/result/")

        assert not page.locator("button[data-copy]").is_visible()
        assert page.locator("output").is_visible()


def test_on_paper_stand_the_facts_and_none_of_the_tools(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/pages/case/")
    page.emulate_media(media="print")

    assert page.get_by_role("heading", name="规则核对").is_visible()
    for tool in (".kj-spine", ".kj-topbar", ".kj-actions", ".kj-foot", ".breadcrumb", "a[href='#actions']"):
        assert not page.locator(tool).is_visible(), tool
