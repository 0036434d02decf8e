"""Two sheets of marks that came on paper: one half keyed, one on which the two who keyed do not agree."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from audit.acting import acting
from records.candidates.models import Ticket
from records.catalogue.models import Course
from records.people.models import User
from scores.entry import keyed
from scores.entry.keyed_values import Keyed
from scores.models import Mark, Publication, Sitting, SittingRegistration

MOST = 6
NOTE = _("考点补报的纸面成绩单")


def key_some(people: dict[str, User]) -> None:
    """Of those who are registered and have no mark, of two courses; fewer sheets where there are fewer."""
    first, second = people["o3"], people["o3b"]
    of_one = Mark.registry.filter(sitting=OuterRef("sitting"), course=OuterRef("course"), candidate=OuterRef("candidate"))
    held = Exists(Mark.registry.filter(sitting=OuterRef("sitting")))
    waiting = SittingRegistration.objects.filter(held, ~Exists(of_one), practical=False)
    groups = waiting.values_list("sitting", "course").annotate(people=Count("id")).order_by("-people", "sitting", "course")[:2]
    for place, (sitting, course, _people) in enumerate(groups):
        chosen = waiting.filter(sitting=sitting, course=course).values("candidate")
        tickets = Ticket.objects.filter(is_current=True, candidate__in=chosen).order_by("number")
        numbers = list(tickets.values_list("number", flat=True)[:MOST])
        _keyed(Sitting.objects.get(pk=sitting), Course.objects.get(pk=course), numbers, (first, second)[: place + 1])


def _keyed(sitting: Sitting, course: Course, numbers: list[str], by: tuple[User, ...]) -> None:
    """Keyed by one or both; the second reads the last number wrong."""
    with acting(by[0], purpose=str(NOTE)):
        sheet = keyed.open_sheet(sitting, Publication.Kind.WRITTEN, course, numbers, by=by[0], note=str(NOTE))
    for place, person in enumerate(by):
        typed = {row: Keyed(str(60 + row)) for row in range(1, len(numbers) + 1)}
        typed[len(numbers)] = Keyed(str(85 + place))
        with acting(person, purpose=str(NOTE)):
            sheet = keyed.begin(sheet, by=person)
            keyed.save(sheet, typed, by=person)
            sheet = keyed.finish(sheet, by=person)
