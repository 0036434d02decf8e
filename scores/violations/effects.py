"""What a decision about a violation does, and how it is taken back (article 9).

违纪 costs the mark of its course in that sitting, 作弊 and disorder every mark of that sitting; a penalty of a grave kind also
the marks of sittings whose last day lies within it. Who was absent has no mark to lose. Marks that come in later are voided as
they are read (``scores/entry/reading.py``).
"""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.models import Event
from records.candidates.models import Candidate
from records.penalties.models import Penalty
from records.settings.values import value_of
from scores.marks.changing import NewMark, change, take_back
from scores.models import Mark, Sitting
from scores.violations.models import Violation


def carry_out(case: Violation, event: Event) -> None:
    """Void the marks, let the penalty begin; ``NotNow`` while the credits of a publication are being entered."""
    case.remedies = case.remedies or remedies_in_words()
    case.save(update_fields=["remedies"])
    _void(case)


def revoke(case: Violation, event: Event) -> None:
    """The review revoked the decision: exactly what it did is undone."""
    case.review_outcome = Violation.Outcome.REVOKED
    case.save(update_fields=["review_outcome"])
    _undo(case)


def replace(case: Violation, event: Event) -> None:
    """The review changed the decision: what it did is undone, then done as the review has it, under the review's number."""
    case.review_outcome = Violation.Outcome.CHANGED
    case.save(update_fields=["review_outcome"])
    _undo(case)
    _void(case)


def uphold(case: Violation, event: Event) -> None:
    """The review found nothing wrong with the decision."""
    case.review_outcome = Violation.Outcome.UPHELD
    case.save(update_fields=["review_outcome"])


def remedies_in_words() -> str:
    """What the candidate can do against a decision; stands in the written decision (article 26)."""
    words = {"days": value_of("violation.review_days"), "answer": value_of("violation.review_answer_days")}
    return (
        _(
            "对本决定不服的，可以自收到之日起%(days)s日内向上一级教育考试机构申请复核，复核在受理后%(answer)s日内作出决定；"
            "对复核决定不服的，可以依法申请行政复议或者提起行政诉讼。复核期间不停止执行。"
        )
        % words
    )


def why(case: Violation) -> str:
    """The decision, what it was about and its basis, as it stands at every mark that it voids."""
    return _("违规处理决定%(number)s（%(nature)s，%(basis)s）") % {
        "number": case.number_in_force,
        "nature": case.act_in_words.nature,
        "basis": case.act_in_words.basis,
    }


def concerns(case: Violation, mark: Mark) -> bool:
    """Whether a mark of the case's candidate, in one of its sittings, is voided: who was absent has none to lose."""
    if mark.flag == Mark.Flag.ABSENT:
        return False
    is_of_one_course = mark.sitting_id == case.sitting_id and case.act_in_words.is_of_one_course
    return not is_of_one_course or mark.course_id == case.course_id


def voided(case: Violation, mark: Mark) -> NewMark:
    """The mark under the act's flag in its own sitting, under 取消 where the penalty alone voids it."""
    flag = case.act_in_words.flag if mark.sitting_id == case.sitting_id else Mark.Flag.CANCELLED
    return NewMark.voided(mark, flag, case.number_in_force)


def _void(case: Violation) -> None:
    sittings = _locked_sittings(case)
    case.penalty = _penalty(case)
    case.save(update_fields=["penalty"])
    marks = Mark.registry.filter(candidate=case.candidate_id, sitting__in=sittings).order_by("pk")
    change([voided(case, mark) for mark in marks if concerns(case, mark)], because=why(case), case=case)


def _undo(case: Violation) -> None:
    take_back(case, because=_("复核决定%(number)s") % {"number": case.review_number})
    if case.penalty_id is not None:
        Penalty.objects.filter(pk=case.penalty_id, revoked_at__isnull=True).update(revoked_at=timezone.now())


def _penalty(case: Violation) -> Penalty | None:
    if not case.penalty_kind or case.penalty_starts_on is None or case.penalty_ends_on is None:
        return None
    return Penalty.objects.create(
        candidate_id=case.candidate_id,
        kind=case.penalty_kind,
        decision=case.number_in_force,
        starts_on=case.penalty_starts_on,
        ends_on=case.penalty_ends_on,
    )


def _locked_sittings(case: Violation) -> list[int]:
    """The sittings in which marks are void, locked after the candidate: none is entered meanwhile without this decision."""
    list(Candidate.objects.filter(pk=case.candidate_id).select_for_update(no_key=True).values_list("pk"))
    concerned = [sitting.pk for sitting in Sitting.objects.all() if sitting.pk == case.sitting_id or _is_within(case, sitting)]
    list(Sitting.objects.filter(pk__in=concerned).order_by("pk").select_for_update().values_list("pk"))
    return concerned


def _is_within(case: Violation, sitting: Sitting) -> bool:
    first, last = case.penalty_starts_on, case.penalty_ends_on
    return bool(case.penalty_kind and first and last and first <= sitting.last_day <= last)
