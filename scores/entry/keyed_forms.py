"""What is filled in to open a keyed sheet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.candidates.models import Ticket
from records.catalogue.models import Course
from records.imports.cells import normalised
from records.people.identity import mentions_a_number
from scores.entry.forms import SITTING_NAME
from scores.entry.keyed import MOST_LINES
from scores.models import Mark, Publication, SittingRegistration

SHOWN_FAULTS = 10


class SheetForm(forms.Form):
    """Sitting, course, and whose marks; without numbers those who are registered and have no mark."""

    sitting = forms.CharField(label=gettext_lazy("考次"), help_text=gettext_lazy("年和月，例如 2026-10"), max_length=7)
    kind = forms.ChoiceField(
        label=gettext_lazy("成绩类别"), choices=Publication.Kind.choices, widget=forms.RadioSelect, initial="written"
    )
    course = forms.CharField(label=gettext_lazy("课程代码"), max_length=20)
    numbers = forms.CharField(
        label=gettext_lazy("准考证号"),
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "inputmode": "numeric"}),
        help_text=gettext_lazy("每行一个，按成绩单的顺序，最多2000人。留空就是报考了这门课程、还没有成绩的全部考生。"),
    )
    note = forms.CharField(
        label=gettext_lazy("手工录入的原因"),
        max_length=200,
        help_text=gettext_lazy("记入留痕，例如“补报成绩单第3号”。不要写证件号码。"),
    )

    def clean_sitting(self) -> str:
        """The name as the contract has it."""
        name: str = self.cleaned_data["sitting"].strip()
        if not SITTING_NAME.fullmatch(name):
            raise forms.ValidationError(_("应写成 2026-10 的样子，月份从 01 到 12。"), code="sitting")
        return name

    def clean_course(self) -> Course:
        found = Course.objects.filter(code=normalised(self.cleaned_data["course"])).first()
        if found is None:
            raise forms.ValidationError(_("没有这个课程代码。"), code="unknown")
        return found

    def clean_numbers(self) -> list[str]:
        """The ticket numbers, each known, none twice, also not by two tickets of one person."""
        numbers = [number for line in self.cleaned_data["numbers"].splitlines() if (number := normalised(line))]
        if len(numbers) > MOST_LINES:
            raise forms.ValidationError(_("超过2000人。请分成几张录入表。"), code="too-many")
        owners = dict(Ticket.objects.filter(number__in=numbers).values_list("number", "candidate"))
        if unknown := [row for row, number in enumerate(numbers, start=1) if number not in owners]:
            raise forms.ValidationError(_("没有这些准考证号：第%(rows)s个。") % {"rows": _rows(unknown)}, code="unknown")
        if twice := list(_twice(owners[number] for number in numbers)):
            raise forms.ValidationError(_("有人写了两次：第%(rows)s个。") % {"rows": _rows(twice)}, code="twice")
        return numbers

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"].strip()
        if mentions_a_number(note):
            raise forms.ValidationError(_("不要写证件号码或手机号码。"), code="secret")
        return note

    def clean(self) -> dict[str, Any]:
        """Numbers that were left empty are those of the registered without a mark."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if {"sitting", "course", "kind", "numbers"} <= set(cleaned) and not cleaned["numbers"]:
            cleaned["numbers"] = _without_marks(cleaned)
            if not cleaned["numbers"]:
                self.add_error("numbers", _("没有报考了这门课程、还没有成绩的考生。请写准考证号。"))
            elif len(cleaned["numbers"]) > MOST_LINES:
                self.add_error("numbers", _("超过2000人。请分成几张录入表，写出各自的准考证号。"))
        return cleaned


def _without_marks(cleaned: dict[str, Any]) -> list[str]:
    of = {"sitting__name": cleaned["sitting"], "course": cleaned["course"]}
    registered = SittingRegistration.objects.filter(**of, practical=cleaned["kind"] == Publication.Kind.PRACTICAL)
    waiting = registered.exclude(candidate__in=Mark.registry.filter(**of).values("candidate"))
    tickets = Ticket.objects.filter(is_current=True, candidate__in=waiting.values("candidate"))
    return list(tickets.order_by("number").values_list("number", flat=True)[: MOST_LINES + 1])


def _rows(rows: list[int]) -> str:
    return "、".join(map(str, rows[:SHOWN_FAULTS])) + ("……" if len(rows) > SHOWN_FAULTS else "")


def _twice(owners: Iterable[int]) -> Iterable[int]:
    """The places, from 1, of those who came before."""
    seen: set[int] = set()
    for place, owner in enumerate(owners, start=1):
        if owner in seen:
            yield place
        seen.add(owner)
