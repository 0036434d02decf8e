"""Certificates of the demonstration's candidate: one in force, one that a granted exemption overtook, one that was revoked."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from audit.acting import acting
from audit.workflow import Refused
from config.city.applicants import Staff
from records.candidates.models import Candidate
from records.certificates.issuing import issue
from records.certificates.models import Certificate
from records.certificates.own_kinds import courses_to_choose
from records.certificates.revoking import revoke
from records.people.models import User

REASON = _("盖章有误，已收回纸质件，另行出具。")


def before_the_exemptions(candidate: Candidate, person: User) -> None:
    """The transcript that the exempted course will take out of force."""
    _fetched(candidate, person, "transcript")


def after_the_exemptions(candidate: Candidate, person: User, staff: Staff) -> None:
    """The transcript in force, the registration, and one of a chosen course that the head took back."""
    _fetched(candidate, person, "transcript")
    _fetched(candidate, person, "registration")
    chosen = _fetched(candidate, person, "transcript", [line["code"] for line in courses_to_choose(candidate)[:1]])
    head = staff.people.get(f"uh.{candidate.managing_university.code}")
    if chosen and head:
        with acting(head):
            revoke(chosen, str(REASON), by=head)


def _fetched(candidate: Candidate, person: User, kind: str, codes: Sequence[str] = ()) -> Certificate | None:
    """As the candidate fetches it; None where there is nothing to certify."""
    try:
        with acting(person):
            return issue(candidate, kind, office=candidate.managing_university, by=person, choice={"courses": list(codes)})
    except Refused:
        return None
