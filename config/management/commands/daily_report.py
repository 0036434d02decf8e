"""``manage.py daily_report [--day D]``: the office's report of a day with the newest seal."""

import datetime as dt
import json
import sys
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from config.daily import NotReportable, draw_up


class Command(BaseCommand):
    """Prints ``{"day", "figures", "seal", "hash"}`` as one JSON line; draws the report up if it does not stand yet."""

    help = "Draw up the report of a day (default: yesterday), or show the one that stands."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", metavar="YYYY-MM-DD", help="default: yesterday")

    def handle(self, *, day: str | None, **_options: Any) -> None:
        wanted = self._day(day) if day else timezone.localdate() - dt.timedelta(days=1)
        try:
            report = draw_up(wanted)
        except NotReportable:
            self._refuse(_("%(day)s不能出日报：当天还没有过完，或早于第一条留痕") % {"day": wanted.isoformat()})
        answer = {
            "day": report.day.isoformat(),
            "figures": report.figures,
            "seal": report.seal_number,
            "hash": report.seal_hash or None,
        }
        self.stdout.write(json.dumps(answer, ensure_ascii=False))

    def _day(self, text: str) -> dt.date:
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            self._refuse(_("日期应写成2026-11-22的样子"))

    def _refuse(self, line: str) -> NoReturn:
        self.stderr.write(line, str)
        sys.exit(2)
