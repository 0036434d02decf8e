"""What may be corrected: one line for each datum, with how it is read, entered, checked, shown and written.

A value is a text, whatever it is: a name, a code of GB/T 3304, ``1998-03-14``, ``resident:11010519491231002X`` (kind and number
of a document belong together), the key of an uploaded photo. What candidates change themselves (phone, address, e-mail) is not
here: that needs no case.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.candidates.models import Candidate
from records.candidates.pinyin import initials, sort_key
from records.documents.models import Document
from records.people.encryption import lookup_hash
from records.people.ethnicity import ethnic_group, ethnic_names
from records.people.finding import IDENTITY
from records.people.identity import DocumentKind, DocumentProblem, check_document, mask, normalise

OLDEST = dt.date(1900, 1, 1)
IN_NAMES = frozenset("· .'-()（）")
NO_PHOTO = gettext_lazy("无")
UNCHANGED = gettext_lazy("不更改")


@dataclass(frozen=True)
class Datum:
    """A datum of one line of text in the column ``key``. ``certified``: it stands on the diploma, which is never changed."""

    key: str
    label: Any
    length: int = 200
    certified: bool = False

    @property
    def written(self) -> tuple[str, ...]:
        """The columns of the candidate that this datum fills."""
        return (self.key,)

    def read(self, candidate: Candidate) -> str:
        """The value as it stands."""
        return str(getattr(candidate, self.key))

    def columns(self, value: str) -> dict[str, Any]:
        """What is to stand in the candidate's columns."""
        return {self.key: value}

    def shown(self, value: str) -> str:
        """The value as pages and lists show it."""
        return value or str(NO_PHOTO)

    def form_fields(self) -> dict[str, forms.Field]:
        """The fields in which a new value is entered; all optional, empty ones change nothing."""
        return {self.key: forms.CharField(label=self._new_label, required=False, max_length=self.length)}

    def entered(self, cleaned: Mapping[str, Any]) -> str:
        """The value from a form's clean data; empty where nothing was entered."""
        return " ".join(str(cleaned.get(self.key) or "").split())

    def problems(self, value: str) -> list[DocumentProblem]:
        """What is wrong with the value by itself; no message repeats it."""
        if any(unicodedata.category(sign)[0] == "C" and unicodedata.category(sign) != "Co" for sign in value):
            return [DocumentProblem("correction.sign", _("含有不能用的字符"))]
        return [] if value and len(value) <= self.length else [DocumentProblem("correction.length", _("没有填写，或者太长"))]

    @property
    def _new_label(self) -> str:
        return _("更改后的%(label)s") % {"label": self.label}


class Name(Datum):
    """A name with the keys by which it is sorted and searched."""

    @property
    def written(self) -> tuple[str, ...]:
        return ("name", "name_key", "name_initials")

    def columns(self, value: str) -> dict[str, Any]:
        return {"name": value, "name_key": sort_key(value), "name_initials": initials(value)}

    def problems(self, value: str) -> list[DocumentProblem]:
        """Letters of any script, also rare and private ones, and the few signs that names have."""
        if all(unicodedata.category(sign)[0] in "LM" or unicodedata.category(sign) == "Co" or sign in IN_NAMES for sign in value):
            return super().problems(value)
        return [DocumentProblem("correction.name", _("姓名里只能有文字、间隔号“·”和空格"))]


@dataclass(frozen=True)
class Choice(Datum):
    """One of a few values; ``empty`` is the value that stands for an empty column."""

    empty: str = ""

    def choices(self) -> dict[str, str]:
        """Each value with its words."""
        raise NotImplementedError

    def read(self, candidate: Candidate) -> str:
        return super().read(candidate) or self.empty

    def columns(self, value: str) -> dict[str, Any]:
        return {self.key: "" if value == self.empty else value}

    def shown(self, value: str) -> str:
        return self.choices().get(value, value) or str(NO_PHOTO)

    def form_fields(self) -> dict[str, forms.Field]:
        offered = [("", UNCHANGED), *self.choices().items()]
        return {self.key: forms.ChoiceField(label=self._new_label, required=False, choices=offered)}

    def problems(self, value: str) -> list[DocumentProblem]:
        return [] if value in self.choices() else [DocumentProblem("correction.choice", _("不是可选的值"))]


class Sex(Choice):
    """GB/T 2261.1."""

    def choices(self) -> dict[str, str]:
        return {str(value): str(label) for value, label in Candidate.Sex.choices}


class Ethnicity(Choice):
    """GB/T 3304."""

    def choices(self) -> dict[str, str]:
        return ethnic_names()

    def shown(self, value: str) -> str:
        return ethnic_group(value) or str(NO_PHOTO)


class PriorEducation(Choice):
    """What the candidate declared before; 无 is a value like others, for what was entered by mistake."""

    def choices(self) -> dict[str, str]:
        return {str(value) or self.empty: str(label) for value, label in Candidate.PriorEducation.choices}


class BirthDate(Datum):
    """The day of birth."""

    def columns(self, value: str) -> dict[str, Any]:
        return {"birth_date": dt.date.fromisoformat(value)}

    def form_fields(self) -> dict[str, forms.Field]:
        widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        return {"birth_date": forms.DateField(label=self._new_label, required=False, widget=widget)}

    def entered(self, cleaned: Mapping[str, Any]) -> str:
        day = cleaned.get("birth_date")
        return day.isoformat() if day else ""

    def problems(self, value: str) -> list[DocumentProblem]:
        try:
            day = dt.date.fromisoformat(value)
        except ValueError:
            return [DocumentProblem("correction.birth-date", _("不是真实的日期"))]
        if OLDEST <= day <= timezone.localdate():
            return []
        return [DocumentProblem("correction.birth-date", _("应在1900年以后、今天以前"))]


class DocumentNumber(Datum):
    """Kind and number of the identity document, as ``kind:number``; the number is never shown whole but on the printed form."""

    @property
    def written(self) -> tuple[str, ...]:
        return ("document_kind", "identity_number", "identity_hash", "identity_mask")

    def read(self, candidate: Candidate) -> str:
        return f"{candidate.document_kind}:{candidate.identity_number}"

    def columns(self, value: str) -> dict[str, Any]:
        kind, number = parted(value)
        return {
            "document_kind": kind,
            "identity_number": number,
            "identity_hash": lookup_hash(number, IDENTITY),
            "identity_mask": mask(number),
        }

    def shown(self, value: str) -> str:
        kind, number = parted(value)
        return f"{_kind_in_words(kind)} {mask(number)}"

    def form_fields(self) -> dict[str, forms.Field]:
        kinds = [("", UNCHANGED), *DocumentKind.choices]
        return {
            "document_kind": forms.ChoiceField(label=_("更改后的证件类型"), required=False, choices=kinds),
            "document_number": forms.CharField(
                label=_("更改后的证件号码"),
                required=False,
                max_length=40,
                widget=forms.TextInput({"autocomplete": "off"}),
                help_text=_("照证件填写。15位的身份证号码会自动升为18位，请对照新证核对。"),
            ),
        }

    def entered(self, cleaned: Mapping[str, Any]) -> str:
        kind, number = str(cleaned.get("document_kind") or ""), str(cleaned.get("document_number") or "")
        return f"{kind}:{normalise(kind, number)}" if kind or number.strip() else ""

    def problems(self, value: str) -> list[DocumentProblem]:
        kind, number = parted(value)
        if not kind or not number:
            return [DocumentProblem("correction.document", _("证件类型和证件号码要一起填写"))]
        return check_document(kind, number, birth_date=None, sex=None)


class Photo(Datum):
    """The key of an uploaded picture; how it is uploaded is the form's affair."""

    def read(self, candidate: Candidate) -> str:
        return str(candidate.photo.key) if candidate.photo else ""

    def columns(self, value: str) -> dict[str, Any]:
        return {"photo": Document.objects.get(key=value)}

    def shown(self, value: str) -> str:
        document = _document(value)
        return f"{document.name}（SHA-256 {document.sha256[:4]}…{document.sha256[-4:]}）" if document else str(NO_PHOTO)

    def form_fields(self) -> dict[str, forms.Field]:
        return {}

    def problems(self, value: str) -> list[DocumentProblem]:
        document = _document(value)
        if document is not None and document.content_type.startswith("image/"):
            return []
        return [DocumentProblem("correction.photo", _("照片要上传JPEG或PNG文件"))]


def parted(value: str) -> tuple[str, str]:
    """Kind and number of a document's value."""
    kind, _colon, number = value.partition(":")
    return kind, number


def _kind_in_words(kind: str) -> str:
    return str(DocumentKind(kind).label) if kind in DocumentKind.values else kind


def _document(key: str) -> Document | None:
    try:
        return Document.objects.filter(key=uuid.UUID(key)).first()
    except ValueError:
        return None


DATA: dict[str, Datum] = {
    datum.key: datum
    for datum in (
        Name("name", gettext_lazy("姓名"), certified=True),
        Sex("sex", gettext_lazy("性别"), certified=True),
        Ethnicity("ethnicity", gettext_lazy("民族")),
        DocumentNumber("document", gettext_lazy("证件"), certified=True),
        BirthDate("birth_date", gettext_lazy("出生日期"), certified=True),
        Photo("photo", gettext_lazy("照片"), certified=True),
        PriorEducation("prior_education", gettext_lazy("前置学历"), empty="无"),
        Datum("prior_major", gettext_lazy("前置专业"), 100),
        Datum("household", gettext_lazy("户籍所在地"), 200),
        Datum("political_status", gettext_lazy("政治面貌"), 60),
        Datum("education", gettext_lazy("文化程度"), 60),
        Datum("exam_area", gettext_lazy("考区"), 60),
        Datum("candidate_kind", gettext_lazy("考生类别"), 60),
    )
}

WRITTEN: frozenset[str] = frozenset(column for datum in DATA.values() for column in datum.written)
"""Every column of a candidate that nothing but a correction may change once it is filled."""
