"""Ethnic groups by GB/T 3304: names in files and on pages, two-digit codes in the database."""

from __future__ import annotations

import csv
from functools import cache

from django.conf import settings


@cache
def ethnic_groups() -> dict[str, str]:
    """The code of each name: 汉族 to 01."""
    with (settings.BASE_DIR / "data" / "codes" / "ethnic_gbt3304.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["name"]: row["code"] for row in csv.DictReader(file)}


@cache
def ethnic_names() -> dict[str, str]:
    """The name of each code: 01 to 汉族."""
    return {code: name for name, code in ethnic_groups().items()}


def ethnic_group(code: str) -> str:
    """The name of a code; empty for none, the code itself for one that the standard does not have."""
    return ethnic_names().get(code, code)
