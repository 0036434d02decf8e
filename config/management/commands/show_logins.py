"""``manage.py show_logins``: who signs in to the demonstration, by which password and TOTP secret; ``manage.py run`` prints it.

``--codes`` prints, in place of the secrets, the code that each authenticator shows now.
"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse
from django.utils.translation import gettext as _

from config import demonstration
from config.demonstration import Login
from config.roles import titles_of
from records.candidates.models import Candidate
from records.kiosks.models import Kiosk
from records.offices.models import Office
from records.people.second_factor import CODE_DIGITS, code_at, running_step


class Command(BaseCommand):
    """Says nothing where there is no demonstration."""

    help = "Print the logins of the demonstration: staff by office, candidates with accounts, one for a first sign-in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--codes", action="store_true", help="print the codes of this moment in place of the secrets")

    def handle(self, *, codes: bool = False, **_options: Any) -> None:
        self.codes = codes
        logins = demonstration.logins()
        staff = [login for login in logins if login.person.candidate is None]
        for kind in Office.Kind:
            for office in Office.objects.filter(kind=kind).order_by("code"):
                self._office(office, [login for login in staff if office.represented_by(login.person)])
        for login in logins:
            if login.person.candidate is not None:
                self._account(login, login.person.candidate)
        newcomer = demonstration.newcomer() if logins else None
        if newcomer is not None:
            self._first_sign_in(newcomer)
        for kiosk in demonstration.terminals() if logins else []:
            self._terminal(kiosk)

    def _office(self, office: Office, staff: list[Login]) -> None:
        if not staff:
            return
        self.stdout.write(f"\n{office.title} ({office.code})  " + self._legend())
        for login in staff:
            duties = "、".join(titles_of(login.person))
            factor = self._code(login) if self.codes else login.secret
            self.stdout.write(f"  {login.person.username:<12} {login.password}  {factor}  {login.person.full_name} {duties}")

    def _legend(self) -> str:
        return _("登录名 密码 验证码") if self.codes else _("登录名 密码 TOTP密钥")

    def _code(self, login: Login) -> str:
        return code_at(login.secret, running_step()) if login.secret else "-" * CODE_DIGITS

    def _account(self, login: Login, candidate: Candidate) -> None:
        what = _("各类信息都有") if candidate.diplomas.exists() else _("差一门课程毕业")
        self.stdout.write(_("\n考生 %(name)s，已有账户（%(what)s）：") % {"name": candidate.name, "what": what})
        words = {"ticket": candidate.ticket_number, "record": candidate.record_number, "password": login.password}
        self.stdout.write(_("  准考证号 %(ticket)s 或考籍号 %(record)s，密码 %(password)s") % words)

    def _terminal(self, kiosk: Kiosk) -> None:
        """How a browser becomes the terminal: a code is good for minutes, so none is printed here."""
        self.stdout.write(_("\n自助终端 %(name)s（%(office)s）：") % {"name": kiosk.name, "office": kiosk.office})
        setup, terminal = reverse("kiosk-setup"), reverse("kiosk")
        self.stdout.write(
            _("  manage.py kiosk_code %(name)s 取设置码，在 %(setup)s 填写，然后打开 %(terminal)s")
            % {"name": kiosk.name, "setup": setup, "terminal": terminal}
        )

    def _first_sign_in(self, candidate: Candidate) -> None:
        self.stdout.write(_("\n考生 %(name)s，还没有账户（首次登录）：") % {"name": candidate.name})
        words = {
            "identity": candidate.identity_number,
            "ticket": candidate.ticket_number,
            "birth": candidate.birth_date.isoformat(),
            "outbox": settings.OUTBOX_ROOT / "sms.jsonl",
        }
        self.stdout.write(_("  证件号码 %(identity)s，准考证号 %(ticket)s，出生日期 %(birth)s") % words)
        self.stdout.write(_("  短信验证码写在 %(outbox)s") % words)
