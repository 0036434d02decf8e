"""How often one source, and one person, may ask: counts in the cache under keyed hashes, gone when their time is over.

Source: the house's rule on personal data (HOUSE §7). A count rises whether something was found or not.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from records.lookups.counters import raised
from records.people.encryption import lookup_hash

MINUTE = 60
HOUR = 60 * MINUTE


@dataclass(frozen=True)
class Limit:
    """At most ``count`` in ``seconds``; ``name`` tells the counts of different doors apart."""

    name: str
    count: int
    seconds: int


@dataclass(frozen=True)
class Door:
    """The limits of one page. A source may be a whole campus behind one address, so it may ask more than a person."""

    source: Limit
    person: Limit
    unproven: Limit
    """For a source whose browsers do no proof of work."""


LOOKUP = Door(Limit("lookup", 120, 10 * MINUTE), Limit("lookup-person", 10, HOUR), Limit("lookup-unproven", 20, 10 * MINUTE))
SCORES = Door(Limit("scores", 300, 10 * MINUTE), Limit("scores-person", 20, HOUR), Limit("scores-unproven", 40, 10 * MINUTE))
VERIFY = Door(Limit("verify", 120, 10 * MINUTE), Limit("verify-person", 30, HOUR), Limit("verify-unproven", 30, 10 * MINUTE))
"""L7: the person is the certificate asked about, by its number, its code or its file."""
SIGN_IN = Door(Limit("sign-in", 120, 10 * MINUTE), Limit("sign-in-person", 50, HOUR), Limit("sign-in-unproven", 120, 10 * MINUTE))
"""The person's limit is for tries from many sources; one name from one source is locked sooner (``records.people.lockout``)."""
SECOND_FACTOR = Limit("second-factor", 20, 24 * HOUR)
"""Wrong second factors of one person, from everywhere."""
PASSWORD_AGAIN = Limit("password-again", 10, 15 * MINUTE)
"""Wrong passwords of somebody signed in who is asked for it again."""
FIRST_SIGN_IN = Door(Limit("first", 60, 10 * MINUTE), Limit("first-person", 5, HOUR), Limit("first-unproven", 10, 10 * MINUTE))
FORGOTTEN = Door(
    Limit("forgotten", 60, 10 * MINUTE), Limit("forgotten-person", 5, HOUR), Limit("forgotten-unproven", 10, 10 * MINUTE)
)
SLIP = Door(Limit("slip", 60, 10 * MINUTE), Limit("slip-person", 10, HOUR), Limit("slip-unproven", 10, 10 * MINUTE))
SLIP_TRIES = Limit("slip-tries", 20, 24 * HOUR)
"""Slips tried for one candidate, by whatever number."""
CODE_TRIES = Limit("code-tries", 100, 10 * MINUTE)
"""Codes that one source types in; how often one code may be tried stands in ``records.people.codes``."""
CODES = Limit("codes", 5, 24 * HOUR)
"""Codes sent to one candidate's phone, by whatever number somebody asks for them."""


class TooMany(Exception):
    """Asked too often; ``seconds`` until it may be tried again."""

    template_name = "429.html"

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def source_of(request: HttpRequest) -> str:
    """Where a request comes from: an IPv4 address, or the /64 network of an IPv6 address; behind ``PROXIES`` proxies theirs.

    ``unknown`` for what is no address; all such requests share one count.
    """
    named = [request.META.get("REMOTE_ADDR", "")]
    if settings.PROXIES:
        named = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-settings.PROXIES :] or named
    try:
        address = ipaddress.ip_address(named[0].strip())
    except ValueError:
        return "unknown"
    return str(address) if address.version == 4 else str(ipaddress.ip_network((int(address), 64), strict=False))


def take(limit: Limit, whom: str) -> None:
    """Count one more for ``whom`` (a source, a number); raises ``TooMany`` when that is more than the limit."""
    take_all([(limit, whom)])


def take_all(counted: Sequence[tuple[Limit, str]]) -> None:
    """Count one more for each; raises ``TooMany`` for the first that has more than its limit."""
    now = int(time.time())
    keys = {_key(limit, whom, now): limit for limit, whom in counted}
    for count, limit in zip(raised({key: limit.seconds for key, limit in keys.items()}), keys.values(), strict=True):
        if count > limit.count:
            raise TooMany((now // limit.seconds + 1) * limit.seconds - now)


def _key(limit: Limit, whom: str, now: int) -> str:
    return f"limit:{limit.name}:{now // limit.seconds}:{lookup_hash(whom, b'limit').hex()}"


def forget(limit: Limit, whom: str) -> None:
    """Take back the count of ``whom`` in the running period: the right password came in the end."""
    cache.delete(_key(limit, whom, int(time.time())))


def pass_through(door: Door, source: str, person: str, *, is_proven: bool) -> None:
    """Count one request at a door, for ``source_of`` the request and for the number asked about; raises ``TooMany``."""
    unproven = [] if is_proven else [(door.unproven, source)]
    take_all([(door.source, source), *unproven, (door.person, person)])
