"""What a window means to one candidate: whether it is of any use, what to do in it, and where."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from config.passed import result_in_words
from config.record import Record
from config.space_cards import Standing
from records.ledger.models import Source
from records.notices.models import Window

Kind = Window.Kind


@dataclass(frozen=True)
class Way:
    """A sentence, and the page on which it is done; no page where it is done at the office."""

    text: str = ""
    url: str = ""
    action: str = ""


def concerns(window: Window, record: Record, standing: Standing | None, open_kinds: frozenset[str]) -> bool:
    """Whether this candidate can use the window; ``open_kinds`` are the kinds of cases already under way."""
    if window.kind == Kind.GRADUATION:
        return standing is not None and standing.is_complete and "graduation" not in open_kinds
    if window.kind == Kind.REVIEW:
        return bool(_not_passed_lately(record))
    if window.kind == Kind.PRACTICAL:
        return any(credit["source"] == Source.EXAM for credit in record.credits)
    return window.kind in {Kind.EXAMINATION, Kind.EXEMPTION}


def what_to_do(window: Window, record: Record, standing: Standing | None) -> Way:
    """What the candidate does in a window that ``concerns`` him or her."""
    if window.kind == Kind.EXAMINATION:
        return _examination(record, standing)
    if window.kind == Kind.REVIEW:
        text = _("%(marks)s。复核只查漏评和合分，不重新评卷，到主考院校自考办申请。") % {
            "marks": "、".join(_not_passed_lately(record))
        }
        return Way(text)
    if window.kind == Kind.EXEMPTION:
        return Way(_("凭学历证书或等级考试证书申请。"), reverse("exemptions:start"), _("申请免考"))
    if window.kind == Kind.GRADUATION and standing is not None:
        text = _("%(major)s的课程已经齐了。") % {"major": standing.major}
        return Way(text, reverse("graduation:new"), _("申请毕业"))
    return Way(_("到主考院校自考办报考。"))


def _examination(record: Record, standing: Standing | None) -> Way:
    if not record.credits:
        return Way(_("第一门课程考试合格后建立考籍，发给考籍号。"), reverse("progress"), _("看要考哪些课程"))
    if standing is None or standing.is_complete:
        return Way()
    words = {"major": standing.major, "count": standing.lacking}
    return Way(_("%(major)s还差%(count)s项。") % words, reverse("progress"), _("看毕业进度"))


def _not_passed_lately(record: Record) -> list[str]:
    """The courses of the latest published sitting that did not come to count, each with its mark."""
    if not record.marks:
        return []
    latest = max(mark["sitting"] for mark in record.marks)
    had = {credit["course"] for credit in record.credits}
    return [
        f"{mark['course']} {mark['name']}{result_in_words(mark['mark'], mark['flag'])}"
        for mark in record.marks
        if mark["sitting"] == latest and mark["course"] not in had and mark["mark"] is not None
    ]
