"""How dates, numbers and record numbers are written on pages; every function takes a value and gives text, "" for nothing."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

MINUS: Final = "\u2212"
EN_DASH: Final = "\u2013"

Number = int | float | Decimal


def _local(value: date) -> date:
    """A moment as the office's clock shows it; a plain date stays as it is."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def written_date(value: date | None) -> str:
    """2026年11月23日."""
    if value is None:
        return ""
    day = _local(value)
    return _("{year}年{month}月{day}日").format(year=day.year, month=day.month, day=day.day)


def written_month(value: date | None) -> str:
    """2026年10月."""
    if value is None:
        return ""
    day = _local(value)
    return _("{year}年{month}月").format(year=day.year, month=day.month)


def written_month_day(value: date | None) -> str:
    """11月23日, for tables in which the year is beyond doubt."""
    if value is None:
        return ""
    day = _local(value)
    return _("{month}月{day}日").format(month=day.month, day=day.day)


def written_moment(value: datetime | None) -> str:
    """11月12日10时08分; the year stands in front where it is not the running one."""
    if value is None:
        return ""
    moment = _local(value)
    assert isinstance(moment, datetime)
    this_year = moment.year == timezone.localdate().year
    day = written_month_day(moment) if this_year else written_date(moment)
    return _("{day}{hour}时{minute:02d}分").format(day=day, hour=moment.hour, minute=moment.minute)


def written_weekday(value: date | None) -> str:
    """星期一."""
    if value is None:
        return ""
    names = (_("星期一"), _("星期二"), _("星期三"), _("星期四"), _("星期五"), _("星期六"), _("星期日"))
    return names[_local(value).weekday()]


def written_span(first: date | None, last: date | None) -> str:
    """11月20日 – 11月27日; with years where the two differ, 至11月27日 or 11月20日起 where one is missing."""
    if first is None and last is None:
        return ""
    if first is None:
        return _("至{day}").format(day=written_month_day(last))
    if last is None:
        return _("{day}起").format(day=written_month_day(first))
    write = written_month_day if _local(first).year == _local(last).year else written_date
    return f"{write(first)} {EN_DASH} {write(last)}"


def digit_groups(digits: str) -> list[str]:
    """The groups in which a number is read aloud: 10 digits as 4-3-3, 9 as 3-3-3, anything else in fours from the left."""
    sizes = {10: (4, 3, 3), 9: (3, 3, 3)}.get(len(digits), (4,) * -(-len(digits) // 4))
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    return [digits[start : start + size] for start, size in zip(starts, sizes, strict=True)]


def grouped_number(value: object) -> SafeString:
    """A record, ticket or certificate number in groups; the gaps are drawn, so that copying gives the bare digits."""
    digits = "" if value is None else str(value)
    if not digits:
        return SafeString("")
    groups = format_html_join("", "<span>{}</span>", ((group,) for group in digit_groups(digits)))
    return format_html('<span class="kj-groups">{}</span>', groups)


def masked_name(name: str) -> str:
    """林**: the first character of a name and how many more it has; enough to tell a slip, not to learn a name."""
    return name[:1] + "*" * len(name[1:])


def grouped(digits: str, size: int) -> SafeString:
    """A long check value in groups of ``size``; the gaps are drawn, so that copying gives it whole."""
    groups = [digits[start : start + size] for start in range(0, len(digits), size)]
    spans = format_html_join("", "<span>{}</span>", ((group,) for group in groups))
    return format_html('<span class="kj-groups kj-groups--long">{}</span>', spans) if digits else SafeString("")


def thousands(value: Number | None) -> str:
    """47,650; not for years, codes and row numbers."""
    return "" if value is None else _with_minus(f"{value:,}")


def plain_number(value: Number | None) -> str:
    """A mark or credits without idle decimals: 66 for 66.0, 4.5 for 4.50."""
    if value is None:
        return ""
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return _with_minus(text.rstrip("0").rstrip(".") if "." in text else text)


def signed(value: Number | None) -> str:
    """A difference: +1.2, −0.8, 0."""
    if value is None:
        return ""
    return f"+{plain_number(value)}" if value > 0 else plain_number(value)


def percent(ratio: Number | None) -> str:
    """60.2% for a ratio of 0.602; an unknown ratio (nobody sat) is —."""
    return "—" if ratio is None else f"{Decimal(str(ratio)) * 100:.1f}%"


def file_size(octets: int | None) -> str:
    """412 kB, 1.1 MB."""
    if octets is None:
        return ""
    if octets < 1_000_000:
        return f"{max(1, round(octets / 1000))} kB"
    return f"{octets / 1_000_000:.1f} MB"


def _with_minus(text: str) -> str:
    return text.replace("-", MINUS)
