"""Diplomas: the number that is issued once, and the row that carries it (duty O6; layout of the number: FACTS §9, a setting)."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.utils.translation import gettext as _
from stdnum import luhn

from audit.models import Event
from audit.workflow import Problem, Refused
from graduation.models import Diploma, GraduationApplication
from graduation.terms import graduation_day, half_of
from records.candidates.numbers import check_digit, compose, serial_width
from records.catalogue.models import Major
from records.settings.values import value_of

LEVEL_DIGITS = {Major.Level.BACHELOR.value: 5, Major.Level.ASSOCIATE.value: 6}
CHECK_DIGITS: dict[str, Callable[[str], str]] = {"iso7064": check_digit, "luhn": luhn.calc_check_digit}
MOST_ATTEMPTS = 1000


def issue_diploma(application: GraduationApplication, event: Event) -> Diploma:
    """Number and enter the diploma of a granted application; raises ``Refused`` when the office's pattern gives no number."""
    return Diploma.objects.create(
        number=_fresh_number(application),
        candidate=application.candidate,
        application=application,
        major=application.major,
        university=application.university,
        graduated_on=graduation_day(application.term),
        issued_at=event.at,
    )


def _fresh_number(application: GraduationApplication) -> str:
    """A number that no diploma has or had; serials come from a sequence and begin anew when the pattern's width is used up."""
    pattern = value_of("number.diploma")
    try:
        width = serial_width(pattern)
        for _attempt in range(MOST_ATTEMPTS):
            serial = _next_serial()
            number = _numbered(application, pattern, serial if width is None else serial % 10**width)
            if not Diploma.objects.filter(number=number).exists():
                return number
    except (ValueError, KeyError) as error:
        raise Refused([_unusable(str(error))]) from error
    raise Refused([_unusable(_("本届编号已用完。"))])


def _numbered(application: GraduationApplication, pattern: str, serial: int) -> str:
    day = graduation_day(application.term)
    return compose(
        pattern,
        digit_of=CHECK_DIGITS[value_of("number.diploma_check")],
        level=LEVEL_DIGITS[application.major.level],
        county=0,
        year=day.year % 100,
        half=half_of(day),
        serial=serial,
    )


def _next_serial() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('graduation_diploma_serial')")
        return int(cursor.fetchone()[0])


def _unusable(why: str) -> Problem:
    return Problem("graduation.number", why, _("市自考办设置"), _("请在设置中更改毕业证书编号格式，再批准。"))
