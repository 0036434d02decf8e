"""People who sign in. Staff represent an office by a guardian grant and have duties by appointment; a candidate has a record."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermission

from audit.changes import change_triggers
from audit.models import ServerClock
from records.offices.models import Office
from records.offices.reach import Reach, reach_of
from records.people.encryption import EncryptedTextField


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
    password_is_initial = models.BooleanField(_("初始密码，登录后必须更换"), default=False)
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
    def office_id(self) -> int | None:
        """The one office that a member of staff belongs to; None for a candidate."""
        return min(self.reach.office_ids, default=None)

    @cached_property
    def duties(self) -> tuple[str, ...]:
        """The duty codes in force today at the offices that the person represents, read once per request (and per job)."""
        held = Appointment.objects.filter(person=self, office__in=self.reach.office_ids).in_force(timezone.localdate())
        return tuple(held.order_by("role__name").values_list("role__name", flat=True).distinct())

    @cached_property
    def capacity(self) -> str:
        """How the trail names what this person acts as: ``candidate``, or offices and duties such as ``office:10319 U4,U7``."""
        if self.candidate_id:
            return "candidate"
        codes = Office.objects.filter(pk__in=self.reach.office_ids).order_by("code").values_list("code", flat=True)
        return f"office:{'+'.join(codes)} {','.join(self.duties)}".strip()[:120]


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def standing(self) -> AppointmentQuerySet:
        """Those that nobody has taken back, whatever their dates."""
        return self.filter(taken_at__isnull=True)

    def in_force(self, day: dt.date) -> AppointmentQuerySet:
        """Those by which a duty is held on this day, both ends included."""
        return self.not_over(day).filter(starts_on__lte=day)

    def not_over(self, day: dt.date) -> AppointmentQuerySet:
        """Those by which a duty is held on this day or will be."""
        return self.standing().filter(models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=day))

    def overlapping(self, first: dt.date, last: dt.date | None) -> AppointmentQuerySet:
        """Those by which a duty is held on some day of a term, both ends included; a term without ``last`` does not end."""
        there = self.not_over(first)
        return there if last is None else there.filter(starts_on__lte=last)


class Appointment(models.Model):
    """That a person has a duty at an office from a day on, for good or until a last day: the one source of *what* somebody may
    do.

    ``role`` is the group of a duty code (``config/roles.py``). A deputy's appointment names whom it stands in for and always
    ends. What was given and taken back stays, with who did it; nothing is altered but ``ends_on`` and the two columns of
    taking.
    """

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("人员"))
    role = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+", verbose_name=_("职责"))
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("机构"))
    starts_on = models.DateField(_("自"), default=timezone.localdate)
    ends_on = models.DateField(_("至"), null=True, blank=True)
    deputy_for = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("代理谁")
    )
    given_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("任命人"))
    given_at = models.DateTimeField(db_default=ServerClock())
    taken_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("收回人"))
    taken_at = models.DateTimeField(null=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
                name="appointment_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(deputy_for__isnull=True) | models.Q(ends_on__isnull=False), name="deputies_have_an_end"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["office", "person"], name="appointment_office")]
        permissions: ClassVar = [("appoint_people", "Head: give and take the duties of the own office")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return f"{self.person} {self.role.name}"


class SecondFactor(models.Model):
    """What a member of staff has besides the password: an authenticator's secret (TOTP) or a passkey.

    ``last_step`` is the time step of the last accepted code (a code is good once); ``sign_count`` the passkey's own counter.
    """

    class Kind(models.TextChoices):
        TOTP = "totp", _("验证器")
        PASSKEY = "passkey", _("通行密钥")

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="second_factors")
    kind = models.CharField(max_length=7, choices=Kind)
    label = models.CharField(_("名称"), max_length=60, blank=True, default="")
    secret = EncryptedTextField(context=b"second-factor.secret", blank=True, default="")
    credential_id = models.BinaryField(null=True, unique=True)
    public_key = models.BinaryField(null=True)
    sign_count = models.BigIntegerField(default=0)
    last_step = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=ServerClock())
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("第二因素")
        verbose_name_plural = _("第二因素")
        triggers: ClassVar = change_triggers(
            candidate="no_candidate",
            inserts=True,
            left_out=["secret", "credential_id", "public_key", "sign_count", "last_step", "used_at"],
        )

    def __str__(self) -> str:
        return self.label or str(self.get_kind_display())


class RecoveryCode(models.Model):
    """A code for the day on which the phone is lost: good once, known only by its keyed hash."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.BinaryField(max_length=32)
    made_at = models.DateTimeField(db_default=ServerClock())
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("恢复码")
        verbose_name_plural = _("恢复码")
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "code_hash"], name="one_recovery_code")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True, left_out=["code_hash"])

    def __str__(self) -> str:
        return str(self.pk)


class SignedSession(models.Model):
    """A session as its owner sees it: since when, last seen, on what kind of machine; ended ones stay for the history.

    ``key_hash`` is a keyed hash of the session's key, so that nobody signs in with what stands here.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="signed_sessions")
    key_hash = models.BinaryField(max_length=32, unique=True)
    machine = models.CharField(_("设备"), max_length=120, blank=True, default="")
    source_mask = models.CharField(_("来源"), max_length=60, blank=True, default="")
    started_at = models.DateTimeField(db_default=ServerClock())
    seen_at = models.DateTimeField(db_default=ServerClock())
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        verbose_name = _("登录")
        verbose_name_plural = _("登录")
        indexes: ClassVar = [models.Index(fields=["person", "-id"], name="signed_session_person")]

    def __str__(self) -> str:
        return self.machine


class ActivationSlip(models.Model):
    """A slip from the counter in place of a code to a phone: opens the first sign-in or a new password, once, until it expires.

    Known only by its keyed hash; ``proof`` is what the clerk saw.
    """

    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="activation_slips")
    code_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("经办人"))
    issued_at = models.DateTimeField(_("发放时间"), db_default=ServerClock())
    expires_at = models.DateTimeField(_("失效时间"))
    proof = models.CharField(_("查验的证件"), max_length=40)
    used_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("账户启用单")
        verbose_name_plural = _("账户启用单")
        triggers: ClassVar = change_triggers(inserts=True, left_out=["code_hash"])

    def __str__(self) -> str:
        return str(self.pk)


class OfficeGrant(UserObjectPermission):
    """Whom a person represents: guardian's own rows, so that giving and taking them leaves a trail."""

    class Meta:
        proxy = True
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)
