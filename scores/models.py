"""All models of the app, gathered for Django; each lives in the package of its subject."""

from scores.entry.keyed_models import KeyedLine, KeyedMark, KeyedSheet, KeyedSheetQuerySet
from scores.entry.models import ReplacedMark, ScoreBatch, ScoreBatchQuerySet, StagedMark
from scores.marks.models import Mark, MarkQuerySet, MarkRevision, PublishedMarks
from scores.practicals.models import PracticalArrangement, PracticalEnrolment, PracticalResult
from scores.preservation.models import MarkSnapshot, MarkSnapshotQuerySet
from scores.publishing.models import OfficeOnly, Publication, PublicationQuerySet
from scores.results.models import PublishedSheets, ResultSheet
from scores.reviews.models import ReviewFinding, ReviewRequest
from scores.sittings.models import (
    PaperTime,
    RegistrationFile,
    RegistrationFileQuerySet,
    ReplacedRegistration,
    Sitting,
    SittingRegistration,
    SittingRegistrationQuerySet,
    SittingTally,
    StagedRegistration,
)
from scores.statistics.models import CohortStatistic, SittingStatistic, StatisticQuerySet, StatisticsRelease, TouchedStatistic
from scores.violations.models import Violation, ViolationEvidence, ViolationQuerySet, ViolationStatus

__all__ = [
    "CohortStatistic",
    "KeyedLine",
    "KeyedMark",
    "KeyedSheet",
    "KeyedSheetQuerySet",
    "Mark",
    "MarkQuerySet",
    "MarkRevision",
    "MarkSnapshot",
    "MarkSnapshotQuerySet",
    "OfficeOnly",
    "PaperTime",
    "PracticalArrangement",
    "PracticalEnrolment",
    "PracticalResult",
    "Publication",
    "PublicationQuerySet",
    "PublishedMarks",
    "PublishedSheets",
    "RegistrationFile",
    "RegistrationFileQuerySet",
    "ReplacedMark",
    "ReplacedRegistration",
    "ResultSheet",
    "ReviewFinding",
    "ReviewRequest",
    "ScoreBatch",
    "ScoreBatchQuerySet",
    "Sitting",
    "SittingRegistration",
    "SittingRegistrationQuerySet",
    "SittingStatistic",
    "SittingTally",
    "StagedMark",
    "StagedRegistration",
    "StatisticQuerySet",
    "StatisticsRelease",
    "TouchedStatistic",
    "Violation",
    "ViolationEvidence",
    "ViolationQuerySet",
    "ViolationStatus",
]
