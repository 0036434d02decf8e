"""The kinds of correction as the office lays them down, in versions with dates; a version that has begun is never rewritten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import Problem, Refused
from records.corrections.fields import DATA
from records.corrections.models import CorrectionKind

CONTENT = ("title", "fields", "proofs", "form_title", "guidance", "position")


def kinds_in_force() -> list[CorrectionKind]:
    """What may be asked for today, in the office's order."""
    return list(CorrectionKind.objects.in_force(timezone.localdate()))


def versions_of(code: str) -> list[CorrectionKind]:
    """All versions of a kind, the newest first."""
    return list(CorrectionKind.objects.filter(code=code).order_by("-in_force_from"))


@transaction.atomic
def revise(code: str, content: Mapping[str, Any], *, starts_on: dt.date) -> CorrectionKind:
    """A new version of a kind from a day on, which ends the one before it; of a new ``code`` the first version.

    ``content`` has the keys of ``CONTENT``. A version that has not begun is replaced. Raises ``Refused`` for a day in the past,
    or on which a later version holds already, and for data that cannot be corrected.
    """
    newest = CorrectionKind.objects.select_for_update().filter(code=code).order_by("-in_force_from").first()
    if problems := _against(content["fields"], starts_on, newest):
        raise Refused(problems)
    if newest is not None and newest.in_force_from >= starts_on:
        return _written(newest, content)
    if newest is not None and (newest.in_force_until is None or newest.in_force_until > starts_on):
        newest.in_force_until = starts_on
        newest.save(update_fields=["in_force_until"])
    return _written(CorrectionKind(code=code, in_force_from=starts_on), content)


@transaction.atomic
def end(kind: CorrectionKind, on: dt.date) -> None:
    """The kind is not accepted any more from this day on. Raises ``Refused`` for a day in the past or before it began."""
    if on < max(timezone.localdate(), kind.in_force_from):
        raise Refused([_in_the_past()])
    kind.in_force_until = on
    kind.save(update_fields=["in_force_until"])


def _written(version: CorrectionKind, content: Mapping[str, Any]) -> CorrectionKind:
    for name in CONTENT:
        setattr(version, name, content[name])
    version.save()
    return version


def _against(fields: Collection[str], starts_on: dt.date, newest: CorrectionKind | None) -> list[Problem]:
    problems = []
    if starts_on < timezone.localdate():
        problems.append(_in_the_past())
    if newest is not None and newest.in_force_from > starts_on:
        message = _("已有自%(day)s起施行的一版，请改那一版。") % {"day": newest.in_force_from.isoformat()}
        problems.append(Problem("correction-kind.later-version", message))
    if newest is not None and newest.in_force_from == starts_on <= timezone.localdate():
        message = _("今天起施行的一版已经生效，新的一版最早从明天起施行。")
        problems.append(Problem("correction-kind.has-begun", message))
    if not fields or set(fields) - set(DATA):
        problems.append(Problem("correction-kind.fields", _("请从列出的项目中至少选一项。")))
    return problems


def _in_the_past() -> Problem:
    return Problem("correction-kind.past", _("日期不能早于今天。"))
