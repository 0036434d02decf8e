"""Whether the font has every character of a document: a name that would print with a hole in it stops the issue instead."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from records.certificates import fonts

LINE_BREAK = "\n"
INVISIBLE = {"Cc", "Cf", "Cs", "Co"}  # controls, formats, halves of pairs, private use: no name holds them
SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


class MissingGlyphs(Exception):
    """The font lacks ``characters`` (each once, a variant together with its selector); ``str()`` is what a person is told."""

    def __init__(self, characters: Sequence[str]) -> None:
        self.characters = tuple(characters)
        super().__init__(message(self.characters))


def missing(texts: Iterable[str]) -> list[str]:
    """What cannot be printed in ``texts``, each once, in the order of appearance; a line break is no character."""
    return list(dict.fromkeys(character for text in texts for character in _clusters(text) if not _is_there(character)))


def texts_in(content: Any) -> Iterator[str]:
    """Every string in nested content, the keys too."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for key, value in content.items():
            yield str(key)
            yield from texts_in(value)
    elif isinstance(content, Sequence) and not isinstance(content, bytes | bytearray):
        for value in content:
            yield from texts_in(value)


def message(characters: Sequence[str]) -> str:
    """What to tell a person: which characters, by code point too because they may not show on the screen either."""
    named = "、".join(f"{_shown(character)}（{_points(character)}）" for character in characters)
    return _("字库缺字：%(characters)s。未生成文件。请核对该字是否录入正确；确属姓名用字的，登记为生僻字，待字库补齐后再办。") % {
        "characters": named
    }


def _shown(character: str) -> str:
    return "□" if unicodedata.category(character[0]) in INVISIBLE else character


def _points(character: str) -> str:
    return " ".join(f"U+{ord(part):04X}" for part in character)


def _clusters(text: str) -> Iterator[str]:
    """The characters one by one, a variation selector together with the character before it."""
    held = ""
    for character in text:
        if held and any(ord(character) in selectors for selectors in SELECTORS):
            yield held + character
            held = ""
            continue
        if held:
            yield held
        held = character
    if held:
        yield held


def _is_there(cluster: str) -> bool:
    if len(cluster) > 1:
        return (ord(cluster[0]), ord(cluster[1])) in fonts.variants()
    if cluster == LINE_BREAK:
        return True
    return unicodedata.category(cluster) not in INVISIBLE and ord(cluster) in fonts.characters()
