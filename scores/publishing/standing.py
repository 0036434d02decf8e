"""How a publication stands, in the words of its page: state, minute, figures, steps, and what has happened to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Event
from scores.models import Publication
from scores.publishing import clock
from scores.publishing.approving import lateness

VERBS = {
    "prepare": gettext_lazy("提出公布"),
    "withdraw": gettext_lazy("退回，不公布"),
    "approve": gettext_lazy("批准按时公布"),
    "withdraw-approval": gettext_lazy("收回批准"),
    "publish": gettext_lazy("公布"),
    "enter-credits": gettext_lazy("记入学分，刷新统计"),
}
MOST_EVENTS = 50


@dataclass(frozen=True)
class Minute:
    """The minute a publication was approved for.

    ``seconds`` until it (0: it has come), ``left`` the same in words, ``late`` by how much it came out later, or is late by now
    ("" for not), ``is_ready`` whether everything that is prepared beforehand is.
    """

    at: dt.datetime
    seconds: int
    left: str
    late: str
    is_waiting: bool
    is_announced: bool
    is_ready: bool


def minute(publication: Publication) -> Minute | None:
    """None for one without a minute."""
    if publication.announced_at is None:
        return None
    now = clock.now()
    seconds = max(0, int((publication.announced_at - now).total_seconds()))
    late = lateness(publication, now)
    return Minute(
        at=publication.announced_at,
        seconds=seconds,
        left=in_words(dt.timedelta(seconds=seconds)),
        late=in_words(late) if late else "",
        is_waiting=publication.published_at is None,
        is_announced=publication.is_announced,
        is_ready=publication.sheets_made_at is not None,
    )


def in_words(span: dt.timedelta) -> str:
    """2天3小时5分钟, whole minutes; 不到1分钟."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    days, hours = divmod(hours, 24)
    parts = [
        _("%(count)s天") % {"count": days} if days else "",
        _("%(count)s小时") % {"count": hours} if hours else "",
        _("%(count)s分钟") % {"count": minutes} if minutes else "",
    ]
    return "".join(parts) or _("不到1分钟")


def state(publication: Publication) -> str:
    """A word of ``config/states.py``."""
    if publication.published_at:
        return _("已公布")
    if publication.approved_at:
        return _("待按时公布")
    return _("待第二人确认") if publication.prepared_at else _("未公布")


def steps(publication: Publication) -> list[dict[str, str]]:
    """The way of a batch of marks, of which publication is the last part."""
    names = [_("上传"), _("校验"), _("预览"), _("确认入库"), _("公布")]
    last = "done" if publication.published_at else "here"
    return [{"title": name, "place": "done" if name != names[-1] else last} for name in names]


def counts(preview: dict[str, Any]) -> list[dict[str, Any]]:
    """The strip of figures, thousands written out."""
    if not preview:
        return []
    rate = f"{preview['passed'] / preview['present'] * 100:.1f}%" if preview["present"] else ""
    lines = [
        (_("成绩"), "marks", ""),
        (_("涉及考生"), "candidates", ""),
        (_("到考"), "present", ""),
        (_("合格"), "passed", rate),
        (_("新建考籍"), "opened", _("首次合格")),
        (_("记入学分"), "credits", _("其余已有学分")),
    ]
    return [{"label": label, "value": f"{preview[key]:,}", "small": small} for label, key, small in lines]


def events(publication: Publication) -> list[dict[str, Any]]:
    """The steps of both people, the newest first, as the page lists them; on top what it waits for."""
    taken = Event.objects.about(publication).steps().select_related("actor").order_by("-pk")[:MOST_EVENTS]
    done = [
        {"title": VERBS.get(event.verb, event.verb), "who": str(event.actor or _("系统")), "at": event.at, "note": event.note}
        for event in taken
    ]
    if publication.published_at or not publication.prepared_at:
        return done
    if publication.approved_at:
        return [{"title": _("公布"), "who": _("系统到时公布"), "at": publication.announced_at, "is_now": True}, *done]
    return [{"title": _("确认公布"), "who": _("等另一人"), "is_now": True}, *done]
