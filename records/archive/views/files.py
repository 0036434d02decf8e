"""One paper file: where it lies, what is in it, what happened to it, and what its keeper may do."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.pages import Action
from audit.reads import reads
from audit.trail import record_read
from audit.workflow import Problem, Refused
from records.archive import filing, keeping
from records.archive.forms import MoveForm, OpenForm, PagesForm, PaperForm
from records.archive.history import history_of
from records.archive.models import PaperFile, PaperItem
from records.archive.printing import contents_of, latest, pages_in
from records.archive.views.reaching import context_of, file_or_404, paper_or_404, purpose, require_looker
from records.candidates.models import Candidate
from records.people.requests import SignedRequest


@reads("paper-file")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    return _page(request, file_or_404(request, pk))


@reads("paper-file")
@require_POST
def move(request: SignedRequest, pk: int) -> HttpResponse:
    """Put the file in another place, or show its page again with what forbids it."""
    file = file_or_404(request, pk)
    keeping.require_keeper(request.user, file.university_id)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _page(request, file, move_form=form, status=422)
    try:
        keeping.move(file, form.cleaned_data["place"], by=request.user)
    except Refused as refusal:
        return _page(request, file, problems=refusal.problems, status=409)
    messages.success(request, _("已移到%(place)s。") % {"place": form.cleaned_data["place"]})
    return redirect("archive:detail", pk)


@reads("paper-file")
@require_POST
def add_paper(request: SignedRequest, pk: int) -> HttpResponse:
    """Put a paper into the file, or show its page again with what forbids it."""
    file = file_or_404(request, pk)
    keeping.require_keeper(request.user, file.university_id)
    form = PaperForm(request.POST)
    if not form.is_valid():
        return _page(request, file, paper_form=form, status=422)
    try:
        keeping.add_paper(file, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return _page(request, file, problems=refusal.problems, status=409)
    messages.success(request, _("已归入“%(title)s”。") % {"title": form.cleaned_data["title"]})
    return redirect("archive:detail", pk)


def _page(
    request: SignedRequest,
    file: PaperFile,
    *,
    move_form: MoveForm | None = None,
    paper_form: PaperForm | None = None,
    problems: list[Problem] | None = None,
    status: int = 200,
) -> HttpResponse:
    record_read("paper-file", file.candidate, candidate_id=file.candidate_id, purpose=purpose())
    papers = list(file.items.select_related("filed_by").order_by("pk"))
    entries = contents_of(papers)
    is_mine = keeping.may_keep(request.user, file.university_id)
    context = context_of(
        request,
        file=file,
        who=_who(file),
        entries=entries,
        pages=pages_in(entries),
        latest=latest(entries),
        events=history_of(file, papers),
        problems=problems,
        crumbs=[(_("纸质档案"), reverse("archive:list")), (file.number, "")],
        actions=_actions(file, move_form, paper_form) if is_mine and not file.handed_to_id else [],
        barred=[] if is_mine and not file.handed_to_id else [_why_not(file)],
    )
    return render(request, "records/archive/detail.html", context, status=status)


def _who(file: PaperFile) -> dict[str, Any]:
    candidate = file.candidate
    state = _("移交途中") if file.handed_to_id else (_("在架") if file.is_placed else _("未上架"))
    facts = [
        (_("档案编号"), file.number),
        (_("考籍号"), candidate.record_number or _("尚未建立")),
        (_("准考证号"), candidate.ticket_number or _("未发放")),
    ]
    return {"label": _("考生"), "name": candidate.name, "state": state, "facts": facts}


def _actions(file: PaperFile, move_form: MoveForm | None, paper_form: PaperForm | None) -> list[Action]:
    """What the keeper may do with the file."""
    first = MoveForm(initial={"place": file.place} if file.is_placed else {})
    return [
        Action(
            "move",
            _("移动位置") if file.is_placed else _("上架"),
            reverse("archive:move", args=[file.pk]),
            "outline-primary" if file.is_placed else "primary",
            "",
            _("原来的位置记入变动历史。"),
            form=move_form or first,
            confirm=_("确定"),
        ),
        Action(
            "add",
            _("归入材料"),
            reverse("archive:add-paper", args=[file.pk]),
            "outline-primary",
            "",
            _("更改证明和更改记录单由更改申请自动列入，不必在这里添加。"),
            form=paper_form or PaperForm(),
            confirm=_("归入"),
        ),
    ]


def _why_not(file: PaperFile) -> str:
    if file.handed_to_id:
        return _("档案正在移交%(office)s，签收以前不能变动。") % {"office": file.handed_to}
    return _("变动由%(office)s的考生与考籍人员(U3)办理。") % {"office": file.university.title}


@reads("paper-file")
@require_http_methods(["GET", "POST"])
def open_one(request: SignedRequest, candidate: int) -> HttpResponse:
    """Open the file of one candidate; whoever has one is led to it."""
    found = get_object_or_404(Candidate.objects.visible_to(request.user).select_related("managing_university"), pk=candidate)
    require_looker(request)
    keeping.require_keeper(request.user, found.managing_university_id)
    standing = PaperFile.objects.filter(candidate=found).first()
    if standing is not None:
        return redirect("archive:detail", standing.pk)
    form = OpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            file = filing.open_file(found, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("number", " ".join(str(problem.message) for problem in refusal.problems))
        else:
            messages.success(request, _("已立卷，档案编号%(number)s。") % {"number": file.number})
            return redirect("archive:detail", file.pk)
    record_read("paper-file", found, candidate_id=found.pk, purpose=_("立卷"))
    crumbs = [(_("纸质档案"), reverse("archive:list")), (_("未立卷"), reverse("archive:missing")), (found.name, "")]
    context = context_of(request, form=form, candidate=found, crumbs=crumbs)
    return render(request, "records/archive/open.html", context, status=422 if form.errors else 200)


@reads("paper-file")
@require_safe
def paper(request: SignedRequest, pk: int) -> HttpResponse:
    return _paper_page(request, paper_or_404(request, pk))


@reads("paper-file")
@require_POST
def paper_step(request: SignedRequest, pk: int, name: str) -> HttpResponse:
    """Take the paper out, put it back, or say that it lies in the file now."""
    found = paper_or_404(request, pk)
    if name not in STEPS:
        raise Http404(name)
    keeping.require_keeper(request.user, found.file.university_id)
    try:
        done = STEPS[name](request, found)
    except Refused as refusal:
        return _paper_page(request, paper_or_404(request, pk), problems=refusal.problems, status=409)
    messages.success(request, done)
    return redirect("archive:owed" if request.POST.get("next") == "owed" else "archive:detail", *_back(request, found))


def _back(request: SignedRequest, paper: PaperItem) -> list[int]:
    return [] if request.POST.get("next") == "owed" else [paper.file_id]


def _confirm(request: SignedRequest, paper: PaperItem) -> str:
    form = PagesForm({"pages": request.POST.get("pages") or "1"})
    if not form.is_valid():
        raise Refused([Problem("archive.pages", _("页数应为1到9999的整数。"))])
    keeping.confirm_filed(paper, pages=form.cleaned_data["pages"], by=request.user)
    return _("已归档：%(title)s。") % {"title": paper.title}


def _take_out(request: SignedRequest, paper: PaperItem) -> str:
    keeping.take_out(paper, request.POST.get("note", "")[:200], by=request.user)
    return _("已取出：%(title)s。") % {"title": paper.title}


def _put_back(request: SignedRequest, paper: PaperItem) -> str:
    keeping.put_back(paper, by=request.user)
    return _("已放回：%(title)s。") % {"title": paper.title}


STEPS = {"confirm": _confirm, "take-out": _take_out, "put-back": _put_back}


def _paper_page(
    request: SignedRequest, paper: PaperItem, *, problems: list[Problem] | None = None, status: int = 200
) -> HttpResponse:
    record_read("paper-file", paper.file.candidate, candidate_id=paper.file.candidate_id, purpose=purpose())
    file = paper.file
    entry = next(each for each in contents_of(file.items.order_by("pk")) if each.paper.pk == paper.pk)
    is_mine = keeping.may_keep(request.user, file.university_id) and not file.handed_to_id
    above = [(_("纸质档案"), reverse("archive:list")), (file.number, reverse("archive:detail", args=[file.pk]))]
    context = context_of(
        request,
        paper=paper,
        entry=entry,
        crumbs=[*above, (paper.title, "")],
        problems=problems,
        facts=_facts(paper, entry.place),
        actions=[_action_on(paper)] if is_mine else [],
        barred=[] if is_mine else [_why_not(file)],
    )
    return render(request, "records/archive/paper.html", context, status=status)


def _facts(paper: PaperItem, place: int) -> list[tuple[Any, ...]]:
    facts: list[tuple[Any, ...]] = [
        (_("考生"), paper.file.candidate.name),
        (_("档案编号"), paper.file.number),
        (_("卷内序号"), place),
        (_("种类"), paper.get_kind_display()),
        (_("页数"), paper.pages),
        (_("归档日期"), paper.filed_on),
        (_("归档人") if paper.filed_on else _("列入人"), paper.filed_by),
    ]
    if paper.removed_on:
        facts += [(_("取出日期"), paper.removed_on), (_("取出原因"), paper.removed_because, True)]
    return facts


def _action_on(paper: PaperItem) -> Action:
    """What can be done with the paper as it lies."""
    if paper.filed_on is None:
        return Action(
            *("confirm", _("确认已归档"), _step_url(paper, "confirm"), "primary", ""),
            _("把材料放进档案袋以后再确认。"),
            form=PagesForm(initial={"pages": paper.pages}),
            confirm=_("已放入，确认归档"),
        )
    if paper.removed_on:
        return Action("put-back", _("放回卷内"), _step_url(paper, "put-back"), "primary", "", _("取出的记录保留在变动历史里。"))
    return Action(
        *("take-out", _("取出"), _step_url(paper, "take-out"), "outline-danger", "note"),
        _("目录里仍列出，标明已取出。"),
    )


def _step_url(paper: PaperItem, name: str) -> str:
    return reverse("archive:paper-step", args=[paper.pk, name])
