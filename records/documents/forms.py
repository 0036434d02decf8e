"""The part of a form that takes proofs: several files at once, and what was uploaded before is not lost when a form errors."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from records.documents.faults import Unacceptable
from records.documents.keeping import keep
from records.documents.models import Document
from records.people.models import User

MOST_AT_ONCE = 10


class SeveralFiles(forms.ClearableFileInput):
    """A file input for several files of the kinds that are taken."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__({"accept": ".pdf,.jpg,.jpeg,.png"})


class SeveralFilesField(forms.FileField):
    """The uploads as a list, empty ones and too many refused; their content is looked at when they are kept."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """A list in any case."""
        uploads = data if isinstance(data, list | tuple) else [data] if data else []
        if len(uploads) > MOST_AT_ONCE:
            raise forms.ValidationError(_("一次最多上传%(most)s个文件。"), params={"most": MOST_AT_ONCE})
        return list(uploads)


class KeptField(forms.ModelMultipleChoiceField[Document]):
    """Documents already uploaded, each with its tick; taking the tick away leaves the document out."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}（{filesizeformat(obj.size)}）"


class ProofsForm(forms.Form):
    """Mix-in of a form with proofs. After ``is_valid`` (true or false) ``documents`` holds everything ticked or just uploaded.

    ``attached`` are the documents that the form starts with. Good files are kept at once, so that a form with an error elsewhere
    comes back with them ticked; ``proofs_required`` refuses a form that ends with none.
    """

    proofs_required = True

    kept = KeptField(label=_("已上传的材料"), queryset=Document.objects.none(), required=False, to_field_name="key")
    proofs = SeveralFilesField(
        label=_("上传材料"), required=False, help_text=_("证书或成绩单的扫描件或照片，PDF、JPEG或PNG，可一次选几个文件。")
    )

    def __init__(self, *args: Any, person: User, attached: Iterable[Document] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.documents: list[Document] = list(attached)
        self._offer(self.documents)

    def _offer(self, documents: Iterable[Document]) -> None:
        """Show these documents with their ticks, all set; without any the field is not shown."""
        keys = [document.key for document in documents]
        self.fields["proofs"].required = self.proofs_required and not keys
        field: Any = self.fields["kept"]
        field.queryset = Document.objects.filter(candidate=self.person.candidate_id, key__in=keys).order_by("pk")
        field.initial = keys
        if keys:
            field.widget = forms.CheckboxSelectMultiple()
            field.widget.choices = field.choices
        else:
            field.widget = forms.MultipleHiddenInput()

    def full_clean(self) -> None:
        """Keys that come back with the form are offered again, then everything is checked, then the new files are kept."""
        if self.is_bound:
            self._offer([*self.documents, *self._returning()])
        super().full_clean()
        if self.is_bound:
            self._remember()

    def _returning(self) -> list[Document]:
        """The candidate's own documents among the keys sent."""
        sent = self.data.getlist(self.add_prefix("kept")) if hasattr(self.data, "getlist") else self.data.get("kept", [])
        keys = [key for key in sent if _is_key(key)]
        return list(Document.objects.filter(candidate=self.person.candidate_id, uploaded_by=self.person, key__in=keys))

    def clean(self) -> dict[str, Any]:
        """Keep the good ones of the new files; each bad one is named with its reason."""
        cleaned = super().clean() or {}
        self.documents = list(cleaned.get("kept") or [])
        for upload in cleaned.get("proofs") or []:
            try:
                document = keep(upload, candidate_id=self.person.candidate_id or 0, by=self.person)
            except Unacceptable as fault:
                words = {"name": upload.name, "why": fault.message}
                self.add_error("proofs", forms.ValidationError(_("%(name)s：%(why)s"), fault.code, words))
            else:
                self.documents += [document] if document not in self.documents else []
        if self.proofs_required and not self.documents and "proofs" not in self.errors:
            self.add_error("proofs", forms.ValidationError(_("请上传证明材料。"), "document.missing"))
        return cleaned

    def _remember(self) -> None:
        """What is kept stands ticked when the form is shown again."""
        self._offer(self.documents)
        data = QueryDict(mutable=True)
        data.update(self.data)
        data.setlist(self.add_prefix("kept"), [str(document.key) for document in self.documents])
        self.data = data


def _is_key(text: Any) -> bool:
    try:
        uuid.UUID(str(text))
    except ValueError:
        return False
    return True
