"""What somebody at a counter may show to prove who is asking; a clerk who saw none of it looks up nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Proof:
    """One way to prove it. ``asks`` says what the clerk must note besides, "" where the document says enough."""

    code: str
    label: Any
    asks: Any = ""


PROOFS = {
    proof.code: proof
    for proof in [
        Proof("resident", _("居民身份证原件")),
        Proof("temporary", _("临时居民身份证原件")),
        Proof("other", _("其他证件原件"), _("请注明是什么证件，如“护照”“港澳居民来往内地通行证”。")),
        Proof("agent", _("代办：委托书和双方证件原件"), _("请注明代办人姓名和与考生的关系。")),
        Proof("authority", _("公函和经办人工作证"), _("请注明来函单位和文号。")),
    ]
}


def label_of(code: str) -> Any:
    """What was shown, in words; the code itself where the list has it no more."""
    return PROOFS[code].label if code in PROOFS else code


def purpose_of(code: str) -> str:
    """As the trail keeps it and the candidate reads it: 柜台查询：居民身份证原件."""
    return gettext("柜台查询：%(proof)s") % {"proof": label_of(code)}
