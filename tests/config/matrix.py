"""The machinery of the permission matrix: a small world, its people by role, and the addresses that the portal has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from config.roles import CITY, DISTRICT, ROLES, UNIVERSITY
from records.models import Office, User
from tests.factories import DistrictFactory, MunicipalityFactory, UniversityFactory, UserFactory

VISITOR, CANDIDATE, STRANGER = "visitor", "candidate", "stranger"
OWN, OTHER = "own", "other"


def columns() -> list[str]:
    """Everybody: signed out, the candidate, another candidate, every role of every tier (universities twice: own and other)."""
    everybody = [VISITOR, CANDIDATE, STRANGER]
    for role in ROLES.values():
        everybody += [f"{role.code} {OWN}", f"{role.code} {OTHER}"] if role.tier == UNIVERSITY else [role.code]
    return everybody


def people(own: Office, other: Office, candidate: Any, stranger: Any) -> dict[str, User | None]:
    """One person for each column; nobody for the visitor."""
    offices = {CITY: MunicipalityFactory(), DISTRICT: DistrictFactory()}
    named: dict[str, User | None] = {
        VISITOR: None,
        CANDIDATE: UserFactory(candidate=candidate),
        STRANGER: UserFactory(candidate=stranger),
    }
    for role in ROLES.values():
        if role.tier == UNIVERSITY:
            named[f"{role.code} {OWN}"] = UserFactory(office=own, roles=[role.code])
            named[f"{role.code} {OTHER}"] = UserFactory(office=other, roles=[role.code])
        else:
            named[role.code] = UserFactory(office=offices[role.tier], roles=[role.code])
    return named


@dataclass(frozen=True)
class Page:
    """One line of the hand-written table.

    ``before`` brings a browser to where the address makes sense (a form filled in a page before).
    ``expected`` maps columns, or patterns such as ``O*``, ``U* own`` and ``staff``, to a code; the more special pattern wins
    (a column before ``O*`` before ``staff`` before ``*``). ``arguments`` makes the address's arguments from the world.
    """

    name: str
    expected: dict[str, int]
    arguments: Callable[[Any], dict[str, Any]] | None = None
    method: str = "get"
    body: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Any, Any], object] | None = None

    def url(self, world: Any) -> str:
        return reverse(self.name, kwargs=self.arguments(world) if self.arguments else {})

    def code_for(self, column: str) -> int:
        """What the table says for a column; ``KeyError`` where it says nothing."""
        for pattern in patterns_of(column):
            if pattern in self.expected:
                return self.expected[pattern]
        raise KeyError(f"{self.name}: no code for {column}")


def patterns_of(column: str) -> Iterator[str]:
    """The patterns that match a column, the most special first."""
    yield column
    if column in (VISITOR, CANDIDATE, STRANGER):
        if column != VISITOR:
            yield "candidates"
        yield "*"
        return
    code, _space, place = column.partition(" ")
    if place:
        yield code
        yield f"{code[0]}* {place}"
    yield f"{code[0]}*"
    yield "staff"
    yield "*"


def named_addresses() -> set[str]:
    """Every named address of the portal, with its namespaces; unnamed ones appear by their route and so fail the table."""
    return set(_walk(get_resolver(), ""))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name or entry.pattern}"


def universities() -> tuple[Office, Office]:
    """The candidate's own university and another one."""
    return UniversityFactory(), UniversityFactory()
