"""Second factors for tests: one for a member of staff, and the code that it shows now."""

from __future__ import annotations

from typing import Any

from records.models import SecondFactor, User
from records.people import recovery, second_factor

STEPS = (0, 1, -1)


def with_factor(person: User) -> SecondFactor:
    """The person's authenticator; made, with recovery codes put away, where there is none."""
    factor = person.second_factors.filter(kind=SecondFactor.Kind.TOTP).first()
    if factor is None:
        factor = SecondFactor.objects.create(person=person, kind=SecondFactor.Kind.TOTP, secret=second_factor.new_secret())
    if not recovery.left(person):
        recovery.keep(person, recovery.new_codes())
    return factor


def current_code(person: User) -> str:
    """A code that is accepted now. A test does not wait for the next one: where all are used, their use is forgotten."""
    factor = person.second_factors.get(kind=SecondFactor.Kind.TOTP)
    now = second_factor.running_step()
    open_steps = [now + step for step in STEPS if now + step > factor.last_step]
    if not open_steps:
        SecondFactor.objects.filter(pk=factor.pk).update(last_step=0)
    return second_factor.code_at(factor.secret, open_steps[0] if open_steps else now)


def sign_in(client: Any, person: User, password: str) -> Any:
    """Password and code, as a member of staff types them; returns the last answer."""
    client.post("/sign-in/", {"number": person.username, "password": password})
    return client.post("/sign-in/factor/", {"code": current_code(person)})
