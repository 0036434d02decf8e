"""Mail over SMTP by Django's own backend, with the settings that the environment gives (``KAOJI_MAIL_URL``)."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass, field
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from records.messages.carriers import Undelivered

FINAL_FROM = 500


@dataclass(frozen=True)
class Smtp:
    """A mail server; ``options`` are those of Django's backend (host, port, username, password, use_tls, use_ssl, timeout)."""

    sender: str
    options: dict[str, Any] = field(default_factory=dict)

    def carry(self, kind: str, to: str, subject: str, text: str, *, key: str) -> str:
        """The mail's Message-ID, made of ``key``, so that a mail sent twice is recognised as one. Raises ``Undelivered``."""
        receipt = f"<{key}@{self.sender.rpartition('@')[2].rstrip('>')}>"
        mail = EmailMessage(subject, text, self.sender, [to], headers={"Message-ID": receipt, "Auto-Submitted": "auto-generated"})
        try:
            EmailBackend(**self.options, fail_silently=False).send_messages([mail])
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise _failure(error) from error
        return receipt


def _failure(error: Exception) -> Undelivered:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Undelivered("not-trusted")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
        return Undelivered("bad-recipient", is_final=True) if min(codes) >= FINAL_FROM else Undelivered("busy")
    if isinstance(error, smtplib.SMTPResponseException):
        return Undelivered("rejected", is_final=True) if error.smtp_code >= FINAL_FROM else Undelivered("busy")
    if isinstance(error, ValueError):  # an address or a subject that no mail can carry
        return Undelivered("bad-recipient", is_final=True)
    return Undelivered("timeout" if isinstance(error, TimeoutError) else "unreachable")
