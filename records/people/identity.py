"""Identity documents and phone numbers: their kinds, what a number of each kind looks like, how it is masked.

GB 11643-1999 for resident numbers; the other kinds as FACTS §10 describes them. No message repeats a number.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum.iso7064 import mod_11_2

MALE, FEMALE = "1", "2"  # GB/T 2261.1
BLANKS = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")
OLD_RESIDENT = re.compile(r"\d{15}", re.ASCII)
EIGHTEEN = re.compile(r"\d{17}[\dX]", re.ASCII)
FOREIGN_PR_2017 = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)
RESIDENCE_REGIONS = ("810000", "820000", "830000")
MAINLAND_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
MENTIONED = re.compile(r"(?<!\d)(?:\d{17}[\dX]|\d{15}|(?:86)?1[3-9]\d{9})(?!\d)|(?<![A-Z])[A-Z]{1,3}\d{7,12}(?!\d)", re.ASCII)
BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s-]+(?=[\dX])", re.ASCII)
ABROAD = re.compile(r"\+(?:852\d{8}|853\d{8}|886\d{9}|(?!86|852|853)[1-9]\d{6,14})", re.ASCII)  # E.164


class DocumentKind(models.TextChoices):
    """The documents by which a candidate may register; labels as in the column 证件类型."""

    RESIDENT = "resident", gettext_lazy("居民身份证")
    HMT_RESIDENCE = "hmt_residence", gettext_lazy("港澳台居民居住证")
    HM_PERMIT = "hm_permit", gettext_lazy("港澳居民来往内地通行证")
    TW_PERMIT = "tw_permit", gettext_lazy("台湾居民来往大陆通行证")
    FOREIGN_PR = "foreign_pr", gettext_lazy("外国人永久居留身份证")
    PASSPORT = "passport", gettext_lazy("护照")
    MILITARY = "military", gettext_lazy("军人证件")


# A number of the kinds that carry nothing to compute with: its shape, and how a person would say it
SHAPES = {
    DocumentKind.HM_PERMIT: (re.compile(r"[HM]\d{8}(?:\d{2})?", re.ASCII), gettext_lazy("H 或 M 加 8 位或 10 位数字")),
    DocumentKind.TW_PERMIT: (re.compile(r"\d{8}|[A-Z0-9]{10}", re.ASCII), gettext_lazy("8 位数字，旧证 10 位")),
    DocumentKind.PASSPORT: (re.compile(r"(?=.*\d)[A-Z0-9]{5,20}", re.ASCII), gettext_lazy("5 至 20 位字母和数字")),
    DocumentKind.MILITARY: (re.compile(r"(?=.*\d)[\w()〔〕\[\]-]{4,20}"), gettext_lazy("4 至 20 个字，含证号数字")),
}


@dataclass(frozen=True, slots=True)
class DocumentProblem:
    """What is wrong with a number: a code that programs use, and a message that does not repeat the number."""

    code: str
    message: str


def normalise(kind: str, number: str) -> str:
    """The number as it is stored: half-width, without blanks, capitals, a 15-digit resident number upgraded to 18."""
    text = BLANKS.sub("", unicodedata.normalize("NFKC", number)).upper()
    return upgraded(text) if is_old_resident_number(kind, text) else text


def is_old_resident_number(kind: str, number: str) -> bool:
    """A resident number of 15 digits, as issued until 1999; the report names those that ``normalise`` upgrades."""
    text = BLANKS.sub("", unicodedata.normalize("NFKC", number))
    return kind == DocumentKind.RESIDENT and OLD_RESIDENT.fullmatch(text) is not None


def upgraded(old: str) -> str:
    """The 18 characters that replace a 15-digit number: century 19 inserted, check character added (GB 11643-1999)."""
    body = f"{old[:6]}19{old[6:]}"
    return body + mod_11_2.calc_check_digit(body)


def mask(number: str) -> str:
    """What lists and logs show of a number: the first three and last four, of short ones the first and the last two.

    Keeps the length; masking twice changes nothing.
    """
    head, tail = (3, 4) if len(number) >= 11 else (1, 2)
    if len(number) < 5:
        return "*" * len(number)
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]


def check_document(kind: str, number: str, *, birth_date: dt.date | None, sex: str | None) -> list[DocumentProblem]:
    """Everything wrong with a number that ``normalise`` has been through; [] if it may be what it claims to be.

    ``sex`` as in GB/T 2261.1 (``1`` male, ``2`` female). What is None is not compared. A region code that no longer
    exists is accepted: people were born in districts since merged.
    """
    if kind == DocumentKind.RESIDENT:
        return _check_resident(number, birth_date, sex)
    if kind == DocumentKind.HMT_RESIDENCE:
        return _check_residence(number, birth_date, sex)
    if kind == DocumentKind.FOREIGN_PR:
        return _check_foreign_pr(number, birth_date)
    if kind in SHAPES:
        return _check_shape(DocumentKind(kind), number)
    return [DocumentProblem("identity.kind", _("没有这种证件类型"))]


def _check_resident(number: str, birth_date: dt.date | None, sex: str | None) -> list[DocumentProblem]:
    if not EIGHTEEN.fullmatch(number):
        return [DocumentProblem("identity.shape", _("居民身份证号码应为 18 位，前 17 位是数字，末位是数字或 X"))]
    if number.startswith("9"):
        return [DocumentProblem("identity.other-kind", _("以 9 开头的是外国人永久居留身份证号码，请改正证件类型"))]
    if number.startswith(RESIDENCE_REGIONS):
        return [DocumentProblem("identity.other-kind", _("这是港澳台居民居住证号码，请改正证件类型"))]
    if number.startswith("0"):
        return [DocumentProblem("identity.region", _("前 6 位不是行政区划代码"))]
    return _check_birth(number, birth_date) + _check_sex(number, sex) + _check_character(number)


def _check_residence(number: str, birth_date: dt.date | None, sex: str | None) -> list[DocumentProblem]:
    if not EIGHTEEN.fullmatch(number):
        return [DocumentProblem("identity.shape", _("港澳台居民居住证号码应为 18 位，前 17 位是数字，末位是数字或 X"))]
    if not number.startswith(RESIDENCE_REGIONS):
        return [DocumentProblem("identity.region", _("港澳台居民居住证号码以 810000、820000 或 830000 开头"))]
    return _check_birth(number, birth_date) + _check_sex(number, sex) + _check_character(number)


def _check_foreign_pr(number: str, birth_date: dt.date | None) -> list[DocumentProblem]:
    """Cards of 2017 (three letters, twelve digits) and of 2023 (18 characters, first a 9) are both valid."""
    if FOREIGN_PR_2017.fullmatch(number):
        return []
    if not EIGHTEEN.fullmatch(number) or not number.startswith("9"):
        text = _("外国人永久居留身份证号码应为 3 个字母加 12 位数字，或以 9 开头的 18 位")
        return [DocumentProblem("identity.shape", text)]
    return _check_birth(number, birth_date) + _check_character(number)


def _check_shape(kind: DocumentKind, number: str) -> list[DocumentProblem]:
    shape, expected = SHAPES[kind]
    if shape.fullmatch(number):
        return []
    text = _("%(kind)s号码应为：%(expected)s") % {"kind": kind.label, "expected": expected}
    return [DocumentProblem("identity.shape", text)]


def _check_birth(number: str, birth_date: dt.date | None) -> list[DocumentProblem]:
    try:
        born = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return [DocumentProblem("identity.birth-date", _("号码第 7 至 14 位不是真实的日期"))]
    if birth_date is None or born == birth_date:
        return []
    return [DocumentProblem("identity.birth-date-differs", _("号码中的出生日期与所填出生日期不一致"))]


def _check_sex(number: str, sex: str | None) -> list[DocumentProblem]:
    """The 17th digit is odd for men and even for women."""
    expected = MALE if int(number[16]) % 2 else FEMALE
    if sex is None or sex == expected:
        return []
    return [DocumentProblem("identity.sex-differs", _("号码第 17 位（男单女双）与所填性别不一致"))]


def _check_character(number: str) -> list[DocumentProblem]:
    if mod_11_2.is_valid(number):
        return []
    return [DocumentProblem("identity.check-character", _("号码的校验码（末位）不对，请对照证件逐位核对"))]


def normalise_phone(number: str) -> str:
    """Half-width, without blanks and hyphens; 00 abroad written as +; the country code of the mainland dropped."""
    text = BLANKS.sub("", unicodedata.normalize("NFKC", number)).replace("-", "")
    if text.startswith("00"):
        text = f"+{text[2:]}"
    return text[3:] if text.startswith("+86") and MAINLAND_MOBILE.fullmatch(text[3:]) else text


def check_phone(number: str) -> list[DocumentProblem]:
    """[] for a mainland mobile number, or one abroad with its country code (E.164), after ``normalise_phone``."""
    if MAINLAND_MOBILE.fullmatch(number) or ABROAD.fullmatch(number):
        return []
    text = _("手机号码应为 11 位数字、以 13 至 19 开头；境外号码请加国家或地区号，如 +85261234567")
    return [DocumentProblem("phone.shape", text)]


def mentions_a_number(text: str) -> bool:
    """Whether a text that people typed holds an identity, passport or mobile number: such a text is stored and passed on nowhere.

    Ticket, record and registration numbers are none of them.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    return MENTIONED.search(BETWEEN_DIGITS.sub("", plain)) is not None
