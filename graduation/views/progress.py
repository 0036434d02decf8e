"""毕业进度: where the signed-in candidate stands in a major, what if, and which majors are nearest. Nothing is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.reads import reads_nothing
from graduation import progress, wording
from graduation.auditing import Audit
from graduation.models import Diploma, GraduationApplication
from graduation.progress import Standing, Wanted
from graduation.tree import tree_of
from graduation.verdicts import PathVerdict
from graduation.workflow import ENDED, GRADUATION
from records.candidates.models import Candidate
from records.lookups import counting
from records.notices.models import Window
from records.offices.models import Office
from records.people.requests import SignedRequest

MOST_ASSUMED = 60


@reads_nothing
@require_safe
def progress_page(request: SignedRequest) -> HttpResponse:
    """The page of one's own progress, whole or in a supposed major or with courses taken as passed."""
    candidate = own_candidate(request)
    counting.count(counting.PROGRESS)
    wanted = _wanted(request)
    standing = progress.standing_of(candidate, wanted)
    context: dict[str, Any] = {
        "crumbs": [(_("个人空间"), reverse("space")), (_("毕业进度"), "")],
        "nearest": [_nearest(answer) for answer in standing.nearest],
        "majors": standing.majors,
        **_window(),
    }
    if standing.chosen is not None:
        context |= _of_chosen(standing, standing.chosen, wanted)
    return render(request, "graduation/progress.html", context)


def own_candidate(request: SignedRequest) -> Candidate:
    """The signed-in person's own record; 404 for whoever has none."""
    candidate: Candidate | None = request.user.candidate
    if candidate is None:
        raise Http404
    return candidate


def _window() -> dict[str, Any]:
    """The window that is open or comes next, with its days in words."""
    window = Window.objects.filter(kind=Window.Kind.GRADUATION).not_over(timezone.localdate()).first()
    if window is None:
        return {}
    words = {"first": wording.date(window.opens_on), "last": wording.date(window.closes_on)}
    return {"window": window, "window_span": _("%(first)s至%(last)s") % words}


def _wanted(request: SignedRequest) -> Wanted:
    query = request.GET
    assumed = frozenset(query.getlist("passed")[:MOST_ASSUMED])
    return Wanted(query.get("major", ""), query.get("plan", ""), query.get("path", ""), assumed)


def _address(wanted: Wanted) -> str:
    """The page's own address for what is wanted; empty parts are left out."""
    parts = [("major", wanted.major), ("plan", wanted.version), ("path", wanted.path)]
    return f"?{urlencode([part for part in parts if part[1]])}"


def _of_chosen(standing: Standing, chosen: Audit, wanted: Wanted) -> dict[str, Any]:
    """What the page shows of the chosen major."""
    path = progress.chosen_path(chosen, wanted.path)
    here = replace(wanted, major=chosen.major.code, assumed=frozenset())
    return {
        "answer": chosen,
        "line": _line(chosen),
        "is_own": chosen in standing.own or any(each.major == chosen.major for each in standing.own),
        "path": path,
        "lacking": progress.lacking_items(path),
        "ring_parts": progress.ring_parts(path),
        "headline": progress.headline(chosen, path),
        "subline": progress.subline(path),
        "paths": progress.paths_of(chosen, path, lambda name: _address(replace(here, path=name))),
        "tree": tree_of(chosen, path),
        "missing": progress.missing_courses(chosen, wanted.assumed),
        "supposition": progress.supposition(standing.supposed) if standing.supposed else None,
        "own_majors": _own_majors(standing, chosen),
        "versions": _versions(standing, chosen, here),
        **_way_on(chosen, path),
    }


def _line(answer: Audit) -> str:
    words = {
        "version": answer.plan.version,
        "university": Office.objects.get(pk=answer.host_id).name,
        "day": wording.date(answer.on),
    }
    return _("%(version)s版计划 · 主考院校 %(university)s · 计算于%(day)s") % words


def _own_majors(standing: Standing, chosen: Audit) -> list[dict[str, Any]]:
    """The majors of one's own to choose from, where there are several or another one is shown."""
    if len(standing.own) < 2 and any(each.major == chosen.major for each in standing.own):
        return []
    return [
        {
            "title": str(each.major),
            "text": progress.headline(each, each.verdict.best),
            "url": _address(Wanted(each.major.code)),
            "is_chosen": each.major == chosen.major,
        }
        for each in standing.own
    ]


def _versions(standing: Standing, chosen: Audit, here: Wanted) -> list[dict[str, Any]]:
    """The plan versions by which one may graduate, where there are several."""
    if len(standing.versions) < 2:
        return []
    return [
        {"title": _("%(version)s版") % {"version": plan.version}, "url": _address(replace(here, version=plan.version, path="")),
         "is_chosen": plan == chosen.plan}
        for plan in standing.versions
    ]  # fmt: skip


def _way_on(chosen: Audit, path: PathVerdict) -> dict[str, Any]:
    """The one thing to do next in this major: the application under way, the diploma, or the way to a new application."""
    cases = GraduationApplication.objects.filter(candidate=chosen.candidate, major=chosen.major)
    open_case = cases.exclude(status__in=ENDED).first()
    if open_case is not None:
        url = reverse("graduation:detail", args=[open_case.pk])
        return {"application_url": url, "application_state": GRADUATION.word_of(open_case.status)}
    diploma = Diploma.objects.filter(candidate=chosen.candidate, major=chosen.major, cancelled_at__isnull=True).first()
    if diploma is not None:
        return {"diploma": diploma}
    if not path.complete:
        return {}
    query = urlencode({"plan": chosen.plan.version})
    return {"apply_url": f"{reverse('graduation:fill', args=[chosen.major.code])}?{query}"}


def _nearest(answer: Audit) -> dict[str, Any]:
    verdict = answer.verdict
    return {
        "title": str(answer.major),
        "url": _address(Wanted(answer.major.code)),
        "earned": verdict.credits_earned,
        "needed": verdict.credits_required,
    }
