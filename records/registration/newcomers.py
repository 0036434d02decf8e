"""One row about one person: read, normalised and checked by itself, ready to be compared with the register."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.candidates.models import Candidate
from records.imports.lines import Line
from records.imports.noticing import Notices
from records.people import identity
from records.people.ethnicity import ethnic_groups
from records.registration import columns
from records.registration.majors import Choice, instead_of

NUMBER = re.compile(r"\d{6,20}", re.ASCII)
NUMBER_IN_WORDS = gettext_lazy("6 至 20 位数字")
BREAKS = re.compile(r"[\r\n\t\v\f\x85\u2028\u2029]+")
OLDEST = dt.date(1900, 1, 1)
SEXES = {"男": Candidate.Sex.MALE.value, "女": Candidate.Sex.FEMALE.value}
DOCUMENTS = {str(label): kind for kind, label in identity.DocumentKind.choices}


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person who registers for a major: sound by itself. ``texts`` are the free texts in the order of ``columns.TEXTS``.

    ``ticket`` and ``record`` are empty unless a number is taken over; ``additional`` None: undecided.
    """

    row: int
    name: str
    sex: str
    ethnicity: str
    document: str
    identity: str
    birth_date: dt.date
    phone: str
    major_id: int
    ticket: str
    record: str
    registered_on: dt.date
    prior_education: str
    additional: bool | None
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """What rows are read against: the majors, the university that registers, today, and where notices go."""

    majors: Mapping[str, Choice]
    university_id: int
    today: dt.date
    notices: Notices

    def newcomer(self, line: Line) -> Newcomer | None:
        """The person of a row; None when something in it was refused."""
        birth_date = self._birth_date(line)
        registered_on = line.date(columns.REGISTERED) or self.today
        prior_education = line.choice(columns.PRIOR_EDUCATION, Candidate.PriorEducation.values, required=False)
        major = self._major(line, registered_on, prior_education)
        sex = SEXES.get(line.choice(columns.SEX, SEXES), "")
        document = DOCUMENTS.get(line.choice(columns.DOCUMENT, DOCUMENTS), "")
        values: dict[str, Any] = {
            "name": _single_line(line, columns.NAME, 200, required=True),
            "ethnicity": ethnic_groups().get(line.choice(columns.ETHNICITY, ethnic_groups(), required=False), ""),
            "identity": self._identity(line, document, birth_date, sex),
            "phone": _phone(line),
            "ticket": line.shaped(columns.TICKET, NUMBER, NUMBER_IN_WORDS, required=False),
            "record": line.shaped(columns.RECORD, NUMBER, NUMBER_IN_WORDS, required=False),
            "additional": line.yes_or_no(columns.ADDITIONAL),
            "texts": tuple(_single_line(line, column, longest) for column, _attribute, longest in columns.TEXTS),
        }
        if not line.is_sound or birth_date is None or major is None:
            return None
        return Newcomer(
            row=line.row,
            birth_date=birth_date,
            sex=sex,
            document=document,
            major_id=major.id,
            registered_on=registered_on,
            prior_education=prior_education,
            **values,
        )

    def _birth_date(self, line: Line) -> dt.date | None:
        day = line.date(columns.BIRTH, required=True)
        if day is not None and not OLDEST <= day <= self.today:
            line.refuse(columns.BIRTH, "registration.birth-date", _("应在 1900 年以后、今天以前"))
        return day

    def _identity(self, line: Line, document: str, birth_date: dt.date | None, sex: str) -> str:
        written = line.text(columns.IDENTITY, 40, required=True)
        if not document or not written:
            return written
        number = identity.normalise(document, written)
        for problem in identity.check_document(document, number, birth_date=birth_date, sex=sex or None):
            line.refuse(columns.IDENTITY, problem.code, problem.message)
        if identity.is_old_resident_number(document, written):
            text = _("15 位身份证号码已升为 18 位，请核对")
            self.notices.add(line.row, columns.IDENTITY, written, "identity.upgraded", text)
        return number

    def _major(self, line: Line, registered_on: dt.date, prior_education: str) -> Choice | None:
        code = line.text(columns.MAJOR, 12, required=True)
        major = self.majors.get(code)
        if major is None:
            line.refuse(columns.MAJOR, "registration.unknown-major", _("没有这个专业"))
            return None
        if major.is_closed_on(registered_on):
            line.refuse(columns.MAJOR, "registration.major-closed", self._closed(major, registered_on))
            return None
        if self.university_id not in major.hosts:
            text = _("本校不是该专业的主考院校")
            self.notices.add(line.row, columns.MAJOR, code, "registration.not-host", text)
        self._look_at_plan(line, code, major, registered_on, prior_education)
        return major

    def _look_at_plan(self, line: Line, code: str, major: Choice, registered_on: dt.date, prior_education: str) -> None:
        """Newcomers need a plan version that takes them; what it asks of them becomes a condition at graduation."""
        plan = major.plan_on(registered_on)
        if plan is None and major.plans:
            line.refuse(columns.MAJOR, "registration.plan-closed", self._past_plans(major, registered_on))
        if plan is None:
            return
        if plan.entry_restriction:
            text = _("有入学限制：%(restriction)s。请考生出示证明；没有核对的，毕业时审核") % {
                "restriction": plan.entry_restriction
            }
            self.notices.add(line.row, columns.MAJOR, code, "registration.entry-restriction", text)
        if plan.prior_diploma and not prior_education:
            text = _("毕业须有%(diploma)s学历，尚未登记") % {"diploma": plan.prior_diploma}
            self.notices.add(line.row, columns.PRIOR_EDUCATION, "", "registration.prior-diploma", text)

    def _closed(self, major: Choice, registered_on: dt.date) -> str:
        """Until when the closed major took newcomers, and what to choose instead."""
        if major.closed_on is None:
            return _("%(major)s已停考，不再接收新生。") % {"major": major.title} + self._instead(major, registered_on)
        words = {"major": major.title, "last": major.closed_on.isoformat(), "day": registered_on.isoformat()}
        text = _("%(major)s停考，接收新生的最后一天是%(last)s，注册日期%(day)s在此之后。")
        return text % words + self._instead(major, registered_on)

    def _past_plans(self, major: Choice, registered_on: dt.date) -> str:
        """The last day for newcomers of the plans, and what to choose instead."""
        assert major.newcomers_until is not None
        words = {"major": major.title, "last": major.newcomers_until.isoformat(), "day": registered_on.isoformat()}
        text = _("%(major)s的考试计划新生截止日期是%(last)s，注册日期%(day)s在此之后。")
        return text % words + self._instead(major, registered_on)

    def _instead(self, major: Choice, day: dt.date) -> str:
        found = instead_of(major, self.majors, day, self.university_id)
        if not found:
            return _("请改报仍在开考的专业。")
        return _("可以改报：%(majors)s。") % {"majors": "、".join(found)}


def _phone(line: Line) -> str:
    """The phone number as it is stored; who has none activates the account at the counter."""
    number = identity.normalise_phone(line.text(columns.PHONE, 40))
    if number:
        for problem in identity.check_phone(number):
            line.refuse(columns.PHONE, problem.code, problem.message)
    return number


def _single_line(line: Line, column: str, longest: int, *, required: bool = False) -> str:
    text = line.text(column, longest, required=required)
    return text if text.isprintable() else BREAKS.sub(" ", text)
