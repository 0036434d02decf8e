"""What people choose and type on the pages of messages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from records.catalogue.models import Major
from records.messages import choosing
from records.messages.batches import LONGEST, faults_of
from records.messages.carriers import FAULTS
from records.messages.models import IncomingMessage, OutgoingMessage
from records.messages.templates import TEMPLATES
from records.offices.models import Office

RECORDS = (("", _("不限")), ("open", _("已建立考籍")), ("none", _("尚未建立考籍")))
Day = forms.DateInput(attrs={"type": "date"})


class BatchForm(forms.Form):
    """A batch: what it says and whom it is about."""

    title = forms.CharField(label=_("标题"), max_length=60)
    text = forms.CharField(
        label=_("内容"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("最多300字。不写任何人的姓名、号码和成绩。"),
    )
    by_sms = forms.BooleanField(
        label=_("同时发短信"), required=False, help_text=_("站内消息总会发；短信只发给登记了手机号码的人。")
    )
    university = forms.ModelChoiceField(
        label=_("主考院校"), queryset=Office.objects.universities(), required=False, empty_label=_("全部")
    )
    major = forms.ModelChoiceField(
        label=_("报考专业"), queryset=Major.objects.order_by("code"), required=False, empty_label=_("全部")
    )
    first_day = forms.DateField(label=_("注册日期从"), required=False, widget=Day)
    last_day = forms.DateField(label=_("注册日期到"), required=False, widget=Day)
    record = forms.ChoiceField(label=_("考籍"), choices=RECORDS, required=False)
    case = forms.ChoiceField(
        label=_("办理情况"),
        required=False,
        help_text=_("有一件申请现在是这一状态的考生；毕业审核按最近一次批量审核的结果。放行时重新清点。"),
    )

    def __init__(self, *args: Any, is_city: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        case = self.fields["case"]
        assert isinstance(case, forms.ChoiceField)
        case.choices = [("", _("不限")), *choosing.choices()]
        if not is_city:
            del self.fields["university"]

    def clean(self) -> dict[str, Any]:
        """Numbers of people in the text, too long a short message, days in the wrong order."""
        given = super().clean() or {}
        for fault in faults_of(f"{given.get('title', '')} {given.get('text', '')}", by_sms=given.get("by_sms", False)):
            self.add_error("text", fault)
        first, last = given.get("first_day"), given.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("“到”不能早于“从”。"))
        return given

    @property
    def query(self) -> dict[str, Any]:
        """Whom it is about, as ``batches.recipients`` reads it."""
        given = self.cleaned_data
        chosen: dict[str, Any] = {name: given[name].pk for name in ("university", "major") if given.get(name)}
        chosen |= {name: given[name].isoformat() for name in ("first_day", "last_day") if given[name]}
        return chosen | {name: given[name] for name in ("record", "case") if given[name]}


class LogFilter(forms.Form):
    """Filters of the log, for GET: kinds and words only, nothing of a person."""

    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *OutgoingMessage.State.choices])
    kind = forms.ChoiceField(label=_("方式"), required=False, choices=[("", _("全部")), *OutgoingMessage.Kind.choices])
    template = forms.ChoiceField(
        label=_("事由"), required=False, choices=[("", _("全部")), *((slug, found.purpose) for slug, found in TEMPLATES.items())]
    )
    fault = forms.ChoiceField(label=_("失败原因"), required=False, choices=[("", _("全部")), *FAULTS.items()])

    @property
    def chosen(self) -> dict[str, str]:
        """The columns and values to filter by; nothing for an unreadable form."""
        return {name: value for name, value in self.cleaned_data.items() if value} if self.is_valid() else {}


class IncomingFilter(forms.Form):
    """Filters of the messages that came in, for GET: what became of them and the day, nothing of a person."""

    outcome = forms.ChoiceField(label=_("处理"), required=False, choices=[("", _("全部")), *IncomingMessage.Outcome.choices])
    first_day = forms.DateField(label=_("日期从"), required=False, widget=Day)
    last_day = forms.DateField(label=_("日期到"), required=False, widget=Day)

    @property
    def chosen(self) -> dict[str, Any]:
        """What to filter by; nothing for an unreadable form."""
        if not self.is_valid():
            return {}
        given = self.cleaned_data
        names = {"outcome": "outcome", "first_day": "received_at__date__gte", "last_day": "received_at__date__lte"}
        return {column: given[name] for name, column in names.items() if given[name]}
