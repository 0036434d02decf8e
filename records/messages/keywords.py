"""What a text message may ask for: keywords, each with the function that answers it, registered by the app that knows.

An app registers in a module ``texting``, which Django finds when it starts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from records.candidates.models import Candidate
from records.people.identity import BLANKS
from records.settings.values import value_of

SENDER_NAME = re.compile(r"^[【\[][^】\]]{0,20}[】\]]")
SITTING = re.compile(r"(?<!\d)(20\d\d)[-–—年/.](0?[1-9]|1[0-2])(?!\d)月?")
BETWEEN = re.compile(r"[\s:：,，、;；+＋#.。\-–—_]+")
TICKET = re.compile(r"\d{6,20}", re.ASCII)
LONGEST = 200


@dataclass(frozen=True)
class Reply:
    """An answer: what it begins with and the entries after it, in the order in which they are sent."""

    head: str
    entries: tuple[str, ...] = ()


Answering = Callable[[Candidate, str], Reply]
A = TypeVar("A", bound=Answering)


@dataclass(frozen=True)
class Asked:
    """What a text was understood to ask: the keyword's name, the ticket number, the sitting that it names ("" for none)."""

    keyword: str
    ticket: str
    sitting: str


_ANSWERS: dict[str, tuple[str, Answering]] = {}


def keyword(name: str, *, setting: str) -> Callable[[A], A]:
    """Register the function that answers a keyword; ``setting`` holds the words by which people ask for it."""

    def register(function: A) -> A:
        _ANSWERS[name] = setting, function
        return function

    return register


def reply_to(asked: Asked, candidate: Candidate) -> Reply:
    """The answer to what was asked; ``candidate`` must have been proven to be the sender."""
    return _ANSWERS[asked.keyword][1](candidate, asked.sitting)


def understood(text: str) -> Asked | None:
    """What a text asks, read leniently: full-width, small letters, blanks and signs anywhere; None when it cannot be told."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).upper()
    plain = SENDER_NAME.sub("", BLANKS.sub(" ", plain).strip()).strip()
    for name, (setting, _function) in _ANSWERS.items():
        for word in sorted(value_of(setting), key=len, reverse=True):
            if plain.startswith(word.upper()):
                return _asked(name, plain[len(word) :])
    return None


def _asked(name: str, rest: str) -> Asked | None:
    named = SITTING.search(rest)
    sitting = f"{named[1]}-{int(named[2]):02}" if named else ""
    ticket = BETWEEN.sub("", rest.replace(named[0], " ", 1) if named else rest)
    return Asked(name, ticket, sitting) if TICKET.fullmatch(ticket) else None
