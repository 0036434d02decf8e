"""The people of the city: who they are, what they study and by which route, how well they do. Nobody of them exists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any

from config.city import identities, names, texts
from config.city.calendar import Term, registration_day
from config.city.chance import Dice, Wheel
from config.city.routes import Route, Study
from records.candidates import pinyin
from records.catalogue.models import Major
from records.people.identity import DocumentKind

FEWEST_FINISHERS, FEWEST_SHORT_OF_ONE, FEWEST_CHEATS = 12, 4, 2
YOUNGEST = 17  # years of age at registration
PACES = Wheel([(1.2, 18.0), (1.9, 30.0), (2.7, 30.0), (3.7, 16.0), (5.0, 6.0)])  # written papers a sitting, of six sittings
OLD_PLAN = 0.3
SECOND_MAJOR, SECOND_CLOSED = 0.07, 0.15
ADDITIONAL = Wheel([(None, 85.0), (False, 13.0), (True, 2.0)])
PRIOR_FOR_BACHELOR = Wheel([("专科", 92.0), ("本科结业", 2.0), ("本科及以上", 3.0), ("", 3.0)])
PRIOR_FOR_ASSOCIATE = Wheel([("", 90.0), ("专科", 8.0), ("本科及以上", 2.0)])


class Part(IntEnum):
    """What somebody is in the city for; all but ordinary people are few and evenly spread."""

    ORDINARY = 0
    FINISHER = 1  # passes every course of the route
    SHORT_OF_ONE = 2  # passes all of them but the last
    CHEAT = 3  # is caught in the first sitting
    SHOWCASE = 4  # finishes an associate's major, after a penalty that is over, and studies on: data of every kind


ADVANCED = (Part.FINISHER, Part.SHORT_OF_ONE, Part.SHOWCASE)


@dataclass(frozen=True)
class Enrolment:
    """A major at one of its hosts."""

    study: Study
    university_id: int
    on: dt.date
    closed_on: dt.date | None = None


@dataclass(frozen=True)
class Person:
    """Everything drawn for one person; ``columns`` are those of the candidate's row that are plain text."""

    number: int
    columns: dict[str, Any]
    identity: str
    phone: str
    enrolments: tuple[Enrolment, ...]
    route: Route
    starts: int
    part: Part
    ability: float
    pace: float
    absence: float


@dataclass(frozen=True)
class City:
    """What a city is drawn from. ``favoured`` are the universities with staff: there people finish and cases lie."""

    seed: int
    size: int
    terms: Sequence[Term]
    studies: Sequence[Study]
    favoured: frozenset[int]
    today: dt.date

    @cached_property
    def deck(self) -> identities.Deck:
        return identities.Deck(self.seed)

    @cached_property
    def published(self) -> int:
        """How many sittings are out."""
        return sum(term.is_out for term in self.terms)

    @cached_property
    def hurry(self) -> int:
        """Written papers a sitting for those who are to finish by the last sitting that is out."""
        longest = max(route.written for study in self.studies for routes in study.routes.values() for route in routes)
        return -(-longest // self.published) + 1

    @cached_property
    def favoured_studies(self) -> list[Study]:
        """The majors that favoured universities host and by which one can graduate today."""
        return [
            study
            for study in self.studies
            if self.favoured & set(study.hosts) and study.for_graduate(self.terms[0].first_day, self.today)
        ]

    def part_of(self, number: int) -> Part:
        """The first is the showcase; one in forty finishes, one in sixty lacks one course, one in five hundred cheats.

        In a small city they stand closer, so that there are some of each.
        """
        if number == 1:
            return Part.SHOWCASE
        if number % _spacing(self.size, 40, FEWEST_FINISHERS) == 1:
            return Part.FINISHER
        if number % _spacing(self.size, 60, FEWEST_SHORT_OF_ONE) == 2:
            return Part.SHORT_OF_ONE
        if number % _spacing(self.size, 500, FEWEST_CHEATS) == 4:
            return Part.CHEAT
        return Part.ORDINARY

    def person(self, number: int) -> Person:
        """The person with this number, from 1 on; always the same one."""
        dice = Dice(self.seed, number)
        part = self.part_of(number)
        born, sex, sequence = self.deck.deal(number)
        people = names.ethnicity(dice)
        name = names.name(dice, people, sex, born.year)
        kind = dice.turn(identities.KINDS)
        enrolments = self._enrolments(dice, part, born)
        first = enrolments[0]
        columns = {
            "name": name,
            "name_key": pinyin.sort_key(name),
            "name_initials": pinyin.initials(name),
            "sex": sex,
            "ethnicity": people if kind in (DocumentKind.RESIDENT, DocumentKind.MILITARY) else "",
            "document_kind": str(kind),
            "birth_date": born,
            **_circumstances(dice, first.study.major, part),
        }
        return Person(
            number=number,
            columns=columns,
            identity=identities.document_number(kind, number, born, sequence),
            phone=identities.phone_number(dice, number),
            enrolments=enrolments,
            route=self._route(dice, first, part),
            starts=next((term.place for term in self.terms if term.first_day > first.on), len(self.terms) + 1),
            part=part,
            ability=64.5 + 9.0 * (sum(dice.random() for _ in range(4)) - 2) * 1.732,
            pace=self._pace(dice),
            absence=0.02 + 0.3 * dice.random() * dice.random(),
        )

    def _enrolments(self, dice: Dice, part: Part, born: dt.date) -> tuple[Enrolment, ...]:
        study = self._study(dice, part)
        hosts = study.hosts if part not in ADVANCED else tuple(sorted(self.favoured & set(study.hosts))) or study.hosts
        on = registration_day(dice, self.terms[0].first_day, self.today, is_old_hand=part != Part.ORDINARY)
        if part == Part.ORDINARY and on.year < born.year + YOUNGEST:
            on = dt.date(born.year + YOUNGEST, 9, 1 + dice.below(25))
        first = Enrolment(study, dice.pick(hosts), min(on, self.today))
        if part == Part.SHOWCASE or dice.hit(SECOND_MAJOR):
            return (first, *self._second(dice, first, may_close=part != Part.SHOWCASE))
        return (first,)

    def _study(self, dice: Dice, part: Part) -> Study:
        """Any; who finishes does so at a favoured university, the showcase in an associate's major where there is one."""
        if part not in ADVANCED or not self.favoured_studies:
            return dice.pick(self.studies)
        associate = [study for study in self.favoured_studies if study.major.level == Major.Level.ASSOCIATE]
        return dice.pick(associate or self.favoured_studies if part == Part.SHOWCASE else self.favoured_studies)

    def _second(self, dice: Dice, first: Enrolment, *, may_close: bool) -> tuple[Enrolment, ...]:
        """A second major, a bachelor's, later than the first and at the same university where it hosts one."""
        others = [study for study in self.studies if study is not first.study and study.major.level == Major.Level.BACHELOR]
        near = [study for study in others if first.university_id in study.hosts]
        if not others:
            return ()
        study = dice.pick(near or others)
        on = first.on + dt.timedelta(days=dice.below(max(1, (self.today - first.on).days)))
        university = first.university_id if near else dice.pick(study.hosts)
        closed_on = self.today - dt.timedelta(days=dice.below(30)) if may_close and dice.hit(SECOND_CLOSED) else None
        return (Enrolment(study, university, on, max(on, closed_on) if closed_on else None),)

    def _route(self, dice: Dice, enrolment: Enrolment, part: Part) -> Route:
        """By the newest plan version, for some by an older one that took them; to finish, one that is open today."""
        if part in ADVANCED:
            plans = enrolment.study.for_graduate(enrolment.on, self.today)
            return dice.pick(enrolment.study.routes[(plans or list(enrolment.study.routes))[0]])
        plans = enrolment.study.for_newcomer(enrolment.on) or list(enrolment.study.routes)
        return dice.pick(enrolment.study.routes[plans[-1 if dice.hit(OLD_PLAN) else 0]])

    def _pace(self, dice: Dice) -> float:
        """Written papers a sitting; with fewer sittings more of them, so that people have as many marks in all."""
        return dice.turn(PACES) * 4.9 / (0.775 * len(self.terms) + 0.225)


def _spacing(size: int, usual: int, fewest: int) -> int:
    """How far apart the people of a part stand: as usual, closer where there would be too few of them."""
    return max(5, min(usual, size // fewest))


def _circumstances(dice: Dice, major: Major, part: Part) -> dict[str, Any]:
    is_bachelor = major.level == Major.Level.BACHELOR
    prior = dice.turn(PRIOR_FOR_BACHELOR if is_bachelor else PRIOR_FOR_ASSOCIATE)
    if is_bachelor and part != Part.ORDINARY:
        prior = "专科"
    address, district, postcode = texts.address(dice)
    kind = dice.turn(texts.KINDS)
    return {
        "prior_education": prior,
        "prior_major": dice.pick(texts.PRIOR_MAJORS) if prior else "",
        "additional_courses": False if part != Part.ORDINARY else dice.turn(ADDITIONAL),
        "address": address,
        "postcode": postcode,
        "political_status": dice.turn(texts.POLITICS),
        "occupation": dice.pick(texts.OCCUPATIONS),
        "education": "大专" if prior else dice.pick(texts.EDUCATIONS),
        "household": district,
        "exam_area": district,
        "candidate_kind": kind,
        "study_support": dice.pick(texts.SUPPORT) if kind == "助学点考生" else "",
    }
