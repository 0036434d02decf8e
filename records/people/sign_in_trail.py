"""What happens to a sign-in, as lines of the trail: who came in by which factor, who was refused, what was changed.

The subject is the account; nothing that was typed stands in a line, only the kind of machine and the masked source.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.acting import acting, current
from audit.models import Event
from records.people.models import OfficeGrant, User

SIGNED_IN = "sign-in"
SIGNED_OUT = "sign-out"
REFUSED = "sign-in-refused"
LOCKED = "sign-in-locked"
ENDED = "session-ended"
OPENED = "account-opened"
SLIP_USED = "slip-used"
PASSWORD = "password-changed"
FACTOR_ADDED = "factor-added"
FACTOR_REMOVED = "factor-removed"
CODES_RENEWED = "recovery-codes-renewed"
RESET = "sign-in-reset"

TITLES = {
    SIGNED_IN: _("登录"),
    SIGNED_OUT: _("退出"),
    REFUSED: _("登录没有成功"),
    LOCKED: _("试错太多，暂停登录"),
    ENDED: _("结束一处登录"),
    OPENED: _("启用账户"),
    SLIP_USED: _("使用账户启用单"),
    PASSWORD: _("更换密码"),
    FACTOR_ADDED: _("增加第二因素"),
    FACTOR_REMOVED: _("移除第二因素"),
    CODES_RENEWED: _("更换恢复码"),
    RESET: _("重设登录"),
}

NOBODY = -1


def note(verb: str, person: User, *, by: User | None = None, **details: Any) -> Event:
    """Write that this was done to the sign-in of ``person``; ``by`` defaults to whoever acts, else to the person."""
    doer = by or (None if current().actor_id else person)
    with acting(doer):
        return Event.objects.create(
            kind=Event.Kind.STEP,
            verb=verb,
            subject_table=person._meta.db_table,
            subject_id=person.pk,
            candidate_id=person.candidate_id,
            details=details,
            **current().columns(),
        )


def note_refusal(verb: str, person: User | None, **details: Any) -> Event:
    """Write that somebody did not get in, as nobody's doing; the same two statements whether the account exists or not."""
    grant = OfficeGrant.objects.filter(user_id=person.pk if person else NOBODY, permission__codename="represent_office").first()
    return Event.objects.create(
        kind=Event.Kind.STEP,
        verb=verb,
        outcome=Event.Outcome.DENIED,
        office_id=int(grant.object_pk) if grant else None,
        subject_table=User._meta.db_table,
        subject_id=person.pk if person else None,
        candidate_id=person.candidate_id if person else None,
        request_id=current().request_id,
        details=details,
    )
