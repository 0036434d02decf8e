"""Whom a clerk at the counter looks up, and what was shown for it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.counter.proofs import PROOFS
from records.people.finding import LONGEST_NUMBER
from records.people.identity import DocumentKind, mentions_a_number

OFFICES_NUMBER = "number"
"""By a number that the office gave, together with the name: anybody might have read the number somewhere."""


class LookupForm(forms.Form):
    """Sent by POST only: an identity number never stands in an address."""

    kind = forms.ChoiceField(
        label=gettext_lazy("号码种类"),
        choices=[*DocumentKind.choices, (OFFICES_NUMBER, gettext_lazy("准考证号、考籍号或报名号"))],
        initial=DocumentKind.RESIDENT,
    )
    number = forms.CharField(
        label=gettext_lazy("号码"),
        max_length=LONGEST_NUMBER,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=gettext_lazy("姓名"),
        help_text=gettext_lazy("用准考证号、考籍号或报名号查的必填；填了就要与登记的一致。"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    proof = forms.ChoiceField(
        label=gettext_lazy("查验的证件"),
        help_text=gettext_lazy("请先查验原件，再查。"),
        choices=[(proof.code, proof.label) for proof in PROOFS.values()],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("备注"),
        help_text=gettext_lazy("其他证件、代办和公函必填。不要写证件号码和手机号码。"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        """What belongs together is there together."""
        cleaned = super().clean() or {}
        if cleaned.get("kind") == OFFICES_NUMBER and not cleaned.get("name", "").strip():
            self.add_error("name", _("用准考证号、考籍号或报名号查的，请填姓名。"))
        proof, note = PROOFS.get(cleaned.get("proof", "")), cleaned.get("note", "").strip()
        if proof and proof.asks and not note:
            self.add_error("note", str(proof.asks))
        if mentions_a_number(note):
            self.add_error("note", _("备注里不要写证件号码或手机号码。"))
        return cleaned
