"""What several journeys have in common: signing in, the code that came to a phone, the steps of an exemption."""

import datetime as dt
import json
import re
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import Event
from exemptions.models import ExemptionApplication
from exemptions.workflow import EXEMPTION
from records.documents.keeping import keep
from records.models import Course, User
from tests.factories import PASSWORD, CredentialFactory, ExemptionFactory, UserFactory
from tests.journeys.city import Person, plan
from tests.journeys.visiting import Visitor
from tests.proofs import PDF
from tests.second_factor import current_code, with_factor

NUMBER = "准考证号、考籍号或证件号码"
CODE = "验证器上的6位数字"
LONGEST_WAIT = 15
PAUSE_SECONDS = 0.1


def sign_in(visitor: Visitor, number: str, password: str = PASSWORD) -> None:
    """Sign in by keyboard; a member of staff also by the code of an authenticator, which is made where there is none."""
    person = User.objects.filter(username=number, candidate=None).first()
    if person is not None:
        with_factor(person)
    visitor.open("/sign-in/")
    visitor.type_into(NUMBER, number)
    visitor.type_into("密码", password)
    visitor.page.keyboard.press("Enter")
    if person is not None:
        visitor.page.wait_for_url("**/sign-in/factor/")
        visitor.type_into(CODE, current_code(person))
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


def account_of(person: Person) -> User:
    """An account as the first sign-in leaves it."""
    return UserFactory(candidate=person.record(), full_name=person.name, password=PASSWORD)


def submitted_exemption(person: Person) -> ExemptionApplication:
    """An exemption of 13000 by CET-4, sent to the university with its proof."""
    account, candidate = account_of(person), person.record()
    proof = keep(SimpleUploadedFile("四级成绩单.pdf", PDF), candidate_id=candidate.pk, by=account)
    credential = CredentialFactory(candidate=candidate, score=Decimal(467))
    credential.documents.add(proof)
    course = Course.objects.get(code="13000")
    case = ExemptionFactory(candidate=candidate, credential=credential, course=course, major=plan().major)
    EXEMPTION.take("submit", case, by=account)
    return case


def steps_taken(case: Any, verb: str) -> int:
    """How often the step of this name was taken with the case."""
    return Event.objects.about(case).steps().filter(verb=verb, outcome=Event.Outcome.DONE).count()


def sent_by_hand(visitor: Visitor, path: str) -> int:
    """The status that a form gets which no page offered to this person; its token is right."""
    token = visitor.page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    answer = visitor.context.request.post(path, form={"csrfmiddlewaretoken": token or ""}, headers={"Referer": visitor.page.url})
    return answer.status


def work_on(visitor: Visitor, number: str, step: str) -> None:
    """Find the case on the desk and take the step."""
    visitor.open("/desk/")
    visitor.stop("desk")
    visitor.follow(number)
    visitor.stop("case")
    visitor.take(step)
    visitor.page.get_by_text(f"已办：{step}").wait_for()
    visitor.stop("done")


def look_up(visitor: Visitor, person: Person) -> str:
    """Fill in L1 by keyboard, send it with Enter; returns the answer's one line."""
    visitor.type_into("姓名", person.name)
    visitor.type_into("证件号码", person.identity)
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_role("heading", name="查询结果").wait_for()
    return visitor.page.locator("output").inner_text()
