"""``manage.py show_record NUMBER``: what the record of a candidate holds, as JSON (FORMATS, questions)."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from audit.trail import record_read
from config.record import seven_kinds
from records.candidates.models import Candidate


class Command(BaseCommand):
    """Answers one JSON object; with ``-`` one a line for every number on standard input. Unknown numbers: exit 2.

    Every record shown leaves a line in the trail, as on the pages.
    """

    help = "Show a candidate's record; NUMBER: record, ticket or registration number, or - for numbers on standard input."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", metavar="NUMBER")

    def handle(self, **options: Any) -> None:
        if options["number"] == "-":
            self._answer_many()
            return
        answer = answer_for(options["number"])
        if answer is None:
            self.stderr.write(unknown(), str)
            sys.exit(2)
        self._print(answer)

    def _answer_many(self) -> None:
        missing = 0
        for number in filter(None, map(str.strip, sys.stdin)):
            answer = answer_for(number)
            missing += answer is None
            self._print(answer or {"number": number, "error": unknown()})
        if missing:
            sys.exit(2)

    def _print(self, answer: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(answer, ensure_ascii=False))


def answer_for(number: str) -> dict[str, Any] | None:
    """The record of the candidate with this number as JSON; None when nobody has it."""
    people = Candidate.by_number(number.replace("\x00", "")).select_related("managing_university").prefetch_related("tickets")
    candidate = people.first()
    if candidate is None:
        return None
    record_read("record", candidate, candidate_id=candidate.pk, purpose=_("命令行查询"))
    return seven_kinds(candidate).as_json()


def unknown() -> str:
    """What is said of a number that nobody has; it is not repeated, it may be somebody's."""
    return _("没有考生有这个号码")
