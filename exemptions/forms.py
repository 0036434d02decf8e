"""What a candidate enters: the credential with its proofs, the courses, the reason. Parsing and shaping; the rules decide."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exemptions.choosing import Choice
from exemptions.models import Credential
from records.candidates.models import Registration
from records.documents.forms import ProofsForm

FIRST_DAY = 1949


class RegistrationField(forms.ModelChoiceField[Registration]):
    """The candidate's registrations, shown as majors."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.major} · {obj.university.name}"


class CredentialForm(ProofsForm):
    """The facts of a credential with its proofs; number and names come out in half width without blanks around."""

    registration = RegistrationField(label=_("专业"), queryset=Registration.objects.none(), empty_label=None)
    kind = forms.ChoiceField(label=_("凭据种类"), choices=[("", _("请选择")), *Credential.Kind.choices])
    number = forms.CharField(label=_("证书编号"), max_length=60, help_text=_("照证书上的编号填写。"))
    issuer = forms.CharField(label=_("发证单位"), max_length=100)
    issued_on = forms.DateField(
        label=_("发证日期"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), help_text=_("成绩单填考试日期。")
    )
    score = forms.DecimalField(
        label=_("证书成绩"),
        required=False,
        min_value=0,
        max_value=999,
        max_digits=5,
        decimal_places=1,
        help_text=_("有分数的证书（如大学英语四级）必须填写。"),
    )

    field_order: tuple[str, ...] = ("registration", "kind", "number", "issuer", "issued_on", "score", "kept", "proofs")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Registration.objects.filter(candidate=self.person.candidate_id, closed_on__isnull=True)
        registration = self.fields["registration"]
        assert isinstance(registration, forms.ModelChoiceField)
        registration.queryset = mine.select_related("major", "university").order_by("pk")

    def clean_number(self) -> str:
        """``ＣＥＴ 4-１`` is ``CET4-1``."""
        return re.sub(r"\s+", "", unicodedata.normalize("NFKC", self.cleaned_data["number"])).upper()

    def clean_issued_on(self) -> Any:
        """A slip of the century is caught here; a day to come is for the rule to name."""
        day = self.cleaned_data["issued_on"]
        if not FIRST_DAY <= day.year <= timezone.localdate().year + 1:
            raise forms.ValidationError(_("请核对年份。"))
        return day

    def facts(self) -> dict[str, Any]:
        """The credential's own fields."""
        return {name: self.cleaned_data[name] for name in ("kind", "number", "issuer", "issued_on", "score")}


class CompletionForm(CredentialForm):
    """The same facts when a draft or a returned case is completed, with the reason."""

    reason = forms.CharField(label=_("申请理由或补正说明"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3}))

    field_order = (*CredentialForm.field_order, "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["registration"]


class CoursesForm(forms.Form):
    """Which of the open choices the candidate asks for, and why."""

    courses = forms.TypedMultipleChoiceField(
        label=_("申请免考的课程"), coerce=int, error_messages={"required": _("请至少选一门课程。")}
    )
    reason = forms.CharField(label=_("申请理由"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, choices: list[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        courses = self.fields["courses"]
        assert isinstance(courses, forms.TypedMultipleChoiceField)
        courses.choices = [(choice.course.pk, str(choice.course)) for choice in choices if choice.is_open]

    @property
    def ticked(self) -> set[int]:
        """The ids ticked so far, readable or not for the rest."""
        sent = self.data.getlist("courses") if self.is_bound and hasattr(self.data, "getlist") else []
        return {int(pk) for pk in sent if pk.isascii() and pk.isdigit()}
