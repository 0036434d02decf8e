"""Counts that end by themselves; those of one request are raised in one trip to the cache: on the result day trips count."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache as once

from django.conf import settings
from django.core.cache import cache
from redis import Redis


def raised(counts: Mapping[str, int]) -> list[int]:
    """Add one to each named count; one that begins ends after so many seconds. The counts as they are then, in order."""
    pipeline = _server().pipeline()
    for name, seconds in counts.items():
        key = cache.make_key(name)
        pipeline.set(key, 0, ex=seconds, nx=True)
        pipeline.incr(key)
    return [int(count) for count in pipeline.execute()[1::2]]


@once
def _server() -> Redis:
    """Where Django's cache lies, so that what is counted here can be read and taken back there."""
    return Redis.from_url(settings.CACHES["default"]["LOCATION"])
