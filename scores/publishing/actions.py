"""The buttons of a publication: which of them this person may press now, and why others are barred."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from records.jobs.models import Job
from records.people.models import User
from scores.models import Publication
from scores.publishing import clock
from scores.publishing.approving import is_due
from scores.publishing.forms import ApproveForm

USUAL_HOUR = dt.time(10)

Actions = list[dict[str, Any]]


def actions_of(publication: Publication, user: User, note: str, form: ApproveForm | None) -> tuple[Actions, list[str]]:
    """The actions as ``components/_actions.html`` takes them, and reasons why there are no others; ``note`` was typed before."""
    if publication.published_at:
        return _after(publication), []
    if not publication.prepared_at:
        return [_prepare(publication, note)], []
    if publication.approved_at:
        return _until_the_minute(publication, note)
    if publication.prepared_by_id == user.pk:
        return [_send_back(publication, note)], [_("公布由您提出，须由另一人确认。")]
    return [_approve(publication, form), _publish(publication), _send_back(publication, note)], []


def _prepare(publication: Publication, note: str) -> dict[str, Any]:
    must_explain = any(line["is_noteworthy"] for line in publication.preview.get("universities", []))
    return {
        "name": "prepare",
        "label": _("提出公布"),
        "url": _url(publication, "prepare"),
        "tone": "primary",
        "asks": "note" if must_explain else "note-optional",
        "note_label": _("说明"),
        "note_hint": _("合格率与上次相差超过5个百分点的，在这里说明原因。") if must_explain else "",
        "note": note,
        "then": _("由另一人确认后才公布。确认以前都可以退回。"),
    }


def _approve(publication: Publication, form: ApproveForm | None) -> dict[str, Any]:
    return {
        "name": "approve",
        "label": _("批准按时公布"),
        "url": _url(publication, "approve"),
        "tone": "primary",
        "form": form or ApproveForm(initial={"minute": _usual_minute(), "is_announced": True}),
        "is_open": form is not None,
        "confirm": _("批准"),
        "then": _("到时由系统公布，事先备好查询结果。公布时间之前，两人都可以收回。"),
    }


def _usual_minute() -> dt.datetime:
    """Ten o'clock tomorrow."""
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    return timezone.make_aware(dt.datetime.combine(tomorrow, USUAL_HOUR))


def _publish(publication: Publication) -> dict[str, Any]:
    then = _("%(candidates)s 人随即可以查到成绩；随后记入学分、建立 %(opened)s 份新考籍、刷新统计。") % {
        key: f"{publication.preview.get(key, 0):,}" for key in ("candidates", "opened")
    }
    return {
        "name": "publish",
        "label": _("确认公布"),
        "url": _url(publication, "publish"),
        "tone": "outline-primary",
        "asks": "confirm",
        "confirm": _("现在公布"),
        "then": then,
    }


def _send_back(publication: Publication, note: str) -> dict[str, Any]:
    return {
        "name": "withdraw",
        "label": _("退回，不公布"),
        "url": _url(publication, "withdraw"),
        "tone": "outline-danger",
        "asks": "note",
        "note": note,
        "then": _("要写明理由。成绩留在库里，可以再次提出。"),
    }


def _until_the_minute(publication: Publication, note: str) -> tuple[Actions, list[str]]:
    if is_due(publication, clock.now()):
        return [], [_("公布时间已到，不能再收回。")]
    take_back = {
        "name": "withdraw-approval",
        "label": _("收回批准"),
        "url": _url(publication, "withdraw-approval"),
        "tone": "outline-danger",
        "asks": "note",
        "note": note,
        "then": _("要写明理由。收回后回到待第二人确认，可以改时间、现在公布或退回。"),
    }
    return [take_back], []


def _after(publication: Publication) -> Actions:
    if publication.credits_entered_at or publication.job is None or publication.job.state != Job.State.FAILED:
        return []
    then = _("从中断的地方接着记入，已记入的不会重复。")
    return [{"name": "resume", "label": _("继续记入学分"), "url": _url(publication, "resume"), "tone": "primary", "then": then}]


def _url(publication: Publication, name: str) -> str:
    return reverse("scores:publication-step", args=[publication.pk, name])
