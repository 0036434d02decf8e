"""What people enter: the candidate's application, the university's findings, the cohort to audit. The rules decide."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from graduation.drafting import Contents, plans_for, universities_for
from graduation.models import GraduationApplication
from graduation.terms import recent_terms, upcoming_terms
from records.candidates.models import Candidate, Registration
from records.catalogue.models import Major, Plan
from records.documents.forms import ProofsForm
from records.listing import CaseFilter
from records.offices.models import Office
from records.settings.values import value_of


def term_in_words(term: str) -> Any:
    """2026年12月."""
    return GraduationApplication(term=term).term_in_words


class PlanField(forms.ModelChoiceField[Plan]):
    """A plan version of one major, by its version alone."""

    def label_from_instance(self, obj: Any) -> str:
        return str(_("%(version)s版")) % {"version": obj.version}


class ApplicationForm(ProofsForm):
    """An application in one major; ``case`` is the one that is being changed."""

    proofs_required = False

    plan = PlanField(label=_("专业考试计划"), queryset=Plan.objects.none(), empty_label=None)
    term = forms.ChoiceField(label=_("毕业时间"), widget=forms.RadioSelect)
    university = forms.ModelChoiceField(label=_("主考院校"), queryset=Office.objects.none(), empty_label=None)
    self_assessment = forms.CharField(label=_("自我鉴定"), required=False, max_length=5000, widget=forms.Textarea({"rows": 8}))
    notice_read = forms.BooleanField(label=_("我已阅读上述须知"))

    field_order = ("plan", "term", "university", "self_assessment", "kept", "proofs", "notice_read")

    def __init__(
        self, *args: Any, candidate: Candidate, major: Major, case: GraduationApplication | None = None, **kwargs: Any
    ) -> None:
        attached = case.documents.all() if case else ()
        super().__init__(*args, attached=attached, **kwargs)
        today = timezone.localdate()
        self._offer_plans(plans_for(candidate, major, today), case)
        terms = upcoming_terms(today)
        self._choices("term").choices = [(term, term_in_words(term)) for term in terms]
        self.fields["term"].initial = case.term if case and case.term in terms else next(iter(terms), None)
        self._offer_universities(universities_for(candidate, major), case)
        self.fields["self_assessment"].initial = case.self_assessment if case else ""
        self.fields["self_assessment"].help_text = _length_hint()
        self.fields["notice_read"].initial = bool(case and case.notice_read_at)
        self.fields["proofs"].help_text = _(
            "专升本考生上传专科及以上毕业证书；另可上传《毕业生登记表》等。PDF、JPEG或PNG，可一次选几个文件。"
        )

    def _choices(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def _offer_plans(self, plans: list[Plan], case: GraduationApplication | None) -> None:
        field = self.fields["plan"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Plan.objects.filter(pk__in=[plan.pk for plan in plans]).order_by("-effective_from", "-version")
        field.initial = case.plan_id if case else next((plan.pk for plan in plans), None)

    def _offer_universities(self, universities: list[Office], case: GraduationApplication | None) -> None:
        field = self.fields["university"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Office.objects.filter(pk__in=[office.pk for office in universities]).order_by("code")
        field.initial = case.university_id if case else universities[0].pk
        if len(universities) == 1:
            field.widget = forms.HiddenInput()

    def contents(self) -> Contents:
        """What the candidate wrote, after ``is_valid``."""
        cleaned = self.cleaned_data
        return Contents(
            university=cleaned["university"],
            plan=cleaned["plan"],
            term=cleaned["term"],
            self_assessment=cleaned["self_assessment"],
            documents=self.documents,
        )


def _length_hint() -> Any:
    least = int(value_of("graduation.self_assessment_least"))
    if least:
        return _("思想、学习、工作等方面，至少%(least)s字。") % {"least": least}
    return _("思想、学习、工作等方面，一般500字以上；《毕业生登记表》上的内容与此一致。")


YES_NO = (("", _("还没有核对")), ("yes", _("符合")), ("no", _("不符合")))
ANSWERS = {"yes": True, "no": False}


def _answer(text: str) -> bool | None:
    return ANSWERS.get(text)


def _as_text(value: bool | None) -> str:
    return {True: "yes", False: "no"}.get(value, "") if value is not None else ""


class AnswerField(forms.TypedChoiceField):
    """Yes, no, or not looked at yet (None)."""

    def __init__(self, label: Any, choices: Any = YES_NO, **kwargs: Any) -> None:
        super().__init__(
            label=label, choices=choices, coerce=_answer, empty_value=None, required=False, widget=forms.RadioSelect, **kwargs
        )


class VerificationForm(forms.Form):
    """What the university verified: each finding stays open until somebody looked."""

    appraisal = forms.ChoiceField(
        label=_("思想品德鉴定"), required=False, choices=GraduationApplication.Appraisal.choices, widget=forms.RadioSelect
    )
    prior_diploma_verified = AnswerField(_("前置学历"), (("", _("还没有核验")), ("yes", _("已核验")), ("no", _("未通过核验"))))
    prior_diploma_how = forms.CharField(
        label=_("前置学历核验方式"),
        required=False,
        max_length=100,
        help_text=_("例如：学信网在线验证报告，编号……；不要写证件号码。"),
    )
    identity_confirmed = AnswerField(_("姓名、证件号码与证件原件"))
    photo_confirmed = AnswerField(_("毕业照片"))
    additional_courses = AnswerField(_("加考课程"), (("", _("还没有认定")), ("yes", _("需要加考")), ("no", _("不需要加考"))))

    def __init__(self, *args: Any, case: GraduationApplication, asks_additional: bool = False, **kwargs: Any) -> None:
        kept = {name: getattr(case, name) for name in self.base_fields}
        initial = {
            name: _as_text(value) if name not in ("appraisal", "prior_diploma_how") else value for name, value in kept.items()
        }
        super().__init__(*args, **{"initial": initial, **kwargs})
        if not case.plan.prior_diploma:
            del self.fields["prior_diploma_verified"], self.fields["prior_diploma_how"]
        if not asks_additional and case.additional_courses is None:
            del self.fields["additional_courses"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("prior_diploma_verified") is not None and not cleaned.get("prior_diploma_how"):
            self.add_error("prior_diploma_how", _("请写明怎样核验的。"))
        return cleaned

    def facts(self) -> dict[str, Any]:
        """The findings by the field of the application, after ``is_valid``."""
        return dict(self.cleaned_data)


class GraduationFilter(CaseFilter):
    """Filters of the list of applications: the hub's, and the term and the major."""

    term = forms.ChoiceField(label=_("毕业时间"), required=False)
    major = forms.ModelChoiceField(
        label=_("专业"), queryset=Major.objects.order_by("code"), required=False, empty_label=_("全部")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["term"]
        assert isinstance(field, forms.ChoiceField)
        terms = recent_terms(timezone.localdate())
        field.choices = [("", _("全部")), *((term, term_in_words(term)) for term in terms)]

    def narrowed(self, cases: Any) -> Any:
        """``cases`` by what the form says."""
        cases = super().narrowed(cases)
        if not self.is_valid():
            return cases
        wanted = {name: self.cleaned_data[name] for name in ("term", "major") if self.cleaned_data[name]}
        return cases.filter(**wanted)


class CohortForm(forms.Form):
    """Which candidates to audit, as of which day; a university only its own."""

    university = forms.ModelChoiceField(
        label=_("主考院校"), queryset=Office.objects.universities(), required=False, empty_label=_("全市")
    )
    major = forms.ModelChoiceField(label=_("专业"), queryset=Major.objects.none(), required=False, empty_label=_("全部专业"))
    on = forms.DateField(
        label=_("审核日期"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
        help_text=_("只计这一天及以前的学分，并按这一天决定适用的计划版本。"),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        university, major = self.fields["university"], self.fields["major"]
        assert isinstance(university, forms.ModelChoiceField)
        assert isinstance(major, forms.ModelChoiceField)
        majors = Major.objects.filter(Exists(Plan.objects.filter(major=OuterRef("pk")))).order_by("code")
        if not user.reach.municipal:
            university.queryset = Office.objects.filter(pk__in=user.reach.universities).order_by("code")
            university.required, university.empty_label = True, None
            own = Registration.objects.filter(major=OuterRef("pk"), university__in=user.reach.universities)
            majors = majors.filter(Exists(own))
        major.queryset = majors

    def clean_on(self) -> dt.date:
        """A slip of the century is caught here."""
        day: dt.date = self.cleaned_data["on"]
        if not 2000 <= day.year <= timezone.localdate().year + 1:
            raise forms.ValidationError(_("请核对年份。"))
        return day
