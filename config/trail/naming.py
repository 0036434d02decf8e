"""Tables, columns and values of the trail in the words of the office: 考生, 手机号码, 南京师范大学自考办.

A column is called what its model's field is called; what programmers alone see has its word in ``COLUMNS``. A test holds every
audited column against it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from audit.models import Application
from config.trail.columns import COLUMNS, TABLES
from config.wording import written_date, written_moment
from config.workflows import KINDS
from records.candidates.models import Candidate
from records.catalogue.models import Course, Major
from records.offices.models import Office
from records.people.models import User

HAN = re.compile(r"[一-鿿]")
NOTHING = "—"


@cache
def model_of(table: str) -> type[models.Model] | None:
    """The model of a table; None for one that no model has (any more)."""
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table == table]
    return next((model for model in found if not model._meta.proxy), None)


def table_name(table: str) -> str:
    """考生 for ``records_candidate``; the table's own name where nothing says more."""
    if table in TABLES:
        return str(TABLES[table])
    model = model_of(table)
    return table if model is None else str(model._meta.verbose_name)


def column_name(table: str, column: str) -> str:
    """手机号码 for ``phone_mask`` of a candidate; the column's own name where nothing says more."""
    field = field_of(table, column)
    if field is not None and HAN.search(str(field.verbose_name)):
        return str(field.verbose_name)
    if column in COLUMNS:
        return str(COLUMNS[column])
    target = field.remote_field.model if field is not None and field.remote_field else None
    return str(target._meta.verbose_name) if target is not None and HAN.search(str(target._meta.verbose_name)) else column


def field_of(table: str, column: str) -> Any:
    """The model's field behind a column; None where there is none (any more)."""
    model = model_of(table)
    if model is None:
        return None
    try:
        return model._meta.get_field(column.removesuffix("_id"))
    except FieldDoesNotExist:
        return next((field for field in model._meta.concrete_fields if field.column == column), None)


NAMED = (Candidate, User, Office, Course, Major)


def has_a_name(model: type[models.Model]) -> bool:
    """Whether rows of the model are called by a name or a case number; others by kind and number alone."""
    return issubclass(model, (*NAMED, Application))


class Names:
    """The rows that events mention, by table and id, fetched with one query for each table."""

    def __init__(self, mentioned: Iterable[tuple[str, int]]) -> None:
        wanted: dict[str, set[int]] = defaultdict(set)
        for table, pk in mentioned:
            wanted[table].add(pk)
        self._rows = {table: _rows_of(table, ids) for table, ids in wanted.items()}

    def of(self, table: str, pk: int | None) -> str:
        """林知一 for a candidate, 免2026-00417 for a case, 材料第12号 for what has no name of its own."""
        if pk is None:
            return table_name(table)
        return self._rows.get(table, {}).get(pk) or _("%(kind)s第%(number)s号") % {"kind": table_name(table), "number": pk}


def _rows_of(table: str, ids: set[int]) -> Mapping[int, str]:
    model = model_of(table)
    if model is None or not has_a_name(model):
        return {}
    return {row.pk: str(row) for row in model._base_manager.filter(pk__in=ids)}


def mentioned_in(table: str, changed: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The rows to which the columns of a changed row point."""
    pairs = []
    for column, value in changed.items():
        field = field_of(table, column)
        if field is not None and field.remote_field and isinstance(value, int) and not isinstance(value, bool):
            pairs.append((field.remote_field.model._meta.db_table, value))
    return pairs


def value_in_words(table: str, column: str, value: Any, names: Names) -> str:
    """One value of a changed row as people read it; — for nothing."""
    if value is None or value == "":
        return NOTHING
    if column == "status":
        return status_in_words(table, str(value))
    field = field_of(table, column)
    if field is not None and field.remote_field and isinstance(value, int):
        return names.of(field.remote_field.model._meta.db_table, value)
    labels = dict(field.flatchoices) if field is not None and getattr(field, "choices", None) else {}
    return str(labels[value]) if isinstance(value, str | int) and value in labels else _plain(field, value)


def _plain(field: Any, value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, str):
        return _shortened(value) if value.startswith("\\x") else _moment(field, value)
    return str(value)


def _moment(field: Any, text: str) -> str:
    """A date or moment in words where the column holds one, any other text as it is."""
    try:
        if isinstance(field, models.DateTimeField):
            moment = parse_datetime(text)
            return text if moment is None or moment.tzinfo is None else written_moment(moment)
        if isinstance(field, models.DateField):
            return written_date(parse_date(text)) or text
    except ValueError:
        return text
    return text


def _shortened(octets: str) -> str:
    """The beginning of a hash: enough to see whether two are the same."""
    return f"{octets[2:10]}…"


def status_in_words(table: str, status: str) -> str:
    """The status of a case in its workflow's words."""
    for kind in KINDS:
        if kind.workflow.model._meta.db_table == table:
            return str(kind.workflow.word_of(status))
    field = field_of(table, "status")
    return str(dict(getattr(field, "flatchoices", ())).get(status, status))
