"""All models of the hub, gathered for Django; each lives in the package of its subject."""

from records.access.models import AccessRecord, AccessRequest, UnusualReading
from records.archive.models import ArchiveReport, PaperFile, PaperFileSerial, PaperItem
from records.candidates.models import Candidate, Registration, Ticket
from records.catalogue.models import Course, Major, MajorHost, Plan, PlanCourse, PlanGroup, Replacement
from records.certificates.models import Certificate, CertificatePrint
from records.corrections.models import CorrectionChange, CorrectionKind, CorrectionProof, CorrectionRequest
from records.counter.models import CounterLookup
from records.documents.models import Document
from records.imports.models import ImportFile
from records.jobs.models import Job
from records.kiosks.models import Kiosk
from records.ledger.models import Credit, CreditChange, CreditEntry, FeedCursor
from records.lookups.models import LookupCount
from records.merging.models import MergeProof, MergeRequest
from records.messages.models import InboxMessage, IncomingMessage, MessageBatch, OutgoingMessage
from records.notices.models import Notice, Window
from records.offices.models import Office
from records.penalties.models import Penalty
from records.people.authority import Membership, NamedPermission, PersonalPermission, Role, RoleGrant, RolePermission
from records.people.models import ActivationSlip, Appointment, OfficeGrant, RecoveryCode, SecondFactor, SignedSession, User
from records.photos.models import PhotoSubmission
from records.rare_names.models import RareName
from records.registration.models import CandidateBatch, FilledIn, ProbableDuplicate
from records.settings.models import Setting
from records.working_days.models import DayException

__all__ = [
    "AccessRecord",
    "AccessRequest",
    "ActivationSlip",
    "Appointment",
    "ArchiveReport",
    "Candidate",
    "CandidateBatch",
    "Certificate",
    "CertificatePrint",
    "CorrectionChange",
    "CorrectionKind",
    "CorrectionProof",
    "CorrectionRequest",
    "CounterLookup",
    "Course",
    "Credit",
    "CreditChange",
    "CreditEntry",
    "DayException",
    "Document",
    "FeedCursor",
    "FilledIn",
    "ImportFile",
    "InboxMessage",
    "IncomingMessage",
    "Job",
    "Kiosk",
    "LookupCount",
    "Major",
    "MajorHost",
    "Membership",
    "MergeProof",
    "MergeRequest",
    "MessageBatch",
    "NamedPermission",
    "Notice",
    "Office",
    "OfficeGrant",
    "OutgoingMessage",
    "PaperFile",
    "PaperFileSerial",
    "PaperItem",
    "Penalty",
    "PersonalPermission",
    "PhotoSubmission",
    "Plan",
    "PlanCourse",
    "PlanGroup",
    "ProbableDuplicate",
    "RareName",
    "RecoveryCode",
    "Registration",
    "Replacement",
    "Role",
    "RoleGrant",
    "RolePermission",
    "SecondFactor",
    "Setting",
    "SignedSession",
    "Ticket",
    "UnusualReading",
    "User",
    "Window",
]
