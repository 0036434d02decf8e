"""Until when a published mark may be asked to be reviewed: working days from its publication, as the office has set them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from records.settings.values import value_of
from records.working_days.counting import add_working_days, years_without_entries
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
    if publication.published_at is None:
        return None
    published_on = timezone.localdate(publication.published_at)
    if publication.kind == Publication.Kind.PRACTICAL and not value_of(PRACTICAL, on=published_on):
        return None
    days = int(value_of(WORKING_DAYS, on=published_on))
    last_day = add_working_days(published_on, days)
    return ReviewWindow(published_on, last_day, days, tuple(years_without_entries(published_on, last_day)))
