"""All models of the hub, gathered for Django; each lives in the package of its subject."""

from records.candidates.models import Candidate, Registration, Ticket
from records.catalogue.models import Course, Major, Plan, PlanCourse, PlanGroup, Replacement
from records.documents.models import Document
from records.imports.models import ImportFile
from records.jobs.models import Job
from records.ledger.models import Credit, CreditChange, CreditEntry, FeedCursor
from records.lookups.models import LookupCount
from records.messages.models import OutgoingMessage
from records.notices.models import Notice, Window
from records.offices.models import Office
from records.penalties.models import Penalty
from records.people.models import OfficeGrant, User, UserRole
from records.settings.models import Setting

__all__ = [
    "Candidate",
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
    "Notice",
    "Office",
    "OfficeGrant",
    "OutgoingMessage",
    "Penalty",
    "Plan",
    "PlanCourse",
    "PlanGroup",
    "Registration",
    "Replacement",
    "Setting",
    "Ticket",
    "User",
    "UserRole",
    "Window",
]
