"""Who keyed marks does not confirm them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from audit.workflow import NotNow, Problem
from records.people.models import User
from scores.models import ScoreBatch


def why_not_confirmed_by(batch: ScoreBatch, user: User) -> str:
    """Why this person may not confirm the batch, in words; empty for anybody who did not key it."""
    pairs = batch.keyed_sheets.values_list("first", "second")
    return _("录入成绩的人不能确认入库，须由另一人确认。") if any(user.pk in pair for pair in pairs) else ""


def require_fresh_eyes(batch: ScoreBatch, user: User) -> None:
    """NotNow for one of the two who keyed the batch."""
    if why := why_not_confirmed_by(batch, user):
        raise NotNow([Problem("scores.keyed-by-yourself", why)])
