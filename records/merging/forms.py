"""Input of mergers: two numbers to begin with; then which record stays, on what grounds, with which proofs."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.candidates.models import Candidate
from records.documents.faults import Unacceptable
from records.documents.forms import KeptField, SeveralFilesField
from records.documents.keeping import keep
from records.documents.models import Document
from records.merging.models import MergeRequest
from records.people.finding import typed
from records.people.identity import mentions_a_number
from records.people.models import User


class NumbersForm(forms.Form):
    """Two numbers of one person; after ``is_valid`` ``first`` and ``second`` are the records to which they lead."""

    one = forms.CharField(label=gettext_lazy("一个号码"), max_length=20, widget=forms.TextInput({"autocomplete": "off"}))
    other = forms.CharField(
        label=gettext_lazy("另一个号码"),
        max_length=20,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=gettext_lazy("准考证号、考籍号或报名号；至少一份考籍由本校管理。"),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.first: Candidate | None = None
        self.second: Candidate | None = None

    def clean(self) -> dict[str, Any]:
        """Both numbers lead to somebody, to two records, of which the person's university manages one."""
        cleaned = super().clean() or {}
        self.first, self.second = self._record("one"), self._record("other")
        if self.first is None or self.second is None:
            return cleaned
        if self.first == self.second:
            self.add_error("other", _("两个号码属于同一份考籍，不必合并。"))
        elif not {self.first.managing_university_id, self.second.managing_university_id} & self.person.reach.universities:
            self.add_error("other", _("两份考籍都不归本校管理，请由其中一份考籍的主考院校提出。"))
        return cleaned

    def _record(self, name: str) -> Candidate | None:
        if name not in self.cleaned_data:
            return None
        found: Candidate | None = Candidate.by_number(typed(self.cleaned_data[name])).first()
        if found is None:
            self.add_error(name, _("没有考生有这个号码。"))
        return found


class MergeForm(forms.Form):
    """The contents of one case; good uploads are kept at once and stand ticked when the form comes back."""

    stays = forms.ChoiceField(label=gettext_lazy("保留哪一份考籍"), widget=forms.RadioSelect)
    grounds = forms.CharField(
        label=gettext_lazy("是同一人的依据"),
        max_length=1000,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("例如：护照换发为居民身份证，公安机关出具了同一人证明。不要写证件号码。"),
    )
    kept = KeptField(label=gettext_lazy("已上传的材料"), queryset=Document.objects.none(), required=False, to_field_name="key")
    proofs = SeveralFilesField(
        label=gettext_lazy("上传材料"),
        required=False,
        help_text=gettext_lazy("新旧证件、同一人证明等的扫描件，PDF、JPEG或PNG，可一次选几个文件。"),
    )

    def __init__(self, *args: Any, case: MergeRequest, person: User, labels: list[tuple[int, str]], **kwargs: Any) -> None:
        initial = {"stays": case.candidate_id, "grounds": case.grounds}
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.case, self.person = case, person
        self.documents: list[Document] = [proof.document for proof in case.proofs.select_related("document").order_by("pk")]
        stays = self.fields["stays"]
        assert isinstance(stays, forms.ChoiceField)
        stays.choices = labels
        self._offer()

    def _of_the_two(self) -> QuerySet[Document]:
        return Document.objects.filter(candidate__in=(self.case.candidate_id, self.case.merged_id))

    def _offer(self) -> None:
        keys = [document.key for document in self.documents]
        field: Any = self.fields["kept"]
        field.queryset = self._of_the_two().filter(key__in=keys).order_by("pk")
        field.initial = keys
        field.widget = forms.CheckboxSelectMultiple() if keys else forms.MultipleHiddenInput()
        field.widget.choices = field.choices

    def full_clean(self) -> None:
        """Keys that come back are offered again, then everything is checked, then what is new is kept."""
        if self.is_bound:
            sent = self.data.getlist("kept") if isinstance(self.data, QueryDict) else []
            returning = self._of_the_two().filter(uploaded_by=self.person, key__in=[key for key in sent if _is_key(key)])
            self.documents = list(dict.fromkeys([*self.documents, *returning]))
            self._offer()
        super().full_clean()
        if self.is_bound:
            self._remember()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.documents = list(cleaned.get("kept") or [])
        for upload in cleaned.get("proofs") or []:
            self._keep(upload)
        if mentions_a_number(cleaned.get("grounds", "")):
            self.add_error("grounds", _("依据里不要写证件号码或手机号码。"))
        return cleaned

    def _keep(self, upload: UploadedFile[bytes]) -> None:
        """Kept with the record that the university manages, so that its clerks can open it."""
        case = self.case
        mine = case.candidate.managing_university_id == case.university_id
        try:
            document = keep(upload, candidate_id=case.candidate_id if mine else case.merged_id, by=self.person)
        except Unacceptable as fault:
            words = {"name": upload.name, "why": fault.message}
            self.add_error("proofs", forms.ValidationError(_("%(name)s：%(why)s"), fault.code, words))
        else:
            self.documents += [] if document in self.documents else [document]

    def _remember(self) -> None:
        data = QueryDict(mutable=True)
        data.update(self.data)
        self._offer()
        data.setlist("kept", [str(document.key) for document in self.documents])
        self.data = data


def _is_key(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
