"""Why a certificate no longer says the truth, in words that name no mark: what was held against what is."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from records.certificates.kinds import Facts

PERSON = ("name", "sex", "birth_date", "document", "identity")


def differing(was: Facts, now: Facts) -> list[str]:
    """The reasons, each once, weightiest first; [] for the same facts."""
    reasons = [
        *_of_courses(
            {line["code"]: line for line in was.get("courses", [])}, {line["code"]: line for line in now.get("courses", [])}
        ),
        *([_("考籍更改")] if _differ(was, now, PERSON) else []),
        *([_("建立考籍")] if _differ(was, now, ("record_number", "record_opened_on")) else []),
        *([_("准考证号变更")] if _differ(was, now, ("ticket_number",)) else []),
        *([_("报考专业或主考院校变更")] if _differ(was, now, ("majors", "university")) else []),
    ]
    return reasons or ([_("考籍内容变更")] if was != now else [])


def _of_courses(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    changed = [code for code in was.keys() & now.keys() if was[code] != now[code]]
    better = [code for code in changed if _is_better(was[code]["mark"], now[code]["mark"])]
    return [
        *([_("课程成绩或学分撤销")] if was.keys() - now.keys() else []),
        *([_("成绩复核后更改")] if len(changed) > len(better) else []),
        *([_("课程成绩提高")] if better else []),
        *([_("新增合格课程")] if now.keys() - was.keys() else []),
    ]


def _is_better(was: str, now: str) -> bool:
    """Whether a mark rose; grades are not compared."""
    try:
        return Decimal(now) > Decimal(was)
    except InvalidOperation:
        return False


def _differ(was: Facts, now: Facts, names: tuple[str, ...]) -> bool:
    return any(was.get(name) != now.get(name) for name in names)
