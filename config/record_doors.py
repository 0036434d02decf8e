"""What may be begun from the page of a record: one line for each way, with the right that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from records.candidates.models import Candidate
from records.people.models import User


@dataclass(frozen=True)
class RecordDoor:
    """``name`` is an address that takes the candidate's id; ``then`` says what happens there.

    One ``of_managing_university`` is shown at the university alone that keeps the candidate's paper file.
    """

    label: Any
    then: Any
    name: str
    permission: str
    of_managing_university: bool = True


REGISTER = "records.register_candidate"
CERTIFY = "records.issue_certificate"

DOORS = (
    RecordDoor(
        _("增报专业"), _("在本校再报一个专业，准考证号不变。"), "registration:second", REGISTER, of_managing_university=False
    ),
    RecordDoor(_("出具证明"), _("成绩证明、单科合格证书、报名注册证明、考籍简表。"), "certificates:issue", CERTIFY),
    RecordDoor(_("改联系方式"), _("考生到场，改手机、邮箱、地址。"), "candidates:contact", REGISTER),
    RecordDoor(_("打印准考证"), _("A5一页，二维码里只有准考证号。"), "tickets:one", REGISTER),
    RecordDoor(_("采集照片"), _("合格的当时采用；已有照片的走“照片更换”。"), "photos:one", REGISTER),
    RecordDoor(_("申请成绩复核"), _("考生到场，柜台代为提交。"), "reviews:counter", "scores.check_review"),
    RecordDoor(
        _("成绩自查"),
        _("发现登记有误，由两个人先后复核。"),
        "reviews:office",
        "scores.decide_review",
        of_managing_university=False,
    ),
    RecordDoor(_("发账户启用单"), _("考生到场，凭单自己设密码。"), "candidates:slip", REGISTER),
)


def doors_of(candidate: Candidate, user: User) -> list[dict[str, Any]]:
    """The ways that are open to this person, as ``components/_actions.html`` shows them."""
    is_managed = candidate.managing_university_id in user.reach.universities
    return [
        {"label": door.label, "then": door.then, "url": reverse(door.name, args=[candidate.pk]), "is_link": True}
        for door in DOORS
        if user.has_perm(door.permission) and (is_managed or not door.of_managing_university)
    ]
