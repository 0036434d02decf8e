"""Credits taken over from elsewhere (FORMATS): a file of courses that the candidates of an existing city already have.

Start with ``import_credits``. Rows are read and checked by themselves here, compared and entered by ``taking_over.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from records.imports.faults import FileRefused, ImportReport
from records.imports.lines import Line
from records.imports.noticing import Notices
from records.imports.tabular import Table, TableShape
from records.imports.taking import take
from records.ledger.book import PASS_MARK, PASSING_GRADES
from records.ledger.models import Source
from records.ledger.taking_over import COURSE, DAY, DOCUMENT, MARK, SOURCE, TICKET, TakenOver, compare, enter, stage
from records.people.models import User

KIND = "credits"
SHAPE = TableShape(
    required=(TICKET, COURSE, SOURCE, MARK, DAY, DOCUMENT),
    identifiers=frozenset({TICKET, COURSE, SOURCE}),
    numbers=frozenset({MARK}),
    dates=frozenset({DAY}),
)
SOURCES = {"考试": Source.EXAM, "实践": Source.PRACTICAL, "免考": Source.EXEMPTION, "转入": Source.TRANSFER}
GRADED = (Source.PRACTICAL, Source.TRANSFER)
FULL_MARKS = 100


def import_credits(sent: Path | File[bytes], *, sent_by: User | None = None) -> ImportReport:
    """Take over the credits in a file, all or none: FileRefused with every fault; the file is kept either way.

    Records are opened for candidates whose first pass by examination is among them.
    """
    return take(sent, KIND, "", SHAPE, take_over, sent_by=sent_by)


@transaction.atomic
def take_over(table: Table) -> ImportReport:
    """Enter every row of a table, or none: FileRefused with every fault. Memory stays constant."""
    notices = Notices()
    try:
        stage(_sound_rows(table, notices))
    except FileRefused as refused:  # what follows in the file cannot be read
        for fault in refused.faults:
            table.faults.add(fault)
    else:
        compare(table, notices)
    table.faults.refuse_if_any()
    written = enter()
    return ImportReport(table.rows_read, written, table.rows_read - written, (*table.notices(), *notices.all()))


def _sound_rows(table: Table, notices: Notices) -> Iterator[TakenOver]:
    for row, cells in table:
        taken_over = _sound_row(Line(table, row, cells), notices)
        if taken_over is not None:
            yield taken_over


def _sound_row(line: Line, notices: Notices) -> TakenOver | None:
    """The row; None when something in it was refused."""
    source = SOURCES.get(line.choice(SOURCE, SOURCES))
    ticket = line.text(TICKET, 20, required=True)
    course = line.text(COURSE, 10, required=True)
    document = line.text(DOCUMENT, 60)
    on = line.date(DAY, required=True)
    mark, grade = _result(line, source, notices)
    if not line.is_sound or source is None or on is None:
        return None
    return TakenOver(line.row, ticket, course, source, mark, grade, on, document)


def _result(line: Line, source: Source | None, notices: Notices) -> tuple[Decimal | None, str]:
    """Points or a grade, either of which passes, or neither. An exemption has none (FACTS §4, 免考 carries no mark)."""
    text = line.cells[MARK]
    if source is Source.EXEMPTION and text:
        notices.add(line.row, MARK, text, "credits.mark-of-exemption", _("免考的课程没有成绩，所填成绩不记入"))
        return None, ""
    if source in GRADED and text in PASSING_GRADES:
        return None, text
    points = line.decimal(MARK, FULL_MARKS)
    if points is not None and points < PASS_MARK:
        line.refuse(MARK, "credits.not-passed", _("合格的成绩不低于 %(pass)s 分") % {"pass": PASS_MARK})
    return points, ""
