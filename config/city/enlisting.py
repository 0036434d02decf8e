"""What lies on the desk of who registers: a file that waits, one with faults, pairs who may be one person."""

from __future__ import annotations

import csv
import datetime as dt
import io

from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from stdnum.iso7064 import mod_11_2

from audit.acting import acting
from config import demonstration
from records.candidates.models import Candidate
from records.jobs.progress import unseen
from records.offices.models import Office
from records.people.identity import DocumentKind
from records.people.models import User
from records.registration import columns
from records.registration.batches import receive
from records.registration.majors import choices
from records.registration.models import CandidateBatch, ProbableDuplicate
from records.registration.taking_in import check

NEVER_GIVEN_OUT = "199998"
SOUND, FAULTY = _("春季新生.csv"), _("春季补报.csv")
PEOPLE = (("何雨桐", "女", dt.date(2003, 4, 12)), ("罗子航", "男", dt.date(2001, 9, 30)), ("邓思远", "男", dt.date(1999, 12, 5)))
PAIRS = 2
NO_BIRTHDAY = (DocumentKind.PASSPORT, DocumentKind.HM_PERMIT, DocumentKind.TW_PERMIT, DocumentKind.MILITARY)
"""Documents whose numbers do not tell when somebody was born."""


def enlist(people: dict[str, User]) -> None:
    """Two files and the pairs, for the clerk's university; nothing where files lie already."""
    university = demonstration.universities()[0]
    clerk = people[f"u3.{university.code}"]
    if CandidateBatch.objects.filter(university=university).exists():
        return
    today = timezone.localdate()
    found = (code for code, major in choices().items() if university.pk in major.hosts and major.takes_on(today))
    if major := next(iter(sorted(found)), ""):
        rows = [_row(major, *person, serial=serial) for serial, person in enumerate(PEOPLE)]
        with acting(clerk):
            _send(str(SOUND), rows, university, clerk)
            _send(str(FAULTY), [rows[0] | {columns.SEX: "男"}, rows[1] | {columns.MAJOR: "X0000000"}], university, clerk)
    _pair_up(university)


def _send(name: str, rows: list[dict[str, str]], university: Office, clerk: User) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns.SHAPE.required, restval="")
    writer.writeheader()
    writer.writerows(rows)
    batch, _is_new = receive(ContentFile(text.getvalue().encode(), name=name), university, by=clerk)
    check(batch, unseen)


def _row(major: str, name: str, sex: str, born: dt.date, *, serial: int) -> dict[str, str]:
    body = f"{NEVER_GIVEN_OUT}{born:%Y%m%d}{900 + serial * 2 + (sex == '男'):03}"
    return {
        columns.NAME: name,
        columns.SEX: sex,
        columns.ETHNICITY: "汉族",
        columns.DOCUMENT: str(DocumentKind.RESIDENT.label),
        columns.IDENTITY: body + mod_11_2.calc_check_digit(body),
        columns.BIRTH: born.isoformat(),
        columns.PHONE: f"1380000{serial:04}",
        columns.MAJOR: major,
        columns.PRIOR_EDUCATION: "专科",
    }


def _pair_up(university: Office) -> None:
    """Some without a resident number bear the name and birthday of somebody who has one: perhaps one and the same."""
    mine = Candidate.objects.filter(managing_university=university, rare_name__isnull=True)
    foreign = mine.filter(document_kind__in=NO_BIRTHDAY).order_by("-pk")[:PAIRS]
    known = mine.filter(document_kind=DocumentKind.RESIDENT).order_by("-pk")
    for place, second in enumerate(foreign):
        first = next(iter(known.filter(sex=second.sex)[place : place + 1]), None)
        if first is None:
            return
        same = {"name": first.name, "name_key": first.name_key, "name_initials": first.name_initials}
        Candidate.objects.filter(pk=second.pk).update(birth_date=first.birth_date, **same)
        low, high = sorted((first.pk, second.pk))
        ProbableDuplicate.objects.create(first_id=low, second_id=high)
