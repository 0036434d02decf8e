"""What the pages of the trail ask for."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Event
from config.trail import verbs
from config.trail.resolving import Subjects, candidates_named, case_named, leave_named, people_named, rows_of_case
from config.trail.searching import Search
from records.candidates.searching import refuse_secrets
from records.offices.models import Office
from records.people.models import User

DAYS = 7
MOST_DAYS = 366
EARLIEST = dt.date(2000, 1, 1)  # no event is older
ALL = gettext_lazy("全部")


def default_days() -> dict[str, str]:
    """The last seven days, today included, as a form takes them."""
    today = timezone.localdate()
    return {"first": (today - dt.timedelta(days=DAYS - 1)).isoformat(), "last": today.isoformat()}


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TrailFilter(forms.Form):
    """What is looked for. It is posted, so that a number typed by mistake stands in no address; then ids and words go there."""

    record = forms.CharField(label=gettext_lazy("考籍号、准考证号、报名号或案卷号"), required=False, max_length=40)
    person = forms.CharField(label=gettext_lazy("经办人姓名或登录名"), required=False, max_length=64)
    office = forms.ModelChoiceField(
        label=gettext_lazy("机构"), queryset=Office.objects.order_by("kind", "code"), required=False, empty_label=ALL
    )
    kind = forms.ChoiceField(label=gettext_lazy("种类"), required=False, choices=[("", ALL), *Event.Kind.choices])
    verb = forms.ChoiceField(label=gettext_lazy("做了什么"), required=False)
    outcome = forms.ChoiceField(label=gettext_lazy("结果"), required=False, choices=[("", ALL), *Event.Outcome.choices])
    leave = forms.CharField(label=gettext_lazy("查阅申请号"), required=False, max_length=40)
    first = forms.DateField(label=gettext_lazy("自"), required=False, widget=DayInput)
    last = forms.DateField(label=gettext_lazy("至"), required=False, widget=DayInput)

    def __init__(self, *args: Any, user: User, most_days: int | None = MOST_DAYS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.most_days = user, most_days
        self.candidates: tuple[int, ...] = ()
        self.subjects: Subjects = ()
        self.actors: tuple[int, ...] = ()
        self.leave_id: int | None = None
        self.concerned_id: int | None = None
        verb = self.fields["verb"]
        assert isinstance(verb, forms.ChoiceField)
        verb.choices = [("", ALL), *verbs.choices()]

    def clean_record(self) -> str:
        """A number resolved: a case, or a candidate."""
        text = self._without_secrets("record").replace(" ", "")
        if not text:
            return ""
        case = case_named(text, self.user)
        if case is not None:
            self.subjects, self.concerned_id = rows_of_case(case), case.concerned_candidate_id
            return text
        self.candidates = candidates_named(text, self.user)
        if not self.candidates:
            raise ValidationError(_("没有找到这个号码。请填完整的考籍号、准考证号、报名号，或案卷号（如免2026-00417）。"))
        self.concerned_id = self.candidates[0] if len(self.candidates) == 1 else None
        return text

    def clean_person(self) -> str:
        """A name resolved to those who bear it."""
        text = self._without_secrets("person").strip()
        if text:
            self.actors = people_named(text, self.user)
            if not self.actors:
                raise ValidationError(_("没有找到这个姓名或登录名。"))
        return text

    def clean_leave(self) -> str:
        """The number of a leave resolved."""
        text = self._without_secrets("leave").replace(" ", "")
        if text:
            self.leave_id = leave_named(text, self.user)
            if self.leave_id is None:
                raise ValidationError(_("没有找到这个查阅申请号（如阅2026-00417）。"))
        return text

    def _without_secrets(self, name: str) -> str:
        """What was typed; an identity or phone number is refused and not written back into the page either."""
        try:
            return refuse_secrets(str(self.cleaned_data[name]))
        except ValidationError:
            self.data = {**{key: value for key, value in self.data.items() if key != name}, name: ""}
            raise

    def clean(self) -> dict[str, Any]:
        """The span of days: the last seven unless said otherwise, not the wrong way round, not longer than a page may read."""
        cleaned = super().clean() or {}
        today = timezone.localdate()
        last = min(cleaned.get("last") or today, today)
        first = max(cleaned.get("first") or last - dt.timedelta(days=DAYS - 1), EARLIEST)
        if first > last:
            self.add_error("first", _("起始日期不能晚于截止日期。"))
        elif self._is_too_long(first, last):
            advice = _("一次最多查%(days)s天（填了号码的不限），请缩短时间；更长的时间请用导出。")
            self.add_error("first", advice % {"days": self.most_days})
        return cleaned | {"first": first, "last": last}

    def _is_too_long(self, first: dt.date, last: dt.date) -> bool:
        """Whether a page may not read so many days; one candidate's or one case's events are few, however long ago."""
        if self.most_days is None or self.candidates or self.subjects:
            return False
        return (last - first).days >= self.most_days

    def search(self) -> Search:
        """What the valid form says, resolved."""
        wanted = self.cleaned_data
        chosen = verbs.chosen(wanted["verb"])
        office = wanted["office"]
        return Search(
            first=wanted["first"],
            last=wanted["last"],
            candidates=self.candidates,
            subjects=self.subjects,
            actors=self.actors,
            office=office.pk if office else None,
            kind=chosen["kind"] or wanted["kind"],
            verb=chosen["verb"],
            table=chosen["table"],
            outcome=wanted["outcome"],
            leave=self.leave_id,
        )

    def address(self) -> dict[str, str]:
        """What a valid form says, for an address: only what was filled in."""
        wanted = self.cleaned_data
        office = wanted["office"]
        words = {name: wanted[name] for name in ("record", "person", "kind", "verb", "outcome", "leave")}
        days = {name: wanted[name].isoformat() for name in ("first", "last")}
        return {name: value for name, value in {**words, "office": str(office.pk) if office else "", **days}.items() if value}


class TrailExportForm(TrailFilter):
    """What is taken along, over any span of time, and what for."""

    words = forms.CharField(
        label=gettext_lazy("用途"),
        max_length=200,
        help_text=gettext_lazy("写明何事、何人要求。随导出记入留痕，也写在压缩包里。不要写证件号码。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, most_days=None, **kwargs)

    def clean_words(self) -> str:
        """The purpose, without identity and phone numbers."""
        return self._without_secrets("words").strip()


class TrailPurposeForm(forms.Form):
    """Why the trail is searched."""

    REASONS = (
        ("check", gettext_lazy("例行检查")),
        ("complaint", gettext_lazy("核查投诉、举报或异常")),
        ("authority", gettext_lazy("司法、监察等机关依法调取")),
        ("other", gettext_lazy("其他（请写明）")),
    )
    reason = forms.ChoiceField(label=gettext_lazy("用途"), choices=REASONS, widget=forms.RadioSelect)
    words = forms.CharField(
        label=gettext_lazy("说明"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("查询留痕本身也留痕。不要在这里写证件号码。"),
    )
    onward = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)

    def clean_words(self) -> str:
        """The words, without identity and phone numbers."""
        return refuse_secrets(str(self.cleaned_data["words"]).strip())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == "other" and not cleaned.get("words"):
            self.add_error("words", _("选“其他”时请写明用途。"))
        return cleaned

    def purpose(self) -> str:
        """The purpose in words, as the trail keeps it."""
        reason, words = str(dict(self.REASONS)[self.cleaned_data["reason"]]), self.cleaned_data["words"]
        if self.cleaned_data["reason"] == "other":
            return str(words)
        return f"{reason}：{words}" if words else reason


class SealCheckForm(forms.Form):
    """A seal as it stands on paper."""

    number = forms.IntegerField(label=gettext_lazy("封存号"), min_value=1, max_value=2**62)
    printed = forms.CharField(
        label=gettext_lazy("纸上的校验值"), max_length=200, help_text=gettext_lazy("64位，数字和字母a至f，空格和横线可有可无。")
    )

    def clean_printed(self) -> str:
        """The 64 hexadecimal digits, whatever stood between them."""
        text = "".join(str(self.cleaned_data["printed"]).lower().split()).replace("-", "")
        if len(text) != 64 or set(text) - set("0123456789abcdef"):
            raise ValidationError(_("应为64位，只有数字和字母a至f。请对照纸面再看一遍。"))
        return text
