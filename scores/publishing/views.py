"""A publication: whom it concerns, what must be explained, and the two people who take it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from audit.models import Event
from audit.reads import reads_nothing
from audit.workflow import Refused
from records.jobs.models import Job
from records.jobs.views import progress_of
from records.people.models import User
from records.people.requests import SignedRequest
from scores.models import Publication, Sitting
from scores.publishing.publication import prepare, publish, resume, withdraw

PUBLISH = "scores.publish_scores"
IMPORT = "scores.import_scores"
VERBS = {
    "prepare": gettext_lazy("提出公布"),
    "withdraw": gettext_lazy("退回，不公布"),
    "publish": gettext_lazy("确认公布"),
    "enter-credits": gettext_lazy("记入学分，刷新统计"),
}


def visible_or_404(request: SignedRequest, pk: int) -> Publication:
    """The publication, if this person may know of it."""
    publications = Publication.objects.visible_to(request.user)
    return get_object_or_404(publications.select_related("sitting", "job", "prepared_by", "confirmed_by"), pk=pk)


@reads_nothing
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """The figures before it goes out, or how far the work after it is."""
    publication = visible_or_404(request, pk)
    if not (request.user.has_perm(PUBLISH) or request.user.has_perm(IMPORT)):
        raise PermissionDenied(PUBLISH)
    return page(request, publication)


@reads_nothing
@require_POST
def step(request: SignedRequest, pk: int, name: str) -> HttpResponse:
    """Take one of the steps, or show the page again with everything that forbids it."""
    publication, note = visible_or_404(request, pk), request.POST.get("note", "")
    if not request.user.has_perm(PUBLISH):
        raise PermissionDenied(PUBLISH)
    try:
        _take(name, publication, request.user, note)
    except Refused as refused:
        return page(request, visible_or_404(request, pk), problems=refused.problems, note=note, status=409)
    return redirect("scores:publication", pk)


def _take(name: str, publication: Publication, user: User, note: str) -> None:
    if name == "prepare":
        prepare(publication, by=user, note=note)
    elif name == "withdraw":
        withdraw(publication, by=user, note=note)
    elif name == "publish":
        publish(publication, by=user)
    elif name == "resume":
        resume(publication, by=user)
    else:
        raise Http404(name)


def page(
    request: SignedRequest, publication: Publication, *, problems: Any = (), note: str = "", status: int = 200
) -> HttpResponse:
    """The page, with what forbade the last step and what was typed for it."""
    preview = publication.preview
    actions, barred = _actions(request.user, publication, note) if request.user.has_perm(PUBLISH) else ([], [])
    context = {
        "publication": publication,
        "preview": preview,
        "last": Sitting(name=preview["last"]) if preview.get("last") else "",
        "universities": [_pointed(line) for line in preview.get("universities", [])],
        "preview_at": dt.datetime.fromisoformat(preview["at"]) if "at" in preview else None,
        "counts": _counts(preview),
        "noteworthy": [line for line in preview.get("universities", []) if line["is_noteworthy"]],
        "state": _state(publication),
        "steps": _steps(publication),
        "actions": actions,
        "barred": barred,
        "actions_title": _("公布要两个人"),
        "events": _events(publication),
        "job": progress_of(publication.job, link=True) if publication.job and not publication.credits_entered_at else None,
        "problems": problems,
        "crumbs": [(_("成绩批次"), reverse("scores:batches")), (str(publication), "")],
    }
    return render(request, "scores/publication.html", context, status=status)


def _pointed(line: dict[str, Any]) -> dict[str, Any]:
    """A university's line with its difference in percentage points."""
    return {**line, "points": None if line["difference"] is None else round(line["difference"] * 100, 1)}


def _state(publication: Publication) -> str:
    if publication.published_at:
        return _("已公布")
    return _("待第二人确认") if publication.prepared_at else _("未公布")


def _steps(publication: Publication) -> list[dict[str, str]]:
    names = [_("上传"), _("校验"), _("预览"), _("确认入库"), _("公布")]
    last = "done" if publication.published_at else "here"
    return [{"title": name, "place": "done" if name != names[-1] else last} for name in names]


def _counts(preview: dict[str, Any]) -> list[dict[str, Any]]:
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


def _actions(user: User, publication: Publication, note: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The buttons that this person may press now, and why another is barred."""
    if publication.published_at:
        return _after(publication), []
    if not publication.prepared_at:
        return [_prepare(publication, note)], []
    send_back = {
        "name": "withdraw",
        "label": _("退回，不公布"),
        "url": _url(publication, "withdraw"),
        "tone": "outline-danger",
        "asks": "note",
        "note": note,
        "then": _("要写明理由。成绩留在库里，可以再次提出。"),
    }
    if publication.prepared_by_id == user.pk:
        return [send_back], [_("公布由您提出，须由另一人确认。")]
    then = _("%(candidates)s 人随即可以查到成绩；随后记入学分、建立 %(opened)s 份新考籍、刷新统计。") % {
        key: f"{publication.preview.get(key, 0):,}" for key in ("candidates", "opened")
    }
    confirm = {
        "name": "publish",
        "label": _("确认公布"),
        "url": _url(publication, "publish"),
        "tone": "primary",
        "asks": "confirm",
    }
    return [{**confirm, "confirm": _("现在公布"), "then": then}, send_back], []


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


def _after(publication: Publication) -> list[dict[str, Any]]:
    if publication.credits_entered_at or publication.job is None or publication.job.state != Job.State.FAILED:
        return []
    then = _("从中断的地方接着记入，已记入的不会重复。")
    return [{"name": "resume", "label": _("继续记入学分"), "url": _url(publication, "resume"), "tone": "primary", "then": then}]


def _url(publication: Publication, name: str) -> str:
    return reverse("scores:publication-step", args=[publication.pk, name])


def _events(publication: Publication) -> list[dict[str, Any]]:
    """The steps of both people, the newest first, as the page lists them."""
    events = list(Event.objects.about(publication).steps().select_related("actor").order_by("-pk")[:50])
    done = [
        {"title": VERBS.get(event.verb, event.verb), "who": str(event.actor or _("系统")), "at": event.at, "note": event.note}
        for event in events
    ]
    if publication.prepared_at and not publication.published_at:
        return [{"title": _("确认公布"), "who": _("等另一人"), "is_now": True}, *done]
    return done
