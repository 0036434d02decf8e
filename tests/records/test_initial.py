"""Initial passwords: what a new member of staff gets, and what is left of a sign-in that was reset."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from audit.models import Event
from records.models import RecoveryCode, SecondFactor, SignedSession, User
from records.people.initial import new_person, reset_sign_in
from records.people.sign_in_trail import RESET


def test_a_new_person_must_change_the_password_that_was_given(officer):
    person, password = new_person("newcomer", "新同事", by=officer)

    person.refresh_from_db()
    assert person.check_password(password)
    assert person.password_is_initial
    assert (person.full_name, person.candidate_id, person.duties, person.reach.office_ids) == ("新同事", None, (), frozenset())


def test_a_new_person_is_the_doing_of_who_made_it_and_the_password_stands_nowhere(officer):
    person, password = new_person("newcomer", "新同事", by=officer)

    made = Event.objects.about(person).get()
    assert (made.verb, made.actor_id) == ("insert", officer.pk)
    assert password not in str(made.details)


def test_initial_passwords_are_long_and_none_is_like_another(officer):
    passwords = {new_person(f"newcomer{n}", "", by=officer)[1] for n in range(20)}

    assert len(passwords) == 20
    assert {len(password.replace("-", "")) for password in passwords} == {12}
    assert not set("".join(passwords)) & set("0O1lIi")


def test_a_login_name_that_is_taken_makes_nobody(officer, clerk):
    with pytest.raises(IntegrityError), transaction.atomic():
        new_person(clerk.username, "", by=officer)

    assert User.objects.filter(username=clerk.username).get() == clerk


def test_a_reset_leaves_nothing_of_the_old_sign_in(officer, clerk, second_clerk):
    for person in (clerk, second_clerk):
        SecondFactor.objects.create(person=person, kind=SecondFactor.Kind.TOTP, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
        RecoveryCode.objects.create(person=person, code_hash=bytes(32))
        SignedSession.objects.create(person=person, key_hash=bytes([person.pk % 256]) * 32)

    password = reset_sign_in(clerk, by=officer)

    clerk.refresh_from_db()
    assert clerk.check_password(password)
    assert clerk.password_is_initial
    assert not clerk.second_factors.exists()
    assert not clerk.recovery_codes.exists()
    assert not clerk.signed_sessions.filter(ended_at=None).exists()
    assert second_clerk.second_factors.exists()
    assert second_clerk.recovery_codes.exists()
    assert second_clerk.signed_sessions.filter(ended_at=None).exists()


def test_a_reset_stands_in_the_trail_without_the_password(officer, clerk):
    password = reset_sign_in(clerk, by=officer)

    written = Event.objects.about(clerk).get(verb=RESET)
    assert (written.actor_id, written.office_id) == (officer.pk, officer.office_id)
    assert not [event for event in Event.objects.all() if password in str(event.details)]
