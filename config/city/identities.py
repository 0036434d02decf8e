"""Identity documents and phone numbers that are well formed and nobody's.

Resident numbers bear region 199998, which was never given out, so that no real person is hit. Their dates of birth and sequence
numbers are dealt like cards: a person's place in the deck follows from the person's number, so none comes twice.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from stdnum.iso7064 import mod_11_2

from config.city.chance import Dice, Wheel
from records.people.identity import FEMALE, MALE, DocumentKind

REGION = "199998"
REGION_ELSEWHERE = "199997"
REGION_HONG_KONG = "810000"
BIRTH_YEARS = range(1966, 2008)
MOST_A_DAY = 499  # sequence numbers of one sex: 001, 003 … or 002, 004 …
FEWEST_A_DAY = 40
SEXES = (FEMALE, MALE)
STRIDE = 0.6180339887  # of the deck: neighbours in the register are strangers in age

KINDS = Wheel(
    [
        (DocumentKind.RESIDENT, 985.0),
        (DocumentKind.HMT_RESIDENCE, 4.0),
        (DocumentKind.HM_PERMIT, 3.0),
        (DocumentKind.TW_PERMIT, 3.0),
        (DocumentKind.FOREIGN_PR, 1.0),
        (DocumentKind.PASSPORT, 2.0),
        (DocumentKind.MILITARY, 2.0),
    ]
)


@dataclass(frozen=True)
class Deck:
    """The dates of birth and sequence numbers of a city; ``seed`` cuts it."""

    seed: int

    @cached_property
    def days(self) -> list[dt.date]:
        """Every possible date of birth."""
        return [
            dt.date(year, month, day)
            for year in BIRTH_YEARS
            for month in range(1, 13)
            for day in range(1, calendar.monthrange(year, month)[1] + 1)
        ]

    @cached_property
    def ends(self) -> list[int]:
        """How many cards lie up to each day, that day included: many of those around twenty-five, few of the old."""
        return list(accumulate(_cards_of(day.year) for day in self.days))

    @cached_property
    def stride(self) -> int:
        """How far apart two neighbours' cards lie; without a common divisor with the deck, so that each card is met once."""
        step = int(self.ends[-1] * STRIDE)
        while math.gcd(step, self.ends[-1]) > 1:
            step += 1
        return step

    def deal(self, number: int) -> tuple[dt.date, str, int]:
        """Date of birth, sex (GB/T 2261.1) and sequence number (1 to 999) of the person with this number."""
        card = (number * self.stride + self.seed * 7_919) % self.ends[-1]
        place = bisect_right(self.ends, card)
        rest = card - (self.ends[place - 1] if place else 0)
        sequence, male = divmod(rest, 2)
        return self.days[place], SEXES[male], sequence * 2 + (1 if male else 2)

    def __len__(self) -> int:
        return self.ends[-1]


def _cards_of(year: int) -> int:
    """Cards of one day in this year, of both sexes: all for those born since 1992, fewer the longer ago."""
    return 2 * max(FEWEST_A_DAY, MOST_A_DAY - max(0, 1992 - year) * 20)


def document_number(kind: str, number: int, born: dt.date, sequence: int) -> str:
    """A well-formed number of this kind, which nobody else of the city has; ``number`` is the person's."""
    if kind == DocumentKind.RESIDENT:
        return _with_check(f"{REGION}{born:%Y%m%d}{sequence:03}")
    if kind == DocumentKind.HMT_RESIDENCE:
        return _with_check(f"{REGION_HONG_KONG}{born:%Y%m%d}{sequence:03}")
    if kind == DocumentKind.FOREIGN_PR:
        return f"XXX{number:012}"
    if kind == DocumentKind.HM_PERMIT:
        return f"H{number:08}"
    if kind == DocumentKind.TW_PERMIT:
        return f"{number:08}"
    if kind == DocumentKind.MILITARY:
        return f"军字第{number:08}号"
    return f"XX{number:08}"


def _with_check(digits: str) -> str:
    return digits + mod_11_2.calc_check_digit(digits)


def phone_number(dice: Dice, number: int) -> str:
    """A number by the form of a mobile one, in a block that no operator was given (154); empty for one in fifty."""
    return "" if dice.hit(0.02) else f"154{number % 100_000_000:08}"


def another_number(number: str) -> str:
    """A resident number of the same birth date and sex in another region that was never given out either."""
    digits = REGION_ELSEWHERE + number[6:17]
    return digits + mod_11_2.calc_check_digit(digits)
