"""The parts from which a synthetic city is drawn, each by itself."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter

import pytest
from django.db import connection

from config.city import chance, identities, names, proofs
from config.city.building import CannotBuild, build
from config.city.calendar import registration_day, terms
from config.city.chance import Dice, Wheel
from config.city.people import City, Part
from config.city.routes import Route, Stop, Study
from records.documents.inspection import PDF, inspect
from records.models import Major, Office, Plan
from records.people.identity import FEMALE, MALE, DocumentKind, check_document

TODAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (dt.date(2026, 10, 31), "2026-04"),
        (dt.date(2026, 11, 1), "2026-10"),
        (dt.date(2027, 4, 30), "2026-10"),
        (dt.date(2027, 5, 1), "2027-04"),
    ],
)
def test_the_last_sitting_is_over_and_not_out(today: dt.date, last: str) -> None:
    held = terms(6, today)

    assert [term.place for term in held] == [1, 2, 3, 4, 5, 6]
    assert held[-1].name == last
    assert [term.is_out for term in held] == [True] * 5 + [False]
    assert [term.name for term in held] == sorted(term.name for term in held)


def test_people_register_in_the_periods_and_never_later_than_today() -> None:
    first_sitting = terms(6, TODAY)[0].first_day
    days = [registration_day(Dice(1, number), first_sitting, TODAY, is_old_hand=False) for number in range(500)]

    assert {day.month for day in days} <= {3, 9}
    assert dt.date(2021, 3, 1) <= min(days) <= max(days) <= TODAY
    assert {day < first_sitting for day in days} == {True, False}


def test_an_old_hand_registered_before_the_first_sitting() -> None:
    first_sitting = terms(6, TODAY)[0].first_day

    assert all(registration_day(Dice(1, n), first_sitting, TODAY, is_old_hand=True) < first_sitting for n in range(200))


def test_nobody_gets_the_card_of_another() -> None:
    deck = identities.Deck(seed=3)
    cards = {deck.deal(number) for number in range(1, 50_001)}

    assert len(cards) == 50_000
    assert len(deck) > 3_000_000


def test_sex_agrees_with_the_sequence_number() -> None:
    deck = identities.Deck(seed=3)

    for number in range(1, 2_000):
        _born, sex, sequence = deck.deal(number)
        assert 1 <= sequence <= 999
        assert sex == (MALE if sequence % 2 else FEMALE)


@pytest.mark.parametrize("kind", DocumentKind.values)
def test_documents_of_every_kind_are_well_formed(kind: str) -> None:
    born, sex, sequence = identities.Deck(seed=1).deal(77)
    numbers = {identities.document_number(kind, number, born, sequence) for number in (77, 999_999)}

    for number in numbers:
        assert check_document(kind, number, birth_date=born, sex=sex) == []


def test_names_show_what_registers_stumble_over() -> None:
    drawn = [names.name(Dice(1, number), names.ethnicity(Dice(2, number)), MALE, 1999) for number in range(20_000)]

    assert any("·" in name for name in drawn)
    assert any(ord(sign) > 0xFFFF for name in drawn for sign in name)
    assert any(name.startswith("欧阳") for name in drawn)
    assert any(name.startswith("单") for name in drawn)
    assert all(unicodedata.normalize("NFKC", name) == name for name in drawn)
    assert max(Counter(drawn).values()) < 100


def test_a_wheel_turns_by_its_weights() -> None:
    wheel = Wheel([("often", 9.0), ("seldom", 1.0), ("never", 0.0)])
    drawn = Counter(Dice(1, number).turn(wheel) for number in range(2_000))

    assert 1_700 < drawn["often"] < 1_900
    assert drawn["seldom"] + drawn["often"] == 2_000
    assert (wheel.at(0.0), wheel.at(0.89), wheel.at(0.91)) == ("often", "often", "seldom")


def test_dice_fall_alike_for_the_same_seed_and_otherwise_for_another() -> None:
    assert [Dice(1, 5).random() for _ in range(2)] == [Dice(1, 5).random()] * 2
    assert Dice(1, 5).random() != Dice(2, 5).random() != Dice(1, 6).random()


def test_the_database_draws_the_same_for_the_same_person_and_key(db: None) -> None:
    chance.teach_database()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT pg_temp.chance(7, 1) = pg_temp.chance(7, 1), pg_temp.chance(7, 1) <> pg_temp.chance(7, 2),
                      min(pg_temp.chance(n, 1)) >= 0, max(pg_temp.chance(n, 1)) < 1, avg(pg_temp.chance(n, 1)),
                      avg(pg_temp.bell(n, 1)), stddev(pg_temp.bell(n, 1))
                 FROM generate_series(1, 5000) n"""
        )
        *truths, mean, middle, deviation = cursor.fetchone()

    assert truths == [True] * 4
    assert mean == pytest.approx(0.5, abs=0.02)
    assert middle == pytest.approx(0, abs=0.05)
    assert deviation == pytest.approx(1, abs=0.05)


def test_proofs_are_pages_that_the_portal_takes(db: None) -> None:
    page = proofs.page(("SPECIMEN - INVENTED", "CET4"))

    assert inspect(page).kind is PDF


def _study() -> Study:
    major = Major(pk=1, code="X1", name="示例学", level=Major.Level.ASSOCIATE)
    plan = Plan(pk=1, major=major, version="2024", effective_from=dt.date(2020, 1, 1))
    stop = Stop(course_id=1, code="70001", practical=False, thesis=False, theory=None, first_sitting="")
    return Study(major, (5,), {plan: (Route(0, plan, (stop,)),)})


def _city(seed: int = 1, size: int = 2_000) -> City:
    return City(seed, size, terms(6, TODAY), [_study()], frozenset({5}), TODAY)


def test_people_follow_from_the_seed() -> None:
    assert _city().person(17) == _city().person(17)
    assert _city(seed=2).person(17).identity != _city().person(17).identity


@pytest.mark.parametrize("size", [60, 2_000, 1_000_000])
def test_even_a_small_city_has_some_of_every_part(size: int) -> None:
    city = _city(size=size)
    parts = Counter(city.part_of(number) for number in range(1, min(size, 20_000) + 1))

    assert parts[Part.SHOWCASE] == 1
    assert parts[Part.FINISHER] >= 10
    assert parts[Part.SHORT_OF_ONE] >= 3
    assert parts[Part.CHEAT] >= 2
    assert parts[Part.ORDINARY] > parts.total() / 2


@pytest.mark.parametrize(("candidates", "sittings"), [(0, 6), (10, 1)])
def test_a_city_of_nobody_or_without_a_publication_is_refused(db: None, candidates: int, sittings: int) -> None:
    with pytest.raises(CannotBuild):
        build(candidates=candidates, sittings=sittings, seed=1, say=print)


def test_without_a_catalogue_there_is_nothing_to_study(db: None) -> None:
    assert not Office.objects.universities().exists()

    with pytest.raises(CannotBuild, match="catalogue"):
        build(candidates=10, sittings=6, seed=1, say=print)
