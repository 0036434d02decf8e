"""The counter's form: one person in the columns in which files bring many, checked by the same function."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.candidates.models import Candidate
from records.catalogue.models import Major
from records.imports.faults import Finding
from records.offices.models import Office
from records.people.ethnicity import ethnic_groups
from records.people.identity import DocumentKind, mentions_a_number
from records.registration import columns
from records.registration.majors import Choice, choices

REQUIRED = ("name", "sex", "document", "identity", "birth", "major")
FIELDS = {
    "name": columns.NAME,
    "sex": columns.SEX,
    "ethnicity": columns.ETHNICITY,
    "document": columns.DOCUMENT,
    "identity": columns.IDENTITY,
    "birth": columns.BIRTH,
    "phone": columns.PHONE,
    "major": columns.MAJOR,
    "registered": columns.REGISTERED,
    "ticket": columns.TICKET,
    "prior_education": columns.PRIOR_EDUCATION,
    "prior_major": columns.PRIOR_MAJOR,
    "address": "通讯地址",
    "postcode": "邮政编码",
    "record": columns.RECORD,
    "additional": columns.ADDITIONAL,
    "political_status": "政治面貌",
    "occupation": "职业",
    "education": "文化程度",
    "household": "户籍所在地",
    "exam_area": "考区",
    "candidate_kind": "考生类别",
    "study_support": "助学单位",
}
"""Name of a field: the column that it fills (FORMATS, "Candidates")."""

FOLDED = tuple(FIELDS)[tuple(FIELDS).index("postcode") :]
LONGEST = {column: longest for column, _attribute, longest in columns.TEXTS}
SEEN, LATER = "seen", "later"
DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class RestrictionForm(forms.Form):
    """The part about a major with 入学限制: what was shown for it, or that it stays open until graduation."""

    condition = forms.ChoiceField(
        label=gettext_lazy("报考条件"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (SEEN, gettext_lazy("证明已当面核对")),
            (LATER, gettext_lazy("现在没有证明：先报名，毕业时必须补齐，否则不能毕业")),
        ],
        help_text=gettext_lazy("只有报考有入学限制的专业才填。"),
    )
    condition_noted = forms.CharField(
        label=gettext_lazy("核对了什么证明"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("例如：护士执业证书原件。不要写证件号码。"),
    )
    condition_proof = forms.FileField(
        label=gettext_lazy("证明扫描件"),
        required=False,
        widget=forms.FileInput({"accept": ".pdf,.jpg,.jpeg,.png"}),
        help_text=gettext_lazy("PDF、JPEG或PNG。表里有错退回时，文件要重新选一次。"),
    )

    def check_condition(self, restriction: str) -> None:
        """Of a restricted major the clerk says what was seen, or that the proof is still to come."""
        cleaned = self.cleaned_data
        if mentions_a_number(cleaned.get("condition_noted", "")):
            self.add_error("condition_noted", _("这里不要写证件号码或手机号码。"))
        if not restriction:
            return
        if not cleaned.get("condition"):
            text = _("该专业有入学限制（%(restriction)s），请选择证明是否已经核对。")
            self.add_error("condition", text % {"restriction": restriction})
        elif cleaned["condition"] == SEEN and not (cleaned.get("condition_noted", "").strip() or cleaned.get("condition_proof")):
            self.add_error("condition_noted", _("请写明核对了什么证明，或上传证明。"))


class MajorForm(RestrictionForm):
    """A major that the university hosts, since when; and what its restriction asks for."""

    major = forms.ChoiceField(label=gettext_lazy("报考专业"))
    registered = forms.DateField(label=gettext_lazy("注册日期"), widget=DAY)

    def __init__(self, *args: Any, university: Office, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.university = university
        self.majors: Mapping[str, Choice] = choices()
        field = self.fields["major"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("请选择")), *hosted_majors(university)]
        self.fields["registered"].initial = timezone.localdate

    def clean(self) -> dict[str, Any]:
        """Closed majors are refused with their last day, restricted ones ask for their proof."""
        cleaned = super().clean() or {}
        choice, day = self.majors.get(cleaned.get("major", "")), cleaned.get("registered")
        if choice is None or day is None:
            return cleaned
        if day > timezone.localdate():
            self.add_error("registered", _("注册日期不能晚于今天。"))
        if choice.is_closed_on(day):
            self.add_error("major", closed_since(choice))
        plan = choice.plan_on(day)
        self.check_condition(plan.entry_restriction if plan else "")
        return cleaned


class SingleForm(MajorForm):
    """All columns, those that must be filled in first; ``findings`` of the register are put beside their fields."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=200)
    sex = forms.ChoiceField(
        label=gettext_lazy("性别"), choices=[("男", gettext_lazy("男")), ("女", gettext_lazy("女"))], widget=forms.RadioSelect
    )
    document = forms.ChoiceField(label=gettext_lazy("证件类型"))
    identity = forms.CharField(
        label=gettext_lazy("证件号码"), max_length=40, widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    )
    birth = forms.DateField(label=gettext_lazy("出生日期"), widget=DAY)
    ethnicity = forms.ChoiceField(
        label=gettext_lazy("民族"), required=False, help_text=gettext_lazy("没有民族的（如外国人）不选。")
    )
    phone = forms.CharField(
        label=gettext_lazy("手机号码"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("首次登录和找回密码用。没有手机的，在柜台领账户启用单。"),
    )
    prior_education = forms.ChoiceField(
        label=gettext_lazy("前置学历"),
        required=False,
        choices=Candidate.PriorEducation.choices,
        help_text=gettext_lazy("专升本毕业时要核验。"),
    )
    prior_major = forms.CharField(label=gettext_lazy("前置专业"), required=False)
    address = forms.CharField(label=gettext_lazy("通讯地址"), required=False)
    ticket = forms.CharField(
        label=gettext_lazy("准考证号"), required=False, max_length=20, help_text=gettext_lazy("留空由系统发；原来就有的照抄。")
    )
    postcode = forms.CharField(label=gettext_lazy("邮政编码"), required=False)
    record = forms.CharField(
        label=gettext_lazy("考籍号"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("只有从原系统接收、已有考籍号的才填。"),
    )
    additional = forms.ChoiceField(
        label=gettext_lazy("加考"),
        required=False,
        choices=[("", gettext_lazy("未定")), ("Y", gettext_lazy("需要加考")), ("N", gettext_lazy("不需要"))],
    )
    political_status = forms.CharField(label=gettext_lazy("政治面貌"), required=False)
    occupation = forms.CharField(label=gettext_lazy("职业"), required=False)
    education = forms.CharField(label=gettext_lazy("文化程度"), required=False)
    household = forms.CharField(label=gettext_lazy("户籍所在地"), required=False)
    exam_area = forms.CharField(label=gettext_lazy("考区"), required=False)
    candidate_kind = forms.CharField(label=gettext_lazy("考生类别"), required=False)
    study_support = forms.CharField(label=gettext_lazy("助学单位"), required=False)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, university: Office, **kwargs: Any) -> None:
        super().__init__(*args, university=university, **kwargs)
        self._choose("document", [(str(label), label) for _kind, label in DocumentKind.choices])
        self._choose("ethnicity", [("", _("不选")), *((name, name) for name in ethnic_groups())])
        for name, column in FIELDS.items():
            if column in LONGEST:
                self.fields[name].max_length = LONGEST[column]  # type: ignore[attr-defined]
                self.fields[name].widget.attrs["maxlength"] = str(LONGEST[column])
        self.fields["token"].initial = uuid.uuid4
        self.order_fields([*REQUIRED, "registered", "condition", "condition_noted", "condition_proof", *FIELDS])

    def _choose(self, name: str, offered: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = offered

    @property
    def first(self) -> list[forms.BoundField]:
        """The fields that are open at once."""
        return [field for field in self.visible_fields() if field.name not in FOLDED]

    @property
    def folded(self) -> list[forms.BoundField]:
        """The fields of the optional columns."""
        return [self[name] for name in FOLDED]

    @property
    def is_unfolded(self) -> bool:
        """Whether something stands, or is wrong, in the folded part."""
        return any(field.errors or field.value() for field in self.folded)

    def cells(self) -> dict[str, str]:
        """The columns as a file would have them, after ``is_valid``."""
        return {column: _written(self.cleaned_data.get(name)) for name, column in FIELDS.items()}

    def take_up(self, findings: tuple[Finding, ...]) -> None:
        """Put what the register says against the row beside the fields that it concerns."""
        names = {column: name for name, column in FIELDS.items()}
        for finding in findings:
            self.add_error(names.get(finding.column), forms.ValidationError(finding.message, finding.code))


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value or "")


def hosted_majors(university: Office) -> list[tuple[str, str]]:
    """The majors that the university hosts, closed ones with the last day on which they took newcomers."""
    hosted = Major.objects.filter(hosts=university).order_by("code")
    return [(major.code, _in_words(major)) for major in hosted]


def _in_words(major: Major) -> str:
    words = f"{major.name}（{major.code}，{major.get_level_display()}）"
    if major.closed_on is not None:
        return words + _("，停考，%(day)s以后不接收新生") % {"day": major.closed_on.isoformat()}
    return words + (_("，停考，不接收新生") if major.state == Major.State.CLOSED else "")


def closed_since(choice: Choice) -> str:
    """Why a closed major takes nobody, with its last day."""
    if choice.closed_on is None:
        return _("该专业已停考，不再接收新生。已有考籍的考生可以另选专业。")
    day = _("%(year)s年%(month)s月%(day)s日") % {
        "year": choice.closed_on.year,
        "month": choice.closed_on.month,
        "day": choice.closed_on.day,
    }
    return _("该专业已停考，接收新生到%(day)s为止；请另选专业，或核对注册日期。") % {"day": day}


class DecisionForm(forms.Form):
    """What the clerk found about people of the same name and birth date."""

    finding = forms.ChoiceField(
        label=gettext_lazy("是不是同一人"),
        widget=forms.RadioSelect,
        choices=[
            ("same", gettext_lazy("是同一人：不另外登记，按已有的考籍办理")),
            ("different", gettext_lazy("不是同一人：照常登记")),
        ],
    )
    grounds = forms.CharField(
        label=gettext_lazy("依据"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("判断不是同一人时必须写明，例如：两人照片、籍贯、父母姓名不同。"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("finding") == "different" and not cleaned.get("grounds", "").strip():
            self.add_error("grounds", _("请写明凭什么判断不是同一人。"))
        if mentions_a_number(cleaned.get("grounds", "")):
            self.add_error("grounds", _("这里不要写证件号码或手机号码。"))
        return cleaned
