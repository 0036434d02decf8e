"""``manage.py statistics --sitting S [--course C] [--university U]``: the figures of a sitting as one JSON array."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from records.catalogue.models import Course
from records.offices.models import Office
from scores.models import Sitting, SittingStatistic
from scores.statistics.refreshing import answers


class Command(BaseCommand):
    """One row per university, major and course, of published marks only. Something unknown: exit 2."""

    help = "Print the statistics of a sitting as JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sitting", required=True, metavar="YYYY-MM")
        parser.add_argument("--course", metavar="CODE")
        parser.add_argument("--university", metavar="CODE")

    def handle(self, *, sitting: str, course: str | None, university: str | None, **_options: Any) -> None:
        if not Sitting.objects.filter(name=sitting).exists():
            self.give_up(_("没有这个考次"))
        rows = SittingStatistic.objects.filter(sitting__name=sitting)
        if course is not None:
            if not Course.objects.filter(code=course).exists():
                self.give_up(_("没有这个课程代码"))
            rows = rows.filter(course__code=course)
        if university is not None:
            if not Office.objects.universities().filter(code=university).exists():
                self.give_up(_("没有这个院校代码"))
            rows = rows.filter(university__code=university)
        self.stdout.write(json.dumps(answers(rows), ensure_ascii=False))

    def give_up(self, reason: str) -> NoReturn:
        """One plain line on standard error, exit 2."""
        self.stderr.write(reason, str)
        sys.exit(2)
