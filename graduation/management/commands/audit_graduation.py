"""``manage.py audit_graduation NUMBER --major CODE``: whether a candidate may graduate, and why (FORMATS)."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from graduation.auditing import UnknownPlan, audit_many, audit_one
from graduation.facts import Question
from records.candidates.models import Candidate
from records.catalogue.models import Major

CHUNK = 500


class Command(BaseCommand):
    """Answers one JSON object; with ``-`` one a line for every number on standard input."""

    help = "Audit a candidate's graduation in a major; NUMBER: record, ticket or registration number, or - for standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number")
        parser.add_argument("--major", required=True)
        parser.add_argument("--plan", default="")
        parser.add_argument("--on", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        major = Major.objects.filter(code=options["major"]).first()
        if major is None:
            self.give_up(_("没有这个专业代码"))
        on = self._day(options["on"])
        try:
            if options["number"] == "-":
                self._answer_many(major, options["plan"], on)
            else:
                self._answer_one(options["number"], major, options["plan"], on)
        except UnknownPlan:
            self.give_up(_("该专业没有这个计划版本"))

    def _answer_one(self, number: str, major: Major, version: str, on: dt.date | None) -> None:
        candidate = Candidate.by_number(number).first()
        if candidate is None:
            self.give_up(unknown_number())
        self._print(audit_one(candidate, major, version=version, on=on).as_json(number))

    def _answer_many(self, major: Major, version: str, on: dt.date | None) -> None:
        unknown = 0
        for numbers in _chunks():
            found = {number: Candidate.by_number(number).first() for number in numbers}
            known = {candidate.pk: candidate for candidate in found.values() if candidate is not None}
            questions = [Question(candidate, major, version) for candidate in known.values()]
            audits = {answer.candidate.pk: answer for answer in audit_many(questions, on=on)}
            for number in numbers:
                candidate = found[number]
                unknown += candidate is None
                self._print(audits[candidate.pk].as_json(number) if candidate else {"number": number, "error": unknown_number()})
        if unknown:
            sys.exit(2)

    def _day(self, text: str) -> dt.date | None:
        """The day of ``--on``; None where it was not given."""
        try:
            return dt.date.fromisoformat(text) if text else None
        except ValueError:
            self.give_up(_("日期应写成 2026-12-30 的样子"))

    def _print(self, answer: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(answer, ensure_ascii=False))

    def give_up(self, reason: str) -> NoReturn:
        """One plain line on standard error, exit 2."""
        self.stderr.write(reason, str)
        sys.exit(2)


def unknown_number() -> str:
    """What is said of a number that nobody has; it is not repeated, it may be somebody's."""
    return _("没有考生有这个号码")


def _chunks() -> Iterator[list[str]]:
    """The numbers on standard input, blank lines left out, some hundred at a time."""
    chunk: list[str] = []
    for line in sys.stdin:
        if number := line.strip():
            chunk.append(number)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
