"""What must hold of records that were merged: one step to the record that stands, by a decided case, nothing left behind."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from audit.invariants import Invariant, asked
from records.merging.moving import field_of, moving_fields


@asked
def merged() -> Iterable[Invariant]:
    """Where a merged record leads."""
    return (
        Invariant(
            "merging.chains",
            _("考籍并入的是一份仍在使用的考籍"),
            "records_candidate",
            """SELECT c.id FROM records_candidate c JOIN records_candidate k ON k.id = c.merged_into_id
                WHERE k.merged_into_id IS NOT NULL OR k.id = c.id""",
            part="WHERE merged_into_id IS NOT NULL",
        ),
        Invariant(
            "merging.case",
            _("并入的考籍有已办结的合并"),
            "records_mergerequest",
            """SELECT c.id FROM records_candidate c
                WHERE c.merged_into_id IS NOT NULL
                  AND NOT EXISTS (SELECT FROM records_mergerequest m WHERE m.merged_id = c.id AND m.status = 'done')
                UNION ALL
               SELECT m.merged_id FROM records_mergerequest m JOIN records_candidate c ON c.id = m.merged_id
                WHERE m.status = 'done' AND c.merged_into_id IS DISTINCT FROM m.candidate_id""",
            part="WHERE status = 'done'",
        ),
    )


@asked
def left_behind() -> Iterable[Invariant]:
    """Through no foreign key that moves in a merger does anything point at a record that was merged into another one."""
    places = [(model._meta.db_table, model._meta.get_field(name)) for model, name in map(field_of, moving_fields())]
    pointing = " OR ".join(f"EXISTS (SELECT FROM {table} r WHERE r.{field.column} = c.id)" for table, field in places)  # type: ignore[union-attr]
    yield Invariant(
        "merging.left-behind",
        _("没有内容留在已并入的考籍上"),
        "records_candidate",
        f"SELECT c.id FROM records_candidate c WHERE c.merged_into_id IS NOT NULL AND ({pointing})",
        part="WHERE merged_into_id IS NOT NULL",
    )
