"""The district office of the demonstration: a terminal that waits for its code, and somebody who was served at the counter."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audit.acting import acting
from records.candidates.models import Candidate
from records.counter.looking_up import Asked, look_up
from records.kiosks import devices
from records.kiosks.models import Kiosk
from records.offices.models import Office
from records.people.models import User

TERMINAL, PLACE = _("一号终端"), _("区图书馆一层大厅")
CLERK, HEAD = "l6", "lh"
SERVED = 2


def make(people: dict[str, User]) -> None:
    """One terminal and the look-ups of this morning; nothing where it stands already."""
    head, clerk = people[HEAD], people[CLERK]
    office = Office.objects.get(pk__in=head.reach.office_ids)
    if Kiosk.objects.filter(office=office).exists():
        return
    devices.put_up(office, str(TERMINAL), str(PLACE), by=head)
    for candidate in Candidate.objects.filter(record_number__isnull=False).order_by("pk")[:SERVED]:
        asked = Asked(candidate.document_kind, candidate.identity_number, candidate.name, "resident", "")
        with acting(clerk):
            look_up(asked, office=office, by=clerk)
