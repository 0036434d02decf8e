"""How requirements, passes and credits are put into words, the same in rules, pages and lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from graduation.verdicts import Passed, Requirement

MORE_THAN_ENOUGH = 6


def figure(number: Decimal | int) -> str:
    """14 for 14.0, 2.5 for 2.50."""
    return f"{Decimal(number).normalize():f}"


def credits(number: Decimal | int) -> str:
    """7学分."""
    return _("%(number)s学分") % {"number": figure(number)}


def month(day: dt.date) -> str:
    """2025年4月."""
    return _("%(year)s年%(month)s月") % {"year": day.year, "month": day.month}


def date(day: dt.date) -> str:
    """2025年4月30日."""
    return _("%(year)s年%(month)s月%(day)s日") % {"year": day.year, "month": day.month, "day": day.day}


def mark(value: str | Decimal | None) -> str:
    """81分, 良好; "" where there is none."""
    if value is None:
        return ""
    return value if isinstance(value, str) else _("%(points)s分") % {"points": figure(value)}


def name_of(requirement: Requirement) -> str:
    """What a requirement is called in a sentence: 13000 英语(专升本), or its label."""
    return f"{requirement.code} {requirement.label}".strip() if requirement.kind == "course" else requirement.label


def wanting(requirement: Requirement) -> str:
    """What is missing of an unsatisfied requirement: the course, the group, or how much of a total."""
    if requirement.kind == "total":
        return _("%(label)s，还差%(missing)s") % {"label": requirement.label, "missing": "、".join(requirement.missing)}
    return name_of(requirement)


def listed(parts: Iterable[str], most: int = MORE_THAN_ENOUGH) -> str:
    """Some of the parts with how many there are when they are more."""
    every = list(parts)
    if len(every) <= most:
        return "；".join(every)
    return _("%(some)s等%(count)s项") % {"some": "；".join(every[:most]), "count": len(every)}


def source_of(passed: Passed) -> str:
    """考试 2025年4月，81分; 免考，2025年3月6日批准; 外省转入，2023年接收，71分."""
    words = {"month": month(passed.on), "day": date(passed.on), "year": passed.on.year}
    if passed.source == "exemption":
        return _("免考，%(day)s批准") % words
    if passed.source == "transfer":
        return "，".join(filter(None, [_("外省转入，%(year)s年接收") % words, mark(passed.mark)]))
    kind = _("实践考核 %(month)s") if passed.source == "practical" else _("考试 %(month)s")
    return "，".join(filter(None, [kind % words, mark(passed.mark)]))
