"""What the frame of every page shows: the staff spine or the candidate's navigation, the office and the duties of the person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config.roles import titles_of
from records.access.workflow import LEAVE
from records.messages.views.inbox import unread_of
from records.offices.models import Office
from records.photos.taking import waiting_for


@dataclass(frozen=True)
class Place:
    """A line of the spine: where it leads, and the permissions of which one is enough (none: every member of staff).

    ``waiting`` counts what waits there for the person; nought is not shown.
    """

    label: Any
    icon: str
    name: str
    permissions: tuple[str, ...] = ()
    waiting: Callable[[Any], int] | None = None


def _leave_waiting(user: Any) -> int:
    """How many requests and urgent looks wait for a head: on every page, so that an urgent look is seen at once."""
    return LEAVE.waiting_for(user).count() if LEAVE.is_a_duty_of(user) else 0


def _photos_waiting(user: Any) -> int:
    """How many photos wait for a look by the person's university."""
    return waiting_for(user).count()


SEES_BATCHES = ("records.register_candidate", "records.decide_merger", "records.receive_archive_report")

CORRECTION_DUTIES = (
    "records.check_correction",
    "records.verify_correction",
    "records.approve_correction",
    "records.carry_out_correction",
)

SPINE: tuple[tuple[Any, tuple[Place, ...]], ...] = (
    (
        "",
        (
            Place(_("工作台"), "tray", "desk"),
            Place(_("查考生"), "search", "candidates:list", ("records.read_record",)),
            Place(_("柜台查询"), "eye", "counter:lookup", ("records.look_up_at_counter",)),
            Place(_("查阅申请"), "eye", "access:list", waiting=_leave_waiting),
        ),
    ),
    (
        _("办理"),
        (
            Place(_("免考"), "waive", "exemptions:list", ("exemptions.review_exemption", "exemptions.decide_exemption")),
            Place(_("登记考生"), "user", "registration:new", ("records.register_candidate",)),
            Place(_("考生批次"), "up", "registration:batches", SEES_BATCHES),
            Place(_("疑似重复"), "eye", "registration:duplicates", SEES_BATCHES),
            Place(_("照片"), "user", "photos:list", ("records.register_candidate",), waiting=_photos_waiting),
            Place(_("准考证"), "print", "tickets:batch-new", ("records.register_candidate",)),
            Place(_("生僻字"), "book", "rare-names:list", ("records.register_candidate",)),
            Place(_("考籍更改"), "draft", "corrections:list", CORRECTION_DUTIES),
            Place(_("考籍合并"), "user", "merging:list", ("records.register_candidate", "records.decide_merger")),
            Place(_("更改事项"), "list", "corrections:kind-list", ("records.edit_correction_kinds",)),
            Place(_("证明"), "seal", "certificates:list", ("records.issue_certificate", "records.revoke_certificate")),
            Place(_("消息"), "up", "messages:list", ("records.prepare_messages", "records.release_messages")),
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
            Place(_("考次"), "cal", "sittings:list", ("scores.import_registrations", "records.register_candidate")),
            Place(_("成绩批次"), "up", "scores:batches", ("scores.import_scores", "scores.publish_scores")),
            Place(_("双人录入"), "draft", "keying:list", ("scores.import_scores",)),
            Place(_("成绩复核"), "eye", "reviews:list", ("scores.check_review", "scores.decide_review")),
            Place(_("统计"), "chart", "scores:statistics", ("scores.read_statistics",)),
            Place(_("毕业审核"), "tree", "graduation:cohorts", ("graduation.audit_cohort",)),
            Place(_("成绩保存"), "lock", "snapshots:list", ("scores.keep_snapshots",)),
        ),
    ),
    (
        _("机构"),
        (
            Place(_("人员与职责"), "user", "people:list", ("records.appoint_people",)),
            Place(_("职责一览"), "book", "people:duties"),
            Place(_("节假日安排"), "clock", "working-days:list", ("records.edit_working_days",)),
            Place(_("自助终端"), "home", "kiosks:list", ("records.manage_kiosks",)),
        ),
    ),
    (
        _("监督"),
        (
            Place(_("异常查阅"), "warn", "reading:list", ("records.review_reading",)),
            Place(_("今天的柜台查询"), "desk", "counter:today", ("records.review_reading",)),
            Place(_("留痕"), "list", "trail:list", ("audit.read_trail",)),
            Place(_("封存"), "seal", "trail:seals", ("audit.read_trail",)),
            Place(_("日报"), "book", "daily:list", ("audit.view_dailyreport",)),
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
    """``spine``, ``office_name``, ``duty_name`` for staff, ``is_candidate`` for a candidate; nothing for a visitor.

    ``may_search`` says whether the bar on top looks for candidates; ``trail_url`` is where the trail is searched, up to the
    conditions, empty for who may not.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    if user.candidate_id:
        return {"is_candidate": True, "unread_messages": unread_of(user)}
    offices = Office.objects.filter(pk__in=user.reach.office_ids).order_by("kind", "code")
    return {
        "spine": _spine(request, user),
        "office_name": "、".join(str(office) for office in offices),
        "duty_name": "、".join(titles_of(user)),
        "may_search": user.has_perm("records.read_record"),
        "trail_url": f"{reverse('trail:list')}?" if user.has_perm("audit.read_trail") else "",
    }


def _spine(request: HttpRequest, user: Any) -> list[Group]:
    """The parts of the spine that hold anything for this person; the line that leads nearest to this page is marked."""
    permitted = [(title, [place for place in places if _is_open(place, user)]) for title, places in SPINE]
    urls = [reverse(place.name) for _title, places in permitted for place in places]
    here = max((url for url in urls if request.path.startswith(url)), key=len, default="")
    return [Group(title, [_entry(place, user, here) for place in places]) for title, places in permitted if places]


def _entry(place: Place, user: Any, here: str) -> Entry:
    url = reverse(place.name)
    count = place.waiting(user) if place.waiting else 0
    return Entry(place.label, place.icon, url, url == here, count or None)


def _is_open(place: Place, user: Any) -> bool:
    return not place.permissions or any(user.has_perm(permission) for permission in place.permissions)
