"""The page of a member of staff, and what a head may do there: give a duty, start a sign-in anew, let somebody leave."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from audit.reads import reads_nothing
from audit.workflow import NotNow, Refused
from config.appointing import duties, joining, moves, rules
from config.appointing.places import office_of, visible_to
from config.people.forms import GiveForm, LeaveForm, OnceForm
from config.people.lists import APPOINT
from config.people.once import fresh, is_first
from config.people.showing import history_of, row_of
from config.wording import written_date
from records.offices.models import Office
from records.people.models import Appointment, User
from records.people.requests import SignedRequest


def person_or_404(request: SignedRequest, pk: int) -> User:
    """The person: missing outside the own office (the municipal office sees all), forbidden for who is no head."""
    found = get_object_or_404(visible_to(request.user), pk=pk)
    if not request.user.has_perm(APPOINT):
        raise PermissionDenied(APPOINT)
    return found


@reads_nothing
@require_safe
def person(request: SignedRequest, pk: int) -> HttpResponse:
    """What somebody holds, held and is to hold, and what the head may do about it."""
    return person_page(request, person_or_404(request, pk))


def person_page(
    request: SignedRequest,
    found: User,
    *,
    give: GiveForm | None = None,
    leave: LeaveForm | None = None,
    reset: OnceForm | None = None,
) -> HttpResponse:
    """The page, with a form that could not be accepted."""
    today, place = timezone.localdate(), office_of(found)
    appointments = found.appointments.select_related("person", "role", "office", "deputy_for", "given_by", "taken_by")
    rows = [row_of(each, request.user, today) for each in appointments.order_by("-starts_on", "-pk")]
    context = {
        "person": found,
        "office": place,
        "line": _("%(office)s · 登录名%(login)s")
        % {"office": place.title if place else _("已离开机构"), "login": found.username},
        "facts": _facts(found),
        "now": [row for row in rows if row.part == "now"],
        "coming": [row for row in rows if row.part == "coming"],
        "past": [row for row in rows if row.part == "past"],
        "events": history_of(found),
        "crumbs": crumbs_of(request, found, place),
    } | _actions(request.user, found, place, give, leave, reset)
    return render(request, "config/people/person.html", context, status=422 if give or leave or reset else 200)


def _facts(found: User) -> list[tuple[str, str]]:
    return [
        (_("账户"), _("在用") if found.is_active else _("已停用")),
        (_("密码"), _("初始密码，登录后必须更换") if found.password_is_initial else _("本人已设")),
        (_("第二因素"), _("已设置") if found.second_factors.exists() else _("未设置")),
        (_("加入日期"), written_date(found.date_joined)),
    ]


def crumbs_of(request: SignedRequest, found: User, place: Office | None) -> list[tuple[str, str]]:
    """The way to the person: through the own list, or through the list of the other office."""
    crumbs = [(_("人员与职责"), reverse("people:list"))]
    if place is not None and place != office_of(request.user):
        crumbs += [(_("主考院校与区"), reverse("people:offices")), (str(place), reverse("people:office", args=[place.pk]))]
    return [*crumbs, (str(found), "")]


def _actions(
    by: User, found: User, place: Office | None, give: GiveForm | None, leave: LeaveForm | None, reset: OnceForm | None
) -> dict[str, Any]:
    """The buttons of this person now, and why there is none."""
    if place is None:
        return {"actions": [], "barred": [_("已离开机构。再来任职的，在“添加人员”里填原来的登录名和姓名。")]}
    form = give or GiveForm(by=by, person=found, office=place, prefix="give")
    actions = [_giving(found, form)] if form.choices and found.is_active else []
    if not rules.barred_from_account(by, found, form.today) and found.is_active:
        actions.append(_resetting(found, reset or OnceForm(initial={"once": fresh()}, prefix="reset")))
    why = rules.barred_from_letting_go(by, found, form.today)
    if not why:
        actions.append(_leaving(found, place, leave or LeaveForm(prefix="leave"), form.today))
    return {"actions": actions, "barred": [] if actions else [str(problem.message) for problem in why]}


def _giving(found: User, form: GiveForm) -> dict[str, Any]:
    return {
        "name": "give",
        "label": _("给予职责"),
        "url": reverse("people:give", args=[found.pk]),
        "tone": "primary",
        "form": form,
        "confirm": _("给予"),
        "then": _("自起始日零时起生效，本人下一次打开页面即有权限。"),
    }


def _resetting(found: User, form: OnceForm) -> dict[str, Any]:
    return {
        "name": "reset",
        "label": _("重设登录"),
        "url": reverse("people:reset", args=[found.pk]),
        "form": form,
        "confirm": _("重设，显示初始密码"),
        "then": _("密码、第二因素、恢复码全部作废，已登录的全部退出；新的初始密码只显示一次，请当面交给本人。"),
    }


def _leaving(found: User, place: Office, form: LeaveForm, today: Any) -> dict[str, Any]:
    standing = Appointment.objects.filter(person=found).not_over(today).order_by("role__name")
    titles = "、".join(duties.title_of(code) for code in standing.values_list("role__name", flat=True))
    words = {"duties": titles or _("（没有职责）"), "office": place}
    return {
        "name": "leave",
        "label": _("离开机构"),
        "url": reverse("people:leave", args=[found.pk]),
        "tone": "outline-danger",
        "form": form,
        "confirm": _("确认离开机构"),
        "then": _("立即停止：%(duties)s；不再代表%(office)s，账户停用，已登录的退出。经历和留痕保留。") % words,
    }


@reads_nothing
@require_POST
def give(request: SignedRequest, pk: int) -> HttpResponse:
    """Give a duty, or show the page again with everything that is wrong."""
    found = person_or_404(request, pk)
    place = office_of(found)
    if place is None:
        return redirect("people:person", pk)
    form = GiveForm(request.POST, by=request.user, person=found, office=place, prefix="give")
    if not form.is_valid():
        return person_page(request, found, give=form)
    filled = form.cleaned_data
    try:
        given = moves.give(
            form.given(), by=request.user, starts_on=filled["starts_on"], ends_on=filled["ends_on"], note=filled["note"]
        )
    except Refused as refused:
        form.show(refused)
        return person_page(request, found, give=form)
    words = {"person": found, "duty": duties.title_of(given.role.name), "term": duties.term_in_words(given)}
    messages.success(request, _("%(person)s任%(duty)s，%(term)s。") % words)
    return redirect("people:person", pk)


@reads_nothing
@never_cache
@require_POST
def reset(request: SignedRequest, pk: int) -> HttpResponse:
    """Start the person's sign-in anew and show the initial password, this once."""
    found = person_or_404(request, pk)
    form = OnceForm(request.POST, prefix="reset")
    if not form.is_valid():
        return person_page(request, found, reset=form)
    if not is_first(request.user, form.cleaned_data["once"]):
        return already_sent(request, found)
    try:
        password = joining.reset(found, by=request.user)
    except Refused as refused:
        form.show(refused)
        return person_page(request, found, reset=form)
    return slip(request, found, password)


def already_sent(request: SignedRequest, found: User) -> HttpResponse:
    """The second sending of a form that was to be sent once."""
    messages.info(request, _("刚才已经办好，没有再办一次。没有看到初始密码的，请重设登录。"))
    return redirect("people:person", found.pk)


def slip(request: SignedRequest, found: User, password: str) -> HttpResponse:
    """The paper that the person gets: shown once, kept nowhere, in no address and no store of the browser."""
    place = office_of(found)
    context = {
        "person": found,
        "password": password,
        "facts": [(_("姓名"), found.full_name), (_("机构"), place.title if place else ""), (_("登录名"), found.username)],
        "crumbs": [
            (_("人员与职责"), reverse("people:list")),
            (str(found), reverse("people:person", args=[found.pk])),
            (_("登录单"), ""),
        ],
    }
    return render(request, "config/people/slip.html", context)


@reads_nothing
@require_POST
def leave(request: SignedRequest, pk: int) -> HttpResponse:
    """The person leaves the office; the box that names what ends must be ticked."""
    found = person_or_404(request, pk)
    form = LeaveForm(request.POST, prefix="leave")
    if not form.is_valid():
        return person_page(request, found, leave=form)
    try:
        joining.leave(found, by=request.user, note=form.cleaned_data["note"])
    except NotNow as moved_on:
        messages.info(request, str(moved_on.problems[0].message))
    else:
        messages.success(request, _("%(person)s已离开机构，职责和登录已停止。") % {"person": found})
    return redirect("people:person", pk)
