"""The progress of one candidate towards graduating: where one stands in a major, what if, which majors are nearest.

Everything is computed from the credits there are; nothing here is written down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from graduation import wording
from graduation.auditing import Audit, audit_many, unfavourable
from graduation.conditions import Condition
from graduation.facts import Question
from graduation.models import Diploma
from graduation.tree import AT_APPLICATION
from graduation.verdicts import PathVerdict, Requirement
from records.candidates.models import Candidate
from records.catalogue.models import Major, Plan

NEAREST = 4
MOST_MAJORS = 200
"""Majors that one request compares; a city with more shows the nearest of the first so many by code."""


@dataclass(frozen=True)
class Wanted:
    """What the address asks for: major and version by code ("" for the nearest own one), path, courses taken as passed."""

    major: str = ""
    version: str = ""
    path: str = ""
    assumed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Standing:
    """Everything that the page of one candidate needs, audited in one go."""

    chosen: Audit | None
    supposed: Audit | None
    own: list[Audit]
    nearest: list[Audit]
    versions: list[Plan]
    majors: list[Major]


def standing_of(candidate: Candidate, wanted: Wanted) -> Standing:
    """Audit the chosen major (by default the own one nearest to completion), the supposition, and every open major."""
    own = _own_majors(candidate)
    majors = _open_majors(own)
    answers = audit_many([Question(candidate, major) for major in majors])
    mine = [answer for answer in answers if answer.major in own]
    chosen_major = next((major for major in majors if major.code == wanted.major), None)
    chosen = _chosen(candidate, chosen_major, wanted.version, answers, mine)
    return Standing(
        chosen=chosen,
        supposed=_supposed(candidate, chosen, wanted.assumed) if chosen else None,
        own=mine,
        nearest=_nearest(answers),
        versions=_versions(candidate, chosen) if chosen else [],
        majors=majors,
    )


def _own_majors(candidate: Candidate) -> set[Major]:
    """The majors of open registrations in which the candidate holds no diploma."""
    had = Diploma.objects.filter(candidate=candidate, cancelled_at__isnull=True).values("major")
    open_ones = candidate.registrations.filter(closed_on__isnull=True, major__plans__isnull=False).exclude(major__in=had)
    return {registration.major for registration in open_ones.select_related("major")}


def _open_majors(own: Iterable[Major]) -> list[Major]:
    """The candidate's own majors and those that are open, each with a plan."""
    found = Major.objects.filter(plans__isnull=False, state=Major.State.OPEN).distinct().order_by("code")[:MOST_MAJORS]
    return sorted({*own, *found}, key=_by_code)


def _by_code(major: Major) -> str:
    return major.code


def _chosen(
    candidate: Candidate, major: Major | None, version: str, answers: Sequence[Audit], mine: Sequence[Audit]
) -> Audit | None:
    if major is None:
        return min(mine, key=unfavourable, default=None)
    if version and major.plans.filter(version=version).exists():
        return audit_many([Question(candidate, major, version)])[0]
    return next(answer for answer in answers if answer.major == major)


def _supposed(candidate: Candidate, chosen: Audit, assumed: frozenset[str]) -> Audit | None:
    known = assumed & {course.code for course in missing_courses(chosen)}
    if not known:
        return None
    return audit_many([Question(candidate, chosen.major, chosen.plan.version, assumed=known)])[0]


def _nearest(answers: Iterable[Audit]) -> list[Audit]:
    """The majors in which the least is missing, of those where anything counts."""
    counted = [answer for answer in answers if answer.verdict.credits_earned]
    return sorted(counted, key=_distance)[:NEAREST]


def _distance(answer: Audit) -> tuple[bool, Decimal, int, str]:
    verdict = answer.verdict
    return not verdict.complete, verdict.credits_required - verdict.credits_earned, verdict.best.missing, answer.major.code


def _versions(candidate: Candidate, chosen: Audit) -> list[Plan]:
    """The versions of the major by which this candidate may graduate today, the newest first."""
    registrations = list(candidate.registrations.order_by("registered_on", "pk"))
    own = [each.registered_on for each in registrations if each.major_id == chosen.major.pk]
    days = own or [each.registered_on for each in registrations] or [chosen.on]
    return list(Plan.objects.filter(major=chosen.major).open_on(chosen.on, days[0]))


@dataclass(frozen=True)
class MissingCourse:
    """A course that one could still pass, for the what-if."""

    code: str
    name: str
    is_assumed: bool = False


def missing_courses(answer: Audit, assumed: frozenset[str] = frozenset()) -> list[MissingCourse]:
    """The courses missing on any path, each once, in the plan's order."""
    leaves = [leaf for path in answer.verdict.paths for each in path.requirements for leaf in each.leaves]
    missing = {leaf.code: leaf.name for leaf in leaves if leaf.state == "missing"}
    places = {course.code: place for place, course in enumerate(answer.compiled.courses)}
    return [MissingCourse(code, missing[code], code in assumed) for code in sorted(missing, key=places.__getitem__)]


def chosen_path(answer: Audit, name: str) -> PathVerdict:
    """The path of this name, else the more favourable one."""
    return next((path for path in answer.verdict.paths if path.path == name), answer.verdict.best)


def lacking_items(path: PathVerdict) -> int:
    """How many requirements are missing: courses and groups; the totals where nothing else is."""
    parts = sum(not each.satisfied for each in path.requirements if each.kind != "total")
    return parts or sum(not each.satisfied for each in path.requirements)


def wanting(answer: Audit) -> tuple[str, ...]:
    """What keeps the candidate from graduating, in words: of an incomplete plan each requirement that is not reached, of a
    complete one each condition that is not met (what is done with the application itself left out).
    """
    best = answer.verdict.best
    if best.complete:
        return tuple(each.missing for each in _open_conditions(answer))
    short = [each for each in best.requirements if not each.satisfied]
    parts = [each for each in short if each.kind != "total"] or short
    return tuple(wording.wanting(each) for each in parts)


def _open_conditions(answer: Audit) -> list[Condition]:
    return [each for each in answer.conditions if not each.satisfied and each.code not in AT_APPLICATION]


def headline(answer: Audit, path: PathVerdict) -> str:
    """还差1门课程和毕业论文; 课程已经齐了."""
    if path.complete:
        return _("课程已经齐了，还有条件没有满足") if _open_conditions(answer) else _("课程已经齐了，可以申请毕业")
    courses, has_thesis = _missing_count(answer, path)
    if courses and has_thesis:
        return _("还差%(count)s门课程和毕业论文") % {"count": courses}
    if courses:
        return _("还差%(count)s门课程") % {"count": courses}
    if has_thesis:
        return _("只差毕业论文")
    short = [each for each in path.requirements if not each.satisfied]
    return "；".join(wording.wanting(each) for each in short)


def _missing_count(answer: Audit, path: PathVerdict) -> tuple[int, bool]:
    """How many courses are missing at least (of a group as many as it still needs), and whether the thesis is."""
    theses = {course.code for course in answer.compiled.courses if course.assessment == "论文"}
    courses, has_thesis = 0, False
    for each in path.requirements:
        if each.satisfied or each.kind == "total":
            continue
        if each.code in theses:
            has_thesis = True
        else:
            courses += _still_needed(each)
    return courses, has_thesis


def _still_needed(requirement: Requirement) -> int:
    if requirement.kind == "course" or requirement.courses_required is None:
        return 1
    return max(1, requirement.courses_required - requirement.courses_earned)


def subline(path: PathVerdict) -> str:
    """已合格13门、70学分，共需14门、76学分."""
    earned = [f"{path.courses_earned}门", wording.credits(path.credits_earned)]
    needed = [*([f"{path.courses_required}门"] if path.courses_required else []), wording.credits(path.credits_required)]
    return _("已合格%(earned)s；共需%(needed)s。") % {"earned": "、".join(earned), "needed": "、".join(needed)}


def ring_parts(path: PathVerdict) -> list[tuple[Decimal, Decimal]]:
    """One arc per branch of the tree that brings credits, and one for what only the total asks for."""
    compulsory = [each for each in path.requirements if each.kind == "course"]
    earned = sum((each.credits_earned for each in compulsory), Decimal(0))
    needed = sum((each.credits_required or Decimal(0) for each in compulsory), Decimal(0))
    groups = [
        (each.credits_earned, each.credits_required or _credits_in_sight(each))
        for each in path.requirements
        if each.kind == "group"
    ]
    parts = [(earned, needed), *groups]
    rest_earned = path.credits_earned - sum((part[0] for part in parts), Decimal(0))
    rest_needed = path.credits_required - sum((part[1] for part in parts), Decimal(0))
    return [*parts, (max(rest_earned, Decimal(0)), max(rest_needed, Decimal(0)))]


def _credits_in_sight(group: Requirement) -> Decimal:
    """What a group brings that asks for courses only: what is there, else what its first choice would bring."""
    return group.credits_earned or (group.leaves[0].credits if group.leaves else Decimal(0))


def paths_of(answer: Audit, chosen: PathVerdict, url_of: Callable[[str], str]) -> list[dict[str, Any]]:
    """Both paths side by side, the better one tagged; none where the plan has only one."""
    paths = answer.verdict.paths
    if len(paths) < 2:
        return []
    return [
        {
            "title": _("%(path)s路径") % {"path": path.path},
            "text": _path_in_words(answer, path),
            "url": url_of(path.path or ""),
            "is_chosen": path is chosen,
            "is_better": path is answer.verdict.best,
        }
        for path in paths
    ]


def _path_in_words(answer: Audit, path: PathVerdict) -> str:
    needed = _("共需%(credits)s") % {"credits": wording.credits(path.credits_required)}
    if path.complete:
        return _("%(needed)s，已经齐了") % {"needed": needed}
    courses, has_thesis = _missing_count(answer, path)
    short = path.credits_required - path.credits_earned
    parts = [f"{courses}门"] if courses else []
    parts += [_("论文")] if has_thesis else []
    parts += [wording.credits(short)] if short > 0 else []
    return _("%(needed)s，还差%(missing)s") % {"needed": needed, "missing": "、".join(parts)}


def supposition(answer: Audit) -> tuple[str, str]:
    """The tone and the sentence of a what-if: complete, or what would still be missing."""
    best = answer.verdict.best
    path = _("%(path)s路径") % {"path": best.path} if best.path else _("课程计划")
    words = {"path": path, "credits": wording.credits(best.credits_earned), "missing": headline(answer, best)}
    if best.complete:
        return "ok", _("%(path)s的课程齐了，%(credits)s。") % words
    return "", _("%(path)s：%(missing)s，%(credits)s。") % words
