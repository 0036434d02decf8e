"""A browser, the application over HTTP with its worker, and a small city in the real catalogue."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser

from records.models import Document
from tests.chromium import chromium, shots_of
from tests.journeys.city import SmallCity
from tests.journeys.serving import Web, collect_static_files
from tests.journeys.visiting import Visitor
from tests.settings import PARALLEL
from tests.working import Worker

PHONE = {"width": 360, "height": 800}
DESKTOP = {"width": 1366, "height": 900}
Arrive = Callable[..., Visitor]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, once for all journeys. Its driver keeps an event loop in this thread, which Django would object to."""
    with chromium() as browser, pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield browser


@pytest.fixture(scope="package")
def static_files(django_db_setup: None) -> None:
    collect_static_files()


@pytest.fixture
def proofs(worker: Worker, settings: Any) -> Iterator[None]:
    """Proofs lie where the web process looks for them, and go with the test."""
    settings.PROOF_ROOT = settings.KAOJI_HOME / "proofs"
    yield
    for document in Document.objects.all():
        document.path.unlink(missing_ok=True)


@pytest.fixture
def city(proofs: None) -> SmallCity:
    return SmallCity()


@pytest.fixture
def web(city: SmallCity, static_files: None) -> Iterator[Web]:
    """The web process on this test's database."""
    process = Web(PARALLEL)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def arrive(browser: Browser, web: Web, request: pytest.FixtureRequest) -> Iterator[Arrive]:
    """``arrive("clerk")`` is a person who opens a browser of her own; ``phone=True``, ``script=False``, ``themes=…``."""
    with ExitStack() as stack:

        def visitor(name: str, *, phone: bool = False, script: bool = True, themes: tuple[str, ...] = ("light",)) -> Visitor:
            context = browser.new_context(
                base_url=web.address,
                locale="zh-CN",
                viewport=PHONE if phone else DESKTOP,
                java_script_enabled=script,
                reduced_motion="reduce",
            )
            folder = shots_of("journeys") / request.node.name / name
            folder.mkdir(parents=True, exist_ok=True)
            arrived = Visitor(stack.enter_context(context), web.address, folder, themes)
            stack.callback(arrived.leave)
            return arrived

        yield visitor
