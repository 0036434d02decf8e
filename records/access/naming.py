"""Which records a request is about: numbers that somebody typed, or the hits of a query."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from audit.timeline import day
from records.access.models import AccessRecord, AccessRequest
from records.candidates.models import STANDING, Candidate, Registration, Ticket
from records.catalogue.models import Major
from records.offices.models import Office
from records.people.finding import typed

SEPARATORS = re.compile(r"[\s,;，；、]+")
LONGEST = 20


@dataclass(frozen=True)
class Named:
    """Typed numbers sorted out: candidate's id → the number by which it was named, and the numbers that nobody has."""

    found: dict[int, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def numbers_in(text: str) -> list[str]:
    """The numbers in a typed or pasted text, each once, in order, half-width and in capitals."""
    return list(dict.fromkeys(filter(None, (typed(part) for part in SEPARATORS.split(text)))))


def named_by(numbers: Iterable[str]) -> Named:
    """Whose record, ticket (also a former one) or registration numbers these are; three statements however many there are.

    Identity and phone numbers find nobody. Of two numbers of one person the first stays.
    """
    asked = [number for number in numbers if len(number) <= LONGEST]
    holder: dict[str, int] = dict(
        Candidate.objects.filter(registration_number__in=asked).values_list("registration_number", STANDING)
    )
    holder |= dict(Ticket.objects.filter(number__in=asked).values_list("number", "candidate_id"))
    recorded = Candidate.objects.filter(record_number__in=asked).values_list("record_number", STANDING)
    holder |= {number: pk for number, pk in recorded if number is not None}
    named = Named()
    for number in numbers:
        if number in holder:
            named.found.setdefault(holder[number], number)
        else:
            named.unknown.append(number)
    return named


def hits_of(query: dict[str, Any]) -> QuerySet[Candidate]:
    """The candidates that a query means now: managed by the university, with a registration in the major within the days."""
    hits = Candidate.objects.filter(merged_into__isnull=True)
    if query.get("university"):
        hits = hits.filter(managing_university=query["university"])
    chosen = Registration.objects.filter(candidate=OuterRef("pk"))
    if query.get("major"):
        chosen = chosen.filter(major=query["major"])
    if query.get("since"):
        chosen = chosen.filter(registered_on__gte=query["since"])
    if query.get("until"):
        chosen = chosen.filter(registered_on__lte=query["until"])
    return hits.filter(Exists(chosen)).order_by("pk")


def covered(case: AccessRequest, *, most: int) -> int:
    """How many records the request covers, at most ``most``: those named, of a query its hits until they are frozen."""
    if case.query and not case.records.exists():
        return hits_of(case.query)[:most].count()
    return min(case.records.count(), most)


def freeze(case: AccessRequest, *, most: int) -> None:
    """Write down the hits of the request's query, at most so many, as its records: from now on these and no others."""
    hits = (
        hits_of(case.query).annotate(called=Coalesce("record_number", "registration_number")).values_list("pk", "called")[:most]
    )
    AccessRecord.objects.bulk_create(AccessRecord(request=case, candidate_id=pk, number=called) for pk, called in hits)


def in_words(query: dict[str, Any]) -> str:
    """示例大学，软件工程(X2080902)，2026年3月1日至3月31日注册."""
    parts = []
    if query.get("university"):
        parts.append(Office.objects.get(pk=query["university"]).name)
    if query.get("major"):
        parts.append(str(Major.objects.get(pk=query["major"])))
    since, until = (day(dt.date.fromisoformat(str(query[key]))) if query.get(key) else "" for key in ("since", "until"))
    if since and until:
        parts.append(_("%(since)s至%(until)s注册") % {"since": since, "until": until})
    elif since or until:
        parts.append((_("%(day)s以后注册") if since else _("%(day)s以前注册")) % {"day": since or until})
    return "，".join(parts)
