"""What a clerk does with a paper file: move it, put papers in and take them out, hand it over to another university (U3, K3).

Only who keeps the university's paper files may, and nothing is done to a file on its way to another university but receiving
it. Every function locks the file first; the database's triggers write the trail.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat, Substr
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import NotNow, Problem, Refused
from records.archive.filing import locked_serial, next_numbers
from records.archive.models import UNPLACED, PaperFile, PaperItem
from records.offices.models import Office
from records.people.models import User

KEEP = "records.keep_paper_file"
PLACE_LENGTH = 60
LEVEL = "-"
"""Between the levels of a place: 档案室-3柜-12盒."""


def may_keep(user: User, university_id: int) -> bool:
    """Whether the person keeps the paper files of this university."""
    return university_id in user.reach.universities and user.has_perm(KEEP)


def require_keeper(user: User, university_id: int) -> None:
    """Raises ``PermissionDenied`` for whoever does not keep the paper files of this university."""
    if not may_keep(user, university_id):
        raise PermissionDenied(KEEP)


def move(file: PaperFile, place: str, *, by: User) -> None:
    """Put the file in another place."""
    with transaction.atomic():
        kept = _locked(file, by)
        kept.place = place
        kept.save(update_fields=["place"])


def add_paper(file: PaperFile, *, kind: str, title: str, pages: int, by: User) -> PaperItem:
    """Put a paper into the file."""
    with transaction.atomic():
        kept = _locked(file, by)
        return PaperItem.objects.create(
            file=kept, kind=kind, title=title, pages=pages, filed_on=timezone.localdate(), filed_by=by
        )


def confirm_filed(paper: PaperItem, *, pages: int = 1, by: User) -> None:
    """Say that a paper which was owed to the file lies in it now. Raises ``NotNow`` where somebody has said so already."""
    with transaction.atomic():
        _locked(paper.file, by)
        today = timezone.localdate()
        owed = PaperItem.objects.filter(pk=paper.pk, filed_on__isnull=True)
        if not owed.update(filed_on=today, filed_by=by, pages=pages):
            raise NotNow([Problem("archive.filed-already", _("“%(title)s”已经归档。") % {"title": paper.title})])


def take_out(paper: PaperItem, reason: str, *, by: User) -> None:
    """Take a paper out of its file; it stays in the list of contents. Raises ``Refused`` without a reason, ``NotNow`` if gone."""
    if not reason.strip():
        raise Refused([Problem("archive.reason-missing", _("取出材料要写明原因。"))])
    with transaction.atomic():
        _locked(paper.file, by)
        lying = PaperItem.objects.filter(pk=paper.pk, filed_on__isnull=False, removed_on__isnull=True)
        if not lying.update(removed_on=timezone.localdate(), removed_because=reason.strip()):
            raise NotNow([Problem("archive.not-in-the-file", _("“%(title)s”现在不在卷内。") % {"title": paper.title})])


def put_back(paper: PaperItem, *, by: User) -> None:
    """Put a paper back into its file. Raises ``NotNow`` where it is in it."""
    with transaction.atomic():
        _locked(paper.file, by)
        if not PaperItem.objects.filter(pk=paper.pk, removed_on__isnull=False).update(removed_on=None, removed_because=""):
            raise NotNow([Problem("archive.in-the-file", _("“%(title)s”已在卷内。") % {"title": paper.title})])


def at_place(university: Office, place: str, *, with_levels_below: bool = False) -> QuerySet[PaperFile]:
    """The university's files at a place, none on the way elsewhere; with the levels below also those at 3柜-12盒 for 3柜."""
    here = Q(place=place)
    if with_levels_below:
        here |= Q(place__startswith=f"{place}{LEVEL}")
    return PaperFile.objects.filter(here, university=university, handed_to__isnull=True)


def move_all(university: Office, place: str, target: str, *, expected: int, by: User, with_levels_below: bool = False) -> int:
    """Move every file of a box or shelf: the levels below keep their names. Returns how many.

    Raises ``NotNow`` when there are not ``expected`` files any more, ``Refused`` for places that would become too long.
    """
    require_keeper(by, university.pk)
    with transaction.atomic():
        files = at_place(university, place, with_levels_below=with_levels_below)
        locked = list(files.select_for_update().values_list("place", flat=True))
        if len(locked) != expected:
            changed = _("这里现在有%(count)s卷，不是刚才的%(expected)s卷。请再核对一次。")
            raise NotNow([Problem("archive.count-changed", changed % {"count": len(locked), "expected": expected})])
        if any(len(each) - len(place) + len(target) > PLACE_LENGTH for each in locked):
            raise Refused([Problem("archive.place-too-long", _("移到那里后，有的位置超过60个字。"))])
        return files.update(place=Concat(Value(target), Substr("place", len(place) + 1)))


def hand_over(file: PaperFile, *, to: Office, by: User) -> None:
    """Send the file to another university; it stays answered for here until the receipt. Raises ``Refused`` for the own one."""
    with transaction.atomic():
        kept = _locked(file, by)
        if to.kind != Office.Kind.UNIVERSITY or to.pk == kept.university_id:
            raise Refused([Problem("archive.not-another-university", _("只能移交给另一所主考院校。"))])
        kept.handed_to, kept.handed_on = to, timezone.localdate()
        kept.save(update_fields=["handed_to", "handed_on"])


def receive(file: PaperFile, *, by: User) -> None:
    """Give the receipt for a file that is on its way: it gets a number here, and lies on no shelf yet. Raises ``NotNow``."""
    with transaction.atomic():
        coming = PaperFile.objects.select_for_update(of=("self",)).select_related("handed_to").get(pk=file.pk)
        if coming.handed_to is None:
            raise NotNow([Problem("archive.not-on-the-way", _("这份档案不在移交途中。"))])
        require_keeper(by, coming.handed_to.pk)
        coming.university = coming.handed_to
        [coming.number] = next_numbers(locked_serial(coming.university), 1, timezone.localdate())
        coming.place, coming.handed_to, coming.handed_on = UNPLACED, None, None
        coming.save(update_fields=["university", "number", "place", "handed_to", "handed_on"])


def _locked(file: PaperFile, by: User) -> PaperFile:
    """The file as it stands, locked. Raises ``PermissionDenied`` for whoever does not keep it, ``NotNow`` if it is on its way."""
    kept = PaperFile.objects.select_for_update().get(pk=file.pk)
    require_keeper(by, kept.university_id)
    if kept.handed_to_id is not None:
        raise NotNow([Problem("archive.on-the-way", _("档案正在移交途中，接收院校签收后才能办理。"))])
    return kept
