"""The value in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils import timezone

from records.settings.catalogue import DEFINITIONS
from records.settings.models import Setting


def value_of(key: str, *, on: dt.date | None = None, office_id: int | None = None) -> Any:
    """The value of ``key`` in force on a day (today), the office's own before the city's, else the definition's default.

    Raises ``KeyError`` for a setting that does not exist.
    """
    definition = DEFINITIONS[key]
    row = (
        Setting.objects.filter(Q(office=office_id) | Q(office__isnull=True), key=key)
        .filter(in_force_from__lte=on or timezone.localdate())
        .order_by("office_id", "-in_force_from")
        .first()
    )
    return definition.default if row is None else row.value


class Known:
    """The values of some settings, read once, for whoever asks for many days or offices; answers as ``value_of`` does."""

    def __init__(self, keys: Iterable[str]) -> None:
        rows = Setting.objects.filter(key__in=list(keys)).order_by("in_force_from")
        self._rows = [(row.key, row.office_id, row.in_force_from, row.value) for row in rows]

    def value_of(self, key: str, *, on: dt.date, office_id: int | None = None) -> Any:
        """The office's own value before the city's, the latest of the day first, else the definition's default."""
        in_force = [(owner, value) for name, owner, since, value in self._rows if name == key and since <= on]
        own = [value for owner, value in in_force if owner == office_id]
        citys = [value for owner, value in in_force if owner is None]
        return (own or citys or [DEFINITIONS[key].default])[-1]
