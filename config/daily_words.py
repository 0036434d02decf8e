"""The figures of a daily report as lines of its table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.candidates import PurposeForm
from config.workflows import KINDS

IMPORTS = {
    "candidates": gettext_lazy("考生报名文件"),
    "marks": gettext_lazy("成绩文件"),
    "credits": gettext_lazy("学分文件"),
}
READS = {
    "leave": gettext_lazy("凭查阅申请"),
    **{code: label for code, label in PurposeForm.REASONS if code != "other"},
    "case": gettext_lazy("办理案卷、办理本人申请"),
    "gathered": gettext_lazy("名单、查找和导出"),
    "trail": gettext_lazy("查询留痕"),
    "other": gettext_lazy("其他用途"),
}


@dataclass(frozen=True)
class Section:
    """A part of the table: its title and its lines, pairs of words and number."""

    title: Any
    lines: list[tuple[Any, int]]


def sections(figures: dict[str, Any]) -> list[Section]:
    """All parts of a report; a kind of case, of file or of purpose that did not occur has no line."""
    parts = [Section(_("办件"), _cases(figures["cases"])), Section(_("文件与公布"), _files(figures))]
    reads = [(READS.get(code, code), count) for code, count in sorted(figures["reads"].items(), key=_as_listed)]
    return [
        *parts,
        Section(_("工作人员查阅（按用途）"), reads or [(_("没有查阅"), 0)]),
        Section(_("需要注意的"), _noted(figures)),
    ]


def _cases(kinds: dict[str, Any]) -> list[tuple[Any, int]]:
    lines: list[tuple[Any, int]] = []
    for kind in KINDS:
        counted = kinds.get(kind.namespace, {"received": 0, "decided": {}})
        lines.append((_("%(kind)s：收到") % {"kind": kind.label}, counted["received"]))
        for status, count in counted["decided"].items():
            words = {"kind": kind.label, "outcome": kind.workflow.word_of(status)}
            lines.append((_("%(kind)s：%(outcome)s") % words, count))
    return lines


def _files(figures: dict[str, Any]) -> list[tuple[Any, int]]:
    lines: list[tuple[Any, int]] = []
    for kind, counted in figures["imports"].items():
        words = {"kind": IMPORTS.get(kind, kind)}
        lines += [(_("%(kind)s：入库") % words, counted["taken"]), (_("%(kind)s：退回") % words, counted["refused"])]
    return [*lines, (_("成绩公布"), figures["publications"])]


def _noted(figures: dict[str, Any]) -> list[tuple[Any, int]]:
    return [
        (_("无权而未执行的操作"), figures["denied"]),
        (_("没有成功的登录"), figures["sign_ins_refused"]),
        (_("发现异常查阅"), figures["unusual"]),
        (_("失败的批处理"), figures["jobs_failed"]),
    ]


def _as_listed(pair: tuple[str, int]) -> int:
    return list(READS).index(pair[0]) if pair[0] in READS else len(READS)
