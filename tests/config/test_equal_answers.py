"""What is asked without an account tells nothing by how it is answered: hit and miss cost the same and look the same.

Of look-ups only the answer differs. So of verification, where what does not fit together is all one miss; a certificate that is
found is held against the record besides, and the answer says that it was found. First sign-in, forgotten password, slip and
sign-in give the same page altogether.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from records.certificates.issuing import KEYWORD
from records.certificates.models import Certificate
from records.kiosks import devices
from records.models import Candidate, Office, User
from records.people import activation, slips
from records.people.encryption import lookup_hash
from records.people.finding import IDENTITY
from records.people.identity import mask
from scores.results import sheets
from tests.config.watching import Cost, Frame, headers_of, watched
from tests.conftest import SecureClient
from tests.factories import (
    PASSWORD,
    CandidateFactory,
    CourseFactory,
    MarkFactory,
    MunicipalityFactory,
    PublicationFactory,
    SittingFactory,
    UserFactory,
    identity_number,
)
from tests.proofs import PDF
from tests.records.certifying import passed, transcript
from tests.records.proving import proof_of

UNKNOWN = identity_number(7777)


@dataclass
class People:
    """Everybody whose numbers somebody may try."""

    complete: Candidate
    newcomer: Candidate
    phoneless: Candidate
    merged: Candidate
    closed: Candidate
    officer: User


@pytest.fixture
def people(db: None) -> People:
    complete = CandidateFactory(name="林疏桐", record_number="2041826753", record_opened_on="2025-06-30")
    newcomer = CandidateFactory(name="赵一", record_number=None)
    phoneless = CandidateFactory(name="钱二", phone="", phone_hash=None, phone_mask="")
    merged = CandidateFactory(name="林疏桐", merged_into=complete)
    closed = CandidateFactory(name="孙三")
    UserFactory(candidate=complete, password=PASSWORD)
    UserFactory(candidate=closed, password=PASSWORD, is_active=False)
    out = PublicationFactory(sitting=SittingFactory(name="2026-10"), published_at=timezone.now())
    for code in ("00015", "00016", "00017"):
        MarkFactory(publication=out, candidate=complete, course=CourseFactory(code=code), points=83)
    sheets.prepare(out)
    return People(complete, newcomer, phoneless, merged, closed, UserFactory(office=MunicipalityFactory(), roles=["O4"]))


@dataclass
class Told:
    """One request: what it cost, and what came back."""

    cost: Cost
    status: int
    url: str
    headers: dict[str, str]
    parts: list[Any]


def ask(page: str, fields: dict[str, Any], typed: tuple[str, ...] = ()) -> Told:
    """Send the form from a browser of its own; of a redirect the page that it leads to is what comes back."""
    browser = SecureClient()
    address = reverse(page)
    proof = proof_of(browser, address) if page != "sign-in" else {}
    with watched() as cost:
        response = browser.post(address, fields | proof)
    body = browser.get(response.url) if response.status_code == 302 else response
    words = (*typed, *fields.values(), *(mask(value) for value in fields.values() if isinstance(value, str)))
    return told(cost, response, body, tuple(word for word in words if isinstance(word, str)))


def told(cost: Cost, response: Any, body: Any, typed: tuple[str, ...] = ()) -> Told:
    """What came back, ``body`` being the page that the asker reads in the end."""
    frame = Frame(body.content.decode(), tuple(sorted(typed, key=len, reverse=True)))
    return Told(cost, response.status_code, response.headers.get("Location", ""), headers_of(response), frame.parts)


def are_alike(asked: dict[str, Told], *, with_rows: bool) -> None:
    """Every answer as the first one, in all that an asker could see or measure."""
    (first_name, first), *others = asked.items()
    for name, told in others:
        which = f"{first_name} / {name}"
        assert (told.status, told.url, told.headers) == (first.status, first.url, first.headers), which
        assert told.parts == first.parts, which
        assert told.cost.shapes == first.cost.shapes, which
        assert told.cost.counts == first.cost.counts, which
        if with_rows:
            assert told.cost.statements == first.cost.statements, which


def are_of_one_frame(asked: dict[str, Told]) -> None:
    """Every answer as the first one but for what it says and what finding that out costs; nothing is sent, no password hashed."""
    (first_name, first), *others = asked.items()
    for name, told in others:
        which = f"{first_name} / {name}"
        assert (told.status, told.url, told.headers) == (first.status, first.url, first.headers), which
        assert told.parts == first.parts, which
    for name, told in asked.items():
        assert [told.cost.counts[what] for what in ("task", "message", "password")] == [0, 0, 0], name


def names_and_numbers(people: People) -> dict[str, tuple[str, str]]:
    return {
        "hit": (people.complete.name, people.complete.identity_number),
        "unknown number": (people.complete.name, UNKNOWN),
        "wrong name": ("周四", people.complete.identity_number),
        "another's number": (people.complete.name, people.newcomer.identity_number),
        "no record yet": (people.newcomer.name, people.newcomer.identity_number),
        "merged": (people.complete.name, people.merged.identity_number),
    }


@pytest.mark.parametrize("box", [{}, {"wants_registration": "on"}], ids=["record number", "registration number"])
def test_looking_up_a_number(people: People, box: dict[str, str]) -> None:
    asked = {
        case: ask("lookup", {"name": name, "kind": "resident", "number": number} | box)
        for case, (name, number) in names_and_numbers(people).items()
    }

    are_alike(asked, with_rows=True)
    assert asked["hit"].cost.counts["cipher"] == 0


def test_looking_up_marks(people: People) -> None:
    ticket = people.complete.ticket_number
    cases = {
        "hit": (ticket, people.complete.identity_number),
        "unknown ticket": ("999999999999", people.complete.identity_number),
        "unknown number": (ticket, UNKNOWN),
        "another's number": (ticket, people.newcomer.identity_number),
        "no marks": (people.newcomer.ticket_number, people.newcomer.identity_number),
        "merged": (ticket, people.merged.identity_number),
    }

    asked = {case: ask("scores-lookup", {"ticket": ticket, "number": number}) for case, (ticket, number) in cases.items()}

    are_alike(asked, with_rows=True)
    assert asked["hit"].cost.counts["cipher"] == 0


@pytest.fixture
def certificate(people: People) -> Certificate:
    passed(people.complete, "00037", "74")
    return transcript(people.complete)


def test_verifying_by_name_and_number(people: People, certificate: Certificate) -> None:
    passed(people.phoneless, "00037", "74")
    name = people.complete.name
    hits = {"number": (name, certificate.number), "code": (name, certificate.code)}
    misses = {
        "unknown number": (name, "2026000000000"),
        "wrong name": ("周四", certificate.number),
        "wrong name, code": ("周四", certificate.code),
        "nobody's": ("周四", "2026000000000"),
        "another's": (name, transcript(people.phoneless).number),
    }

    found, missed = (
        {case: ask("verify", {"name": name, "number": number}) for case, (name, number) in cases.items()}
        for cases in (hits, misses)
    )

    are_alike(missed, with_rows=True)
    are_of_one_frame(found | missed)
    assert missed["wrong name"].cost.counts["cipher"] == 0


def test_verifying_by_file(people: People, certificate: Certificate) -> None:
    content = certificate.path.read_bytes()
    marked = f"{KEYWORD}{certificate.number}:AAAABBBBCCCC".encode()
    unknown = f"{KEYWORD}2026000000000:AAAABBBBCCCC".encode()
    altered = {"a byte more": content + b" ", "another byte less": content[:-1]}
    foreign = {"foreign": PDF, "a known number": PDF + marked, "an unknown number": PDF + unknown}

    told_of = {
        case: ask("verify-file", {"file": SimpleUploadedFile("证明.pdf", file, "application/pdf")})
        for case, file in ({"hit": content} | altered | foreign).items()
    }

    are_of_one_frame(told_of)
    are_alike({case: told_of[case] for case in altered}, with_rows=True)
    are_alike({case: told_of[case] for case in foreign}, with_rows=False)
    assert told_of["a known number"].cost.statements == told_of["an unknown number"].cost.statements


def test_asking_at_a_terminal(people: People) -> None:
    passed(people.phoneless, "00037", "74")
    one, two = people.complete, people.phoneless
    office = one.managing_university
    head = UserFactory(office=office, roles=["UH"])
    misses = {
        "unknown identity number": (UNKNOWN, one.ticket_number, one.record_number),
        "unknown ticket": (one.identity_number, "999999999999", one.record_number),
        "unknown record": (one.identity_number, one.ticket_number, "9999999999"),
        "nobody's": (UNKNOWN, "999999999999", "9999999999"),
        "another's identity number": (two.identity_number, one.ticket_number, one.record_number),
        "another's ticket": (one.identity_number, two.ticket_number, one.record_number),
        "another's record": (one.identity_number, one.ticket_number, two.record_number),
    }
    hit = at_a_terminal(office, head, one.identity_number, one.ticket_number, one.record_number)

    missed = {case: at_a_terminal(office, head, *numbers) for case, numbers in misses.items()}

    are_alike(missed, with_rows=True)
    are_alike({"hit": hit} | missed, with_rows=False)
    assert hit.cost.counts["cipher"] == 0


def at_a_terminal(office: Office, head: User, *numbers: str | None) -> Told:
    """The three numbers sent from a terminal of its own, and the answer fetched."""
    browser = SecureClient()
    _kiosk, code = devices.put_up(office, "一号终端", "大厅", by=head)
    browser.post(reverse("kiosk-setup"), {"code": code})
    browser.get(reverse("kiosk"))
    with watched() as cost:
        response = browser.post(reverse("kiosk"), dict(zip(("identity", "ticket", "record"), numbers, strict=True)))
        body = browser.get(response.url)
    return told(cost, response, body)


def numbers_and_dates(people: People) -> dict[str, dict[str, str]]:
    def of(candidate: Candidate, **changed: str) -> dict[str, str]:
        return {"number": candidate.ticket_number, "birth_date": f"{candidate.birth_date}"} | changed

    return {
        "hit": of(people.complete),
        "no account yet": of(people.newcomer),
        "no phone": of(people.phoneless),
        "account closed": of(people.closed),
        "merged": of(people.complete, number=people.merged.identity_number),
        "unknown number": of(people.complete, number="999999999999"),
        "wrong date": of(people.complete, birth_date="1990-01-01"),
        "staff": of(people.complete, number=people.officer.username),
    }


@pytest.mark.parametrize("page", ["first-sign-in", "forgotten"])
def test_starting_a_first_sign_in_or_a_reset(people: People, page: str) -> None:
    asked = {case: ask(page, fields) for case, fields in numbers_and_dates(people).items()}

    are_alike(asked, with_rows=False)
    counts = asked["hit"].cost.counts
    assert (counts["task"], counts["message"], counts["cipher"], counts["password"]) == (1, 0, 0, 0)


@pytest.mark.parametrize("kind", [activation.FIRST, activation.FORGOTTEN])
def test_typing_a_wrong_code(people: People, kind: str) -> None:
    page = {activation.FIRST: "first-sign-in", activation.FORGOTTEN: "forgotten"}[kind]
    asked = {}
    for case, fields in numbers_and_dates(people).items():
        browser = SecureClient()
        browser.post(reverse(page), fields | proof_of(browser, reverse(page)))
        with watched() as cost:
            typed = {"code": "000000", "password": PASSWORD, "repeated": PASSWORD}
            response = browser.post(reverse(f"{page}-code"), typed)
        parts = Frame(response.content.decode()).parts
        asked[case] = Told(cost, response.status_code, "", headers_of(response), parts)

    are_alike(asked, with_rows=False)


def test_a_slip_that_does_not_fit(people: People) -> None:
    clerk = UserFactory(office=people.complete.managing_university, roles=["U3"])
    _slip, another = slips.issue(people.newcomer, by=clerk, proof="居民身份证原件")
    codes = {"never issued": slips.new_code(), "another's": another}
    asked = {
        f"{case}, {which}": ask("slip", fields | {"code": code, "password": PASSWORD, "repeated": PASSWORD})
        for case, fields in numbers_and_dates(people).items()
        for which, code in codes.items()
        if (case, which) != ("no account yet", "another's")
    }

    are_alike(asked, with_rows=False)
    assert not User.objects.filter(candidate=people.newcomer).exists()


def test_a_wrong_password(people: People) -> None:
    names = {
        "account": people.complete.ticket_number,
        "by another number": people.complete.identity_number,
        "staff": people.officer.username,
        "no account yet": people.newcomer.ticket_number,
        "account closed": people.closed.ticket_number,
        "merged": people.merged.identity_number,
        "unknown": "999999999999",
    }

    asked = {case: ask("sign-in", {"number": name, "password": "not-the-one-1"}) for case, name in names.items()}

    are_alike(asked, with_rows=False)
    assert asked["unknown"].cost.counts["password"] == 1


def test_the_right_password_of_a_closed_account_is_no_better_than_a_wrong_one(people: People) -> None:
    asked = {
        password: ask("sign-in", {"number": people.closed.ticket_number, "password": password})
        for password in (PASSWORD, "not-the-one-1")
    }

    are_alike(asked, with_rows=False)


def as_before(people: People) -> None:
    """L1 as it would be if it read the candidate whole."""
    list(Candidate.objects.filter(identity_hash=lookup_hash(people.complete.identity_number, IDENTITY)))


@pytest.mark.parametrize(
    ("leak", "what"),
    [
        (as_before, "cipher"),
        (lambda people: people.officer.check_password("x"), "password"),
        (lambda _people: lookup_hash("x", IDENTITY), "keyed hash"),
    ],
)
def test_the_watch_sees_what_a_careless_answer_would_do(people: People, leak: Callable[[People], Any], what: str) -> None:
    with watched() as still:
        pass
    with watched() as cost:
        leak(people)

    assert still.counts[what] == 0
    assert cost.counts[what] > 0
