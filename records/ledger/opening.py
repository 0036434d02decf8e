"""Opening the record (建籍): at the first credit by examination, written or practical, the number is issued for good.

Exemptions and transfers open none (Regulations art. 24). If the credit that opened it is revoked the number stays.
"""

from __future__ import annotations

from django.db import connection

from records.candidates.numbering import next_record_numbers

_TO_OPEN = """
SELECT c.id, first."on"
  FROM (SELECT DISTINCT candidate_id FROM ledger_posting) posted
  JOIN records_candidate c ON c.id = posted.candidate_id
 CROSS JOIN LATERAL (SELECT min(e."on") AS "on" FROM records_creditentry e
                      WHERE e.candidate_id = c.id AND e.source IN ('exam', 'practical') AND e.revoked_at IS NULL) first
 WHERE c.record_opened_on IS NULL AND first."on" IS NOT NULL
 ORDER BY c.id
"""

_OPEN = """
UPDATE records_candidate c
   SET record_number = COALESCE(c.record_number, o.number), record_opened_on = o.opened_on
  FROM unnest(%s::bigint[], %s::text[], %s::date[]) AS o(id, number, opened_on)
 WHERE c.id = o.id
"""


def open_records() -> int:
    """Open the records of the candidates just posted (``ledger_posting``) who passed by examination for the first time.

    A number taken over from an earlier system is kept. Returns how many were opened; call it with the candidates locked.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TO_OPEN)
        due = cursor.fetchall()
        if not due:
            return 0
        numbers = next_record_numbers(len(due))
        cursor.execute(_OPEN, [[row[0] for row in due], numbers, [row[1] for row in due]])
        return len(due)
