"""Every address × every role × own and other university × signed out, against the hand-written table of ``matrix_table``."""

from __future__ import annotations

import pytest
from django.test import Client
from guardian.shortcuts import remove_perm

from exemptions.models import ExemptionApplication
from graduation.models import CohortAudit, GraduationApplication
from records.models import AccessRequest, Candidate, CorrectionRequest, Job, MergeRequest, User
from scores.models import ReviewRequest
from tests.config.matrix import CANDIDATE, VISITOR, Page, columns, named_addresses
from tests.config.matrix_table import PAGES, PARTS
from tests.config.matrix_world import World
from tests.conftest import SecureClient

REACHED = {200, 403, 405, 409, 422}


@pytest.fixture
def world(db, tmp_path) -> World:
    return World.built(tmp_path)


def answers(world: World, page: Page) -> dict[str, int]:
    """The code that each column gets."""
    codes = {}
    for column, person in world.people.items():
        browser: Client = SecureClient(raise_request_exception=False)
        if person is not None:
            browser.force_login(person)
        if page.before is not None:
            page.before(browser, world)
        codes[column] = getattr(browser, page.method)(page.url(world), page.body).status_code
    return codes


def expected(page: Page) -> dict[str, int]:
    return {column: page.code_for(column) for column in columns()}


def differences(world: World, page: Page) -> list[str]:
    """Where the answers are not those of the table, in words."""
    table = expected(page)
    return [
        f"{page.method} {page.name} as {column}: {code}, not {table[column]}"
        for column, code in answers(world, page).items()
        if code != table[column]
    ]


@pytest.mark.parametrize("part", sorted(PARTS))
def test_everybody_gets_what_the_table_says(world, part):
    pages = PARTS[part]

    assert [difference for page in pages for difference in differences(world, page)] == []


def test_every_address_has_a_line():
    assert named_addresses() == {page.name for page in PAGES}


@pytest.mark.parametrize("name", sorted({page.name for page in PAGES}))
def test_no_address_is_reached_only_as_missing_or_elsewhere(name):
    assert {code for page in PAGES if page.name == name for code in expected(page).values()} & REACHED


def failing_lines(world: World, name: str) -> int:
    return sum(bool(differences(world, page)) for page in PAGES if page.name == name)


SCOPED = [
    (Candidate, "candidates:detail"),
    (ExemptionApplication, "exemptions:detail"),
    (GraduationApplication, "graduation:detail"),
    (CorrectionRequest, "corrections:detail"),
    (MergeRequest, "merging:detail"),
    (ReviewRequest, "reviews:detail"),
    (CohortAudit, "graduation:cohort"),
    (Job, "jobs:detail"),
    (AccessRequest, "access:detail"),
]


@pytest.mark.parametrize(("model", "name"), SCOPED)
def test_a_list_without_its_scope_turns_the_matrix_red(world, monkeypatch, model, name):
    assert failing_lines(world, name) == 0
    queryset = type(model.objects.all())
    monkeypatch.setattr(queryset, "visible_to", lambda self, user: self)
    monkeypatch.setattr(type(model.objects), "visible_to", lambda self, user: self.all())

    assert failing_lines(world, name) > 0


def test_a_clerk_without_the_grant_turns_the_matrix_red(world):
    assert failing_lines(world, "exemptions:detail") == 0
    clerk = world.people["U4 own"]
    assert clerk is not None
    remove_perm("records.represent_office", clerk, world.own)
    world.people["U4 own"] = User.objects.get(pk=clerk.pk)

    assert failing_lines(world, "exemptions:detail") > 0


def test_nobody_signed_out_gets_beyond_the_open_pages():
    open_pages = {page.name for page in PAGES if page.code_for(VISITOR) not in (302, 403, 405)}

    assert open_pages == {
        "first-sign-in",
        "first-sign-in-code",
        "forgotten",
        "forgotten-code",
        "home",
        "kiosk",
        "kiosk-answer",
        "kiosk-setup",
        "lookup",
        "accessibility",
        "notice",
        "notices",
        "privacy",
        "scores-lookup",
        "sign-in",
        "slip",
        "verify",
        "verify-file",
        *{page.name for page in PARTS["stages"]},
    }


def test_no_candidate_gets_a_page_of_the_staff():
    staff = {page.name for page in PAGES if page.code_for("O3") == 200 and page.code_for(VISITOR) == 302}
    reached = {page.name for page in PAGES if page.code_for(CANDIDATE) == 200}

    assert staff & reached <= {
        "account",
        "account-confirm",
        "account-password",
        "documents:open",
        "corrections:list",
        "corrections:detail",
        "corrections:print",
        "exemptions:list",
        "exemptions:detail",
        "api-exemptions-detail",
        "api-exemptions-list",
        "graduation:list",
        "graduation:detail",
        "reviews:list",
        "reviews:detail",
        "reviews:letter",
        "api-reviews-list",
        "api-reviews-detail",
    }
