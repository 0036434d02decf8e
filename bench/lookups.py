"""Whether the time that a look-up takes tells hit from miss: 2,000 of each, interleaved, through the WSGI handler.

The figure is the chance that a hit took longer than a miss (Mann–Whitney, 0.5 when the times tell nothing). How far from 0.5
chance alone brings it is measured in the same run: the same figure between random halves of the hits, scaled to the same number.
"""

from __future__ import annotations

import logging
import os
import random
import re
import statistics
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from itertools import count

from django.core import signing
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from records.lookups.proof import SALT
from records.models import Candidate

EACH = int(os.environ.get("KAOJI_BENCH_LOOKUPS", "2000"))
WARM_UP = 50
SPLITS = 200
SPREAD = 2.0
"""How much further than the widest of the random halves a look-up may lie: other programs share the machine."""
_nonce = count()

Form = dict[str, str]
Lookup = Callable[[Candidate], Form]


def record_number(candidate: Candidate) -> Form:
    return {"name": candidate.name, "kind": candidate.document_kind, "number": candidate.identity_number}


def registration_number(candidate: Candidate) -> Form:
    return record_number(candidate) | {"wants_registration": "on"}


def marks(candidate: Candidate) -> Form:
    return {"ticket": candidate.ticket_number, "number": candidate.identity_number}


def number_and_date(candidate: Candidate) -> Form:
    return {"number": candidate.ticket_number, "birth_date": f"{candidate.birth_date}"}


LOOKUPS: tuple[tuple[str, str, Lookup, str], ...] = (
    ("L1 record number", "lookup", record_number, "name"),
    ("L1 registration number", "lookup", registration_number, "name"),
    ("L8 marks", "scores-lookup", marks, "ticket"),
    ("first sign-in", "first-sign-in", number_and_date, "number"),
    ("forgotten password", "forgotten", number_and_date, "number"),
)
"""Title, address, the form of a hit, and the field that a miss gets from somebody else."""


def run() -> None:
    """Print medians, their ratio and the figure of each look-up; exit with 1 if one lies outside its limit."""
    logging.disable(logging.CRITICAL)
    call_command("collectstatic", interactive=False, verbosity=0)
    held = Candidate.objects.filter(document_kind="resident", record_number__isnull=False, tickets__is_current=True)
    people = list(held.prefetch_related("tickets").order_by("pk")[: EACH + 1])
    told = [title for title, *rest in LOOKUPS if not _is_even(title, *_measured(people, *rest))]
    if told:
        sys.exit(f"the time tells hit from miss: {', '.join(told)}")


def _measured(people: list[Candidate], page: str, form_of: Lookup, other: str) -> tuple[list[float], list[float]]:
    """Milliseconds of hits and of misses, taken in pairs in random order."""
    client, address = Client(SERVER_NAME="localhost"), reverse(page)
    hits: list[float] = []
    misses: list[float] = []
    for place in range(EACH + WARM_UP):
        somebody, stranger = people[place % (len(people) - 1)], people[place % (len(people) - 1) + 1]
        hit = form_of(somebody)
        pair = [(hits, hit), (misses, hit | {other: _of_nobody(other, form_of(stranger)[other])})]
        random.shuffle(pair)
        for times, form in pair:
            times.append(_milliseconds(client, address, form))
    return hits[WARM_UP:], misses[WARM_UP:]


def _of_nobody(field: str, value: str) -> str:
    """What fits nobody, as long as the real one: another's name with a letter more, a number that was never issued."""
    return f"{value[:-1]}龘" if field == "name" else re.sub(r"^\d{2}", "99", value)


def _milliseconds(client: Client, address: str, form: Form) -> float:
    cache.clear()  # no count is full, whoever was asked about before
    stamp = signing.dumps([f"bench-{next(_nonce)}", int(time.time()) - 60], salt=SALT)
    begun = time.perf_counter()
    status = client.post(address, form | {"proof": "", "proof-stamp": stamp}, secure=True).status_code
    if status not in (HTTPStatus.OK, HTTPStatus.FOUND):
        sys.exit(f"{address} answered {status}")
    return (time.perf_counter() - begun) * 1000


def _is_even(title: str, hits: list[float], misses: list[float]) -> bool:
    found = chance_of_longer(hits, misses)
    widest = max(abs(chance_of_longer(*_halves(hits)) - 0.5) for _split in range(SPLITS))
    limit = SPREAD * widest / 2**0.5
    ratio = statistics.median(hits) / statistics.median(misses)
    print(
        f"{title}: hit {statistics.median(hits):.2f} ms, miss {statistics.median(misses):.2f} ms, ratio {ratio:.3f}; "
        f"hit longer than miss {found:.3f} (0.5 ± {limit:.3f})"
    )
    return abs(found - 0.5) <= limit


def _halves(times: list[float]) -> tuple[list[float], list[float]]:
    mixed = random.sample(times, len(times))
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]


def chance_of_longer(some: list[float], others: list[float]) -> float:
    """The chance that one of ``some`` is longer than one of ``others`` (ties half): Mann–Whitney's U over all pairs."""
    ranked = sorted([(time, True) for time in some] + [(time, False) for time in others])
    rank_sum = sum(rank for rank, (_time, is_of_some) in enumerate(ranked, start=1) if is_of_some)
    return (rank_sum - len(some) * (len(some) + 1) / 2) / (len(some) * len(others))
