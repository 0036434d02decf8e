"""Double entry: two people key the same marks without seeing each other's; where they differ both key again; then it is a batch.

``open_sheet`` → each: ``begin``, ``save`` …, ``finish`` → a ``ScoreBatch`` that is checked, confirmed and undone as a file's is.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import NotNow, Problem
from records.candidates.models import Ticket
from records.catalogue.models import Course
from records.people.models import User
from scores.batches import is_left_unchecked
from scores.entry.entering import start_check
from scores.entry.importing import receive
from scores.entry.keyed_values import Keyed, wrong_with
from scores.entry.staging import SHAPE
from scores.models import KeyedLine, KeyedMark, KeyedSheet, Mark, Publication, Sitting, SittingRegistration
from scores.trail import record_step

FIRST, SECOND = 1, 2
MOST_LINES = 2000
State = KeyedSheet.State


@transaction.atomic
def open_sheet(sitting: Sitting, kind: str, course: Course, tickets: Sequence[str], *, by: User, note: str = "") -> KeyedSheet:
    """A sheet with a line for each ticket number, in their order. NotNow: the mark of one of them is out already."""
    if problems := _published(sitting, course, tickets):
        raise NotNow(problems)
    sheet = KeyedSheet.objects.create(sitting=sitting, kind=kind, course=course, opened_by=by, note=note)
    sites = _sites(sitting, course, tickets)
    lines = [
        KeyedLine(sheet=sheet, row=row, ticket=ticket, site=sites.get(ticket, "")) for row, ticket in enumerate(tickets, start=1)
    ]
    KeyedLine.objects.bulk_create(lines)
    record_step("open-keying", sheet, after=State.KEYING, note=note, details={"rows": len(lines)})
    return sheet


@transaction.atomic
def begin(sheet: KeyedSheet, *, by: User) -> KeyedSheet:
    """The person keys the sheet, as the first or the second; whoever does so already goes on. NotNow: two others do."""
    sheet = _locked(sheet)
    _require_open(sheet)
    if sheet.turn_of(by):
        return sheet
    if sheet.first_id and sheet.second_id:
        raise NotNow([Problem("keying.two-others", _("这张录入表已有两个人录入。"))])
    place = "second" if sheet.first_id else "first"
    setattr(sheet, place, by)
    sheet.save(update_fields=[place])
    record_step("begin-keying", sheet, details={"turn": sheet.turn_of(by)})
    return sheet


@transaction.atomic
def save(sheet: KeyedSheet, typed: Mapping[int, Keyed], *, by: User) -> dict[int, str]:
    """Keep what the person keyed, by row; gives what is wrong with those rows that were not kept.

    NotNow: the person does not key this sheet, or has finished this round. Rows that are not in dispute are left alone.
    """
    sheet = _locked(sheet)
    turn = _require_keying(sheet, by)
    practical = sheet.kind == Publication.Kind.PRACTICAL
    wrong = {row: why for row, keyed in typed.items() if not keyed.is_empty and (why := wrong_with(keyed, practical=practical))}
    lines = sheet.lines.filter(round=sheet.round, row__in=set(typed) - set(wrong))
    kept = [
        KeyedMark(line=line, turn=turn, round=sheet.round, mark=typed[line.row].mark, flag=typed[line.row].flag) for line in lines
    ]
    KeyedMark.objects.bulk_create(
        kept, update_conflicts=True, unique_fields=["line", "round", "turn"], update_fields=["mark", "flag", "keyed_at"]
    )
    return wrong


@transaction.atomic
def finish(sheet: KeyedSheet, *, by: User) -> KeyedSheet:
    """The person has keyed every line of this round; with the second of the two the values are compared.

    NotNow: lines are missing, or it is not this person's to key now.
    """
    sheet = _locked(sheet)
    turn = _require_keying(sheet, by)
    _require_all(sheet, turn)
    place = "first_done_at" if turn == FIRST else "second_done_at"
    setattr(sheet, place, timezone.now())
    sheet.save(update_fields=[place])
    record_step("finish-keying", sheet, details={"turn": turn, "round": sheet.round})
    if sheet.first_done_at and sheet.second_done_at:
        _compare(sheet, by)
    return sheet


@transaction.atomic
def give_up(sheet: KeyedSheet, *, by: User, note: str) -> None:
    """Nothing comes of the sheet; what was keyed stays with it. NotNow: it is a batch already, or given up."""
    sheet = _locked(sheet)
    _require_open(sheet)
    before, sheet.state = sheet.state, State.GIVEN_UP
    sheet.save(update_fields=["state"])
    record_step("give-up-keying", sheet, before=before, after=State.GIVEN_UP, note=note)


def missing_rows(sheet: KeyedSheet, turn: int) -> list[int]:
    """The rows of this round in which the turn has keyed nothing yet."""
    keyed = KeyedMark.objects.filter(turn=turn, round=sheet.round, line__sheet=sheet).exclude(mark="", flag="")
    lines = sheet.lines.filter(round=sheet.round).exclude(pk__in=keyed.values("line"))
    return list(lines.values_list("row", flat=True))


def values_of(sheet: KeyedSheet, turn: int, round_: int) -> dict[int, Keyed]:
    """What the turn keyed in a round, by row. Of a round that is not over it is for that person's eyes alone."""
    keyed = KeyedMark.objects.filter(line__sheet=sheet, turn=turn, round=round_)
    return {row: Keyed(mark, flag) for row, mark, flag in keyed.values_list("line__row", "mark", "flag")}


def differing_rows(sheet: KeyedSheet) -> list[int]:
    """The rows of this round in which the two do not mean the same."""
    first, second = (values_of(sheet, turn, sheet.round) for turn in (FIRST, SECOND))
    return [row for row in sorted(first) if first[row].means != second[row].means]


def _compare(sheet: KeyedSheet, by: User) -> None:
    """Where the two differ both key again, in a new round; where they never do any more the sheet becomes a batch."""
    rows = differing_rows(sheet)
    if not rows:
        _hand_over(sheet, by)
        return
    sheet.round, sheet.state, sheet.first_done_at, sheet.second_done_at = sheet.round + 1, State.DIFFERENT, None, None
    sheet.lines.filter(row__in=rows).update(round=sheet.round)
    sheet.save(update_fields=["round", "state", "first_done_at", "second_done_at"])


def _hand_over(sheet: KeyedSheet, by: User) -> None:
    """The agreed values go the way of a file: kept, checked, confirmed by somebody else."""
    with TemporaryDirectory() as folder:
        batch, is_new = receive(_file_of(sheet, Path(folder)), sheet.sitting, sheet.kind, by=by, also_waiting=True)
    before, sheet.batch, sheet.state = sheet.state, batch, State.HANDED_OVER
    sheet.save(update_fields=["batch", "state"])
    record_step("hand-over-keying", sheet, before=before, after=State.HANDED_OVER, details={"batch": batch.pk})
    if is_new or is_left_unchecked(batch):
        start_check(batch, by=by)


def _file_of(sheet: KeyedSheet, folder: Path) -> Path:
    agreed = KeyedMark.objects.filter(line__sheet=sheet, turn=FIRST, round=F("line__round")).order_by("line__row")
    rows = agreed.values_list("line__ticket", "mark", "flag", "line__site")
    path = folder / (_("双人录入%(pk)d.csv") % {"pk": sheet.pk})
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(SHAPE.columns)
        writer.writerows((ticket, sheet.course.code, mark, flag, site) for ticket, mark, flag, site in rows)
    return path


def _published(sitting: Sitting, course: Course, tickets: Sequence[str]) -> list[Problem]:
    candidates = Ticket.objects.filter(number__in=tickets).values("candidate")
    if not Mark.objects.filter(sitting=sitting, course=course, candidate__in=candidates).exists():
        return []
    text = _("名单里有人这门课程在这个考次的成绩已经公布，不能再录入。")
    return [Problem("keying.published", text, next_step=_("如确有错误，请办理成绩复核或更正。"))]


def _sites(sitting: Sitting, course: Course, tickets: Sequence[str]) -> dict[str, str]:
    """Where each sat: as the marks that are in say, else as registered."""
    owners = dict(Ticket.objects.filter(number__in=tickets).values_list("number", "candidate"))
    of = {"sitting": sitting, "course": course, "candidate__in": owners.values()}
    sites = dict(SittingRegistration.objects.filter(**of).values_list("candidate", "site"))
    sites.update(Mark.registry.filter(**of).values_list("candidate", "site"))
    return {ticket: sites[owner] for ticket, owner in owners.items() if owner in sites}


def _locked(sheet: KeyedSheet) -> KeyedSheet:
    found = KeyedSheet.objects.select_related("sitting", "course", "first", "second").select_for_update(of=("self",))
    return found.get(pk=sheet.pk)


def _require_open(sheet: KeyedSheet) -> None:
    if not sheet.is_open:
        raise NotNow([Problem("step.moved-on", _("这张录入表已不在这一步，请刷新后查看现在的状态。"))])


def _require_keying(sheet: KeyedSheet, by: User) -> int:
    _require_open(sheet)
    turn = sheet.turn_of(by)
    if turn is None:
        raise NotNow([Problem("keying.not-yours", _("您没有在录入这张表。"))])
    if sheet.done_at(turn):
        raise NotNow([Problem("keying.done", _("您这一轮已经录完，正等另一人。"))])
    return turn


def _require_all(sheet: KeyedSheet, turn: int) -> None:
    if rows := missing_rows(sheet, turn):
        text = _("还有%(count)d人没有录，第一个是第%(row)d行。") % {"count": len(rows), "row": rows[0]}
        raise NotNow([Problem("keying.missing", text)])
