"""The value in force."""

from __future__ import annotations

import datetime as dt
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
