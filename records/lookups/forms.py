"""What is typed to look up a record number."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from records.lookups.proof import ProofField
from records.people.identity import DocumentKind, check_document, normalise

LONGEST_NAME = 200


class RecordNumberForm(forms.Form):
    """L1: name and document; the box asks for the registration number instead and is not ticked by itself."""

    name = forms.CharField(
        label=_("姓名"),
        help_text=_("与证件一致，名字里的间隔号写作“·”"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    kind = forms.ChoiceField(label=_("证件类型"), choices=DocumentKind.choices, initial=DocumentKind.RESIDENT)
    number = forms.CharField(
        label=_("证件号码"),
        help_text=_("居民身份证是18位，最后一位可能是字母X"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    wants_registration = forms.BooleanField(label=_("改为查询报名号"), required=False)
    proof = ProofField()

    def clean(self) -> dict[str, Any]:
        """The number in the register's form; what is wrong with its shape is said at the field."""
        cleaned = super().clean() or {}
        kind, number = cleaned.get("kind"), cleaned.get("number")
        if kind and number:
            cleaned["number"] = normalise(kind, number)
            for problem in check_document(kind, cleaned["number"], birth_date=None, sex=None):
                self.add_error("number", forms.ValidationError(problem.message, code=problem.code))
        return cleaned
