"""The candidate and the record (考籍): one person, one record, whatever majors and tickets there were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from records.candidates.namesakes import folded_name
from records.offices.reach import Reach
from records.people.encryption import EncryptedTextField
from records.people.identity import DocumentKind

if TYPE_CHECKING:
    from records.people.models import User


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def visible_to(self, user: User) -> CandidateQuerySet:
        """The candidates within the person's reach; what may be done with them is a matter of permission."""
        return self.filter(within(user.reach))


def within(reach: Reach) -> models.Q:
    """The condition on candidates within ``reach``: all for the city; for a university those it manages or hosts; one's own.

    A district office reaches no record by itself: it looks up over the counter (L6) only. Nobody reaches a record that was
    merged into another one: the other is reached in its place.
    """
    standing = models.Q(merged_into__isnull=True)
    if reach.municipal:
        return standing
    mine = models.Q(pk=reach.candidate_id) if reach.candidate_id else models.Q(pk__in=[])
    if reach.universities:
        hosted = Registration.objects.filter(
            candidate=models.OuterRef("pk"), university__in=reach.universities, closed_on__isnull=True
        )
        mine |= models.Q(managing_university__in=reach.universities) | models.Q(models.Exists(hosted))
    return mine & standing


STANDING = Coalesce("merged_into", "pk")
"""The record that stands for a candidate's row: itself, or the one that it was merged into."""


class Candidate(models.Model):
    """One person with registration, ticket and, from the first pass by examination on, a record number (Regulations art. 24).

    Identity and phone numbers are encrypted; ``identity_hash`` and ``phone_hash`` (32 bytes, keyed) serve exact look-up and
    ``…_mask`` is what lists show. ``prior_education`` is what the candidate declared; graduation asks for its verification.
    """

    class Sex(models.TextChoices):
        MALE = "1", _("男")
        FEMALE = "2", _("女")

    class PriorEducation(models.TextChoices):
        NONE = "", _("无")
        ASSOCIATE = "专科", _("专科")
        COMPLETION = "本科结业", _("本科结业")
        BACHELOR = "本科及以上", _("本科及以上")

    name = models.CharField(_("姓名"), max_length=200)
    name_key = models.CharField(max_length=400, blank=True, default="", editable=False)
    name_initials = models.CharField(max_length=100, blank=True, default="", editable=False)
    name_spelling = models.GeneratedField(
        expression=models.Func(
            models.F("name_key"), models.Value("[0-9 ]+"), models.Value(""), models.Value("g"), function="regexp_replace"
        ),
        output_field=models.CharField(max_length=400),
        db_persist=True,
    )
    sex = models.CharField(_("性别"), max_length=1, choices=Sex)
    ethnicity = models.CharField(_("民族"), max_length=2, blank=True, default="")
    document_kind = models.CharField(_("证件类型"), max_length=16, choices=DocumentKind.choices)
    identity_number = EncryptedTextField(context=b"candidate.identity")
    identity_hash = models.BinaryField(max_length=32, editable=False)
    identity_mask = models.CharField(_("证件号码"), max_length=40, editable=False)
    birth_date = models.DateField(_("出生日期"))
    phone = EncryptedTextField(context=b"candidate.phone", blank=True, default="")
    phone_hash = models.BinaryField(max_length=32, null=True, editable=False)
    phone_mask = models.CharField(_("手机号码"), max_length=40, blank=True, default="", editable=False)
    email = EncryptedTextField(context=b"candidate.email", blank=True, default="", db_default="")
    email_mask = models.CharField(_("电子邮箱"), max_length=80, blank=True, default="", db_default="", editable=False)
    photo = models.ForeignKey(
        "records.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("照片")
    )
    registration_number = models.CharField(_("报名号"), max_length=20, unique=True)
    record_number = models.CharField(_("考籍号"), max_length=20, unique=True, null=True)  # noqa: DJ001 - unique, so none is null
    record_opened_on = models.DateField(_("建籍日期"), null=True)
    managing_university = models.ForeignKey(
        "records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("主考院校")
    )
    prior_education = models.CharField(
        _("前置学历"), max_length=10, choices=PriorEducation, blank=True, default=PriorEducation.NONE
    )
    prior_major = models.CharField(_("前置专业"), max_length=100, blank=True, default="")
    additional_courses = models.BooleanField(_("加考"), null=True, blank=True)
    address = models.CharField(_("通讯地址"), max_length=300, blank=True, default="")
    postcode = models.CharField(_("邮政编码"), max_length=20, blank=True, default="")
    political_status = models.CharField(_("政治面貌"), max_length=60, blank=True, default="")
    occupation = models.CharField(_("职业"), max_length=60, blank=True, default="")
    education = models.CharField(_("文化程度"), max_length=60, blank=True, default="")
    household = models.CharField(_("户籍所在地"), max_length=200, blank=True, default="")
    exam_area = models.CharField(_("考区"), max_length=60, blank=True, default="")
    candidate_kind = models.CharField(_("考生类别"), max_length=60, blank=True, default="")
    study_support = models.CharField(_("助学单位"), max_length=100, blank=True, default="")
    batch = models.ForeignKey(
        "records.CandidateBatch", null=True, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False
    )
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        verbose_name = _("考生")
        verbose_name_plural = _("考生")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["document_kind", "identity_hash"],
                condition=models.Q(merged_into__isnull=True),
                name="one_record_per_identity",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["identity_hash"], name="candidate_identity"),
            models.Index(fields=["phone_hash"], name="candidate_phone"),
            models.Index(fields=["managing_university", "id"], name="candidate_university"),
            models.Index(fields=["name"], name="candidate_name"),
            models.Index(models.F("birth_date"), folded_name("name"), name="candidate_namesake"),
            BrinIndex(fields=["batch"], name="candidate_batch"),
        ]
        permissions: ClassVar = [
            ("register_candidate", "U3: register candidates"),
            ("read_record", "U3, O3: open a candidate's record"),
        ]
        triggers: ClassVar = change_triggers(candidate="id", left_out=["identity_number", "phone", "email", "name_spelling"])

    def __str__(self) -> str:
        return self.name

    @property
    def ticket_number(self) -> str:
        """The valid ticket number (准考证号); empty before one is issued."""
        current = [ticket for ticket in self.tickets.all() if ticket.is_current]
        return current[0].number if current else ""

    @classmethod
    def by_number(cls, number: str) -> Any:
        """The candidates with this record, ticket (also a former one) or registration number: none or one in a sound database.

        Numbers of a record that was merged into another one lead to the other. A union, so that each of the three is an index
        probe; a condition with OR would read a million rows.
        """
        holders = Ticket.objects.filter(number=number).values_list("candidate")
        recorded = cls.objects.filter(record_number=number).values_list(STANDING)
        registered = cls.objects.filter(registration_number=number).values_list(STANDING)
        return cls.objects.filter(pk__in=holders.union(recorded, registered))


class Ticket(models.Model):
    """An admission-ticket number (准考证号); one per person is current, earlier ones stay with the person who had them."""

    number = models.CharField(_("准考证号"), max_length=20, unique=True)
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="tickets")
    is_current = models.BooleanField(default=True)
    issued_on = models.DateField()
    batch = models.ForeignKey(
        "records.CandidateBatch", null=True, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False
    )

    class Meta:
        verbose_name = _("准考证")
        verbose_name_plural = _("准考证")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["candidate"], condition=models.Q(is_current=True), name="one_current_ticket_per_candidate"
            )
        ]
        indexes: ClassVar = [BrinIndex(fields=["batch"], name="ticket_batch")]
        triggers: ClassVar = change_triggers()

    def __str__(self) -> str:
        return self.number


class Registration(models.Model):
    """That a candidate chose a major at a university; several may stand side by side, none is needed to graduate in another.

    Where the major is restricted (入学限制), ``proof`` or ``proof_noted`` says what was shown for it, and who checked it when;
    unchecked, it is a condition at graduation.
    """

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="registrations")
    major = models.ForeignKey("records.Major", on_delete=models.PROTECT, related_name="registrations")
    university = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+")
    registered_on = models.DateField(_("注册日期"))
    closed_on = models.DateField(_("结束日期"), null=True, blank=True)
    batch = models.ForeignKey(
        "records.CandidateBatch", null=True, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False
    )
    proof = models.ForeignKey("records.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    proof_noted = models.CharField(_("报考条件证明"), max_length=200, blank=True, default="", db_default="")
    proof_checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proof_checked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("报考专业")
        verbose_name_plural = _("报考专业")
        constraints: ClassVar = [models.UniqueConstraint(fields=["candidate", "major"], name="one_registration_per_major")]
        indexes: ClassVar = [
            models.Index(fields=["university", "candidate"], name="registration_university"),
            BrinIndex(fields=["batch"], name="registration_batch"),
        ]
        triggers: ClassVar = change_triggers()

    def __str__(self) -> str:
        return f"{self.candidate} {self.major}"
