"""What gives authority besides appointments: Django's and guardian's own tables, so that every change of them leaves a trail."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import Group, Permission
from guardian.models import GroupObjectPermission

from audit.changes import change_triggers
from records.people.models import User


class Role(Group):
    """The name of a role: the duty code that appointments go by."""

    class Meta:
        proxy = True
        triggers: ClassVar = change_triggers(candidate="no_candidate")


class NamedPermission(Permission):
    """The name by which the code asks for a permission."""

    class Meta:
        proxy = True
        triggers: ClassVar = change_triggers(candidate="no_candidate")


class RolePermission(Group.permissions.through):  # type: ignore[misc,name-defined] # Django makes these three tables itself
    """What a role permits: the rows that ``config/roles.py`` keeps, and any that a hand adds."""

    class Meta:
        proxy = True
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)


class PersonalPermission(User.user_permissions.through):  # type: ignore[misc,name-defined]
    """A permission given to one person past every role: the portal gives none."""

    class Meta:
        proxy = True
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)


class Membership(User.groups.through):  # type: ignore[misc,name-defined]
    """A membership in a group past every appointment: the portal gives none."""

    class Meta:
        proxy = True
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)


class RoleGrant(GroupObjectPermission):
    """A grant on an office given to a whole group: the portal gives none."""

    class Meta:
        proxy = True
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)
