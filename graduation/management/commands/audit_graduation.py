"""``manage.py audit_graduation NUMBER --major CODE``: whether a candidate may graduate, and why (FORMATS)."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

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
            raise CommandError(f"unknown major: {options['major']}", returncode=2)
        on = _day(options["on"])
        try:
            if options["number"] == "-":
                self._answer_many(major, options["plan"], on)
            else:
                self._answer_one(options["number"], major, options["plan"], on)
        except UnknownPlan as unknown:
            raise CommandError(f"unknown plan version of {major.code}: {unknown}", returncode=2) from None

    def _answer_one(self, number: str, major: Major, version: str, on: dt.date | None) -> None:
        candidate = Candidate.by_number(number).first()
        if candidate is None:
            raise CommandError("unknown number", returncode=2)
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
                self._print(audits[candidate.pk].as_json(number) if candidate else {"number": number, "error": "unknown number"})
        if unknown:
            sys.exit(2)

    def _print(self, answer: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(answer, ensure_ascii=False))


def _day(text: str) -> dt.date | None:
    """The day of ``--on``; None where it was not given."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandError(f"not a day: {text}", returncode=2) from None


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
