"""The requirement tree of an audit as pages draw it: every requirement, what fulfils it, what is missing; missing ones first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from graduation import verdicts, wording
from graduation.auditing import Audit
from graduation.conditions import Condition
from graduation.plans import CompiledPlan, CourseRow
from graduation.verdicts import Passed, PathVerdict, Requirement

FOLDED_ABOVE = 3
AT_APPLICATION = ("appraisal", "identity", "photo", "window")
"""Conditions that are settled when one applies, by the university or by the calendar."""

MET, LACKING, IDLE, NOT_YET, LATER = (
    gettext_lazy("已满足"),
    gettext_lazy("还差"),
    gettext_lazy("不需要"),
    gettext_lazy("还不能考"),
    gettext_lazy("毕业时办"),
)
GROUP_TITLES = {"FL": gettext_lazy("外语"), "EXCH": gettext_lazy("换考课"), "OPT": gettext_lazy("选考课")}
KINDS: dict[str, tuple[Any, Any]] = {
    "笔试": (gettext_lazy("必考课"), gettext_lazy("全部必考")),
    "实践": (gettext_lazy("实践考核"), gettext_lazy("理论课程合格后报考")),
    "论文": (gettext_lazy("毕业论文（设计）"), gettext_lazy("其余课程全部合格后可申请")),
    "加考": (gettext_lazy("加考课"), gettext_lazy("跨专业的考生加考")),
}
"""Title and hint of the compulsory courses, by how they are examined."""


@dataclass(frozen=True)
class Leaf:
    """A line under a requirement: ``by`` is what fulfils it, or why it is missing."""

    word: Any
    name: str
    by: str = ""
    code: str = ""
    credits: str = ""


@dataclass(frozen=True)
class Branch:
    """A requirement with its lines; ``sum`` is how much of it is there."""

    title: Any
    word: Any
    sum: str
    leaves: list[Leaf] = field(default_factory=list)
    hint: Any = ""
    is_open: bool = False


def tree_of(answer: Audit, path: PathVerdict | None = None) -> list[Branch]:
    """The tree on ``path`` (by default the better one): what is missing first, then what is met; conditions at the end."""
    path = path or answer.verdict.best
    compiled = answer.compiled
    branches = [
        *_compulsory(compiled, path),
        *(_elective(compiled, path, each) for each in path.requirements if each.kind == "group"),
    ]
    branches.sort(key=_missing_first)
    branches.append(_totals(compiled, path))
    branches.append(conditions_branch(answer.conditions))
    return [*branches, _unused(compiled, path)] if path.unused else branches


def _missing_first(branch: Branch) -> tuple[bool, bool]:
    """What is missing in front of what is met; the thesis, which waits for everything else, at the end of its part."""
    return branch.word == MET, branch.title == KINDS["论文"][0]


def _compulsory(compiled: CompiledPlan, path: PathVerdict) -> list[Branch]:
    """The courses owed by everybody, one branch for each way in which they are examined."""
    rows = {row.code: row for row in compiled.courses}
    owed = [each for each in path.requirements if each.kind == "course"]
    branches = []
    for kind, (title, hint) in KINDS.items():
        mine = [each for each in owed if _kind_of(rows[each.code]) == kind]
        if mine:
            leaves = [_leaf(compiled, path, each.leaves[0], is_wanted=True) for each in mine]
            branches.append(_branch(title, hint, mine, leaves))
    return branches


def _kind_of(row: CourseRow) -> str:
    return row.nature if row.nature in KINDS else row.assessment


def _branch(title: Any, hint: Any, requirements: list[Requirement], leaves: list[Leaf]) -> Branch:
    """Several requirements of one kind as one branch."""
    done = sum(each.satisfied for each in requirements)
    earned = sum((each.credits_earned for each in requirements), Decimal(0))
    needed = sum((each.credits_required or Decimal(0) for each in requirements), Decimal(0))
    is_met = done == len(requirements)
    return Branch(
        title,
        MET if is_met else LACKING,
        _sum(done, len(requirements), earned, needed),
        leaves,
        hint,
        is_open=not is_met or len(leaves) <= FOLDED_ABOVE,
    )


def _sum(courses: int, courses_needed: int | None, earned: Decimal, needed: Decimal | None) -> str:
    """7/7门 · 46/46学分; without the part for which nothing is asked, and 不计学分 where nothing counts."""
    parts = [f"{courses}/{courses_needed}门" if courses_needed else f"{courses}门"]
    if needed:
        parts.append(f"{wording.figure(earned)}/{wording.credits(needed)}")
    elif earned:
        parts.append(wording.credits(earned))
    elif courses_needed and needed is not None:
        parts.append(_("不计学分"))
    return " · ".join(parts)


def _elective(compiled: CompiledPlan, path: PathVerdict, group: Requirement) -> Branch:
    leaves = [_leaf(compiled, path, each, is_wanted=False) for each in group.leaves]
    title = GROUP_TITLES.get(group.code) or _("选考组%(label)s") % {"label": group.code}
    return Branch(
        title,
        MET if group.satisfied else LACKING,
        _sum(group.courses_earned, group.courses_required, group.credits_earned, group.credits_required),
        leaves,
        group.label.partition("：")[2],
        is_open=not group.satisfied or len(leaves) <= FOLDED_ABOVE,
    )


def _leaf(compiled: CompiledPlan, path: PathVerdict, leaf: verdicts.Leaf, *, is_wanted: bool) -> Leaf:
    """A course of the plan; ``is_wanted``: it is owed for itself, not one of a choice."""
    word, by = _standing(compiled, path, leaf, is_wanted)
    credits = wording.credits(leaf.credits) if leaf.credits else _("不计学分")
    return Leaf(word, leaf.name, by, leaf.code, credits)


def _standing(compiled: CompiledPlan, path: PathVerdict, leaf: verdicts.Leaf, is_wanted: bool) -> tuple[Any, str]:
    if leaf.state == "passed":
        return MET, wording.source_of(leaf.by[0])
    if leaf.state == "replaced":
        counted = _("；按本计划计%(credits)s") % {"credits": wording.credits(leaf.counted)} if leaf.counted else ""
        return MET, _("由%(courses)s顶替") % {"courses": _really_passed(compiled, leaf.by)} + counted
    if leaf.state == "waived":
        return MET, _("免考核：已有%(courses)s") % {"courses": _really_passed(compiled, leaf.by)}
    if leaf.state == "not_needed":
        return IDLE, _("本组要求已达到，不必再考")
    return _missing(compiled, path, leaf, is_wanted)


def _really_passed(compiled: CompiledPlan, passed: Iterable[Passed]) -> str:
    """03708 中国近现代史纲要（考试 2023年10月，77分）、…"""
    return "、".join(f"{_named(compiled, each)}（{wording.source_of(each)}）" for each in passed)


def _named(compiled: CompiledPlan, passed: Passed) -> str:
    return f"{passed.code} {compiled.name_of(passed.code)}".strip()


def _missing(compiled: CompiledPlan, path: PathVerdict, leaf: verdicts.Leaf, is_wanted: bool) -> tuple[Any, str]:
    """Why a course is not there, and whether it can be taken by now (theory before practice, everything before the thesis)."""
    row = next(each for each in compiled.courses if each.code == leaf.code)
    if row.assessment == "论文" and (before := _open_beside(path, leaf.code)):
        return NOT_YET, _("还不能申请：另有%(count)s项没有合格") % {"count": before}
    if row.theory and _is_missing(path, row.theory):
        theory = f"{row.theory} {compiled.name_of(row.theory)}".strip()
        return NOT_YET, _("先通过理论课程%(theory)s") % {"theory": theory}
    return LACKING, _("还没有通过") if is_wanted else _("可以选这一门")


def _open_beside(path: PathVerdict, code: str) -> int:
    return sum(not each.satisfied for each in path.requirements if each.kind != "total" and each.code != code)


def _is_missing(path: PathVerdict, code: str) -> bool:
    return any(leaf.code == code and leaf.state == "missing" for each in path.requirements for leaf in each.leaves)


def _totals(compiled: CompiledPlan, path: PathVerdict) -> Branch:
    """总学分 and 总门数, with the courses that count for nothing else."""
    totals = [each for each in path.requirements if each.kind == "total"]
    leaves = [
        Leaf(MET if each.satisfied else LACKING, each.label, _total_in_words(each), credits=_total_sum(each)) for each in totals
    ]
    extra = {passed.code: passed for each in totals for passed in each.by}
    leaves += [Leaf(MET, compiled.name_of(code), _counts_only(passed), code) for code, passed in extra.items()]
    is_met = all(each.satisfied for each in totals)
    return Branch(
        _("总学分") if len(totals) == 1 else _("总学分和总门数"),
        MET if is_met else LACKING,
        f"{wording.figure(path.credits_earned)}/{wording.credits(path.credits_required)}",
        leaves,
        is_open=not is_met,
    )


def _counts_only(passed: Passed) -> str:
    return _("只计学分和门数：%(source)s") % {"source": wording.source_of(passed)}


def _total_in_words(total: Requirement) -> str:
    return "" if total.satisfied else _("还差%(missing)s") % {"missing": "、".join(total.missing)}


def _total_sum(total: Requirement) -> str:
    return wording.credits(total.credits_earned) if total.code == "credits" else f"{total.courses_earned}门"


def conditions_branch(conditions: Iterable[Condition]) -> Branch:
    """The conditions beside the plan; those that are settled on applying do not make it red before."""
    every = list(conditions)
    open_ones = [each.code for each in every if not each.satisfied]
    later = bool(open_ones) and set(open_ones) <= set(AT_APPLICATION)
    return Branch(
        _("毕业条件"),
        (LATER if later else LACKING) if open_ones else MET,
        _("%(met)s/%(all)s项") % {"met": len(every) - len(open_ones), "all": len(every)},
        [_condition(each) for each in every],
        _("申请毕业时由主考院校核对"),
        is_open=bool(open_ones) and not later,
    )


def _condition(condition: Condition) -> Leaf:
    word = MET if condition.satisfied else LATER if condition.code in AT_APPLICATION else LACKING
    parts = [condition.why, "" if condition.satisfied else condition.next_step]
    return Leaf(word, condition.label, "；".join(part for part in parts if part))


def _unused(compiled: CompiledPlan, path: PathVerdict) -> Branch:
    leaves = [Leaf(IDLE, compiled.name_of(passed.code), wording.source_of(passed), passed.code) for passed in path.unused]
    hint = _("学分仍然有效，可用于其他专业")
    return Branch(_("没有计入本计划的课程"), IDLE, _("%(count)s门") % {"count": len(leaves)}, leaves, hint)


def tree_kept(verdict: dict[str, Any]) -> list[Branch]:
    """The tree of a verdict that an application keeps (``snapshots.py``): one branch for the plan, one for the conditions."""
    requirements = verdict.get("requirements", [])
    titles = ((_("课程、学分要求"), ("course", "group", "total")), (_("毕业条件"), ("condition",)))
    return [
        _kept_branch(title, [each for each in requirements if each["kind"] in kinds]) for title, kinds in titles if requirements
    ]


def _kept_branch(title: str, requirements: list[dict[str, Any]]) -> Branch:
    met = sum(each["satisfied"] for each in requirements)
    word = MET if met == len(requirements) else LACKING
    words = {"met": met, "all": len(requirements)}
    return Branch(title, word, _("%(met)s/%(all)s项") % words, [_kept_leaf(each) for each in requirements])


def _kept_leaf(requirement: dict[str, Any]) -> Leaf:
    by = "、".join(each["course"] for each in requirement["by"] if each["course"] != requirement["code"])
    words = _("由%(courses)s顶替") % {"courses": by} if by and requirement["kind"] == "course" else by
    missing = "；".join(requirement["missing"])
    code = requirement["code"] if requirement["kind"] == "course" else ""
    return Leaf(MET if requirement["satisfied"] else LACKING, requirement["label"], words or missing, code)
