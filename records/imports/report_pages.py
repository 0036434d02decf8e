"""The pages that every kind of batch has: a file comes in, is checked by a worker, reported, confirmed, undone.

A kind says once where its pages are (``PAGES = BatchPages("scores:", _("成绩批次"))``); its views then ask ``PAGES`` for what is
the same everywhere, and its templates extend ``records/imports/batch.html``, ``undo.html`` and ``upload.html``::

    GET  batches       PAGES.listed(batches, before)
    POST upload        PAGES.arrived(batch, is_new=…)
    GET  batch         PAGES.progress(request, batch) or render(…, {**PAGES.shown(…), "steps": way(…), "actions": …})
    POST confirm       PAGES.taken(batch, partial(confirm, batch, by=…), page)
    GET  faults        PAGES.workbook(batch, export, rows, purpose=…)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from audit.trail import record_export
from audit.workflow import Refused
from records.imports.batches import Batch, is_under_way
from records.imports.reports import fault_workbook
from records.jobs.views import Progress, progress_of

ON_A_PAGE = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class BatchPages:
    """``prefix`` of the names ``batches``, ``upload``, ``batch`` and ``faults`` of its addresses; ``title`` of the list."""

    prefix: str
    title: str | Promise

    def url(self, name: str, batch: Batch | None = None) -> str:
        """The address of a page, of one batch or of all."""
        return reverse(f"{self.prefix}{name}", args=[batch.pk] if batch else [])

    def crumbs(self, batch: Batch | None = None, *, last: str = "") -> list[tuple[str, str]]:
        """The way to the list's page called ``last``, to the batch, or to the batch's page called ``last``."""
        places = [(str(self.title), self.url("batches"))]
        if batch:
            places.append((_("批次 %(pk)d") % {"pk": batch.pk}, self.url("batch", batch)))
        if last:
            places.append((last, ""))
        return [*places[:-1], (places[-1][0], "")]

    def listed(self, batches: QuerySet[Row], before: str) -> tuple[list[Row], dict[str, Any]]:
        """One page of the batches, the newest first, and how to leaf; ``before`` is what the address says."""
        if before.isascii() and before.isdigit() and len(before) < 19:
            batches = batches.filter(pk__lt=int(before))
        found = list(batches.order_by("-pk")[: ON_A_PAGE + 1])
        shown = found[:ON_A_PAGE]
        return shown, {
            "shown": len(shown),
            "unit": _("个批次"),
            "previous_url": self.url("batches") if before else "",
            "next_url": f"?before={shown[-1].pk}" if len(found) > ON_A_PAGE else "",
        }

    def arrived(self, batch: Batch, *, is_new: bool) -> HttpResponse:
        """After an upload: to the batch, which says so when the same file came before."""
        url = self.url("batch", batch)
        return redirect(url if is_new else f"{url}?again=1")

    def progress(self, request: HttpRequest, batch: Batch) -> HttpResponse | None:
        """The bar alone where ``?part=progress`` asks for it, or the order to load the whole page again; else None."""
        if request.GET.get("part") != "progress":
            return None
        if not is_under_way(batch):
            return HttpResponseClientRefresh()
        return render(request, "components/_job.html", {"job": self._bar(batch)})

    def shown(self, request: HttpRequest, batch: Batch, report: dict[str, Any], *, is_faulty: bool) -> dict[str, Any]:
        """What ``records/imports/batch.html`` needs of every batch; the view adds ``steps``, ``actions``, ``problems``, its own.

        ``report``: that of ``reports.fault_report``, or a preview with its ``rows``. ``may_mend`` is the view's, too.
        """
        under_way = is_under_way(batch)
        return {
            "batch": batch,
            "report": report,
            "is_faulty": is_faulty,
            "is_previewed": "rows" in report and "faults" not in report,
            "under_way": under_way,
            "job": self._bar(batch) if under_way or (batch.job and batch.job.error) else None,
            "is_again": "again" in request.GET,
            "crumbs": self.crumbs(batch),
            "urls": self.urls(batch),
            "sha256": _shortened(batch.file.sha256),
            "faults": [_split(fault) for fault in report["first"]] if is_faulty else [],
            "kinds": [{"text": kind["text"], "value": _("%(count)d处") % kind} for kind in report.get("kinds", [])],
        }

    def urls(self, batch: Batch) -> dict[str, str]:
        """The addresses that the templates of every kind name: ``batch``, ``faults``, ``upload``."""
        return {"batch": self.url("batch", batch), "faults": self.url("faults", batch), "upload": self.url("upload")}

    def taken(self, batch: Batch, step: Callable[[], object], page: Callable[..., HttpResponse]) -> HttpResponse:
        """Take the step and go to the batch; where it is refused, ``page`` shows it with the ``problems`` and 409."""
        try:
            step()
        except Refused as refused:
            return page(problems=refused.problems, status=409)
        return redirect(self.url("batch", batch))

    def workbook(self, batch: Batch, export: str, rows: int, *, purpose: str) -> FileResponse:
        """The table to be mended; whoever takes it away leaves a line of ``rows`` in the trail. 404 when there is none."""
        assert isinstance(batch, Model)
        path = fault_workbook(batch.file)
        if not path.exists():
            raise Http404
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        record_export(export, batch, rows, sha256=sha256, purpose=purpose)
        name = _("%(name)s 错误.xlsx") % {"name": batch.file.name.rpartition(".")[0]}
        return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=XLSX)

    def _bar(self, batch: Batch) -> Progress:
        assert batch.job is not None
        progress = progress_of(batch.job)
        url = f"{self.url('batch', batch)}?part=progress"
        return replace(progress, poll_url=url) if progress.poll_url else progress


def way(names: Sequence[str], here: int) -> list[dict[str, str]]:
    """The steps of a batch, and where it stands on them; ``here`` is -1 for one that was given up."""
    places = ["done" if place < here else "here" if place == here else "ahead" for place in range(len(names))]
    return [{"title": name, "place": place} for name, place in zip(names, places, strict=True)]


def _split(fault: dict[str, Any]) -> dict[str, Any]:
    """A message says what is wrong, then what is expected: two columns."""
    wrong, _stop, expected = fault["message"].partition("。")
    return {**fault, "wrong": wrong, "expected": expected}


def _shortened(sha256: str) -> str:
    """Both ends of the hash, in fours: enough to compare by eye."""
    return f"{sha256[:4]} {sha256[4:8]} … {sha256[-8:-4]} {sha256[-4:]}"
