"""How graduation cases, diplomas and audits move when two records of one person become one."""

from __future__ import annotations

from django.utils.translation import gettext as _

from audit.workflow import Problem
from graduation.models import CohortOutcome, Diploma
from records.merging.moving import Pair, hinders, moves, moves_as_it_is

moves_as_it_is("graduation.GraduationApplication.candidate", "graduation.Diploma.candidate")


@moves("graduation.CohortOutcome.candidate")
def outcomes(pair: Pair) -> int:
    """An audit that looked at both says of the person what it found for the kept record."""
    theirs = CohortOutcome.objects.filter(candidate=pair.merged)
    for own in CohortOutcome.objects.filter(candidate=pair.kept, audit__in=theirs.values("audit")):
        theirs.filter(audit=own.audit_id, major=own.major_id).delete()
    return theirs.update(candidate=pair.kept)


@hinders
def one_diploma_per_major(pair: Pair) -> list[Problem]:
    """Nobody holds two standing diplomas of one major: ``merging.two-diplomas``."""
    standing = Diploma.objects.filter(cancelled_at__isnull=True)
    own = standing.filter(candidate=pair.kept).values("major")
    twice = standing.filter(candidate=pair.merged, major__in=own).select_related("major")
    return [
        Problem(
            "merging.two-diplomas",
            _("两份考籍都有%(major)s的有效毕业证书。") % {"major": diploma.major},
            _("暂行条例第二十五条"),
            _("请先查明并注销其中一份证书，再合并。"),
        )
        for diploma in twice
    ]
