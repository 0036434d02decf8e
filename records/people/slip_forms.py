"""What a clerk notes before a slip is printed."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from records.contact.forms import SHOWN


class SlipIssueForm(forms.Form):
    """Which proof the candidate showed, and that it is the candidate who stands there."""

    shown = forms.ChoiceField(label=_("出示的证件"), choices=SHOWN, widget=forms.RadioSelect)
    present = forms.BooleanField(label=_("考生本人在场，证件与考籍相符"))

    def proof(self) -> str:
        """In words, as the slip and the trail keep it."""
        return str(dict(SHOWN)[self.cleaned_data["shown"]])
