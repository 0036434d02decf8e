"""What is typed to look marks up."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from records.lookups.proof import ProofField
from records.people.identity import BLANKS


class ResultsForm(forms.Form):
    """L8: the ticket and the identity number of one person."""

    ticket = forms.CharField(
        label=_("准考证号"),
        help_text=_("准考证上的号码，全部是数字"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"}),
    )
    number = forms.CharField(
        label=_("证件号码"),
        help_text=_("居民身份证是18位，最后一位可能是字母X"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    proof = ProofField()

    def clean_ticket(self) -> str:
        """Without blanks."""
        return BLANKS.sub("", self.cleaned_data["ticket"])
