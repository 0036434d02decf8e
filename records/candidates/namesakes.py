"""When two names are written differently and are one name all the same: 买买提·吐尔逊 and 买买提吐尔逊, Li Na and LI NA."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Lower

IGNORED = " \u00a0\u2002\u2003\u2009\u3000·•・‧∙⋅．.。-‐–'’"
"""Signs between the parts of a name, as people and programs write them: blanks, dots, hyphens, apostrophes."""

FOLDED = "lower(translate({name}, '" + IGNORED.replace("'", "''") + "', ''))"
"""The same as ``folded_name`` in SQL, ``{name}`` being the column; word for word the expression of the index."""


def folded_name(field: str) -> Lower:
    """The expression by which names are compared: without signs between their parts, in lower case."""
    return Lower(_translated(models.F(field)))


def folded_text(name: str) -> Lower:
    """The same of a name at hand."""
    return Lower(_translated(models.Value(name)))


def _translated(name: Any) -> models.Func:
    return models.Func(
        name, models.Value(IGNORED), models.Value(""), function="translate", output_field=models.CharField(max_length=200)
    )
