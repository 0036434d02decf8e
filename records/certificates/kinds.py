"""Which certificates there are: each app registers its own kinds here, so that nothing here knows what they are about.

A kind gathers *facts*: plain JSON about a candidate, identity number masked, the same for the same state of the record. Whether a
certificate still says the truth is whether its facts come out the same again. ``paper`` puts facts into words for the template
and for the page that verifies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from records.candidates.models import Candidate

Facts = dict[str, Any]
Choice = dict[str, Any]
ISSUE = "records.issue_certificate"


@dataclass(frozen=True)
class Kind:
    """One kind of certificate.

    ``facts(candidate, choice)`` raises ``Refused`` where there is nothing to certify, with the reason in words. ``paper(facts)``
    gives what ``templates/certificates/<template>.typ`` draws besides number and seal: ``facts`` (rows of pairs),
    ``tables`` (each ``title``, ``columns``, ``rows``, perhaps ``total``) and ``closing``. ``said(facts)`` gives the tables that
    whoever verifies sees, without any number of the person; ``differing`` why one set of facts is not the other, in words.
    ``permissions``: one of them lets staff issue it; ``is_fetched_alone``: the candidate may fetch it without anybody.
    ``chooses_courses`` is "" for a kind without courses, ``any`` for all or some of them, ``one`` for exactly one.
    """

    slug: str
    title: Any
    purpose: Any
    template: str
    facts: Callable[[Candidate, Choice], Facts]
    paper: Callable[[Facts], dict[str, Any]]
    said: Callable[[Facts], list[dict[str, Any]]]
    differing: Callable[[Facts, Facts], list[str]]
    permissions: tuple[str, ...] = (ISSUE,)
    is_fetched_alone: bool = True
    chooses_courses: str = ""

    def may_be_issued_by(self, user: Any) -> bool:
        """Whether the person has one of the permissions (what); for whom is another question."""
        return any(user.has_perm(permission) for permission in self.permissions)


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind known; again under the same slug it takes the place of the first."""
    _KINDS[kind.slug] = kind
    return kind


def kind_of(slug: str) -> Kind:
    """The kind of this slug; ``KeyError`` where no app registered one."""
    return _KINDS[slug]


def kinds() -> Mapping[str, Kind]:
    """All kinds by slug, in the order in which they were registered."""
    return _KINDS


def title_of(slug: str) -> Any:
    """What a kind is called; its slug where the app that knew it is gone."""
    return _KINDS[slug].title if slug in _KINDS else slug


def digest(facts: Facts) -> str:
    """SHA-256 of the facts in one way of writing them."""
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
