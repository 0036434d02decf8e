"""All models of the app, gathered for Django; each lives in the package of its subject."""

from scores.entry.models import ReplacedMark, ScoreBatch, ScoreBatchQuerySet, StagedMark
from scores.marks.models import Mark, MarkQuerySet, MarkRevision, PublishedMarks
from scores.publishing.models import OfficeOnly, Publication, PublicationQuerySet
from scores.results.models import PublishedSheets, ResultSheet
from scores.sittings.models import Sitting
from scores.statistics.models import SittingStatistic, StatisticQuerySet

__all__ = [
    "Mark",
    "MarkQuerySet",
    "MarkRevision",
    "OfficeOnly",
    "Publication",
    "PublicationQuerySet",
    "PublishedMarks",
    "PublishedSheets",
    "ReplacedMark",
    "ResultSheet",
    "ScoreBatch",
    "ScoreBatchQuerySet",
    "Sitting",
    "SittingStatistic",
    "StagedMark",
    "StatisticQuerySet",
]
