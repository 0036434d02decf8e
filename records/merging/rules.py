"""What must be true before two records are merged, one function each: a case in, everything that stands against it out."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.workflow import Problem, rule
from records.cases import PENDING, CandidateCase
from records.merging.joining import already_merged
from records.merging.models import MergeRequest
from records.merging.moving import Pair, hindrances

REGULATION_24 = _("暂行条例第二十四条")
KEEPING = _("考籍管理要求（合并考籍）")
ENDED = ("draft", "done", "refused", "withdrawn")


def pair_of(case: MergeRequest) -> Pair:
    """The two records of the case."""
    return Pair(case.merged_id, case.candidate_id, case_number=case.case_number)


@rule(_("两份考籍都还没有并入别的考籍。"), REGULATION_24)
def both_stand(case: MergeRequest) -> list[Problem]:
    """Neither of the two was merged into a record meanwhile: ``merging.already-merged``."""
    return [already_merged()] if case.candidate.merged_into_id or case.merged.merged_into_id else []


@rule(_("提出的院校管理其中一份考籍。"), KEEPING)
def university_manages_one(case: MergeRequest) -> list[Problem]:
    """The university manages at least one of the two: ``merging.other-university``."""
    if case.university_id in (case.candidate.managing_university_id, case.merged.managing_university_id):
        return []
    message = gettext("两份考籍都不归%(university)s管理。") % {"university": case.university.title}
    return [Problem("merging.other-university", message, KEEPING, _("请由其中一份考籍的主考院校提出。"))]


@rule(_("写明是同一人的依据。"), KEEPING)
def grounds_are_given(case: MergeRequest) -> list[Problem]:
    """Somebody says on what evidence the two are one person: ``merging.no-grounds``."""
    if case.grounds.strip():
        return []
    return [Problem("merging.no-grounds", _("还没有写明依据。"), KEEPING, _("请写明凭什么认定是同一人。"))]


@rule(_("有证明是同一人的材料。"), KEEPING)
def proof_is_there(case: MergeRequest) -> list[Problem]:
    """At least one proof was uploaded: ``merging.no-proof``."""
    if case.proofs.exists():
        return []
    next_step = _("请上传新旧证件、公安机关的变更证明等材料的扫描件。")
    return [Problem("merging.no-proof", _("还没有上传材料。"), KEEPING, next_step)]


@rule(_("要并入的考籍没有在办的申请。"), KEEPING)
def nothing_is_pending(case: MergeRequest) -> list[Problem]:
    """No case lies open on the record that goes: ``merging.open-case``. Drafts go along."""
    return [_open_case(each) for kind in CandidateCase.__subclasses__() for each in _pending(kind, case)]


def _pending(kind: type[CandidateCase], case: MergeRequest) -> list[CandidateCase]:
    if kind is MergeRequest:
        return []
    return list(kind._base_manager.filter(candidate=case.merged_id, status__in=PENDING).order_by("pk"))


def _open_case(pending: CandidateCase) -> Problem:
    words = {"kind": pending._meta.verbose_name, "number": pending}
    message = gettext("要并入的考籍有一件%(kind)s（%(number)s）还没有办结。") % words
    return Problem("merging.open-case", message, KEEPING, _("请先办结或撤回这一件，再合并。"))


@rule(_("没有别的合并涉及这两份考籍。"), KEEPING)
def no_other_merger(case: MergeRequest) -> list[Problem]:
    """No other open merger is about either of the two and a third record: ``merging.other-merger``."""
    both = (case.candidate_id, case.merged_id)
    others = MergeRequest.objects.filter(Q(candidate__in=both) | Q(merged__in=both)).exclude(status__in=ENDED).exclude(pk=case.pk)
    return [_other(each) for each in others if {each.candidate_id, each.merged_id} != set(both)]


@rule(_("没有把同样两份考籍反过来合并的申请。"), KEEPING)
def not_asked_the_other_way(case: MergeRequest) -> list[Problem]:
    """Nobody asks at the same time that the two be merged the other way round: ``merging.other-merger``."""
    reverse = MergeRequest.objects.filter(candidate=case.merged_id, merged=case.candidate_id).exclude(status__in=ENDED)
    return [_other(each) for each in reverse]


def _other(merger: MergeRequest) -> Problem:
    message = gettext("另有一件合并（%(number)s）涉及其中的考籍，还没有办结。") % {"number": merger.case_number}
    return Problem("merging.other-merger", message, KEEPING, _("请先办结那一件。"))


@rule(_("两份考籍的内容可以放在一起。"), KEEPING)
def nothing_hinders(case: MergeRequest) -> list[Problem]:
    """Nothing that both hold contradicts: the codes of every app's ``moving.py``."""
    return hindrances(pair_of(case), at_the_city=False)


@rule(_("尚未公布的成绩也可以放在一起。"), KEEPING, staff_only=True, own_desk_only=True)
def nothing_hinders_at_the_city(case: MergeRequest) -> list[Problem]:
    """The same for what only the municipal office may know."""
    return hindrances(pair_of(case), at_the_city=True)


SUBMITTED = (
    both_stand,
    university_manages_one,
    grounds_are_given,
    proof_is_there,
    nothing_is_pending,
    no_other_merger,
    not_asked_the_other_way,
    nothing_hinders,
)
DECIDED = (both_stand, grounds_are_given, proof_is_there, nothing_is_pending, no_other_merger, nothing_hinders)
MERGED = (*DECIDED, nothing_hinders_at_the_city)
