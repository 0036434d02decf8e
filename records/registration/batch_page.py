"""What the page of a batch says in words: where it stands, what may be done, what has changed since it was shown."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from records.imports.batches import is_under_way
from records.imports.report_pages import way
from records.registration.batches import State, standing
from records.registration.models import CandidateBatch

PLACES = {State.CHECKING: 1, State.REFUSED: 1, State.READY: 2, State.WRITING: 3, State.WRITTEN: 4, State.UNDOING: 4}


def steps_of(batch: CandidateBatch) -> list[dict[str, str]]:
    """The way of a batch; where it stands now. One that was given up stands nowhere on it."""
    names = [_("上传"), _("核对"), _("预览"), _("确认入库"), _("已入库")]
    return way(names, PLACES.get(State(batch.state), -1))


def actions_of(batch: CandidateBatch) -> list[dict[str, Any]]:
    """The buttons of the page, the main one first; none while a worker is at the batch."""
    if is_under_way(batch):
        return []
    state = standing(batch)
    if state == State.READY:
        return [_confirm(batch), _discard(batch)]
    if state in (State.REFUSED, State.CHECKING):
        return [_discard(batch)]
    return [_undo(batch)] if state == State.WRITTEN else []


def _confirm(batch: CandidateBatch) -> dict[str, Any]:
    then = _("登记 %(new)s 名新考生，加报 %(second)s 个专业，补充 %(filled)s 人的资料。入库前再核对一次登记册。") % {
        key: f"{batch.report[key]:,}" for key in ("new", "second", "filled")
    }
    return {
        "name": "confirm",
        "label": _("确认入库"),
        "url": reverse("registration:confirm", args=[batch.pk]),
        "tone": "primary",
        "asks": "confirm",
        "then": then,
    }


def _discard(batch: CandidateBatch) -> dict[str, Any]:
    return {
        "name": "discard",
        "label": _("放弃这个批次"),
        "url": reverse("registration:discard", args=[batch.pk]),
        "tone": "outline-danger",
        "asks": "confirm",
        "then": _("什么都没有入库。文件仍然留存，可以再次上传。"),
    }


def _undo(batch: CandidateBatch) -> dict[str, Any]:
    return {
        "name": "undo",
        "label": _("撤销整个批次…"),
        "url": reverse("registration:undo", args=[batch.pk]),
        "tone": "outline-danger",
        "is_link": True,
        "then": _("先看会取出什么、有什么不能撤销。"),
    }


def differences_of(report: dict[str, Any]) -> list[dict[str, Any]]:
    """What writing would do now beside what was shown before: figures that differ, or all of them where none does."""
    before = report.get("before")
    if not before:
        return []
    words = {
        "new": _("新考生"),
        "second": _("加报专业"),
        "filled": _("补充资料"),
        "tickets": _("沿用准考证号"),
        "records": _("沿用考籍号"),
        "same": _("没有新内容"),
    }
    lines = [{"label": word, "before": before[key], "now": report[key]} for key, word in words.items()]
    return [line for line in lines if line["before"] != line["now"]] or lines
