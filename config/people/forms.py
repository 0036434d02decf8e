"""What is filled in to appoint somebody, move an end, add a person; whether it may be is for ``config/appointing`` to say."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.workflow import Refused
from config.appointing import duties, rules
from config.appointing.duties import Duty, Term
from config.appointing.places import office_of, staff_of
from config.roles import HEADS, ROLES
from records.listing import SearchForm
from records.offices.models import Office
from records.people.forms import DATE_FORMATS
from records.people.models import User

FIELDS = {
    "appointing.past-start": "starts_on",
    "appointing.second-head": "starts_on",
    "appointing.ends-before-start": "ends_on",
    "appointing.ends-too-early": "ends_on",
    "appointing.deputy-without-end": "ends_on",
    "appointing.deputy-too-long": "ends_on",
    "appointing.held-already": "duty",
    "appointing.deputy-of-oneself": "deputy_for",
    "appointing.deputy-for-another": "deputy_for",
    "appointing.deputy-for-nobody": "deputy_for",
    "appointing.login-name": "username",
    "appointing.login-taken": "username",
}
"""Beside which field a problem stands; the others stand on top of the form, as do those of fields that it does not have."""


def day_field(label: Any, help_text: Any = "", *, required: bool = True) -> forms.DateField:
    """A day of the calendar."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, help_text=help_text, required=required, input_formats=DATE_FORMATS, widget=widget)


def note_field() -> forms.CharField:
    """Why it is done, for the trail."""
    return forms.CharField(label=gettext_lazy("事由"), help_text=gettext_lazy("记入留痕"), required=False, max_length=200)


class FaultyForm(forms.Form):
    """A form that shows what the rules hold against it."""

    def show(self, refused: Refused) -> None:
        """Each problem beside its field."""
        for problem in refused.problems:
            field = FIELDS.get(problem.code)
            text = f"{problem.message}{problem.next_step}"
            self.add_error(field if field in self.fields else None, text)


class PeopleFilter(SearchForm):
    """What the list of people is narrowed to."""

    duty = forms.ChoiceField(label=gettext_lazy("职责"), required=False)

    def __init__(self, *args: Any, office: Office, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].label = gettext_lazy("姓名或登录名")
        duty = self.fields["duty"]
        assert isinstance(duty, forms.ChoiceField)
        duty.choices = [("", _("全部")), ("none", _("没有职责")), *duties_of(office)]


def duties_of(office: Office) -> list[tuple[str, str]]:
    """The duties of an office's tier, with their words."""
    return [(role.code, duties.title_of(role.code)) for role in ROLES.values() if role.tier == office.kind]


class GiveForm(FaultyForm):
    """A duty for one person."""

    duty = forms.ChoiceField(label=gettext_lazy("职责"))
    starts_on = day_field(gettext_lazy("自"))
    ends_on = day_field(gettext_lazy("至（最后一天）"), required=False)
    deputy_for = forms.ModelChoiceField(
        label=gettext_lazy("代理谁"), queryset=User.objects.none(), required=False, empty_label=gettext_lazy("不是代理")
    )
    note = note_field()

    def __init__(self, *args: Any, by: User, person: User, office: Office, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by, self.person, self.office = by, person, office
        self.today = timezone.localdate()
        self.initial.setdefault("starts_on", self.today)
        duty, deputy_for, ends_on = self.fields["duty"], self.fields["deputy_for"], self.fields["ends_on"]
        assert isinstance(duty, forms.ChoiceField)
        assert isinstance(deputy_for, forms.ModelChoiceField)
        self.choices = [(code, duties.title_of(code)) for code in givable(by, person, office, self.today)]
        duty.choices = [("", _("请选择")), *self.choices]
        deputy_for.queryset = holders(office, person)
        last = duties.last_day_of_deputies(self.today)
        ends_on.help_text = _("不填为长期。代理必须填，不晚于%(day)s。") % {"day": last.isoformat()}

    def clean(self) -> dict[str, Any]:
        """The head's duty of the own office is given as the head's deputy's only."""
        cleaned = super().clean() or {}
        is_own_headship = cleaned.get("duty") == HEADS[self.office.kind] and office_of(self.by) == self.office
        if is_own_headship and cleaned.get("deputy_for") is None and "deputy_for" not in self.errors:
            self.add_error("deputy_for", _("负责人职责在这里只能作为代理给予，请选您本人。"))
        return cleaned

    def given(self) -> Duty:
        """The duty that the form gives."""
        return Duty(self.person, self.cleaned_data["duty"], self.office, self.cleaned_data["deputy_for"])


def givable(by: User, person: User, office: Office, today: dt.date) -> list[str]:
    """The codes of the duties that ``by`` may give to ``person`` at the office, as deputy for oneself included."""
    head = HEADS[office.kind]
    tier = [code for code, _words in duties_of(office)]
    return [
        code
        for code in tier
        if not rules.barred_from(by, Duty(person, code, office), today)
        or (code == head and not rules.barred_from(by, Duty(person, code, office, by), today))
    ]


def holders(office: Office, person: User) -> QuerySet[User]:
    """Whom somebody can stand in for: the other people of the office who have some duty in the own right."""
    held = duties.standing_duties(office).filter(deputy_for__isnull=True)
    return staff_of(office).filter(is_active=True, pk__in=held.values("person")).exclude(pk=person.pk).order_by("full_name", "pk")


class EndForm(FaultyForm):
    """Until when a duty is held."""

    ends_on = day_field(gettext_lazy("最后一天"), gettext_lazy("当天仍担任。不填为长期；代理必须填。"), required=False)
    note = note_field()


class OnceForm(FaultyForm):
    """A form that is to be sent once: the second time it comes with the same ``once`` and does nothing."""

    once = forms.CharField(widget=forms.HiddenInput, max_length=40)


class LeaveForm(FaultyForm):
    """Somebody leaves the office."""

    note = note_field()
    confirm = forms.BooleanField(label=gettext_lazy("以上职责和登录一并停止"))


class AddForm(OnceForm):
    """A new member of the office."""

    full_name = forms.CharField(label=gettext_lazy("姓名"), max_length=50)
    username = forms.CharField(
        label=gettext_lazy("登录名"),
        help_text=gettext_lazy(
            "2到32个小写字母、数字、点、横线，以字母开头，不要用证件号码。曾离开机构的人，填原来的登录名和姓名，账户恢复使用。"
        ),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class TermForm(FaultyForm):
    """From when until when somebody is the head of an office."""

    starts_on = day_field(gettext_lazy("自"))
    ends_on = day_field(gettext_lazy("至（最后一天）"), gettext_lazy("不填为长期。"), required=False)
    note = note_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("starts_on", timezone.localdate())

    def term(self) -> Term:
        """The days that were filled in."""
        return Term(self.cleaned_data["starts_on"], self.cleaned_data["ends_on"])


class HeadForm(TermForm):
    """A head for an office, from among its people."""

    person = forms.ModelChoiceField(label=gettext_lazy("人员"), queryset=User.objects.none(), empty_label=gettext_lazy("请选择"))
    field_order = ("person", "starts_on", "ends_on", "note")

    def __init__(self, *args: Any, office: Office, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        assert isinstance(person, forms.ModelChoiceField)
        person.queryset = staff_of(office).filter(is_active=True).order_by("full_name", "pk")


class AddHeadForm(AddForm, TermForm):
    """A head for an office who has no account yet."""

    field_order = ("full_name", "username", "starts_on", "ends_on", "note")
