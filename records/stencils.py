"""Markup set once for a process, with places left open: filling them in costs a join, not a template."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString


class Stencil:
    """A template with places that are filled in for each request; what is filled in is escaped unless it is markup already.

    Raises ``ValueError`` for a place that the template does not have.
    """

    def __init__(self, template: str, *places: str, request: HttpRequest | None = None, **context: Any) -> None:
        text = render_to_string(template, context | {name: f"[[{name}]]" for name in places}, request)
        self._texts = re.split(r"\[\[\w+\]\]", text)
        self._places = re.findall(r"\[\[(\w+)\]\]", text)
        if missing := set(places) ^ set(self._places):
            raise ValueError(f"{template}: {', '.join(sorted(missing))}")

    def fill(self, **values: Any) -> SafeString:
        """The markup with these in its places."""
        said = {name: conditional_escape(value) for name, value in values.items()}
        filled = [part for text, name in zip(self._texts, self._places, strict=False) for part in (text, said[name])]
        return SafeString("".join([*filled, self._texts[-1]]))
