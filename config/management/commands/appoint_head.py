"""``manage.py appoint_head LOGIN --name NAME [--office CODE] [--end LOGIN]``: the first head of the city or of an office."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from audit.workflow import Refused
from config.appointing.heads import appoint_head
from records.offices.models import Office


class Command(BaseCommand):
    """Prints the one-time password of a new account; refuses where the office has a head, unless ``--end`` names who goes."""

    help = "Make somebody the head of the municipal office, or of the office of this code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("login", metavar="LOGIN", help="login name: 2 to 32 small letters, digits, dots, hyphens")
        parser.add_argument("--name", required=True, help="full name")
        parser.add_argument("--office", default="", metavar="CODE", help="code of a university's or district's office")
        parser.add_argument("--end", default="", metavar="LOGIN", help="login name of the head who goes")

    def handle(self, *, login: str, name: str, office: str, end: str, **_options: Any) -> None:
        try:
            place = Office.objects.get(code=office) if office else Office.objects.municipality()
        except Office.DoesNotExist:
            raise CommandError(_("没有代码为%(code)s的机构。") % {"code": office}) from None
        try:
            person, password = appoint_head(login, name, place, end=end)
        except Refused as refused:
            raise CommandError("\n".join(str(problem.message) for problem in refused.problems)) from refused
        self.stdout.write(_("%(name)s（%(login)s）自今天起任%(office)s负责人。") % self._words(person, place))
        if password:
            self.stdout.write(_("初始密码 %(password)s，只显示这一次，首次登录后必须更换。") % {"password": password})

    def _words(self, person: Any, place: Office) -> dict[str, str]:
        return {"name": person.full_name, "login": person.username, "office": place.title}
