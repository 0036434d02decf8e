"""The catalogue with what no single floor knows: loading it, and whether the plans in it add up."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from graduation.catalogue import compiled_plans
from graduation.plans import CompiledPlan
from graduation.validation import CreditShortfall, Finding, inconsistencies
from graduation.wording import figure
from records.catalogue import loading
from records.catalogue.files import MAJORS, PLANS, read_sheet
from records.catalogue.models import Plan
from records.imports.faults import ImportReport, Notice, refusal


@transaction.atomic
def load_catalogue(folder: Path) -> ImportReport:
    """Load a catalogue folder, all or nothing; FileRefused with every fault of every file.

    A plan version of the folder's majors whose own figures do not agree is a warning.
    """
    report = loading.load(folder)
    majors = [cells["专业代码"] for _row, cells in read_sheet(folder, MAJORS).rows]
    return replace(report, warnings=(*report.warnings, *_disagreements(majors)))


def _disagreements(majors: Collection[str]) -> Iterator[Notice]:
    plans = list(Plan.objects.filter(major__code__in=majors).select_related("major").order_by("major__code", "version"))
    try:
        compiled = compiled_plans(plans)
    except ValueError as contradiction:
        raise refusal("catalogue.contradiction", str(contradiction)) from None
    for plan in plans:
        for finding in inconsistencies(compiled[plan.pk]):
            yield _notice(compiled[plan.pk], plan, finding)


def _notice(compiled: CompiledPlan, plan: Plan, finding: Finding) -> Notice:
    where = {
        "file": PLANS,
        "major": f"{plan.major.code} {plan.major.name}",
        "version": plan.version,
        "path": _("(%(path)s)") % {"path": finding.path} if finding.path else "",
    }
    if isinstance(finding, CreditShortfall):
        text = _("%(file)s：%(major)s %(version)s版%(path)s各项要求合计 %(credits)s 学分，少于总学分")
        value = figure(compiled.facts.total_credits)
        return Notice(0, "总学分", value, "catalogue.credits", text % {**where, "credits": figure(finding.credits)})
    text = _("%(file)s：%(major)s %(version)s版%(path)s这个选考组的课程达不到它自己的最低要求")
    return Notice(0, "选考组", finding.label, "catalogue.unreachable-group", text % where)
