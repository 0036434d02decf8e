"""Input of corrections: new values with their proofs, what the clerk saw, whom the verifier names, whom the counter serves."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.candidates.models import Candidate
from records.contact.forms import SHOWN
from records.corrections.drafting import Contents
from records.corrections.editors import editors_in_force
from records.corrections.fields import DATA, Datum, parted
from records.corrections.models import CorrectionKind, CorrectionRequest
from records.corrections.rules import HANDLED_BY
from records.documents.faults import Unacceptable
from records.documents.forms import KeptField, SeveralFilesField
from records.documents.keeping import keep
from records.documents.models import Document
from records.people.identity import mentions_a_number
from records.people.models import User

PHOTO, DOCUMENT = "photo", "document"


@dataclass(frozen=True)
class Slot:
    """A place for uploads: the name of its field, the label of the kind, whether something must be there, what is taken."""

    name: str
    label: str
    hint: str = ""
    compulsory: bool = False


class CorrectionForm(forms.Form):
    """New values of one kind of correction for one candidate, filled in by ``person``; empty fields change nothing.

    After ``is_valid`` (true or false) what was uploaded is kept and ticked, so that a form with a fault elsewhere loses nothing.
    """

    reason = forms.CharField(label=gettext_lazy("更改原因"), max_length=500, widget=forms.Textarea({"rows": 3}))

    def __init__(
        self,
        *args: Any,
        candidate: Candidate,
        kind: CorrectionKind,
        person: User,
        case: CorrectionRequest | None = None,
        **kwargs: Any,
    ) -> None:
        initial = _initial(case)
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.candidate, self.kind, self.person = candidate, kind, person
        self.data_asked: list[Datum] = [DATA[key] for key in kind.fields]
        self.slots = _slots(kind)
        self.attached = _attached(case)
        self.asked_before = {change.field: change for change in case.changes.all()} if case else {}
        self.documents: dict[str, list[Document]] = dict(self.attached)
        for datum in self.data_asked:
            self._add_datum(datum)
        for slot in self.slots:
            self._add_slot(slot)
        self.order_fields([*self._names_of_data(), "reason"])

    def _add_datum(self, datum: Datum) -> None:
        now = datum.shown(datum.read(self.candidate))
        alone = len(self.data_asked) == 1
        for place, (name, field) in enumerate(datum.form_fields().items()):
            field.required = alone and datum.key not in self.asked_before
            field.error_messages["required"] = _("请填写更改后的内容。")
            if place == 0:
                field.help_text = " ".join(str(part) for part in (_("现在登记的是：%(now)s。") % {"now": now}, field.help_text))
            self.fields[name] = field
        if datum.key == DOCUMENT and DOCUMENT in self.asked_before:
            typed = _("已填写 %(mask)s，不再改的留空。") % {"mask": self.asked_before[DOCUMENT].after_mask}
            self.fields["document_number"].help_text = typed

    def _add_slot(self, slot: Slot) -> None:
        self.fields[_kept(slot)] = KeptField(
            label=_("已上传：%(label)s") % {"label": slot.label},
            queryset=Document.objects.none(),
            required=False,
            to_field_name="key",
        )
        self.fields[slot.name] = SeveralFilesField(label=slot.label, required=False, help_text=slot.hint)
        self._offer(slot)

    def _names_of_data(self) -> list[str]:
        names = [name for datum in self.data_asked for name in datum.form_fields()]
        return [*names, _kept(_photo_slot()), PHOTO] if PHOTO in self.kind.fields else names

    def _offer(self, slot: Slot) -> None:
        """Show what is uploaded in this place with its ticks, all set; nothing where nothing is."""
        keys = [document.key for document in self.documents.get(slot.label, [])]
        self.fields[slot.name].required = slot.compulsory and not keys  # shown so; a draft may do without it
        field: Any = self.fields[_kept(slot)]
        field.queryset = Document.objects.filter(candidate=self.candidate, key__in=keys).order_by("pk")
        field.initial = keys
        field.widget = forms.CheckboxSelectMultiple() if keys else forms.MultipleHiddenInput()
        field.widget.choices = field.choices

    def full_clean(self) -> None:
        """Keys that come back with the form are offered again, then everything is checked, then what is new is kept."""
        if self.is_bound:
            for slot in self.slots:
                self.documents[slot.label] = list(dict.fromkeys([*self.attached.get(slot.label, []), *self._returning(slot)]))
                self._offer(slot)
        super().full_clean()
        if self.is_bound:
            self._remember()

    def _returning(self, slot: Slot) -> list[Document]:
        """The person's own uploads for this candidate among the keys sent."""
        sent = self.data.getlist(_kept(slot)) if isinstance(self.data, QueryDict) else []
        keys = [key for key in sent if _is_key(key)]
        return list(Document.objects.filter(candidate=self.candidate, uploaded_by=self.person, key__in=keys))

    def clean(self) -> dict[str, Any]:
        """Keep the good files, name each bad one; then each new value by itself."""
        cleaned = super().clean() or {}
        for slot in self.slots:
            self.documents[slot.label] = list(cleaned.get(_kept(slot)) or [])
            for upload in cleaned.get(slot.name) or []:
                self._keep(slot, upload)
        if mentions_a_number(cleaned.get("reason", "")):
            self.add_error("reason", _("原因里不要写证件号码或手机号码。"))
        self._check_values(cleaned)
        return cleaned

    def _keep(self, slot: Slot, upload: UploadedFile[bytes]) -> None:
        try:
            document = keep(upload, candidate_id=self.candidate.pk, by=self.person)
        except Unacceptable as fault:
            words = {"name": upload.name, "why": fault.message}
            self.add_error(slot.name, forms.ValidationError(_("%(name)s：%(why)s"), fault.code, words))
        else:
            there = self.documents.setdefault(slot.label, [])
            self.documents[slot.label] = there if document in there else [*there, document]

    def _check_values(self, cleaned: Mapping[str, Any]) -> None:
        values = self._values(cleaned)
        for key, value in values.items():
            for problem in DATA[key].problems(value):
                self.add_error(self._field_of(key), forms.ValidationError(problem.message, problem.code))
        if not values and not set(self.errors) & set(self._names_of_data()):
            self.add_error(self._field_of(self.kind.fields[0]), forms.ValidationError(_("请填写更改后的内容。"), "missing"))

    def _field_of(self, key: str) -> str:
        """The field in which a fault of this datum shows: the last of its fields, a document's number."""
        return next(reversed(DATA[key].form_fields()), PHOTO)

    def _values(self, cleaned: Mapping[str, Any]) -> dict[str, str]:
        values = {datum.key: datum.entered(cleaned) for datum in self.data_asked if datum.key != PHOTO}
        if DOCUMENT in self.asked_before and values.get(DOCUMENT) == f"{parted(self.asked_before[DOCUMENT].after)[0]}:":
            values[DOCUMENT] = self.asked_before[DOCUMENT].after
        photos = self.documents.get(_photo_slot().label, [])
        if PHOTO in self.kind.fields and photos:
            values[PHOTO] = str(photos[-1].key)
        return {key: value for key, value in values.items() if value}

    def _remember(self) -> None:
        """What is kept stands ticked when the form is shown again; of photos the last."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        for slot in self.slots:
            self._offer(slot)
            data.setlist(_kept(slot), [str(document.key) for document in self.documents.get(slot.label, [])])
        self.data = data

    def contents(self) -> Contents:
        """What was entered, after ``is_valid``."""
        proofs = [(slot.label, document) for slot in self.slots if slot.name != PHOTO for document in self.documents[slot.label]]
        return Contents(self._values(self.cleaned_data), self.cleaned_data["reason"], proofs)


def _kept(slot: Slot) -> str:
    return f"{slot.name}_kept"


def _photo_slot() -> Slot:
    return Slot(PHOTO, _("新照片"), _("近期免冠证件照，JPEG或PNG。"), compulsory=True)


def _slots(kind: CorrectionKind) -> list[Slot]:
    """The photo, where the kind changes it, and a place for every proof."""
    photo = [_photo_slot()] if PHOTO in kind.fields else []
    proofs = [
        Slot(f"proof{place}", proof["label"], _hint(proof), proof["compulsory"] and not proof.get("unless_upgrade"))
        for place, proof in enumerate(kind.proofs)
    ]
    return [*photo, *proofs]


def _hint(proof: Mapping[str, Any]) -> str:
    if proof.get("unless_upgrade"):
        return _("提交前必须上传；只是15位号码升为18位的不用。PDF、JPEG或PNG。")
    if proof["compulsory"]:
        return _("提交前必须上传。PDF、JPEG或PNG，可一次选几个文件。")
    return _("有的请上传。PDF、JPEG或PNG，可一次选几个文件。")


def _attached(case: CorrectionRequest | None) -> dict[str, list[Document]]:
    """What the case holds already, by label; the photo under its own."""
    attached: dict[str, list[Document]] = {}
    for proof in case.proofs.select_related("document").order_by("pk") if case else ():
        attached.setdefault(proof.label, []).append(proof.document)
    for change in case.changes.filter(field=PHOTO) if case else ():
        attached[_photo_slot().label] = list(Document.objects.filter(key=change.after))
    return attached


def _initial(case: CorrectionRequest | None) -> dict[str, Any]:
    """The values of a case as the form shows them again; a document's number is never sent back."""
    if case is None:
        return {}
    initial: dict[str, Any] = {"reason": case.reason}
    for change in case.changes.all():
        if change.field == DOCUMENT:
            initial["document_kind"] = parted(change.after)[0]
        else:
            initial[change.field] = change.after
    return initial


def _is_key(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


class CheckForm(forms.Form):
    """The university's word that the original lay before it."""

    original_seen = forms.BooleanField(label=gettext_lazy("考生本人在场，材料原件我已当面核对，与上传的材料一致"), required=True)

    def __init__(self, *args: Any, case: CorrectionRequest, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def facts(self) -> dict[str, Any]:
        return {"original_seen": self.cleaned_data["original_seen"]}


class EditorField(forms.ModelChoiceField[User]):
    """The named editors by name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.full_name)


class EditorForm(forms.Form):
    """The one person who is to carry the correction out: an editor in force who had no hand in the case."""

    editor = EditorField(label=gettext_lazy("更改专人"), queryset=User.objects.none(), empty_label=gettext_lazy("请选择"))

    def __init__(self, *args: Any, case: CorrectionRequest, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        handled = case.events.steps().filter(verb__in=HANDLED_BY).values("actor")
        field = self.fields["editor"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = editors_in_force().exclude(pk=person.pk).exclude(pk__in=handled).order_by("full_name", "pk")
        if not field.queryset.exists():
            field.help_text = _("现在没有可以指定的更改专人，请由市自考办负责人任命。")

    def facts(self) -> dict[str, Any]:
        return {"editor": self.cleaned_data["editor"]}


STEP_FORMS: dict[str, type[CheckForm] | type[EditorForm]] = {
    "check": CheckForm,
    "verify": EditorForm,
    "refer": EditorForm,
    "reassign": EditorForm,
}


class CounterForm(forms.Form):
    """Whom a clerk serves at the counter, and how it was established that it is this person."""

    number = forms.CharField(
        label=gettext_lazy("准考证号、考籍号或报名号"), max_length=20, widget=forms.TextInput({"autocomplete": "off"})
    )
    shown = forms.ChoiceField(label=gettext_lazy("出示的证件"), choices=SHOWN, widget=forms.RadioSelect)
    present = forms.BooleanField(label=gettext_lazy("考生本人在场"))

    def purpose(self) -> str:
        """In words, as the trail keeps it."""
        shown = dict(SHOWN)[self.cleaned_data["shown"]]
        return _("柜台受理，考生本人在场，出示%(shown)s") % {"shown": shown}
