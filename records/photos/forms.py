"""What people fill in about photos."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.people.identity import mentions_a_number
from records.photos.taking import REASONS


class PhotoForm(forms.Form):
    """One photo; what is wrong with it is said by ``checking``, not here."""

    photo: forms.FileField = forms.FileField(
        label=gettext_lazy("照片文件"),
        widget=forms.FileInput({"accept": ".jpg,.jpeg,.png"}),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("请选择照片文件。")},
    )

    @property
    def upload(self) -> UploadedFile[bytes]:
        found: UploadedFile[bytes] = self.cleaned_data["photo"]
        return found


class FindForm(forms.Form):
    """For whom a clerk brings a photo in. The number is posted, so that it stands in no address."""

    number = forms.CharField(
        label=gettext_lazy("准考证号、考籍号或报名号"), max_length=20, widget=forms.TextInput({"autocomplete": "off"})
    )


class RefuseForm(forms.Form):
    """Why a photo goes back: one of the usual reasons, and what else there is to say."""

    reason = forms.ChoiceField(
        label=gettext_lazy("不合格的原因"), choices=list(REASONS.items()), widget=forms.RadioSelect, required=True
    )
    words = forms.CharField(
        label=gettext_lazy("补充说明"), required=False, max_length=120, help_text=gettext_lazy("考生会看到。不要写证件号码。")
    )

    def clean_words(self) -> str:
        words = str(self.cleaned_data["words"]).strip()
        if mentions_a_number(words):
            raise forms.ValidationError(_("说明里不要写证件号码或手机号码。"))
        return words

    def in_words(self) -> str:
        """The reason as the candidate reads it."""
        reason, words = str(REASONS[self.cleaned_data["reason"]]), self.cleaned_data["words"]
        return f"{reason}：{words}" if words else reason


class BatchForm(forms.Form):
    """Many photos in one archive."""

    archive: forms.FileField = forms.FileField(
        label=gettext_lazy("照片压缩包"),
        widget=forms.FileInput({"accept": ".zip"}),
        help_text=gettext_lazy("一个.zip文件，里面每张照片以准考证号或报名号命名，例如 2624000000017.jpg。不要分文件夹。"),
    )

    @property
    def upload(self) -> UploadedFile[Any]:
        found: UploadedFile[Any] = self.cleaned_data["archive"]
        return found
