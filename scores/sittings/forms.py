"""What officers fill in about a sitting: a file of registrations, one registration, the times of its papers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.candidates.models import Candidate
from records.catalogue.models import Course
from records.people.identity import mentions_a_number
from scores.entry.forms import ACCEPTED, SITTING_NAME
from scores.models import Sitting, SittingRegistration
from scores.sittings import timetable
from scores.sittings.by_hand import Place
from scores.sittings.overview import KINDS


class UploadForm(forms.Form):
    """A file of registrations and the sitting that it belongs to."""

    sitting = forms.CharField(label=gettext_lazy("考次"), help_text=gettext_lazy("年和月，例如 2027-04"), max_length=7)
    kind = forms.ChoiceField(
        label=gettext_lazy("报考类别"), choices=list(KINDS.items()), widget=forms.RadioSelect, initial="written"
    )
    file = forms.FileField(
        label=gettext_lazy("报考文件"),
        help_text=gettext_lazy(
            "CSV（UTF-8 或 GB18030）、XLSX 或 DBF，列为：准考证号、课程代码、考点，可以再有考场、座位号。文件原样留存。"
        ),
        widget=forms.FileInput(attrs={"accept": ",".join(ACCEPTED)}),
    )

    def clean_sitting(self) -> str:
        """The name as the contract has it."""
        name: str = self.cleaned_data["sitting"].strip()
        if not SITTING_NAME.fullmatch(name):
            raise forms.ValidationError(_("应写成 2027-04 的样子，月份从 01 到 12。"), code="sitting")
        return name


class ReasonForm(forms.Form):
    """Why something is done by hand; the trail keeps it."""

    note = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("记入留痕。不要写证件号码。"),
    )

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"].strip()
        if mentions_a_number(note):
            raise forms.ValidationError(_("理由里不要写证件号码或手机号码。"), code="secret")
        return note


class RegistrationForm(ReasonForm):
    """One candidate, one course, and where."""

    ticket = forms.CharField(label=gettext_lazy("准考证号"), max_length=30)
    course = forms.CharField(label=gettext_lazy("课程代码"), max_length=20)
    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=list(KINDS.items()), widget=forms.RadioSelect, initial="written")
    site = forms.CharField(label=gettext_lazy("考点"), max_length=60, required=False)
    room = forms.CharField(label=gettext_lazy("考场"), max_length=40, required=False)
    seat = forms.CharField(label=gettext_lazy("座位号"), max_length=20, required=False)

    field_order = ("ticket", "course", "kind", "site", "room", "seat", "note")

    def clean_ticket(self) -> Candidate:
        number = self.cleaned_data["ticket"].replace(" ", "")
        found = Candidate.objects.filter(tickets__number=number, tickets__is_current=True).first()
        if found is None:
            raise forms.ValidationError(_("没有这个准考证号。请对照准考证核对。"), code="unknown")
        return found

    def clean_course(self) -> Course:
        found = Course.objects.filter(code=self.cleaned_data["course"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("没有这个课程代码。"), code="unknown")
        return found

    def place(self) -> Place:
        """Where; what was left empty is not given yet."""
        return Place(*(self.cleaned_data[name].strip() for name in ("site", "room", "seat")))

    def told(self) -> dict[str, Any]:
        """What ``by_hand.register`` asks for beside the sitting and the person."""
        cleaned = self.cleaned_data
        return {
            "candidate": cleaned["ticket"],
            "course": cleaned["course"],
            "practical": cleaned["kind"] == "practical",
            "place": self.place(),
            "note": cleaned["note"],
        }


class TimetableForm(forms.Form):
    """The times of a sitting's papers, a line for each course."""

    times = forms.CharField(
        label=gettext_lazy("各课程的考试时间"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, sitting: Sitting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sitting = sitting
        self.fields["times"].help_text = _(
            "每行一门：课程代码 日期 开始-结束，例如 00015 %(name)s-24 09:00-11:30。保存后以这里写的为准，删去的行就没有时间了。"
        ) % {"name": sitting.name}

    def clean_times(self) -> timetable.Read:
        found = timetable.read(self.cleaned_data["times"], self.sitting)
        if found.faults:
            raise forms.ValidationError([*found.faults[:20]])
        return found


def names_of(registration: SittingRegistration) -> list[tuple[str, str]]:
    """A registration as facts: who, what, where."""
    places = " ".join(filter(None, (registration.site, registration.room, registration.seat)))
    candidate = registration.candidate
    return [
        (_("考生"), candidate.name),
        (_("准考证号"), candidate.ticket_number or "—"),
        (_("考次"), str(registration.sitting)),
        (_("课程"), str(registration.course)),
        (_("类别"), str(KINDS["practical" if registration.practical else "written"])),
        (_("地点"), places or _("还没有安排")),
    ]
