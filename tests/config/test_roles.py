"""The table of duties: each code of the office's rules once, its permissions real, in words, and nobody's by group membership."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission

from config.roles import CITY, DISTRICT, EDITOR, HEADS, PERMISSIONS, ROLES, UNIVERSITY, sync, titles_of
from records.models import Office, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_every_tier_has_its_head_and_every_code_tells_its_tier():
    assert set(HEADS) == {CITY, UNIVERSITY, DISTRICT} == {kind.value for kind in Office.Kind}
    assert all(ROLES[code].tier == tier for tier, code in HEADS.items())
    letters = {CITY: "O", UNIVERSITY: "U", DISTRICT: "L"}
    assert [role.code for role in ROLES.values() if role.code[0] != letters[role.tier]] == []
    assert ROLES[EDITOR].tier == CITY


def test_every_duty_of_the_rules_is_there():
    assert {f"O{number}" for number in range(1, 8)} | {f"U{number}" for number in range(1, 10)} | {"L6"} <= set(ROLES)


def test_every_permission_of_the_table_is_said_in_words():
    used = {permission for role in ROLES.values() for permission in role.permissions}

    assert used == set(PERMISSIONS)
    assert len({str(words) for words in PERMISSIONS.values()}) == len(PERMISSIONS)


def test_only_heads_appoint_and_who_is_no_record_staff_may_nothing():
    appointing = {role.code for role in ROLES.values() if "records.appoint_people" in role.permissions}

    assert appointing == set(HEADS.values())
    assert ROLES["OS"].permissions == ROLES["US"].permissions == ()


def test_whoever_carries_a_correction_out_does_not_verify_and_the_auditor_does_nothing_else():
    assert "records.verify_correction" not in ROLES["OE"].permissions
    assert "records.carry_out_correction" not in ROLES["OV"].permissions
    assert [role.code for role in ROLES.values() if "records.carry_out_correction" in role.permissions] == [EDITOR]
    assert not any(permission.startswith(("scores.", "exemptions.", "graduation.")) for permission in ROLES["OA"].permissions)


def test_syncing_gives_each_group_what_the_table_says_and_takes_what_it_does_not():
    group = Group.objects.get(name="O7")
    group.permissions.add(Permission.objects.get(codename="appoint_people"))

    sync()

    held = {f"{each.content_type.app_label}.{each.codename}" for each in group.permissions.select_related("content_type")}
    assert held == set(ROLES["O7"].permissions)


def test_the_top_bar_names_duties_in_words_with_their_codes(university):
    assert titles_of(UserFactory(office=university, roles=["U7", "U4"])) == ["免考初审(U4)", "毕业初审(U7)"]


def test_membership_in_a_group_without_an_appointment_gives_nothing(university):
    person = UserFactory(office=university)
    person.groups.add(Group.objects.get(name="UH"))

    again = User.objects.get(pk=person.pk)
    assert again.duties == ()
    assert not again.has_perm("records.appoint_people")
