"""Probable duplicates: one name and one birth date under different documents, which a clerk looks at and decides.

Documents are renewed, people change from a passport to a residence permit, digits are mistyped: the identity number alone does
not find everybody again. Nothing is joined by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from records.candidates.models import Candidate
from records.candidates.namesakes import FOLDED, folded_name, folded_text
from records.imports.noticing import Notices
from records.ledger.models import Credit
from records.people.identity import DocumentKind, mask
from records.people.models import User
from records.registration import columns
from records.registration.models import ProbableDuplicate

SHOWN = 20
NOTICE = "registration.probable-duplicate"
_NEW, _KNOWN = FOLDED.format(name="n.name"), FOLDED.format(name="c.name")

# By ``id + 0``, or PostgreSQL walks the whole register in the order of its ids until it has found enough namesakes

# Staged people whom the register does not know, and somebody there (the first) who may be the same
_IN_REGISTER = f"""
SELECT n.row, n.name, known.document_kind, known.identity_mask, o.name
  FROM newcomers n
 CROSS JOIN LATERAL (SELECT c.document_kind, c.identity_mask, c.managing_university_id FROM records_candidate c
                      WHERE c.birth_date = n.birth_date AND {_KNOWN} = {_NEW} AND c.merged_into_id IS NULL
                      ORDER BY c.id + 0 LIMIT 1) known
  JOIN records_office o ON o.id = known.managing_university_id
 WHERE n.row = n.person AND n.candidate_id IS NULL
 ORDER BY n.row
"""

# … and people of one file who may be the same, each with the first of them
_IN_FILE = f"""
SELECT n.row, n.name, same.first_person
  FROM newcomers n
  JOIN (SELECT birth_date, {_NEW} AS folded, min(person) AS first_person
          FROM newcomers n GROUP BY 1, 2 HAVING min(person) <> max(person)) same
    ON same.birth_date = n.birth_date AND same.folded = {_NEW}
 WHERE n.row = n.person AND n.person <> same.first_person
 ORDER BY n.row
"""

# Namesakes are gathered once for each name and birth date, not once for each person: a file may bring many of one name
_REMEMBER = f"""
INSERT INTO records_probableduplicate (first_id, second_id, finding, grounds)
SELECT DISTINCT least(n.candidate_id, other.id), greatest(n.candidate_id, other.id), '', ''
  FROM (SELECT birth_date, {_NEW} AS folded, array_agg(candidate_id) AS people FROM newcomers n
         WHERE n.row = n.person AND n.registration_number IS NOT NULL GROUP BY 1, 2) one
 CROSS JOIN LATERAL (SELECT array_agg(id ORDER BY id) AS ids
                       FROM (SELECT c.id FROM records_candidate c
                              WHERE c.birth_date = one.birth_date AND {_KNOWN} = one.folded AND c.merged_into_id IS NULL
                              ORDER BY c.id + 0 LIMIT {SHOWN + 1}) first_of_them) known
 CROSS JOIN LATERAL unnest(one.people) AS n(candidate_id)
 CROSS JOIN LATERAL (SELECT id FROM unnest(array_remove(known.ids, n.candidate_id)) AS id ORDER BY id LIMIT {SHOWN}) other
 WHERE known.ids[2] IS NOT NULL
    ON CONFLICT (first_id, second_id) DO NOTHING
"""


def probable_duplicates_of(name: str, birth_date: dt.date, document_kind: str, identity_hash: bytes) -> list[Candidate]:
    """Whom the register knows by that name (signs between its parts aside) and birth date under another document; at most 20.

    ``identity_hash`` as ``lookup_hash`` makes it of the normalised number. Who was merged into another record is left out.
    """
    namesakes = Candidate.objects.annotate(folded=folded_name("name")).filter(
        birth_date=birth_date, folded=folded_text(name), merged_into__isnull=True
    )
    others = namesakes.exclude(document_kind=document_kind, identity_hash=identity_hash)
    return list(others.select_related("managing_university").order_by("pk")[:SHOWN])


@transaction.atomic
def decide(pair: ProbableDuplicate, finding: str, grounds: str, *, by: User) -> None:
    """Write down what a clerk found out about the pair; an earlier finding is replaced, the trail keeps it."""
    now = ProbableDuplicate.objects.select_for_update().get(pk=pair.pk)
    now.finding, now.grounds, now.found_by, now.decided_at = finding, grounds, by, timezone.now()
    now.save(update_fields=["finding", "grounds", "found_by", "decided_at"])


def holdings_of(candidate: Candidate) -> list[tuple[Any, Any]]:
    """What stands in somebody's record, in words: numbers (masked), majors, how many courses are passed."""
    tickets = [mask(ticket.number) for ticket in candidate.tickets.order_by("-is_current", "pk")]
    majors = [str(registration.major) for registration in candidate.registrations.select_related("major").order_by("pk")]
    return [
        (_("报名号"), mask(candidate.registration_number)),
        (_("准考证号"), "、".join(tickets) or None),
        (_("考籍号"), mask(candidate.record_number or "") or None),
        (_("报考专业"), "、".join(majors) or None),
        (_("已通过课程"), Credit.objects.filter(candidate=candidate).count()),
    ]


def notice_duplicates(notices: Notices) -> None:
    """Warn of every staged newcomer who may be somebody in the register, or somebody further up in the same file."""
    in_register = _("与已登记的考生（%(document)s %(mask)s，%(office)s）同名且出生日期相同，请核对是否同一人")
    for row, name, kind, masked, office in _rows(_IN_REGISTER):
        words = {"document": DocumentKind(kind).label, "mask": masked, "office": office}
        notices.add(row, columns.NAME, name, NOTICE, in_register % words)
    in_file = _("与第 %(row)d 行同名且出生日期相同，证件不同，请核对是否同一人")
    for row, name, first in _rows(_IN_FILE):
        notices.add(row, columns.NAME, name, NOTICE, in_file % {"row": first})


def remember_pairs() -> None:
    """Put a question to the clerks for every pair that the people just written make (at most 20 with each)."""
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER)


def _rows(select: str) -> Iterator[Any]:
    """The rows one by one, however many: the server keeps them."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(select)
        yield from cursor
