"""People who sign in. Staff represent an office by a guardian grant and have duties by group; a candidate has a record."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermission

from audit.changes import change_triggers
from records.offices.models import Office
from records.offices.reach import Reach, reach_of


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """A person who can sign in; without ``password`` only after one is set by activation."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        """For installation only; a system check warns about an active one in production."""
        return self.create_user(username, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in: a member of an office, or a candidate (then ``candidate`` is set)."""

    username = models.CharField(_("登录名"), max_length=64, unique=True)
    full_name = models.CharField(_("姓名"), max_length=200, blank=True, default="")
    candidate = models.OneToOneField("records.Candidate", null=True, blank=True, on_delete=models.PROTECT, related_name="account")
    is_active = models.BooleanField(_("启用"), default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")
        triggers: ClassVar = change_triggers(left_out=["password", "last_login"], inserts=True)

    def __str__(self) -> str:
        return self.full_name or self.username

    @cached_property
    def reach(self) -> Reach:
        """Where this person may act, read once per request (and per job)."""
        return reach_of(self)

    @cached_property
    def capacity(self) -> str:
        """How the trail names what this person acts as: ``candidate``, or offices and duties such as ``office:10319 U4,U7``."""
        if self.candidate_id:
            return "candidate"
        codes = Office.objects.filter(pk__in=self.reach.office_ids).order_by("code").values_list("code", flat=True)
        duties = self.groups.order_by("name").values_list("name", flat=True)
        return f"office:{'+'.join(codes)} {','.join(duties)}".strip()[:120]


class UserRole(User.groups.through):  # type: ignore[name-defined,misc]
    """A duty held by a person: the same rows as Django's, so that giving and taking them leaves a trail."""

    class Meta:
        proxy = True
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)


class OfficeGrant(UserObjectPermission):
    """Whom a person represents: guardian's own rows, so that giving and taking them leaves a trail."""

    class Meta:
        proxy = True
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)
