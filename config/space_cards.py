"""The seven cards of the personal space, one for each kind of information that a record holds, and the card beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Event
from config.own_cases import OwnCase
from config.passed import result_in_words
from config.record import Record
from config.wording import plain_number, written_month, written_month_day
from records.candidates.models import Candidate
from records.ledger.models import Source

EXAMINED = frozenset({Source.EXAM, Source.PRACTICAL})


@dataclass(frozen=True)
class Kind:
    """A kind of information: the last part of its address, its title, its icon."""

    slug: str
    title: Any
    icon: str


KINDS = {
    kind.slug: kind
    for kind in (
        Kind("personal", gettext_lazy("自然信息"), "user"),
        Kind("marks", gettext_lazy("成绩"), "marks"),
        Kind("violations", gettext_lazy("考试违规"), "flag"),
        Kind("transfers", gettext_lazy("考籍转移"), "out"),
        Kind("receptions", gettext_lazy("接考"), "in"),
        Kind("exemptions", gettext_lazy("免考"), "waive"),
        Kind("graduations", gettext_lazy("毕业"), "scroll"),
    )
}


@dataclass(frozen=True)
class Standing:
    """How near the nearest plan is: ``lacking`` requirements, credits of how many, and which major; from the graduation audit.

    ``wanting`` says in words what is missing: courses and groups, or of a complete plan the conditions beside it (what is done
    with the application itself left out).
    """

    major: str
    lacking: int
    earned: Any
    needed: Any
    wanting: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        return self.lacking == 0


def cards_of(record: Record, candidate: Candidate, cases: list[OwnCase], standing: Standing | None) -> list[dict[str, Any]]:
    """The seven, always all and always in this order; a kind without entries says so."""
    contents = {
        "personal": _personal(candidate),
        "marks": _marks(record),
        "violations": _counted(record.violations, _("件"), _("没有违规记录"), _("查看处理决定")),
        "transfers": _counted(record.transfers, _("件"), _("没有转出"), _("查看转出情况")),
        "receptions": _receptions(record),
        "exemptions": _exemptions(record, cases),
        "graduations": _graduations(record, cases, standing),
    }
    return [
        {"title": kind.title, "icon": kind.icon, "url": reverse("space-kind", args=[slug]), **contents[slug]}
        for slug, kind in KINDS.items()
    ]


def card_of_reads(count: int, latest: Event | None, who: str) -> dict[str, Any]:
    """The card beside the seven: how often somebody looked at the record, and who did last."""
    card = {"title": _("谁看过我的考籍"), "icon": "eye", "url": reverse("reads"), "is_aside": True}
    if latest is None:
        return {**card, "is_empty": True, "text": _("还没有工作人员查阅过")}
    text = _("%(date)s，%(who)s") % {"date": written_month_day(latest.at), "who": who}
    return {**card, "number": count, "after": _("次"), "text": text}


def _personal(candidate: Candidate) -> dict[str, Any]:
    if not candidate.phone_mask:
        return {"text": _("没有登记手机；姓名和证件要凭证明更正")}
    return {"text": _("手机尾号%(end)s；姓名和证件要凭证明更正") % {"end": candidate.phone_mask[-4:]}}


def _counted(entries: list[Any], unit: str, nothing: str, something: str) -> dict[str, Any]:
    if not entries:
        return {"is_empty": True, "text": nothing}
    return {"number": len(entries), "after": unit, "text": something}


def _marks(record: Record) -> dict[str, Any]:
    passed = sum(credit["source"] in EXAMINED for credit in record.credits)
    if not record.marks:
        text = _("还没有公布的成绩")
        return {"number": passed, "after": _("门合格"), "text": text} if passed else {"is_empty": True, "text": text}
    latest = max(record.marks, key=_when)
    result = result_in_words(latest["mark"], latest["flag"])
    words = {"month": written_month(latest["on"]), "course": latest["name"] or latest["course"], "mark": result}
    return {"number": passed, "after": _("门合格"), "text": _("最近一次：%(month)s，%(course)s%(mark)s") % words}


def _when(mark: dict[str, Any]) -> Any:
    return mark["on"]


def _receptions(record: Record) -> dict[str, Any]:
    received = [credit for credit in record.credits if credit["source"] == Source.TRANSFER]
    if not received:
        return {"is_empty": True, "text": _("没有从外省转入的课程")}
    year = max(credit["on"] for credit in received).year
    text = _("%(year)s年从外省转入，已接收") % {"year": year}
    return {"number": len(received), "after": _("门"), "text": text}


def _exemptions(record: Record, cases: list[OwnCase]) -> dict[str, Any]:
    mine = [case for case in cases if case.namespace == "exemptions"]
    granted = sum(credit["source"] == Source.EXEMPTION for credit in record.credits)
    if not mine and not granted:
        return {"is_empty": True, "text": _("没有免考申请")}
    if not mine:
        return {"number": granted, "after": _("门"), "text": _("已批准免考")}
    return {"number": len(mine), "after": _("件"), "text": _summary_of(mine)}


def _summary_of(cases: list[OwnCase]) -> str:
    """The most urgent case's state, and how many share it: 1件申请退回补正."""
    state = cases[0].state
    return _("%(count)s件申请%(state)s") % {"count": sum(case.state == state for case in cases), "state": state}


def _graduations(record: Record, cases: list[OwnCase], standing: Standing | None) -> dict[str, Any]:
    mine = [case for case in cases if case.namespace == "graduation"]
    diplomas = sum(bool(entry["diploma"]) for entry in record.graduations)
    if diplomas:
        return {"number": diplomas, "after": _("件证书"), "text": _("已经毕业，证书编号在里面")}
    if any(case.is_open for case in mine):
        return {"number": sum(case.is_open for case in mine), "after": _("件在办"), "text": _summary_of(mine)}
    if standing is None:
        return {"is_empty": True, "text": _("还没有可以毕业的专业")}
    words = {"major": standing.major, "earned": plain_number(standing.earned), "needed": plain_number(standing.needed)}
    text = _("%(major)s %(earned)s / %(needed)s学分") % words
    if standing.is_complete:
        return {"text": text, "number": _("齐"), "before": _("课程已")}
    return {"before": _("差"), "number": standing.lacking, "after": _("项"), "text": text}
