"""What a requester and a head enter; parsing and shaping, the rules decide."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.access.drafting import Contents
from records.access.models import AccessRequest
from records.access.naming import Named, named_by, numbers_in
from records.catalogue.models import Major
from records.offices.models import Office
from records.people.identity import mentions_a_number
from records.settings.values import value_of

NO_SECRETS = gettext_lazy("请不要填证件号码或手机号码。")
WORDS = 1000
PASTED = 20_000
SHOWN_UNKNOWN = 20


class WordsField(forms.CharField):
    """Some sentences; identity and phone numbers are refused, for everybody who decides reads them."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=WORDS, widget=forms.Textarea({"rows": 3}), **more)

    def clean(self, value: Any) -> str:
        """The text without blanks around."""
        text = str(super().clean(value)).strip()
        if mentions_a_number(text):
            raise forms.ValidationError(NO_SECRETS)
        return text


class DayField(forms.DateField):
    """A day that may be left out."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **more)


class AskForm(forms.Form):
    """What every way of asking has; ``office_id`` is the requester's."""

    purpose = WordsField(
        label=gettext_lazy("用途"),
        help_text=gettext_lazy("写明为哪项工作、要看什么，不少于10个字。负责人据此审批，考生以后也能看到。"),
    )
    days = forms.IntegerField(label=gettext_lazy("查阅天数"), min_value=1, initial=1)

    def __init__(self, *args: Any, office_id: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.office_id = office_id
        if "days" in self.fields:
            most = self.limit("access.most_days")
            self.fields["days"].help_text = _("从批准的第二天算起，到最后一天24时自动收回；最多%(most)s天。") % {"most": most}

    def limit(self, key: str) -> int:
        """A number that the office sets."""
        return int(value_of(key, office_id=self.office_id))

    def contents(self) -> Contents:
        """What the form says, for ``drafting``."""
        raise NotImplementedError

    @classmethod
    def initial_of(cls, case: AccessRequest) -> dict[str, Any]:
        """What the form shows of a draft."""
        return {"purpose": case.purpose, "days": case.days}


class NumbersForm(AskForm):
    """Records named one by one. ``named`` is what came of the numbers, also where some of them are nobody's."""

    most_key = "access.most_records"
    numbers = forms.CharField(
        label=gettext_lazy("考籍号、准考证号或报名号"), max_length=PASTED, widget=forms.Textarea({"rows": 5})
    )

    field_order: tuple[str, ...] = ("numbers", "purpose", "days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.named = Named()
        hint = _("可以粘贴，一行一个，或用逗号隔开；最多%(most)s个。姓名在批准以后才显示。")
        self.fields["numbers"].help_text = hint % {"most": self.limit(self.most_key)}

    def clean_numbers(self) -> dict[int, str]:
        """Candidate's id → number as typed."""
        numbers = numbers_in(str(self.cleaned_data["numbers"]))
        most = self.limit(self.most_key)
        if len(numbers) > most:
            raise forms.ValidationError(
                _("一次最多写%(most)s个号码，这里有%(count)s个。") % {"most": most, "count": len(numbers)}
            )
        self.named = named_by(numbers)
        if self.named.unknown:
            raise forms.ValidationError(self._words_about_unknown())
        return self.named.found

    def _words_about_unknown(self) -> str:
        """The numbers that nobody has; where one of them is an identity or phone number, what was typed is not shown again."""
        if not any(mentions_a_number(number) for number in self.named.unknown):
            listed = "、".join(self.named.unknown[:SHOWN_UNKNOWN])
            return _("这些号码没有找到，请核对：%(numbers)s") % {"numbers": listed}
        sent: Any = self.data
        kept = sent.copy()
        kept[self.add_prefix("numbers")] = ""
        self.data = kept
        return str(NO_SECRETS)

    def contents(self) -> Contents:
        """Purpose, days and the records."""
        chosen = self.cleaned_data
        return Contents(purpose=chosen["purpose"], days=chosen["days"], named=chosen["numbers"])

    @classmethod
    def initial_of(cls, case: AccessRequest) -> dict[str, Any]:
        """With the numbers as they were typed."""
        numbers = "\n".join(case.records.order_by("pk").values_list("number", flat=True))
        return super().initial_of(case) | {"numbers": numbers}


class UrgentForm(NumbersForm):
    """A few records, at once, with the reason why it cannot wait."""

    most_key = "access.urgent_records"
    urgent_reason = WordsField(
        label=gettext_lazy("为什么等不及审批"),
        help_text=gettext_lazy("不少于10个字。负责人马上会看到，事后逐件复核。"),
    )

    field_order = ("numbers", "purpose", "urgent_reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["days"]

    def contents(self) -> Contents:
        """Purpose, reason and the records."""
        chosen = self.cleaned_data
        return Contents(purpose=chosen["purpose"], named=chosen["numbers"], urgent_reason=chosen["urgent_reason"])

    @classmethod
    def initial_of(cls, case: AccessRequest) -> dict[str, Any]:
        """With the reason."""
        return super().initial_of(case) | {"urgent_reason": case.urgent_reason}


class QueryForm(AskForm):
    """Records found by university, major and days of registration."""

    university = forms.ModelChoiceField(
        label=gettext_lazy("主考院校"), queryset=Office.objects.universities(), required=False, empty_label=gettext_lazy("不限")
    )
    major = forms.ModelChoiceField(
        label=gettext_lazy("专业"), queryset=Major.objects.order_by("code"), required=False, empty_label=gettext_lazy("不限")
    )
    since = DayField(label=gettext_lazy("注册日期自"))
    until = DayField(label=gettext_lazy("注册日期至"))

    field_order = ("university", "major", "since", "until", "purpose", "days")

    def clean(self) -> dict[str, Any]:
        """A query says at least something."""
        chosen = super().clean() or {}
        if not self.errors and not any(chosen.get(name) for name in ("university", "major", "since", "until")):
            raise forms.ValidationError(_("请至少写一个条件。"))
        if chosen.get("since") and chosen.get("until") and chosen["since"] > chosen["until"]:
            self.add_error("until", _("不能早于开始日期。"))
        return chosen

    def contents(self) -> Contents:
        """Purpose, days and the query: ids and ISO dates."""
        chosen = self.cleaned_data
        parts = {name: chosen[name].pk for name in ("university", "major") if chosen[name]}
        days = {name: chosen[name].isoformat() for name in ("since", "until") if chosen[name]}
        return Contents(purpose=chosen["purpose"], days=chosen["days"], query=parts | days)

    @classmethod
    def initial_of(cls, case: AccessRequest) -> dict[str, Any]:
        """With the query's parts."""
        query: dict[str, Any] = case.query
        days = {key: dt.date.fromisoformat(query[key]) for key in ("since", "until") if key in query}
        return super().initial_of(case) | query | days


WAYS: dict[str, type[AskForm]] = {"numbers": NumbersForm, "query": QueryForm, "urgent": UrgentForm}


def way_of(case: AccessRequest) -> str:
    """The way in which a draft was begun, a key of ``WAYS``."""
    return "urgent" if case.urgent_reason else "query" if case.query else "numbers"


class GrantForm(forms.Form):
    """For how long the head grants it: what was asked, or shorter."""

    granted_days = forms.IntegerField(label=gettext_lazy("批准天数"), min_value=1, max_value=366)

    def __init__(self, *args: Any, case: AccessRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["granted_days"].initial = case.days
        self.fields["granted_days"].help_text = _("申请%(days)s天，可以缩短。") % {"days": case.days}


class ReviewForm(forms.Form):
    """What came of an urgent look."""

    review_finding = forms.ChoiceField(
        label=gettext_lazy("复核结论"), choices=AccessRequest.Finding.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, case: AccessRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


STEP_FORMS: dict[str, type[GrantForm] | type[ReviewForm]] = {"grant": GrantForm, "review": ReviewForm}
