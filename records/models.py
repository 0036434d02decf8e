"""All models of the hub, gathered for Django; each lives in the package of its subject."""

from records.access.models import AccessRecord, AccessRequest, UnusualReading
from records.archive.models import ArchiveReport, PaperFile, PaperFileSerial, PaperItem
from records.candidates.models import Candidate, Registration, Ticket
from records.catalogue.models import Course, Major, MajorHost, Plan, PlanCourse, PlanGroup, Replacement
from records.corrections.models import CorrectionChange, CorrectionKind, CorrectionProof, CorrectionRequest
from records.documents.models import Document
from records.imports.models import ImportFile
from records.jobs.models import Job
from records.ledger.models import Credit, CreditChange, CreditEntry, FeedCursor
from records.lookups.models import LookupCount
from records.messages.models import OutgoingMessage
from records.notices.models import Notice, Window
from records.offices.models import Office
from records.penalties.models import Penalty
from records.people.authority import Membership, NamedPermission, PersonalPermission, Role, RoleGrant, RolePermission
from records.people.models import Appointment, OfficeGrant, RecoveryCode, SecondFactor, SignedSession, User
from records.settings.models import Setting

__all__ = [
    "AccessRecord",
    "AccessRequest",
    "Appointment",
    "ArchiveReport",
    "Candidate",
    "CorrectionChange",
    "CorrectionKind",
    "CorrectionProof",
    "CorrectionRequest",
    "Course",
    "Credit",
    "CreditChange",
    "CreditEntry",
    "Document",
    "FeedCursor",
    "ImportFile",
    "Job",
    "LookupCount",
    "Major",
    "MajorHost",
    "Membership",
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
    "Plan",
    "PlanCourse",
    "PlanGroup",
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
