"""What the frame of every page shows: the staff spine or the candidate's navigation, the office and the duties of the person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from config.roles import titles_of
from records.offices.models import Office


@dataclass(frozen=True)
class Place:
    """A line of the spine: where it leads, and the permissions of which one is enough (none: every member of staff)."""

    label: Any
    icon: str
    name: str
    permissions: tuple[str, ...] = ()


SPINE: tuple[tuple[Any, tuple[Place, ...]], ...] = (
    (
        "",
        (
            Place(_("工作台"), "tray", "desk"),
            Place(_("查考生"), "search", "candidates:list", ("records.read_record",)),
        ),
    ),
    (
        _("办理"),
        (
            Place(_("免考"), "waive", "exemptions:list", ("exemptions.review_exemption", "exemptions.decide_exemption")),
            Place(_("毕业"), "scroll", "graduation:list", ("graduation.check_graduation", "graduation.approve_graduation")),
        ),
    ),
    (
        _("成绩与统计"),
        (
            Place(_("成绩批次"), "up", "scores:batches", ("scores.import_scores", "scores.publish_scores")),
            Place(_("统计"), "chart", "scores:statistics", ("scores.read_statistics",)),
            Place(_("毕业审核"), "tree", "graduation:cohorts", ("graduation.audit_cohort",)),
        ),
    ),
)


@dataclass(frozen=True)
class Entry:
    """A line of the spine as the page draws it."""

    label: Any
    icon: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class Group:
    """A titled part of the spine."""

    title: Any
    entries: list[Entry] = field(default_factory=list)


def frame(request: HttpRequest) -> dict[str, Any]:
    """``spine``, ``office_name`` and ``duty_name`` for staff, ``is_candidate`` for a candidate; nothing for a visitor."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    if user.candidate_id:
        return {"is_candidate": True}
    offices = Office.objects.filter(pk__in=user.reach.office_ids).order_by("kind", "code")
    return {
        "spine": _spine(request, user),
        "office_name": "、".join(str(office) for office in offices),
        "duty_name": "、".join(titles_of(user)),
    }


def _spine(request: HttpRequest, user: Any) -> list[Group]:
    """The parts of the spine that hold anything for this person."""
    groups = [Group(title, _entries(request, user, places)) for title, places in SPINE]
    return [group for group in groups if group.entries]


def _entries(request: HttpRequest, user: Any, places: tuple[Place, ...]) -> list[Entry]:
    """The lines that this person may follow; the one that leads here is marked."""
    entries = []
    for place in places:
        if place.permissions and not any(user.has_perm(permission) for permission in place.permissions):
            continue
        try:
            url = reverse(place.name)
        except NoReverseMatch:
            continue
        entries.append(Entry(place.label, place.icon, url, request.path.startswith(url)))
    return entries
