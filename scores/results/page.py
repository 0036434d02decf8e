"""The page with the marks, from markup that was set once: nothing is left to set for a request but what is the asker's own.

Lines for as many courses as ``PLACES`` says and the table are filled in for everybody, so that a miss takes as long as a hit;
what holds nothing is thrown away.
"""

from __future__ import annotations

from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import resolve, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from records.stencils import Stencil
from records.themes import THEME_COOKIE, theme_of
from scores.results.looking_up import Line, Results

PLACES = ("line", "ticket", "number", "answer", "csrf_token")


def page_of(request: HttpRequest, results: Results, *, ticket: str, number: str) -> str:
    """The page for who asked with this ticket and this (masked) number."""
    rows = [_row(line) for line in results.places]
    table = _table().fill(rows=SafeString("".join(rows[: len(results.marks)])))
    said = {"ticket": ticket, "number": number, "answer": table if results.marks else _nothing().fill()}
    return _frame_for(request).fill(line=_line(results), csrf_token=get_token(request), **said)


def _line(results: Results) -> str:
    return _("%(sitting)s成绩") % {"sitting": results.sitting} if results.sitting else _("还没有公布过成绩。")


def _row(line: Line) -> SafeString:
    result = line.words or f"{line.points:f}".removesuffix(".0")
    return _row_stencil().fill(code=line.code, name=line.name, kind=_("实践") if line.practical else _("笔试"), result=result)


def _frame_for(request: HttpRequest) -> Stencil:
    """A visitor's frame is the same for all; who is signed in, or is to be told something, has one of their own."""
    if request.user.is_authenticated or len(get_messages(request)):
        return Stencil("scores/results.html", *PLACES, request=request)
    return _frame(theme_of(request))


@cache
def _frame(theme: str) -> Stencil:
    """The frame as it is set for a request of nobody: so nothing in it can be anybody's."""
    nobody = HttpRequest()
    nobody.path = nobody.path_info = reverse("scores-lookup")
    nobody.resolver_match = resolve(nobody.path)
    nobody.COOKIES[THEME_COOKIE] = theme
    nobody.user = AnonymousUser()
    return Stencil("scores/results.html", *PLACES, request=nobody)


@cache
def _table() -> Stencil:
    return Stencil("scores/_marks.html", "rows")


@cache
def _row_stencil() -> Stencil:
    return Stencil("scores/_mark.html", "code", "name", "kind", "result")


@cache
def _nothing() -> Stencil:
    return Stencil("scores/_no_marks.html")
