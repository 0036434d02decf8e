"""Carrying a correction out: the one place that changes what a record says of a person once it is registered (K2)."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from audit.acting import acting
from audit.models import Event
from audit.workflow import Refused
from records.archive.filing import file_change_note
from records.candidates.models import Candidate
from records.corrections.fields import DATA
from records.corrections.models import CorrectionRequest
from records.corrections.rules import duplicate
from records.ledger.feed import tell_of_correction
from records.messages.models import OutgoingMessage
from records.messages.sending import send
from records.people.models import User


def carry_out(case: CorrectionRequest, event: Event) -> None:
    """Write what was asked for, in the transaction of the step; the change rows carry the case's number as their purpose.

    The account's name follows, the change note is owed to the paper file, whoever reads the change feed is told, the candidate
    gets a message. Raises ``Refused`` when somebody was registered with the new number at the same moment.
    """
    candidate = Candidate.objects.select_for_update(of=("self",)).get(pk=case.candidate_id)
    phone = candidate.phone
    with acting(purpose=case.case_number):
        try:
            _write(candidate, _columns(case))
        except IntegrityError as taken:
            raise Refused([duplicate()]) from taken
        User.objects.filter(candidate=candidate).exclude(full_name=candidate.name).update(full_name=candidate.name)
    tell_of_correction(candidate.pk)
    if event.actor is not None:
        file_change_note(case, by=event.actor)
    tell_candidate(candidate.pk, phone, _("【考籍】您申请的考籍更改（%(number)s）已经办结，请登录个人空间核对。") % _named(case))


def tell_lodged(case: CorrectionRequest, event: Event) -> None:
    """The candidate learns of what an office asks for in the candidate's name."""
    text = _("【考籍】主考院校已为您提交考籍更改申请（%(number)s）。不是您本人办理的，请立即与主考院校自考办联系。")
    tell_candidate(case.candidate_id, case.candidate.phone, text % _named(case))


def tell_candidate(candidate_id: int, phone: str, text: str) -> None:
    """A message to the registered phone, where there is one."""
    if phone:
        send(OutgoingMessage.Kind.SMS, phone, text, candidate_id=candidate_id)


def _named(case: CorrectionRequest) -> dict[str, Any]:
    return {"number": case.case_number}


def _columns(case: CorrectionRequest) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for change in case.changes.all():
        columns |= DATA[change.field].columns(change.after)
    return columns


def _write(candidate: Candidate, columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        setattr(candidate, name, value)
    candidate.save(update_fields=list(columns))
