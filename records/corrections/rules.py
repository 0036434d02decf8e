"""What must be true before a correction moves on, one function each: a case in, everything that stands against it out (K2).

What tells of other people is ``staff_only`` and is asked at the offices' desks alone.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.acting import current
from audit.workflow import Problem, rule
from records.candidates.models import Candidate
from records.cases import candidates_with_certificates
from records.corrections.editors import editors_in_force
from records.corrections.fields import DATA, parted
from records.corrections.models import CorrectionKind, CorrectionRequest
from records.corrections.sameness import is_upgrade, makes_another_person
from records.people.encryption import lookup_hash
from records.people.finding import IDENTITY
from records.people.identity import check_document

KEEPING = _("考籍管理要求（更改考籍）")
GB_11643 = "GB 11643-1999"
REGULATION_24 = _("暂行条例第二十四条")
ISSUED = _("毕业证书颁发通知")
HANDLED_BY = ("lodge", "check", "verify", "refer", "approve", "reassign")
"""The steps whose takers may not carry the same correction out."""

AGREEING = frozenset({"document", "birth_date", "sex"})


def _values(case: CorrectionRequest) -> dict[str, tuple[str, str]]:
    """What stood when it was asked for and what is to stand, by datum."""
    return {change.field: (change.before, change.after) for change in case.changes.all()}


@rule(_("写明要更改什么。"), KEEPING)
def something_is_asked_for(case: CorrectionRequest) -> list[Problem]:
    """At least one datum, and only such as the kind has: ``correction.nothing-asked``, ``correction.not-of-kind``."""
    asked = {change.field for change in case.changes.all()}
    if not asked:
        return [Problem("correction.nothing-asked", _("还没有填写更改后的内容。"), KEEPING)]
    if asked - set(case.kind.fields):
        return [Problem("correction.not-of-kind", _("有的项目不属于这个更改事项。"), KEEPING, _("请另选更改事项。"))]
    return []


@rule(_("更改后的内容与现在登记的不同。"), KEEPING)
def new_value_differs(case: CorrectionRequest) -> list[Problem]:
    """No datum is asked to become what it is: ``correction.same``."""
    same = [str(DATA[key].label) for key, (before, after) in _values(case).items() if before == after]
    if not same:
        return []
    message = gettext("%(fields)s与现在登记的相同，不必更改。") % {"fields": "、".join(same)}
    return [Problem("correction.same", message, KEEPING, _("请去掉这一项，或核对填写的内容。"))]


@rule(_("更改后的内容写法正确。"), KEEPING)
def new_value_is_valid(case: CorrectionRequest) -> list[Problem]:
    """Each new value may stand where it is to stand, by itself: the codes of ``fields.DATA``."""
    return [
        Problem(problem.code, f"{DATA[key].label}：{problem.message}", GB_11643 if key == "document" else KEEPING)
        for key, (_before, after) in _values(case).items()
        for problem in DATA[key].problems(after)
    ]


def _touches_the_document(case: CorrectionRequest) -> bool:
    return bool(AGREEING & set(_values(case)))


@rule(_("更改后，证件号码与出生日期、性别一致。"), GB_11643, applies=_touches_the_document)
def document_agrees(case: CorrectionRequest) -> list[Problem]:
    """Number, birth date and sex agree as they would stand afterwards: the codes of ``check_document``."""
    after = {key: DATA[key].read(case.candidate) for key in AGREEING} | {key: new for key, (_old, new) in _values(case).items()}
    kind, number = parted(after["document"])
    try:
        born = dt.date.fromisoformat(after["birth_date"])
    except ValueError:  # named by ``new_value_is_valid``
        return []
    problems = check_document(kind, number, birth_date=born, sex=after["sex"])
    if "document" in _values(case) and any(not problem.code.endswith("-differs") for problem in problems):
        return []  # named by ``new_value_is_valid``
    next_step = _("居民身份证号码含出生日期和性别，要改的请一并更改。")
    return [Problem(problem.code, problem.message, GB_11643, next_step) for problem in problems]


@rule(_("必交的材料齐全。"), KEEPING)
def compulsory_proofs_are_there(case: CorrectionRequest) -> list[Problem]:
    """Every compulsory proof of the kind was handed in: ``correction.proof-missing``.

    A 15-digit number becomes 18 digits without a proof from the police (FACTS §10).
    """
    there = {proof.label for proof in case.proofs.all()}
    upgrade = is_only_an_upgrade(case)
    missing = [
        proof["label"]
        for proof in case.kind.proofs
        if proof["compulsory"] and proof["label"] not in there and not (upgrade and proof.get("unless_upgrade"))
    ]
    if not missing:
        return []
    message = gettext("还缺材料：%(proofs)s。") % {"proofs": "、".join(missing)}
    return [Problem("correction.proof-missing", message, KEEPING, _("请上传原件的扫描件或照片，并带原件到主考院校。"))]


def is_only_an_upgrade(case: CorrectionRequest) -> bool:
    """Whether the only change is the upgrade of a 15-digit number."""
    moves = _values(case)
    return set(moves) == {"document"} and is_upgrade(*moves["document"])


def _changes_the_document(case: CorrectionRequest) -> bool:
    return "document" in _values(case)


@rule(_("没有别的考生使用更改后的证件号码。"), REGULATION_24, applies=_changes_the_document, staff_only=True)
def nobody_else_has_the_document(case: CorrectionRequest) -> list[Problem]:
    """One person has one record; two records of one person have to be merged: ``correction.duplicate``."""
    _kind, number = parted(_values(case)["document"][1])
    others = Candidate.objects.filter(identity_hash=lookup_hash(number, IDENTITY)).exclude(pk=case.candidate_id)
    others = others.exclude(pk__in=case.candidate.merged.values("pk"))
    return [duplicate()] if others.exists() else []


def duplicate() -> Problem:
    """That the number belongs to another record."""
    next_step = _("一人只有一份考籍。请先查明是否同一人；是同一人的，按考籍合并办理，不在这里更改。")
    return Problem("correction.duplicate", _("已有别的考生登记了这个证件号码。"), REGULATION_24, next_step)


@rule(_("申请以来，要更改的内容没有变过。"), KEEPING)
def nothing_changed_since(case: CorrectionRequest) -> list[Problem]:
    """What stood when it was asked for still stands: ``correction.overtaken``."""
    moved = [str(DATA[key].label) for key, (before, _new) in _values(case).items() if DATA[key].read(case.candidate) != before]
    if not moved:
        return []
    message = gettext("申请以后，%(fields)s已经变了。") % {"fields": "、".join(moved)}
    return [Problem("correction.overtaken", message, KEEPING, _("请退回申请人，按现在的内容重新填写。"))]


def _touches_a_certificate(case: CorrectionRequest) -> bool:
    return any(DATA[key].certified for key in _values(case))


@rule(_("没有颁发过毕业证书；或要更改的内容不在证书上。"), ISSUED, applies=_touches_a_certificate)
def certificate_is_not_issued(case: CorrectionRequest) -> list[Problem]:
    """What a diploma says is not changed once it stands: ``correction.certified`` (FACTS §7, §11)."""
    if not candidates_with_certificates([case.candidate_id]):
        return []
    message = _("毕业证书已经颁发，证书上的姓名、性别、证件、出生日期和照片不再更改。")
    next_step = _("证件后来变更的，请持公安机关的变更证明与毕业证书一起使用；证书本身有误的，请到主考院校自考办询问办法。")
    return [Problem("correction.certified", message, ISSUED, next_step)]


@rule(_("这个更改事项现在受理。"), KEEPING)
def kind_is_in_force(case: CorrectionRequest) -> list[Problem]:
    """The version of the kind holds, or held when the case began: ``correction.kind-ended``."""
    today, began = timezone.localdate(), timezone.localdate(case.created_at)
    if CorrectionKind.objects.in_force(today).filter(pk=case.kind_id).exists() or _held(case.kind, began):
        return []
    return [Problem("correction.kind-ended", _("这个更改事项现在不受理。"), KEEPING, _("请看现行的更改事项，另行申请。"))]


def _held(kind: CorrectionKind, day: dt.date) -> bool:
    return kind.in_force_from <= day and (kind.in_force_until is None or day < kind.in_force_until)


@rule(_("由考生现在的主考院校办理。"), KEEPING)
def university_manages_the_record(case: CorrectionRequest) -> list[Problem]:
    """The managing university alone takes corrections, also after a move (转籍): ``correction.other-university``."""
    if case.university_id == case.candidate.managing_university_id:
        return []
    message = gettext("考生现由%(university)s管理。") % {"university": case.candidate.managing_university.title}
    return [Problem("correction.other-university", message, KEEPING, _("请撤回本件，到现在的主考院校重新申请。"))]


@rule(_("原件已经当面核对。"), KEEPING, fact="original_seen")
def original_is_seen(case: CorrectionRequest) -> list[Problem]:
    """The university had the original before it and says so: ``correction.original-not-seen``."""
    if case.original_seen:
        return []
    return [Problem("correction.original-not-seen", _("还没有核对原件。"), KEEPING, _("请考生本人带原件到主考院校自考办。"))]


@rule(_("已指定一名现任更改专人。"), KEEPING, fact="editor")
def editor_is_in_force(case: CorrectionRequest) -> list[Problem]:
    """Exactly one person is named, who holds the duty today: ``correction.no-editor``, ``correction.editor-left``."""
    if case.editor_id is None:
        return [Problem("correction.no-editor", _("还没有指定更改专人。"), KEEPING, _("请从现任的更改专人中选一人。"))]
    if editors_in_force().filter(pk=case.editor_id).exists():
        return []
    return [Problem("correction.editor-left", _("指定的人现在不是更改专人。"), KEEPING, _("请由核定人改派。"))]


@rule(_("更改专人没有办过本件的其他步骤。"), KEEPING, fact="editor")
def editor_has_fresh_eyes(case: CorrectionRequest) -> list[Problem]:
    """The editor neither names herself nor took an earlier step of the case: ``correction.editor-not-fresh``.

    Who names is the person who acts now (``audit.acting``): the step's own line of the trail is not written yet.
    """
    handled = case.events.steps().filter(verb__in=HANDLED_BY, actor_id=case.editor_id).exists()
    if case.editor_id is None or not (handled or case.editor_id == current().actor_id):
        return []
    return [Problem("correction.editor-not-fresh", _("核对、核定和更改须由不同的人办。"), KEEPING, _("请指定另一名更改专人。"))]


@rule(_("像是另一个人的更改，已经负责人审批。"), KEEPING, applies=makes_another_person)
def head_has_approved(case: CorrectionRequest) -> list[Problem]:
    """Where identity data move together, the head approved since the case last came to the city: ``correction.head-missing``."""
    lasting = case.events.steps().filter(verb__in=("approve", "check")).last()
    if lasting is not None and lasting.verb == "approve":
        return []
    message = _("姓名、证件、出生日期、照片有几项一起更改，还没有经负责人审批。")
    return [Problem("correction.head-missing", message, KEEPING, _("请退回核定，报负责人审批。"))]


def is_the_same_person(case: CorrectionRequest) -> bool:
    """Guard of the way without the head."""
    return not makes_another_person(case)


SOUND = (
    something_is_asked_for,
    new_value_differs,
    new_value_is_valid,
    document_agrees,
    compulsory_proofs_are_there,
    nothing_changed_since,
    certificate_is_not_issued,
    kind_is_in_force,
    university_manages_the_record,
)
AT_THE_OFFICES = (*SOUND, nobody_else_has_the_document)
CHECKED = (*AT_THE_OFFICES, original_is_seen)
VERIFIED = (*CHECKED, editor_is_in_force, editor_has_fresh_eyes)
CARRIED_OUT = (*CHECKED, editor_is_in_force, head_has_approved)
