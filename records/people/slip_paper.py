"""The paper of an activation slip: the only place where its code stands in the clear."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from records.certificates.glyphs import missing
from records.certificates.typesetting import typeset
from records.people.models import ActivationSlip
from records.people.slips import grouped

DAY = "%Y年%-m月%-d日"
MOMENT = "%Y年%-m月%-d日%H:%M"


def paper(slip: ActivationSlip, code: str, *, address: str) -> bytes:
    """The PDF; ``address`` is the page on which the code is typed in. A name that the font lacks is left out: no certificate."""
    return typeset("slip", _content(slip, code, address))


def _content(slip: ActivationSlip, code: str, address: str) -> dict[str, Any]:
    candidate = slip.candidate
    name = _("（姓名略）") if missing([candidate.name]) else candidate.name
    facts = [
        [[_("姓名"), name], [_("证件号码"), candidate.identity_mask]],
        [
            [_("发放时间"), f"{timezone.localtime(slip.issued_at):{MOMENT}}"],
            [_("有效至"), f"{timezone.localtime(slip.expires_at):{MOMENT}}"],
        ],
    ]
    return {
        "title": _("账户启用单"),
        "facts": facts,
        "code_label": _("代码"),
        "code": grouped(code),
        "steps": [
            _("打开 %(address)s （登录页上的“我有账户启用单”）。") % {"address": address},
            _("填准考证号（或考籍号、证件号码）、出生日期和上面的代码。代码大小写都可以，横线可以不输。"),
            _("设一个自己的新密码，设好直接进入个人空间。"),
        ],
        "notes": [
            _("只能用一次；过期、用过或者又领了新的，本单作废。"),
            _("代码只印在这张纸上，柜台查不到，也不会打电话来问。不要交给他人，用后销毁。"),
        ],
        "office": str(slip.office),
        "date": f"{timezone.localdate(slip.issued_at):{DAY}}",
    }
