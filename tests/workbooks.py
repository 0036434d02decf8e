"""What stands in an .xlsx that Kaoji gave."""

from __future__ import annotations

import io
from typing import Any

from openpyxl import load_workbook


def rows_in(content: bytes) -> list[list[Any]]:
    """The rows of the first sheet, its heads too; an empty cell is None."""
    return [list(row) for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)]
