"""The people of an office with their duties, the other offices with their heads, and what each duty may do."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.reads import reads_nothing
from config.appointing.duties import heads_of, is_municipal_head
from config.appointing.places import former_staff_of, office_of, staff_of
from config.people.forms import AddHeadForm, HeadForm, PeopleFilter
from config.people.once import fresh
from config.people.showing import PARTS, permits, row_of, tags_of
from config.roles import HEADS, ROLES
from records.offices.models import Office
from records.people.models import Appointment, User
from records.people.requests import SignedRequest

APPOINT = "records.appoint_people"
PAGE = 50
FORMER = 100


def own_office(request: SignedRequest) -> Office:
    """The office of the person who asks; 404 for candidates."""
    office = office_of(request.user)
    if office is None:
        raise Http404
    return office


@reads_nothing
@permission_required(APPOINT, raise_exception=True)
@require_safe
def people_list(request: SignedRequest) -> HttpResponse:
    """The people of the own office with what they hold and are to hold; who has left or is deactivated stands folded below."""
    office, today = own_office(request), timezone.localdate()
    form = PeopleFilter(request.GET, office=office)
    people = _narrowed(staff_of(office).filter(is_active=True), form, office, today)
    shown, pages = _page(request, people)
    former = (former_staff_of(office) | staff_of(office).filter(is_active=False)).order_by("full_name", "pk")
    return render(
        request,
        "config/people/list.html",
        {
            "office": office,
            "form": form,
            "rows": [{"person": each, "tags": tags_of(each, office, today)} for each in shown],
            "pages": pages,
            "former": former[:FORMER],
            "tabs": tabs(request, office, "people"),
            "filters_reset": reverse("people:list") if request.GET else "",
        },
    )


def _narrowed(people: QuerySet[User], form: PeopleFilter, office: Office, today: dt.date) -> QuerySet[User]:
    if not form.is_valid():
        return people.none() if form.is_refused else people
    q, duty = form.cleaned_data["q"], form.cleaned_data["duty"]
    if q:
        people = people.filter(Q(full_name__icontains=q) | Q(username__icontains=q))
    held = Appointment.objects.filter(office=office).not_over(today)
    if duty == "none":
        return people.exclude(pk__in=held.values("person"))
    return people.filter(pk__in=held.filter(role__name=duty).values("person")) if duty else people


def _page(request: SignedRequest, people: QuerySet[User]) -> tuple[list[User], dict[str, Any]]:
    """One page by key, in the order in which people came."""
    after = request.GET.get("after", "")
    key = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    found = list(people.filter(pk__gt=key).order_by("pk").prefetch_related(*PARTS)[: PAGE + 1])
    query = request.GET.copy()
    query.pop("after", None)
    first = f"?{query.urlencode()}" if key else ""
    query["after"] = str(found[PAGE - 1].pk) if len(found) > PAGE else ""
    following = f"?{query.urlencode()}" if len(found) > PAGE else ""
    shown = found[:PAGE]
    return shown, {"shown": len(shown), "unit": _("人"), "previous_url": first, "next_url": following}


def tabs(request: SignedRequest, office: Office, current: str) -> list[dict[str, Any]]:
    """The municipal office's strip above its lists: the own people, the other offices, those without a head."""
    if not request.user.reach.municipal:
        return []
    others, url = other_offices(), reverse("people:offices")
    missing = others.exclude(pk__in=_heads(timezone.localdate()).values("office")).count()
    return [
        {
            "label": _("本机构人员"),
            "value": _("%(count)s人") % {"count": staff_of(office).filter(is_active=True).count()},
            "url": reverse("people:list"),
            "current": current == "people",
        },
        {
            "label": _("主考院校与区"),
            "value": _("%(count)s个") % {"count": others.count()},
            "url": url,
            "current": current == "offices",
        },
        {
            "label": _("没有负责人"),
            "value": _("%(count)s个") % {"count": missing},
            "url": f"{url}?missing=1",
            "current": current == "missing",
            "late": missing > 0,
        },
    ]


def other_offices() -> QuerySet[Office]:
    """The universities' and districts' offices, universities first."""
    return Office.objects.exclude(kind=Office.Kind.MUNICIPALITY).order_by("-kind", "code")


def _heads(today: dt.date) -> QuerySet[Appointment]:
    """The heads in force, in the own right."""
    return Appointment.objects.filter(role__name__in=HEADS.values(), deputy_for__isnull=True).in_force(today)


@reads_nothing
@permission_required(APPOINT, raise_exception=True)
@require_safe
def offices(request: SignedRequest) -> HttpResponse:
    """Every other office with its head and who stands in; for the municipal office."""
    if not request.user.reach.municipal:
        raise Http404
    today, missing = timezone.localdate(), request.GET.get("missing") == "1"
    found = other_offices()
    if missing:
        found = found.exclude(pk__in=_heads(today).values("office"))
    context = {
        "rows": _office_rows(found, today),
        "tabs": tabs(request, own_office(request), "missing" if missing else "offices"),
        "missing": missing,
    }
    return render(request, "config/people/offices.html", context)


def _office_rows(found: QuerySet[Office], today: dt.date) -> list[dict[str, Any]]:
    held: dict[int, list[Appointment]] = defaultdict(list)
    heads = Appointment.objects.filter(role__name__in=HEADS.values()).not_over(today).select_related("person", "deputy_for")
    for each in heads.order_by("starts_on", "pk"):
        held[each.office_id].append(each)
    return [_office_row(office, held[office.pk], today) for office in found]


def _office_row(office: Office, heads: list[Appointment], today: dt.date) -> dict[str, Any]:
    """The head of today, who stands in today, and who is to come."""
    here = [each for each in heads if each.starts_on <= today]
    return {
        "office": office,
        "heads": [each for each in here if each.deputy_for_id is None],
        "deputies": [each for each in here if each.deputy_for_id is not None],
        "coming": [each for each in heads if each.starts_on > today and each.deputy_for_id is None],
    }


@reads_nothing
@require_safe
def office(request: SignedRequest, pk: int) -> HttpResponse:
    """One other office: its heads so far and to come, and the forms that appoint one."""
    return office_page(request, office_or_404(request, pk))


def office_or_404(request: SignedRequest, pk: int) -> Office:
    """The office: missing for whom it does not concern, forbidden for who has other duties in the municipal office."""
    if not request.user.reach.municipal:
        raise Http404
    found = get_object_or_404(other_offices(), pk=pk)
    if not request.user.has_perm(APPOINT):
        raise PermissionDenied(APPOINT)
    return found


def office_page(
    request: SignedRequest, place: Office, *, choose: HeadForm | None = None, add: AddHeadForm | None = None
) -> HttpResponse:
    """The page of another office, with a form that could not be accepted."""
    today = timezone.localdate()
    heads = heads_of(place).select_related("person", "role", "office", "deputy_for", "given_by", "taken_by")
    may = is_municipal_head(request.user, today)
    choosing = choose or HeadForm(office=place, prefix="choose")
    adding = add or AddHeadForm(prefix="add", initial={"once": fresh()})
    context = {
        "office": place,
        "rows": [row_of(each, request.user, today) for each in heads.order_by("-starts_on", "-pk")],
        "is_headless": not heads.filter(deputy_for__isnull=True).in_force(today).exists(),
        "actions": _head_actions(place, choosing, adding) if may else [],
        "barred": [] if may else [_("负责人由市自考办负责人本人任免。")],
        "crumbs": [(_("人员与职责"), reverse("people:list")), (_("主考院校与区"), reverse("people:offices")), (str(place), "")],
    }
    return render(request, "config/people/office.html", context, status=422 if choose or add else 200)


def _head_actions(place: Office, choose: HeadForm, add: AddHeadForm) -> list[dict[str, Any]]:
    return [
        {
            "name": "choose",
            "label": _("从本机构人员中任命负责人"),
            "url": reverse("people:head", args=[place.pk]),
            "tone": "primary",
            "form": choose,
            "confirm": _("任命"),
            "then": _("已有负责人的，先收回其职责或写明最后一天。"),
        },
        {
            "name": "add",
            "label": _("添加新人并任命为负责人"),
            "url": reverse("people:add-head", args=[place.pk]),
            "form": add,
            "confirm": _("添加并任命"),
            "then": _("生成登录名和初始密码，初始密码只显示一次。"),
        },
    ]


@reads_nothing
@require_safe
def duties(request: SignedRequest) -> HttpResponse:
    """What each duty of the own tier may do, and who has it in the own office."""
    place, today = own_office(request), timezone.localdate()
    held: dict[str, list[str]] = defaultdict(list)
    appointments = Appointment.objects.filter(office=place).in_force(today).select_related("person", "role", "deputy_for")
    for each in appointments.order_by("person__full_name", "pk"):
        held[each.role.name].append(_holder(each))
    rows = [
        {"code": role.code, "title": role.title, "permits": permits(role.code), "holders": held[role.code]}
        for role in ROLES.values()
        if role.tier == place.kind
    ]
    context = {"office": place, "rows": rows, "may_appoint": request.user.has_perm(APPOINT)}
    return render(request, "config/people/duties.html", context)


def _holder(appointment: Appointment) -> str:
    """王某, 李某（代理王某）."""
    if appointment.deputy_for is None:
        return str(appointment.person)
    return _("%(person)s（代理%(holder)s）") % {"person": appointment.person, "holder": appointment.deputy_for}
