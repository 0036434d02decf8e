"""The world of the permission matrix: one candidate of one university, with one of everything that an address can name."""

from __future__ import annotations

import datetime as dt
import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from audit.acting import acting
from audit.models import DailyReport, Event
from audit.trail import record_read
from config.daily import figures_of
from config.trail.exporting import archive_of
from exemptions.models import Credential
from graduation.models import CohortAudit, CohortOutcome, GraduationApplication
from records.access.models import AccessRequest, UnusualReading
from records.archive.models import ArchiveReport, PaperFile, PaperItem
from records.candidates.models import Candidate
from records.certificates import batches
from records.certificates.issuing import issue
from records.certificates.models import Certificate
from records.corrections.models import CorrectionRequest
from records.documents.models import Document
from records.imports.models import ImportFile
from records.jobs.models import Job
from records.kiosks import devices
from records.kiosks.models import Kiosk
from records.merging.models import MergeRequest
from records.messages.models import InboxMessage, MessageBatch, OutgoingMessage
from records.notices.models import Notice
from records.offices.models import Office
from records.people.models import User
from records.photos.models import PhotoSubmission
from records.rare_names.models import RareName
from records.registration.models import CandidateBatch, ProbableDuplicate
from scores.entry.importing import check, receive
from scores.models import (
    KeyedSheet,
    Mark,
    MarkSnapshot,
    Publication,
    RegistrationFile,
    ReviewRequest,
    ScoreBatch,
    Sitting,
    SittingRegistration,
)
from scores.sittings import importing as registering
from scores.statistics.refreshing import refresh_statistics
from tests.config.matrix import people, universities
from tests.factories import (
    AccessRequestFactory,
    CandidateFactory,
    CorrectionFactory,
    CorrectionKindFactory,
    CourseFactory,
    ExemptionFactory,
    GraduationFactory,
    KeyedSheetFactory,
    MajorFactory,
    MarkFactory,
    MergeRequestFactory,
    MunicipalityFactory,
    PaperFileFactory,
    PaperItemFactory,
    PlanCourseFactory,
    PlanFactory,
    PublicationFactory,
    ReviewFactory,
    SittingRegistrationFactory,
    UserFactory,
    lay_down_correction_kinds,
)

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass
class World:
    """Everything by name; ``people`` has somebody for each column of the table."""

    own: Office
    other: Office
    candidate: Candidate
    people: dict[str, User | None]
    exemption: Any
    document: Document
    job: Job
    notice: Notice
    sitting: Sitting
    batch: ScoreBatch
    publication: Publication
    credential: Credential
    correction: CorrectionRequest
    graduation: GraduationApplication
    cohort: CohortAudit
    outcome: CohortOutcome
    member: User
    leave: AccessRequest
    paper_file: PaperFile
    change_note: PaperItem
    archive_report: ArchiveReport
    event: Event
    trail_export: Job
    report: DailyReport
    reading: UnusualReading
    kiosk: Kiosk
    kiosk_token: str
    certificate: Certificate
    certificate_batch: Job
    photo: PhotoSubmission
    photo_batch: Job
    ticket_batch: Job
    rare_name: RareName
    candidate_batch: CandidateBatch
    pair: ProbableDuplicate
    merger: MergeRequest
    review: ReviewRequest
    decided_review: ReviewRequest
    review_batch: Job
    open_mark: Mark
    keyed_sheet: KeyedSheet
    snapshot: MarkSnapshot
    coming_sitting: Sitting
    registration_file: RegistrationFile
    sitting_registration: SittingRegistration
    message_batch: MessageBatch
    failed_message: OutgoingMessage
    inbox_message: InboxMessage

    @classmethod
    def built(cls, folder: Path) -> World:
        lay_down_correction_kinds()
        own, other = universities()
        major = MajorFactory(hosts=[own])
        candidate = CandidateFactory(managing_university=own, major=major)
        stranger = CandidateFactory(managing_university=other)
        named = people(own, other, candidate, stranger)
        exemption = ExemptionFactory(candidate=candidate, status="university", major=major, course=CourseFactory())
        plan = PlanFactory(major=major)
        PlanCourseFactory(plan=plan)
        graduation = GraduationFactory(candidate=candidate, plan=plan, status="university")
        cohort = CohortAudit.objects.create(university=own, major=major, on=timezone.localdate())
        sitting = Sitting.objects.create(name="2026-10")
        _published(sitting, candidate)
        return cls(
            own=own,
            other=other,
            candidate=candidate,
            people=named,
            exemption=exemption,
            document=_document(candidate, named["candidate"]),
            job=Job.objects.create(kind="example", title="示例", office=MunicipalityFactory()),
            notice=Notice.objects.create(title="通知", body="正文", office=own, published_at=timezone.now()),
            sitting=sitting,
            batch=_batch(sitting, folder),
            publication=PublicationFactory(sitting=sitting, sequence=2),
            credential=exemption.credential,
            correction=CorrectionFactory(candidate=candidate, status="university"),
            merger=MergeRequestFactory(candidate=candidate, status="municipality"),
            graduation=graduation,
            cohort=cohort,
            outcome=CohortOutcome.objects.create(
                audit=cohort, candidate=candidate, major=major, plan=plan, eligible=False, plan_complete=False
            ),
            member=UserFactory(office=own, roles=["US"]),
            leave=AccessRequestFactory(requester=named["US own"], candidates=[candidate], status="head"),
            **_paper_archive(candidate, named["U3 own"]),
            **_trail(candidate, named["U3 own"], named["OA"]),
            reading=_unusual_reading(candidate, named["U3 own"]),
            **_terminal(own, named["UH own"]),
            **_certificates(candidate, own),
            **_photos_and_tickets(candidate, own, named),
            **_registration(candidate, own),
            **_messages(candidate, own),
            **_reviews(sitting, candidate),
            **_sittings(candidate, folder),
            snapshot=MarkSnapshot.objects.create(year=2026),
            keyed_sheet=KeyedSheetFactory(sitting=sitting, candidates=[candidate]),
        )


def _sittings(candidate: Candidate, folder: Path) -> dict[str, Any]:
    """A sitting to come for which the candidate is registered, and a file of registrations with a fault, checked."""
    sitting = Sitting.objects.create(name="2099-04")
    path = folder / "registrations.csv"
    path.write_text("准考证号,课程代码,考点\n000000,00001,一中\n", encoding="utf-8")
    received, _is_new = registering.receive(path, sitting, practical=False, by=None)
    return {
        "coming_sitting": sitting,
        "registration_file": registering.check(received),
        "sitting_registration": SittingRegistrationFactory(sitting=sitting, candidate=candidate),
    }


def _reviews(sitting: Sitting, candidate: Candidate) -> dict[str, Any]:
    """Three published marks: one under review, one upheld, one that nobody has asked about; a batch."""
    out = {"published_at": timezone.now(), "credits_entered_at": timezone.now()}
    publication = PublicationFactory(sitting=sitting, sequence=9, **out)
    marks = [MarkFactory(publication=publication, candidate=candidate) for _place in range(3)]
    decided = ReviewFactory(mark=marks[1], status="upheld", result="upheld", grounds="合分无误。", decided_at=timezone.now())
    return {
        "review": ReviewFactory(mark=marks[0], status="university"),
        "decided_review": decided,
        "open_mark": marks[2],
        "review_batch": Job.objects.create(
            kind="scores.review-batch",
            title="成批复核",
            office=MunicipalityFactory(),
            outcome={"rows": {str(decided.pk): {"done": True, "why": ""}}},
        ),
    }


def _registration(candidate: Candidate, own: Office) -> dict[str, Any]:
    """A file of candidates that was written, and two people who may be one."""
    figures = {"rows": 1, "new": 1, "second": 0, "filled": 0, "tickets": 0, "records": 0, "same": 0, "digest": ""}
    warning = {"row": 2, "column": "姓名", "value": candidate.name, "code": "registration.probable-duplicate", "message": "同名"}
    batch = CandidateBatch.objects.create(
        file=ImportFile.objects.create(kind="candidates", scope=own.code, name="新生.csv", sha256="0" * 64, size=1),
        university=own,
        state=CandidateBatch.State.WRITTEN,
        report={**figures, "kinds": [], "warnings": [warning], "first": []},
    )
    namesake = CandidateFactory(name=candidate.name, birth_date=candidate.birth_date, managing_university=own)
    return {"candidate_batch": batch, "pair": ProbableDuplicate.objects.create(first=candidate, second=namesake)}


def _certificates(candidate: Candidate, own: Office) -> dict[str, Any]:
    """A certificate of the candidate, and a batch that made it and refused somebody."""
    certificate = issue(candidate, "registration", office=own, by=None)
    batch = Job.objects.create(
        kind=batches.JOB,
        title="批量出具报名注册证明，2人",
        office=own,
        state=Job.State.DONE,
        finished_at=timezone.now(),
        outcome={"issued": 1, "refused": 1, "refusals": [{"ticket": candidate.ticket_number, "reason": "还没有合格课程"}]},
    )
    batches.pack([certificate.pk], batches.archive_of(batch))
    return {"certificate": certificate, "certificate_batch": batch}


def _photos_and_tickets(candidate: Candidate, own: Office, named: dict[str, User | None]) -> dict[str, Any]:
    """A photo that waits for a clerk's eyes, batches that are done, a name that a clerk has to read out."""
    mine = {"office": own, "started_by": named["U3 own"], "state": Job.State.DONE, "finished_at": timezone.now()}
    picture = Document.objects.create(
        candidate=candidate, name="照片.jpg", content_type="image/jpeg", size=1, sha256="0" * 64, uploaded_by=named["candidate"]
    )
    return {
        "photo": PhotoSubmission.objects.create(candidate=candidate, document=picture),
        "photo_batch": Job.objects.create(
            kind="photos.batch",
            title="批量上传照片：1张",
            **mine,
            outcome={"files": 1, "taken": 0, "lines": [["1.jpg", "空"]]},
        ),
        "ticket_batch": _ticket_batch(mine),
        "rare_name": RareName.objects.create(candidate=candidate, characters="𠮷", reasons=["input", "encoding"]),
    }


def _terminal(office: Office, head: User | None) -> dict[str, Any]:
    """A terminal that is set up, and what its browser holds."""
    assert head is not None
    kiosk, code = devices.put_up(office, "一号终端", "大厅", by=head)
    return {"kiosk": kiosk, "kiosk_token": devices.set_up(code, source="192.0.2.1")}


def _ticket_batch(mine: dict[str, Any]) -> Job:
    """A batch of one ticket whose file is still kept."""
    outcome = {"printed": 1, "refused": [], "file": "tickets.pdf", "size": len(PDF), "sha256": "0" * 64}
    job = Job.objects.create(kind="tickets.batch", title="成批打印准考证：1人", **mine, outcome=outcome)
    job.result_path.mkdir(parents=True, exist_ok=True)
    (job.result_path / "tickets.pdf").write_bytes(PDF)
    return job


def _paper_archive(candidate: Candidate, clerk: User | None) -> dict[str, Any]:
    """A paper file to which the note of a correction is owed, and a report that nobody has received."""
    file = PaperFileFactory(candidate=candidate)
    correction = CorrectionRequest.objects.create(
        candidate=candidate, university=file.university, kind=CorrectionKindFactory(), status="done"
    )
    note = PaperItemFactory(file=file, kind="change-note", correction=correction, filed_on=None, filed_by=clerk)
    report = ArchiveReport.objects.create(
        university=file.university,
        first_day=dt.date(2026, 1, 1),
        last_day=dt.date(2026, 6, 30),
        content={"files": 0, "lists": {}},
        handed_in_by=clerk,
    )
    return {"paper_file": file, "change_note": note, "archive_report": report}


def _unusual_reading(candidate: Candidate, clerk: User | None) -> UnusualReading:
    """A clerk's look at the candidate late in the evening, which nobody has reviewed."""
    assert clerk is not None
    day = dt.date(2026, 1, 5)
    at = timezone.make_aware(dt.datetime.combine(day, dt.time(22, 0)))
    office_id = clerk.office_id
    told = {"actor": clerk, "office_id": office_id, "subject_table": "records_candidate", "note": "核对考籍材料"}
    Event.objects.create(kind="read", verb="record", at=at, candidate_id=candidate.pk, **told)
    figures = {"reads": 1, "records": 1, "first": "22:00", "last": "22:00"}
    return UnusualReading.objects.create(
        office_id=office_id, person=clerk, day=day, pattern="hours", figures=figures, purposes={"核对考籍材料": 1}
    )


def _trail(candidate: Candidate, clerk: User | None, auditor: User | None) -> dict[str, Any]:
    """A clerk's look at the candidate, an auditor's export that holds it, a report."""
    with acting(clerk):
        event = record_read("record", candidate, candidate_id=candidate.pk, purpose="核对考籍材料")
    made = {"rows": 1, "unsealed": 1, "cut": False, "seal": 0, "hash": "", "size": 9, "sha256": "0" * 64}
    export = Job.objects.create(
        kind="trail.export",
        title="导出留痕",
        office=MunicipalityFactory(),
        started_by=auditor,
        parameters={"purpose": "法院调取"},
        state=Job.State.DONE,
        finished_at=timezone.now(),
        outcome=made,
    )
    export.result_path.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive_of(export), "w") as archive:
        archive.writestr("events.tsv", candidate.name)
    report = DailyReport.objects.create(day=dt.date(2026, 11, 1), figures=figures_of(dt.date(2026, 11, 1)))
    return {"event": event, "trail_export": export, "report": report}


def _messages(candidate: Candidate, own: Office) -> dict[str, Any]:
    """A batch that is held, a message that could not be sent, one in the inbox."""
    clerk = UserFactory(office=own, roles=["U3"])
    batch = MessageBatch.objects.create(office=own, title="通知", text="内容", prepared_by=clerk)
    failed = OutgoingMessage.objects.create(kind="sms", to="13900000077", text="内容", candidate=candidate, state="failed")
    inbox = InboxMessage.objects.create(candidate=candidate, title="消息", text="内容")
    return {"message_batch": batch, "failed_message": failed, "inbox_message": inbox}


def _document(candidate: Candidate, owner: User | None) -> Document:
    assert owner is not None
    document = Document.objects.create(
        candidate=candidate,
        name="proof.pdf",
        content_type="application/pdf",
        size=len(PDF),
        sha256=hashlib.sha256(PDF).hexdigest(),
        uploaded_by=owner,
    )
    document.path.parent.mkdir(parents=True, exist_ok=True)
    document.path.write_bytes(PDF)
    return document


def _batch(sitting: Sitting, folder: Path) -> ScoreBatch:
    """A file of marks with a fault, checked."""
    path = folder / "marks.csv"
    path.write_text("准考证号,课程代码,成绩,标记,考点\n000000,00001,101,,\n", encoding="utf-8")
    received, _is_new = receive(path, sitting, Publication.Kind.WRITTEN, by=None)
    return check(received)


def _published(sitting: Sitting, candidate: Candidate) -> None:
    """A mark that is out, and the sitting's figures."""
    publication = PublicationFactory(sitting=sitting, published_at=timezone.now())
    MarkFactory(publication=publication, candidate=candidate)
    refresh_statistics(sitting)
