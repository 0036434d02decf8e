"""Chance that a seed decides: a die for people in Python, a function of (person, key) for marks in the database."""

from __future__ import annotations

import hashlib
import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

from django.db import connection

T = TypeVar("T")

_FUNCTIONS = """
CREATE OR REPLACE FUNCTION pg_temp.chance(person bigint, key bigint) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT (hashint8extended(person, key) & 4503599627370495)::float8 / 4503599627370496 $$;
CREATE OR REPLACE FUNCTION pg_temp.bell(person bigint, key bigint) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT 1.7320508 * (pg_temp.chance(person, key) + pg_temp.chance(person, key + 1) + pg_temp.chance(person, key + 2)
                       + pg_temp.chance(person, key + 3) - 2) $$;
"""


class Wheel(Generic[T]):
    """Things with weights, given as pairs."""

    def __init__(self, pairs: Iterable[tuple[T, float]]) -> None:
        weighted = list(pairs)
        self.things = [thing for thing, _weight in weighted]
        self.ends = list(accumulate(weight for _thing, weight in weighted))

    def at(self, turn: float) -> T:
        """The thing at this part (0 to 1) of a turn."""
        return self.things[min(bisect_right(self.ends, turn * self.ends[-1]), len(self.things) - 1)]


class Dice(random.Random):
    """Draws of one person. Everything comes from ``random()``, the one method whose series Python promises to keep."""

    def __init__(self, seed: int, *of: object) -> None:
        text = ":".join(str(part) for part in (seed, *of))
        super().__init__(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big"))

    def hit(self, share: float) -> bool:
        """Whether something of this share (0 to 1) befalls."""
        return self.random() < share

    def below(self, limit: int) -> int:
        """A number of 0 … ``limit`` − 1."""
        return int(self.random() * limit)

    def pick(self, things: Sequence[T]) -> T:
        """One of ``things``, each as likely as any."""
        return things[self.below(len(things))]

    def turn(self, wheel: Wheel[T]) -> T:
        """One of the wheel's things, by their weights."""
        return wheel.at(self.random())


def teach_database() -> None:
    """Give this connection ``pg_temp.chance(person, key)``, 0 to 1, and ``pg_temp.bell``, around 0 with deviation 1."""
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTIONS)
