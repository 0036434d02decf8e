"""Looking at the pages of the paper archive as somebody, and what that left in the trail."""

from __future__ import annotations

from typing import Any

from audit.models import Event
from records.models import User


def page(client: Any, person: User, address: str, **query: str) -> str:
    client.force_login(person)
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def reads(verb: str) -> list[Event]:
    return list(Event.objects.filter(kind="read", verb=verb, outcome="done"))
