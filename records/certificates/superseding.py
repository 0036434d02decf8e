"""Certificates follow the record: whatever no longer says the truth is out of force, with the reason in words.

What the change feed tells is followed every half minute. What it does not tell (a second major, a new ticket) is found by a walk
over all that are in force, once a day; verification asks the record itself and waits for neither.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.acting import acting
from audit.workflow import Refused
from records.candidates.models import Candidate
from records.certificates.issuing import reasons, supersede
from records.certificates.kinds import Facts, digest, kind_of, kinds
from records.certificates.models import Certificate
from records.ledger.feed import follow
from records.ledger.models import CreditChange

FOLLOWER = "certificates"
CHUNK = 5000
WALK = 200


def follow_record() -> int:
    """Read the feed to its end; how many changes there were."""
    total = 0
    while count := follow(FOLLOWER, _supersede_told, at_most=CHUNK):
        total += count
    return total


def _supersede_told(changes: list[CreditChange]) -> None:
    """Ask the record of every candidate of whom something was told."""
    supersede_stale({change.candidate_id for change in changes})


def supersede_stale(candidate_ids: Collection[int]) -> int:
    """Take out of force what these candidates' records no longer bear out, in the caller's transaction; how many."""
    rows = Certificate.objects.in_force().filter(candidate__in=candidate_ids, kind__in=list(kinds()))
    return _supersede(rows.select_for_update(of=("self",)).order_by("pk"))


def _supersede(certificates: Any) -> int:
    count = 0
    with acting(purpose=_("证明随考籍更新")):
        for certificate in certificates:
            if because := why_stale(certificate):
                supersede(certificate, because)
                count += 1
    return count


def walk() -> int:
    """Ask the record of every certificate in force, some at a time; how many are out of force now."""
    last = count = 0
    while True:
        with transaction.atomic():
            rows = Certificate.objects.in_force().filter(pk__gt=last, kind__in=list(kinds()))
            found = list(rows.select_for_update(of=("self",)).order_by("pk")[:WALK])
            count += _supersede(found)
        if not found:
            return count
        last = found[-1].pk


def why_stale(certificate: Certificate) -> str:
    """Why the certificate would not be issued like this today, in words; "" where it would."""
    kind = kind_of(certificate.kind)
    facts = facts_now(certificate)
    if facts is None:
        return _("课程成绩或学分撤销")
    return "" if digest(facts) == certificate.facts_hash else reasons(kind, certificate.facts, facts)


def facts_now(certificate: Certificate) -> Facts | None:
    """What the certificate would say now; None where there would be none."""
    candidate = Candidate.objects.select_related("managing_university").get(pk=certificate.candidate_id)
    try:
        return kind_of(certificate.kind).facts(candidate, certificate.choice)
    except Refused:
        return None
