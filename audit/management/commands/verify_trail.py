"""``manage.py verify_trail [--against SEAL:HASH]``: whether the trail is what was sealed (FORMATS)."""

import json
import re
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from audit.verification import verify

PRINTED = re.compile(r"([1-9][0-9]{0,17}):([0-9a-fA-F]{64})", re.ASCII)


class Command(BaseCommand):
    """Prints ``{"entries", "seals", "unsealed", "intact", "first_fault"}`` as one JSON line; exit 1 when not intact."""

    help = "Verify the trail against its seals, and the seals against printed ones."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--against",
            action="append",
            default=[],
            metavar="SEAL:HASH",
            help="a seal as it was printed, for instance on a daily report; may be given several times",
        )

    def handle(self, *, against: list[str], **_: Any) -> None:
        verdict = verify([self._printed(text) for text in against])
        self.stdout.write(json.dumps(verdict.as_json(), ensure_ascii=False))
        if verdict.first_fault:
            sys.exit(1)

    def _printed(self, text: str) -> tuple[int, bytes]:
        match = PRINTED.fullmatch(text)
        if match is None:
            self.stderr.write(_("--against 应写成“封存号:摘要”，摘要为64位十六进制数"), str)
            sys.exit(2)
        return int(match[1]), bytes.fromhex(match[2])
