"""The one way to make an .xlsx: what people typed stays text, and the same rows give the same bytes all day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import IO, Any

from django.utils import timezone
from xlsxwriter import Workbook

AS_TYPED = {"strings_to_formulas": False, "strings_to_urls": False}


def new_workbook(content: IO[bytes] | Path, **options: Any) -> Workbook:
    """A workbook that is written to ``content`` when closed; ``options`` are XlsxWriter's.

    It says the day on which it was made and no time: a file that is taken twice on one day has one checksum.
    """
    book = Workbook(str(content) if isinstance(content, Path) else content, {**AS_TYPED, **options})
    book.set_properties({"created": dt.datetime.combine(timezone.localdate(), dt.time(), dt.UTC)})
    return book
