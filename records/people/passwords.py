"""What no password may be: one of the numbers that others can know of a person."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from records.people.finding import typed

LEAST_DIGITS = 6


class NotOnesOwnNumbersValidator:
    """Refuses passwords that contain the date of birth, the identity, phone, ticket, record or registration number."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ``ValidationError`` with code ``password_own_number``."""
        candidate = getattr(user, "candidate", None)
        if candidate is None:
            return
        known = [
            f"{candidate.birth_date:%Y%m%d}",
            f"{candidate.birth_date:%y%m%d}",
            candidate.identity_number,
            candidate.phone,
            candidate.registration_number,
            candidate.record_number or "",
            candidate.ticket_number,
        ]
        written = typed(password)
        if any(number in written for number in known if len(number) >= LEAST_DIGITS):
            raise ValidationError(self.get_help_text(), code="password_own_number")

    def get_help_text(self) -> str:
        """One line for people."""
        return _("密码里不要有出生日期、证件号码、手机号码或考试的号码。")
