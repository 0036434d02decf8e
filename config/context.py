"""What the frame of every page shows: the staff spine or the candidate's navigation, the office and the duties of the person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
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
        _("档案"),
        (Place(_("纸质档案"), "file", "archive:list", ("records.read_record", "records.keep_paper_file")),),
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
    """The parts of the spine that hold anything for this person; the line that leads nearest to this page is marked."""
    permitted = [(title, [place for place in places if _is_open(place, user)]) for title, places in SPINE]
    urls = [reverse(place.name) for _title, places in permitted for place in places]
    here = max((url for url in urls if request.path.startswith(url)), key=len, default="")
    return [
        Group(title, [Entry(place.label, place.icon, reverse(place.name), reverse(place.name) == here) for place in places])
        for title, places in permitted
        if places
    ]


def _is_open(place: Place, user: Any) -> bool:
    return not place.permissions or any(user.has_perm(permission) for permission in place.permissions)
