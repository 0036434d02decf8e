"""What several journeys have in common: signing in, the code that came to a phone, the steps of an exemption."""

import datetime as dt
import json
import re
import time
from pathlib import Path

from django.conf import settings

from tests.factories import PASSWORD
from tests.journeys.city import Person
from tests.journeys.visiting import Visitor

NUMBER = "准考证号、考籍号或证件号码"
LONGEST_WAIT = 15
PAUSE_SECONDS = 0.1


def sign_in(visitor: Visitor, number: str, password: str = PASSWORD) -> None:
    """Sign in by keyboard."""
    visitor.open("/sign-in/")
    visitor.type_into(NUMBER, number)
    visitor.type_into("密码", password)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(re.compile("/(space|desk)/"))


def code_for(person: Person, since: dt.datetime) -> str:
    """The code in the latest message that the person's phone got since then."""
    outbox = Path(settings.KAOJI_HOME) / "outbox" / "sms.jsonl"
    deadline = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < deadline:
        lines = outbox.read_text().splitlines() if outbox.exists() else []
        messages = [each for each in map(json.loads, lines) if each["to"] == person.phone]
        codes = [re.findall(r"\d{6}", each["text"]) for each in messages if dt.datetime.fromisoformat(each["at"]) >= since]
        if codes:
            return str(codes[-1][0])
        time.sleep(PAUSE_SECONDS)
    raise AssertionError("no message came")


def first_sign_in(visitor: Visitor, person: Person, password: str = PASSWORD) -> None:
    """Number and date of birth, the code from the phone, a password of one's own; two pages."""
    since = dt.datetime.now(dt.UTC).replace(microsecond=0)
    visitor.open("/first-sign-in/")
    visitor.stop("first-sign-in")
    visitor.type_into(NUMBER, person.ticket)
    visitor.type_day("出生日期", person.birth)
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_role("heading", name="设置密码").wait_for()
    visitor.stop("code")
    visitor.type_into("验证码", code_for(person, since))
    visitor.type_into("新密码", password)
    visitor.type_into("再输一次新密码", password)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/space/")


def open_from_desk(visitor: Visitor, case: str) -> None:
    """Press the line of the desk that names this case."""
    visitor.open("/desk/")
    visitor.follow(case)
