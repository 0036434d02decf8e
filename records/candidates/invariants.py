"""What must hold of numbers: one current ticket each, one holder of every number, check digits that are right."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from audit.invariants import Invariant, asked
from records.candidates.numbers import has_valid_check_digit
from records.settings.catalogue import DEFINITIONS
from records.settings.models import Setting


@asked
def numbers() -> Iterable[Invariant]:
    """Tickets, record numbers and registration numbers."""
    return (
        Invariant(
            "numbers.current-ticket",
            _("每名考生有且只有一个现用准考证号"),
            "records_candidate",
            """SELECT c.id FROM records_candidate c
                 LEFT JOIN records_ticket t ON t.candidate_id = c.id AND t.is_current
                WHERE c.merged_into_id IS NULL
                GROUP BY c.id HAVING count(t.id) <> 1""",
            part="WHERE merged_into_id IS NULL",
        ),
        Invariant(
            "numbers.one-holder",
            _("一个号码只属于一名考生"),
            "records_candidate",
            """SELECT min(candidate_id)
                 FROM (SELECT number, candidate_id FROM records_ticket
                       UNION ALL SELECT record_number, COALESCE(merged_into_id, id) FROM records_candidate
                                  WHERE record_number IS NOT NULL
                       UNION ALL SELECT registration_number, COALESCE(merged_into_id, id) FROM records_candidate) held
                GROUP BY number HAVING count(DISTINCT candidate_id) > 1""",
        ),
    )


@asked
def check_digits() -> Iterable[Invariant]:
    """Only where no number was ever issued without one."""
    if _always_checked("number.registration"):
        yield Invariant(
            "numbers.check-digit",
            _("报名号的校验码正确"),
            "records_candidate",
            "SELECT id, registration_number FROM records_candidate",
            holds=has_valid_check_digit,
        )


def _always_checked(key: str) -> bool:
    """Whether every number format that was ever in force ends in a check digit."""
    formats = [DEFINITIONS[key].default, *Setting.objects.filter(key=key).values_list("value", flat=True)]
    return all(str(pattern).endswith("{check}") for pattern in formats)
