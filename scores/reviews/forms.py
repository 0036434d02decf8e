"""What is entered of a review: the request, the university's word, what was found, why it was sent back."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.documents.faults import Unacceptable
from records.documents.keeping import keep
from records.documents.models import Document
from records.people.models import User
from scores.marks.models import Mark
from scores.reviews.models import Result, ReviewRequest, Scope
from scores.reviews.rules import GRADES, NOT_RE_MARKED


class AskForm(forms.Form):
    """A request: one of three things to look for, and what the candidate says."""

    scope = forms.ChoiceField(
        label=gettext_lazy("复核什么"),
        choices=Scope.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": NOT_RE_MARKED},
    )
    statement = forms.CharField(
        label=gettext_lazy("情况说明"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("写您觉得哪里有误，例如“第三题写了两页，像是没有评分”。可以不写。"),
    )


class CounterAskForm(AskForm):
    """The same for somebody who stands at the counter."""

    present = forms.BooleanField(label=gettext_lazy("考生本人在场，已核对身份证件"))


class OwnAskForm(AskForm):
    """The office's own finding: what made it look."""

    statement = forms.CharField(
        label=gettext_lazy("怎么发现的"),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("考生和院校看得到。"),
    )


class CheckForm(forms.Form):
    """The university's word that the candidate asks."""

    identity_confirmed = forms.BooleanField(label=gettext_lazy("已核对：提出的人就是考生本人，复核内容在三项之内"))

    def __init__(self, *args: Any, case: ReviewRequest, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def facts(self) -> dict[str, Any]:
        """What the step writes down."""
        return {"identity_confirmed": self.cleaned_data["identity_confirmed"]}


class FindForm(forms.Form):
    """What the first person found. The rules say what is wrong with it; here only an unreadable file is refused."""

    result = forms.ChoiceField(
        label=gettext_lazy("复核结果"), choices=[each for each in Result.choices if each[0]], widget=forms.RadioSelect
    )
    grounds = forms.CharField(
        label=gettext_lazy("复核情况"),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("查了什么、查到什么。确认以后考生看得到。"),
    )
    new_points = forms.DecimalField(
        label=gettext_lazy("更正后的分数"),
        required=False,
        max_digits=4,
        decimal_places=1,
        help_text=gettext_lazy("更正成绩的才填。"),
    )
    new_grade = forms.ChoiceField(
        label=gettext_lazy("或更正后的等第"),
        required=False,
        choices=[("", gettext_lazy("不填")), *((each, each) for each in GRADES)],
    )
    new_flag = forms.ChoiceField(
        label=gettext_lazy("或更正后的标记"),
        required=False,
        choices=[(Mark.Flag.NORMAL, gettext_lazy("没有标记")), (Mark.Flag.ABSENT, Mark.Flag.ABSENT.label)],
        help_text=gettext_lazy("违纪、作弊的，按考试违规办理。"),
    )
    upload = forms.FileField(
        label=gettext_lazy("依据材料"),
        required=False,
        widget=forms.ClearableFileInput({"accept": ".pdf,.jpg,.jpeg,.png"}),
        help_text=gettext_lazy("更正成绩必须上传：试卷、评分表或登分表有关部分的扫描件。只有市自考办看得到。"),
    )

    def __init__(self, *args: Any, case: ReviewRequest, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.person = case, person
        self.document: Document | None = None

    def clean(self) -> dict[str, Any]:
        """Keep the file under a name that says nothing of what was found."""
        cleaned = super().clean() or {}
        upload = cleaned.get("upload")
        if upload is not None:
            upload.name = _("%(number)s复核材料") % {"number": self.case.case_number} + PurePath(upload.name or "").suffix
            try:
                self.document = keep(upload, candidate_id=self.case.candidate_id, by=self.person, city_only=True)
            except Unacceptable as fault:
                self.add_error("upload", forms.ValidationError(fault.message, fault.code))
        return cleaned

    def facts(self) -> dict[str, Any]:
        """What the step writes down; of a mark that is upheld nothing new."""
        names = ("result", "grounds", "new_points", "new_grade")
        written = {name: self.cleaned_data[name] for name in names}
        flag = self.cleaned_data["new_flag"] or Mark.Flag.NORMAL
        return {**written, "new_flag": flag, "new_flag_reason": "", "evidence": self.document}


class ObjectionForm(forms.Form):
    """Why the second person sends a finding back."""

    objection = forms.CharField(
        label=gettext_lazy("要重新查什么"),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("只有市自考办看得到。"),
    )

    def __init__(self, *args: Any, case: ReviewRequest, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def facts(self) -> dict[str, Any]:
        """What the step writes down."""
        return {"objection": self.cleaned_data["objection"]}


StepForm = CheckForm | FindForm | ObjectionForm
STEP_FORMS: dict[str, type[StepForm]] = {"check": CheckForm, "find": FindForm, "hand-back": ObjectionForm}
