"""Two records side by side, and what happens where both say something, in words, before anybody decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext as _

from records.archive.models import PaperFile
from records.candidates.models import Candidate
from records.certificates.models import Certificate
from records.ledger.models import Credit
from records.merging.models import MergeRequest
from records.merging.moving import rows_of
from records.penalties.models import Penalty
from records.people.identity import mask
from records.people.models import User
from records.registration.models import ProbableDuplicate

SHOWN = 20


@dataclass(frozen=True)
class Line:
    """One datum of both records; ``differs`` where a reader should look twice."""

    label: Any
    kept: Any
    merged: Any
    differs: bool = False


def side_by_side(case: MergeRequest, user: User) -> list[Line]:
    """Both records as this person may see them: numbers of a record beyond reach are masked, as identity numbers always are."""
    kept, merged = (_facts(person, user) for person in (case.candidate, case.merged))
    watched = {_("姓名"), _("性别"), _("出生日期")}
    return [Line(label, value, merged[label], label in watched and value != merged[label]) for label, value in kept.items()]


def _facts(person: Candidate, user: User) -> dict[str, Any]:
    within_reach = Candidate.objects.visible_to(user).filter(pk=person.pk).exists()
    former = within_reach or person.merged_into_id is not None
    tickets = [ticket.number for ticket in person.tickets.order_by("-is_current", "pk")]
    majors = [f"{each.major}（{each.university}）" for each in person.registrations.select_related("major", "university")]
    return {
        _("姓名"): person.name,
        _("性别"): person.get_sex_display(),
        _("出生日期"): _day(person.birth_date),
        _("证件"): f"{person.get_document_kind_display()} {person.identity_mask}",
        _("手机号码"): (person.phone_mask or _("没有")) if former else _("不在本校管理范围"),
        _("准考证号"): "、".join(number if former else mask(number) for number in tickets) or _("没有"),
        _("考籍号"): _number(person.record_number, former) or _("尚未建立"),
        _("报名号"): _number(person.registration_number, former),
        _("建籍日期"): _day(person.record_opened_on) if person.record_opened_on else _("尚未建立"),
        _("主考院校"): person.managing_university.name,
        _("报考专业"): "、".join(majors) or _("没有"),
        _("合格课程"): _("%(count)s门") % {"count": person.credits.count()},
        _("照片"): _("有") if person.photo_id else _("没有"),
    }


def _number(number: str | None, former: bool) -> str:
    return (number or "") if former else mask(number or "")


def _day(day: Any) -> str:
    return _("%(year)s年%(month)s月%(day)s日") % {"year": day.year, "month": day.month, "day": day.day}


def to_be_moved(case: MergeRequest) -> list[tuple[Any, str]]:
    """What goes over: of which kind how much; once it is done, what went."""
    if case.moved:
        counted = [(apps.get_model(table)._meta.verbose_name, count) for table, count in case.moved.items()]
    else:
        counted = rows_of(case.merged_id)
    asked = ProbableDuplicate._meta.verbose_name  # a question of the office, no content of a record
    together: dict[str, int] = {}
    for title, count in counted:
        if title != asked:
            together[str(title)] = together.get(str(title), 0) + count
    return [(title, _("%(count)s条") % {"count": count}) for title, count in together.items()]


def collisions(case: MergeRequest) -> list[str]:
    """What both records say something about, and which of it holds afterwards."""
    kept, merged = case.candidate, case.merged
    return [
        *_courses(kept, merged),
        *_majors(kept, merged),
        *_numbers(kept, merged),
        *_people(kept, merged),
        *_papers(kept, merged),
    ]


def _courses(kept: Candidate, merged: Candidate) -> list[str]:
    theirs = {credit.course_id: credit for credit in Credit.objects.filter(candidate=merged)}
    both = Credit.objects.filter(candidate=kept, course__in=theirs).select_related("course").order_by("course__code")
    text = _("课程%(course)s两份考籍都已合格：以较好的依据为准，两条依据都保留。")
    return [text % {"course": credit.course} for credit in both[:SHOWN]]


def _majors(kept: Candidate, merged: Candidate) -> list[str]:
    both = kept.registrations.filter(major__in=merged.registrations.values("major")).select_related("major")
    text = _("%(major)s两份考籍都已报考：合为一条，注册日期取较早的。")
    return [text % {"major": each.major} for each in both]


def _numbers(kept: Candidate, merged: Candidate) -> list[str]:
    said = [_("两个准考证号：保留的考籍的号码现用，另一个作为曾用号，都能查到本人。")]
    if kept.record_number and merged.record_number:
        said.append(_("两个考籍号：保留的考籍的号码不变，另一个也能查到本人。"))
    elif merged.record_number:
        said.append(_("保留的考籍还没有考籍号：用并入的考籍的考籍号。"))
    return said


def _people(kept: Candidate, merged: Candidate) -> list[str]:
    said = []
    if User.objects.filter(candidate=merged).exists():
        closed = User.objects.filter(candidate=kept).exists()
        said.append(_("两个账户：并入的考籍的账户停用。") if closed else _("账户转到保留的考籍，密码不变。"))
    for penalty in Penalty.objects.filter(candidate=merged).running_on(timezone.localdate()):
        said.append(_("处理决定%(decision)s仍在执行，合并后继续执行。") % {"decision": penalty.decision})
    if kept.photo_id and merged.photo_id:
        said.append(_("两张照片：以保留的考籍的照片为准。"))
    return said


def _papers(kept: Candidate, merged: Candidate) -> list[str]:
    said = []
    files = {each.candidate_id: each for each in PaperFile.objects.filter(candidate__in=(kept, merged))}
    if len(files) == 2:
        words = {"number": files[merged.pk].number, "into": files[kept.pk].number}
        said.append(_("纸质档案%(number)s的材料并入%(into)s，归入以前在目录中列为待归档。") % words)
    standing = Certificate.objects.in_force().filter(candidate=merged).count()
    if standing:
        said.append(_("并入的考籍有%(count)s份现行证明：内容有变的，自动作废并可重新出具。") % {"count": standing})
    return said
