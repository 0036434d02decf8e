"""A batch is a file on its way in; each app keeps its own kind, with its own states. What all kinds have is here."""

from __future__ import annotations

from typing import Any, Protocol

from records.imports.models import ImportFile
from records.jobs.models import Job


class Batch(Protocol):
    """What is asked of a batch, whatever it holds: the file as it came, and the last job on it."""

    @property
    def pk(self) -> Any: ...

    @property
    def file(self) -> ImportFile: ...

    @property
    def job(self) -> Job | None: ...


def is_under_way(batch: Batch) -> bool:
    """Whether a worker is at the batch, or will be."""
    return batch.job is not None and batch.job.is_under_way
