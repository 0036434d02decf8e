"""Adding people: to the own office, and as head of another; the slip with the initial password is shown once."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from audit.reads import reads_nothing
from audit.workflow import Refused
from config.appointing import joining, moves
from config.appointing.duties import Duty
from config.people.forms import AddForm, AddHeadForm, HeadForm
from config.people.lists import APPOINT, office_or_404, office_page, own_office
from config.people.once import fresh, is_first
from config.people.person import slip
from config.roles import HEADS
from records.people.requests import SignedRequest


@reads_nothing
@never_cache
@permission_required(APPOINT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def add(request: SignedRequest) -> HttpResponse:
    """A new member of the own office: the form, then the slip."""
    place = own_office(request)
    form = AddForm(request.POST or None, initial={"once": fresh()})
    if form.is_valid():
        if not is_first(request.user, form.cleaned_data["once"]):
            return _sent_before(request)
        try:
            found, password = joining.add_person(form.cleaned_data["username"], form.cleaned_data["full_name"], by=request.user)
        except Refused as refused:
            _again(form, refused)
        else:
            return slip(request, found, password)
    context = {
        "form": form,
        "office": place,
        "crumbs": [(_("人员与职责"), reverse("people:list")), (_("添加人员"), "")],
    }
    return render(request, "config/people/add.html", context, status=422 if form.errors else 200)


def _sent_before(request: SignedRequest) -> HttpResponse:
    messages.info(request, _("刚才已经添加，没有再添加一次。没有看到初始密码的，打开这个人，重设登录。"))
    return redirect("people:list")


def _again(form: AddForm, refused: Refused) -> None:
    """Shown once more, with what is wrong and a token of its own."""
    form.show(refused)
    posted = form.data.copy()  # type: ignore[attr-defined]
    posted[form.add_prefix("once")] = fresh()
    form.data = posted


@reads_nothing
@never_cache
@require_POST
def add_head(request: SignedRequest, pk: int) -> HttpResponse:
    """A new person as head of another office: the slip, or the page again with everything that is wrong."""
    place = office_or_404(request, pk)
    form = AddHeadForm(request.POST, prefix="add")
    if not form.is_valid():
        return office_page(request, place, add=form)
    if not is_first(request.user, form.cleaned_data["once"]):
        return _sent_before(request)
    filled = form.cleaned_data
    try:
        found, password = joining.add_head(
            filled["username"], filled["full_name"], place, form.term(), by=request.user, note=filled["note"]
        )
    except Refused as refused:
        _again(form, refused)
        return office_page(request, place, add=form)
    return slip(request, found, password)


@reads_nothing
@require_POST
def head(request: SignedRequest, pk: int) -> HttpResponse:
    """Somebody of another office becomes its head."""
    place = office_or_404(request, pk)
    form = HeadForm(request.POST, office=place, prefix="choose")
    if not form.is_valid():
        return office_page(request, place, choose=form)
    duty, term = Duty(form.cleaned_data["person"], HEADS[place.kind], place), form.term()
    try:
        moves.give(duty, by=request.user, starts_on=term.starts_on, ends_on=term.ends_on, note=form.cleaned_data["note"])
    except Refused as refused:
        form.show(refused)
        return office_page(request, place, choose=form)
    messages.success(request, _("%(person)s任%(office)s负责人。") % {"person": duty.person, "office": place})
    return redirect("people:office", pk)
