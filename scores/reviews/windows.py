"""Until when a published mark may be asked to be reviewed: working days from its publication, as the office has set them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone

from records.settings.values import Known
from records.working_days.counting import Calendar
from scores.publishing.models import Publication

WORKING_DAYS, PRACTICAL = "review.working_days", "review.practical"


@dataclass(frozen=True)
class ReviewWindow:
    """The days on which the marks of a publication may be asked about, both included; ``days`` is the setting behind it.

    ``provisional`` names years in it for which no holidays have been laid down yet.
    """

    published_on: dt.date
    last_day: dt.date
    days: int
    provisional: tuple[int, ...] = ()

    def is_open_on(self, day: dt.date) -> bool:
        """Whether a request of this day is in time."""
        return self.published_on <= day <= self.last_day


def window_of(publication: Publication) -> ReviewWindow | None:
    """The window of a publication by the setting in force on its day; None before it is out, and where practicals have none."""
    return windows_of([publication])[publication.pk]


def windows_of(publications: Collection[Publication]) -> dict[int, ReviewWindow | None]:
    """The same for several by id, with as many statements as for one."""
    out = {each.pk: timezone.localdate(each.published_at) if each.published_at else None for each in publications}
    days = [day for day in out.values() if day is not None]
    if not days:
        return dict.fromkeys(out)
    settings, calendar = Known([WORKING_DAYS, PRACTICAL]), Calendar.since(min(days))
    return {each.pk: _window(each, out[each.pk], settings, calendar) for each in publications}


def _window(publication: Publication, on: dt.date | None, settings: Known, calendar: Calendar) -> ReviewWindow | None:
    if on is None:
        return None
    if publication.kind == Publication.Kind.PRACTICAL and not settings.value_of(PRACTICAL, on=on):
        return None
    days = int(settings.value_of(WORKING_DAYS, on=on))
    last_day = calendar.after(on, days)
    return ReviewWindow(on, last_day, days, tuple(calendar.years_without_entries(on, last_day)))
