"""The public holidays and make-up working days of 2026."""

import datetime as dt

from django.db import migrations

HOLIDAYS = [
    ("元旦", "2026-01-01", "2026-01-03"),
    ("春节", "2026-02-15", "2026-02-23"),
    ("清明节", "2026-04-04", "2026-04-06"),
    ("劳动节", "2026-05-01", "2026-05-05"),
    ("端午节", "2026-06-19", "2026-06-21"),
    ("中秋节", "2026-09-25", "2026-09-27"),
    ("国庆节", "2026-10-01", "2026-10-07"),
]
MADE_UP = [
    ("元旦调休", "2026-01-04"),
    ("春节调休", "2026-02-14"),
    ("春节调休", "2026-02-28"),
    ("劳动节调休", "2026-05-09"),
    ("国庆节调休", "2026-09-20"),
    ("国庆节调休", "2026-10-10"),
]
"""The State Council's arrangement for 2026."""


def lay_down(apps, schema_editor):
    DayException = apps.get_model("records", "DayException")
    for name, first, last in HOLIDAYS:
        day, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
        while day <= end:
            DayException.objects.get_or_create(day=day, defaults={"is_working": False, "name": name})
            day += dt.timedelta(days=1)
    for name, day in MADE_UP:
        DayException.objects.get_or_create(day=dt.date.fromisoformat(day), defaults={"is_working": True, "name": name})


class Migration(migrations.Migration):
    dependencies = [("records", "0024_working_days")]

    operations = [migrations.RunPython(lay_down, migrations.RunPython.noop)]
