"""Invented people and things, valid by default; every name and number here is made up."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from importlib import import_module
from typing import Any

import factory
from django.apps import apps
from django.contrib.auth.models import Group
from django.utils import timezone
from factory.django import DjangoModelFactory
from guardian.shortcuts import assign_perm

from exemptions.models import Credential, ExemptionApplication, Submission
from graduation.models import Diploma, GraduationApplication
from graduation.terms import upcoming_terms
from records.corrections.fields import DATA
from records.models import (
    AccessRecord,
    AccessRequest,
    Appointment,
    Candidate,
    CorrectionChange,
    CorrectionKind,
    CorrectionProof,
    CorrectionRequest,
    Course,
    Document,
    Major,
    MergeProof,
    MergeRequest,
    Notice,
    Office,
    OfficeGrant,
    PaperFile,
    PaperItem,
    Penalty,
    Plan,
    PlanCourse,
    Registration,
    Ticket,
    User,
    Window,
)
from records.people.encryption import lookup_hash
from records.people.identity import mask
from scores.models import (
    KeyedLine,
    KeyedSheet,
    Mark,
    PracticalArrangement,
    PracticalEnrolment,
    PracticalResult,
    Publication,
    ReviewRequest,
    Sitting,
    SittingRegistration,
    Violation,
    ViolationEvidence,
)
from scores.reviews.models import Scope

PASSWORD = "correct-horse-battery"


def identity_number(serial: int, birth: dt.date = dt.date(1998, 3, 14), male: bool = False) -> str:
    """A well-formed resident identity number that nobody has (region 199999 was never given out)."""
    digits = f"199999{birth:%Y%m%d}{serial % 500 * 2 + male:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


class UniversityFactory(DjangoModelFactory):
    class Meta:
        model = Office
        django_get_or_create = ("code",)

    kind = Office.Kind.UNIVERSITY
    code = factory.Sequence(lambda n: f"9{n:04}")
    name = factory.Sequence(lambda n: f"示例大学{n}")


class MunicipalityFactory(DjangoModelFactory):
    class Meta:
        model = Office
        django_get_or_create = ("kind",)

    kind = Office.Kind.MUNICIPALITY
    code = "0000"
    name = "市高等教育自学考试办公室"
    short_name = "市自考办"


class DistrictFactory(UniversityFactory):
    kind = Office.Kind.DISTRICT
    code = factory.Sequence(lambda n: f"8{n:04}")
    name = factory.Sequence(lambda n: f"示例区自考办{n}")


class UserFactory(DjangoModelFactory):
    """A person; ``office`` grants it, ``roles`` appoints to duties of that office by their codes."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    full_name = factory.Sequence(lambda n: f"经办人{n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        password = kwargs.pop("password", None)
        return model_class.objects.create_user(*args, password=password, **kwargs)

    @factory.post_generation
    def office(self: User, create: bool, extracted: Office | None, **_: Any) -> None:  # type: ignore[misc]
        if extracted is not None:
            assign_perm("records.represent_office", self, extracted)

    @factory.post_generation
    def roles(self: User, create: bool, extracted: list[str] | None, **_: Any) -> None:  # type: ignore[misc]
        for code in extracted or []:
            grant = OfficeGrant.objects.filter(user=self).order_by("pk").first()
            office = Office.objects.get(pk=grant.object_pk) if grant else MunicipalityFactory()  # without the grant: no duty
            Appointment.objects.create(person=self, role=Group.objects.get(name=code), office=office)


class CourseFactory(DjangoModelFactory):
    class Meta:
        model = Course
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"7{n:04}")
    name = factory.LazyAttribute(lambda o: f"课程{o.code}")
    credits = Decimal(4)


class MajorFactory(DjangoModelFactory):
    class Meta:
        model = Major
        django_get_or_create = ("code",)
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"X9{n:05}")
    name = factory.LazyAttribute(lambda o: f"专业{o.code}")
    level = Major.Level.BACHELOR

    @factory.post_generation
    def hosts(self: Major, create: bool, extracted: list[Office] | None, **_: Any) -> None:  # type: ignore[misc]
        self.hosts.add(*(extracted or []))


class PlanFactory(DjangoModelFactory):
    class Meta:
        model = Plan

    major = factory.SubFactory(MajorFactory)
    version = "2024"
    effective_from = dt.date(2024, 7, 1)
    total_credits = Decimal(8)


class PlanCourseFactory(DjangoModelFactory):
    class Meta:
        model = PlanCourse

    plan = factory.SubFactory(PlanFactory)
    position = factory.Sequence(int)
    course = factory.SubFactory(CourseFactory)
    name = factory.LazyAttribute(lambda o: o.course.name)
    credits = Decimal(4)
    assessment = PlanCourse.Assessment.WRITTEN
    nature = PlanCourse.Nature.COMPULSORY


class CandidateFactory(DjangoModelFactory):
    """A candidate with a current ticket; ``major`` adds a registration at the managing university."""

    class Meta:
        model = Candidate
        skip_postgeneration_save = True

    class Params:
        serial = factory.Sequence(int)
        number = factory.LazyAttribute(lambda o: identity_number(o.serial, o.birth_date))
        phone_number = factory.LazyAttribute(lambda o: f"139{o.serial:08}")

    name = factory.Sequence(lambda n: f"林知{n}")
    sex = Candidate.Sex.FEMALE
    ethnicity = "01"
    document_kind = "resident"
    birth_date = dt.date(1998, 3, 14)
    identity_number = factory.SelfAttribute("number")
    identity_hash = factory.LazyAttribute(lambda o: lookup_hash(o.number, b"candidate.identity"))
    identity_mask = factory.LazyAttribute(lambda o: mask(o.number))
    phone = factory.SelfAttribute("phone_number")
    phone_hash = factory.LazyAttribute(lambda o: lookup_hash(o.phone_number, b"candidate.phone"))
    phone_mask = factory.LazyAttribute(lambda o: mask(o.phone_number))
    registration_number = factory.Sequence(lambda n: f"98{n:09}")
    managing_university = factory.SubFactory(UniversityFactory)

    @factory.post_generation
    def ticket(self: Candidate, create: bool, extracted: str | None, **_: Any) -> None:  # type: ignore[misc]
        number = extracted or f"26{self.pk:010}"
        Ticket.objects.create(candidate=self, number=number, issued_on=dt.date(2024, 9, 1))

    @factory.post_generation
    def major(self: Candidate, create: bool, extracted: Major | None, **_: Any) -> None:  # type: ignore[misc]
        if extracted is not None:
            RegistrationFactory(candidate=self, major=extracted, university=self.managing_university)


class RegistrationFactory(DjangoModelFactory):
    class Meta:
        model = Registration

    candidate = factory.SubFactory(CandidateFactory)
    major = factory.SubFactory(MajorFactory)
    university = factory.SelfAttribute("candidate.managing_university")
    registered_on = dt.date(2024, 9, 1)


class SittingFactory(DjangoModelFactory):
    class Meta:
        model = Sitting
        django_get_or_create = ("name",)

    name = "2026-04"


class PublicationFactory(DjangoModelFactory):
    class Meta:
        model = Publication

    sitting = factory.SubFactory(SittingFactory)
    kind = Publication.Kind.WRITTEN
    published_at = None


class MarkFactory(DjangoModelFactory):
    class Meta:
        model = Mark

    publication = factory.SubFactory(PublicationFactory)
    sitting = factory.SelfAttribute("publication.sitting")
    candidate = factory.SubFactory(CandidateFactory)
    course = factory.SubFactory(CourseFactory)
    points = Decimal(75)

    @classmethod
    def _get_manager(cls, model_class: type[Mark]) -> Any:
        return model_class.registry


class CredentialFactory(DjangoModelFactory):
    class Meta:
        model = Credential

    candidate = factory.SubFactory(CandidateFactory)
    kind = Credential.Kind.CET4
    number = factory.Sequence(lambda n: f"2411{n:011}")
    issuer = "教育部教育考试院"
    issued_on = dt.date(2025, 2, 1)
    score = Decimal(460)


class ExemptionFactory(DjangoModelFactory):
    """A draft; give ``status`` to start elsewhere (a test's way past the door, which only tests have)."""

    class Meta:
        model = ExemptionApplication

    candidate = factory.SubFactory(CandidateFactory)
    university = factory.SelfAttribute("candidate.managing_university")
    submission = factory.LazyAttribute(lambda o: Submission.objects.create(candidate=o.candidate))
    credential = factory.SubFactory(CredentialFactory, candidate=factory.SelfAttribute("..candidate"))
    course = factory.SubFactory(CourseFactory)
    major = factory.SubFactory(MajorFactory)


class NoticeFactory(DjangoModelFactory):
    """Out since yesterday; ``published_at=None`` is a draft."""

    class Meta:
        model = Notice

    title = factory.Sequence(lambda n: f"关于示例事项{n}的通知")
    body = "第一段。\n\n第二段。"
    office = factory.SubFactory(MunicipalityFactory)
    published_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=1))


class WindowFactory(DjangoModelFactory):
    """Open since yesterday and for ten days more."""

    class Meta:
        model = Window

    kind = Window.Kind.EXEMPTION
    title = factory.Sequence(lambda n: f"免考申请{n}")
    opens_on = factory.LazyFunction(lambda: timezone.localdate() - dt.timedelta(days=1))
    closes_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=10))


class DocumentFactory(DjangoModelFactory):
    """The row of an uploaded proof; its file is not there."""

    class Meta:
        model = Document

    candidate = factory.SubFactory(CandidateFactory)
    name = "证书.pdf"
    content_type = "application/pdf"
    size = 1000
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    uploaded_by = factory.SubFactory(UserFactory)


class GraduationFactory(DjangoModelFactory):
    """A draft for the next half-year's term; give ``status`` to start elsewhere (a test's way past the door)."""

    class Meta:
        model = GraduationApplication

    candidate = factory.SubFactory(CandidateFactory)
    university = factory.SelfAttribute("candidate.managing_university")
    plan = factory.SubFactory(PlanFactory)
    major = factory.SelfAttribute("plan.major")
    term = factory.LazyFunction(lambda: upcoming_terms(timezone.localdate())[0])


class DiplomaFactory(DjangoModelFactory):
    class Meta:
        model = Diploma

    number = factory.Sequence(lambda n: f"653200002412{n:05}")
    candidate = factory.SubFactory(CandidateFactory)
    major = factory.SubFactory(MajorFactory)
    university = factory.SelfAttribute("candidate.managing_university")
    graduated_on = dt.date(2024, 12, 30)


class PenaltyFactory(DjangoModelFactory):
    """A delay of graduation that runs from last month for a year."""

    class Meta:
        model = Penalty

    candidate = factory.SubFactory(CandidateFactory)
    kind = Penalty.Kind.DELAY
    decision = factory.Sequence(lambda n: f"考处〔2026〕{n}号")
    starts_on = factory.LazyFunction(lambda: timezone.localdate() - dt.timedelta(days=30))
    ends_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=335))


class CorrectionKindFactory(DjangoModelFactory):
    class Meta:
        model = CorrectionKind
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"kind-{n}")
    title = "姓名更正"
    fields = ["name"]
    proofs = [{"label": "户口簿", "compulsory": True}]
    form_title = "考籍更改申请表"
    in_force_from = dt.date(2020, 1, 1)


class PaperFileFactory(DjangoModelFactory):
    """A file of the candidate's managing university, on no shelf yet."""

    class Meta:
        model = PaperFile

    candidate = factory.SubFactory(CandidateFactory)
    university = factory.SelfAttribute("candidate.managing_university")
    number = factory.Sequence(lambda n: f"T{n:06}")


class PaperItemFactory(DjangoModelFactory):
    """A paper that lies in its file."""

    class Meta:
        model = PaperItem

    file = factory.SubFactory(PaperFileFactory)
    kind = PaperItem.Kind.REGISTRATION
    title = "报名登记表"
    filed_on = factory.LazyFunction(timezone.localdate)
    filed_by = factory.SubFactory(UserFactory)


class AccessRequestFactory(DjangoModelFactory):
    """A draft of a member of an office; ``candidates`` are its records, by ticket number. ``status`` starts elsewhere."""

    class Meta:
        model = AccessRequest
        skip_postgeneration_save = True

    requester = factory.SubFactory(UserFactory)
    office = factory.LazyAttribute(lambda o: Office.objects.get(pk=o.requester.office_id))
    purpose = "核对学费减免名单上的课程门数"
    days = 3

    @factory.post_generation
    def candidates(self: AccessRequest, create: bool, extracted: list[Candidate] | None, **_: Any) -> None:  # type: ignore[misc]
        for candidate in extracted or []:
            AccessRecord.objects.create(request=self, candidate=candidate, number=candidate.ticket_number)


class CorrectionFactory(DjangoModelFactory):
    """A draft for a new name with every proof; ``changes`` by datum; ``status`` to start elsewhere, past the door."""

    class Meta:
        model = CorrectionRequest
        skip_postgeneration_save = True

    candidate = factory.SubFactory(CandidateFactory)
    university = factory.SelfAttribute("candidate.managing_university")
    kind = factory.SubFactory(CorrectionKindFactory)
    reason = "登记时写错。"

    @factory.post_generation
    def changes(self: CorrectionRequest, create: bool, extracted: dict[str, str] | None, **_: Any) -> None:  # type: ignore[misc]
        for key, after in ({"name": "林知秋"} if extracted is None else extracted).items():
            before = DATA[key].read(self.candidate)
            CorrectionChange.objects.create(
                request=self,
                field=key,
                before=before,
                after=after,
                before_mask=DATA[key].shown(before),
                after_mask=DATA[key].shown(after),
            )

    @factory.post_generation
    def proofs(self: CorrectionRequest, create: bool, extracted: bool | None, **_: Any) -> None:  # type: ignore[misc]
        for proof in self.kind.proofs if extracted is not False else []:
            document = DocumentFactory(candidate=self.candidate)
            CorrectionProof.objects.create(request=self, document=document, label=proof["label"])


def lay_down_correction_kinds() -> None:
    """The kinds that the first migration lays down, for tests that come after one which emptied the tables."""
    import_module("records.migrations.0014_first_correction_kinds").lay_down(apps, None)


def lay_down_holidays() -> None:
    """The holidays that a migration lays down, likewise."""
    import_module("records.migrations.0025_holidays_of_2026").lay_down(apps, None)


class MergeRequestFactory(DjangoModelFactory):
    """A draft with grounds and a proof, by the kept record's university; ``status`` to start elsewhere, past the door."""

    class Meta:
        model = MergeRequest
        skip_postgeneration_save = True

    candidate = factory.SubFactory(CandidateFactory)
    merged = factory.SubFactory(CandidateFactory)
    university = factory.SelfAttribute("candidate.managing_university")
    grounds = "护照换发为居民身份证，公安机关出具了同一人证明。"

    @factory.post_generation
    def proofs(self: MergeRequest, create: bool, extracted: bool | None, **_: Any) -> None:  # type: ignore[misc]
        if extracted is not False:
            MergeProof.objects.create(request=self, document=DocumentFactory(candidate=self.candidate))


class PracticalFactory(DjangoModelFactory):
    """An announced practical link that takes enrolments today; ``over`` has its window and its examination behind it.

    The course stands in the plan of a major that the university hosts; its plan row is ``plan_row``.
    ``status`` starts it elsewhere.
    """

    class Meta:
        model = PracticalArrangement
        skip_postgeneration_save = True

    class Params:
        over = factory.Trait(
            opens_on=factory.LazyFunction(lambda: timezone.localdate() - dt.timedelta(days=40)),
            closes_on=factory.LazyFunction(lambda: timezone.localdate() - dt.timedelta(days=20)),
            starts_on=factory.LazyFunction(lambda: timezone.localdate() - dt.timedelta(days=10)),
            ends_on=factory.LazyFunction(lambda: timezone.localdate() - dt.timedelta(days=9)),
        )

    university = factory.SubFactory(UniversityFactory)
    course = factory.SubFactory(CourseFactory, practical=True)
    sitting = factory.SubFactory(SittingFactory)
    status = "open"
    place = "物理实验楼302"
    opens_on = factory.LazyFunction(lambda: timezone.localdate() - dt.timedelta(days=10))
    closes_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=10))
    starts_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=20))
    ends_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=21))
    examiners = factory.LazyFunction(lambda: ["陆一鸣", "沈佳"])


def practical_plan(arrangement: PracticalArrangement, *, theory: Course | None = None) -> PlanCourse:
    """A plan row of the arrangement's course, in a major that its university hosts; its major can be registered for."""
    major = MajorFactory()
    major.hosts.add(arrangement.university)
    assessment = PlanCourse.Assessment.THESIS if arrangement.is_thesis else PlanCourse.Assessment.PRACTICAL
    row: PlanCourse = PlanCourseFactory(
        plan=PlanFactory(major=major), course=arrangement.course, assessment=assessment, theory=theory
    )
    return row


def practical_candidate(row: PlanCourse, university: Office, **more: Any) -> Candidate:
    """A candidate registered at the university in the major of the plan row."""
    candidate: Candidate = CandidateFactory(managing_university=university, **more)
    RegistrationFactory(candidate=candidate, major=row.plan.major, university=university)
    return candidate


class PracticalEnrolmentFactory(DjangoModelFactory):
    """A candidate on the list, past the door, in a plan of its own."""

    class Meta:
        model = PracticalEnrolment

    arrangement = factory.SubFactory(PracticalFactory)
    candidate = factory.SubFactory(CandidateFactory)
    major = factory.SubFactory(MajorFactory)


class PracticalResultFactory(DjangoModelFactory):
    """A passed result that stands."""

    class Meta:
        model = PracticalResult

    enrolment = factory.SubFactory(PracticalEnrolmentFactory)
    grade = "良好"


class ViolationFactory(DjangoModelFactory):
    """A draft of the city's about a phone that was carried along (第六条第四项), with evidence; ``status`` to start elsewhere."""

    class Meta:
        model = Violation
        skip_postgeneration_save = True

    candidate = factory.SubFactory(CandidateFactory)
    university = factory.SelfAttribute("candidate.managing_university")
    recording_office = factory.SubFactory(MunicipalityFactory)
    sitting = factory.SubFactory(SittingFactory)
    act = "6.4"
    found = Violation.Found.ROOM
    happened_on = factory.LazyFunction(lambda: timezone.localdate() - dt.timedelta(days=40))
    place = "第一考点第三考场"
    facts = "开考后二十分钟，监考员在其右侧衣袋内发现手机一部，处于开机状态。"
    first_recorder = "陈监考"
    second_recorder = "周监考"

    @factory.post_generation
    def evidence(self: Violation, create: bool, extracted: bool | None, **_: Any) -> None:  # type: ignore[misc]
        if extracted is not False:
            ViolationEvidence.objects.create(violation=self, document=DocumentFactory(candidate=self.candidate))


class ReviewFactory(DjangoModelFactory):
    """A case about a mark published just now; ``status`` to start elsewhere, past the door."""

    class Meta:
        model = ReviewRequest

    mark = factory.SubFactory(
        MarkFactory,
        publication__published_at=factory.LazyFunction(timezone.now),
        publication__credits_entered_at=factory.LazyFunction(timezone.now),
        points=Decimal(58),
    )
    candidate = factory.SelfAttribute("mark.candidate")
    university = factory.SelfAttribute("candidate.managing_university")
    publication = factory.SelfAttribute("mark.publication")
    scope = Scope.ADDITION
    statement = "请核对合分。"
    was_points = factory.SelfAttribute("mark.points")
    was_grade = factory.SelfAttribute("mark.grade")
    was_flag = factory.SelfAttribute("mark.flag")


class KeyedSheetFactory(DjangoModelFactory):
    """A sheet that nobody has begun to key; ``candidates`` are its lines."""

    class Meta:
        model = KeyedSheet
        skip_postgeneration_save = True

    sitting = factory.SubFactory(SittingFactory)
    course = factory.SubFactory(CourseFactory)
    opened_by = factory.SubFactory(UserFactory)
    note = "补报成绩单"

    @factory.post_generation
    def candidates(self: KeyedSheet, create: bool, extracted: Any, **_: Any) -> None:  # type: ignore[misc]
        for row, candidate in enumerate(extracted or [], start=1):
            KeyedLine.objects.create(sheet=self, row=row, ticket=candidate.tickets.get(is_current=True).number)


class SittingRegistrationFactory(DjangoModelFactory):
    """Somebody who sits a written paper of a sitting, with a seat."""

    class Meta:
        model = SittingRegistration

    sitting = factory.SubFactory(SittingFactory)
    candidate = factory.SubFactory(CandidateFactory)
    course = factory.SubFactory(CourseFactory)
    site = "第一中学"
    room = "3"
    seat = factory.Sequence(lambda turn: f"{turn:04}")
