"""What people fill in about certificates: verifying one, choosing what one says, finding, revoking, issuing many."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.candidates.models import Candidate
from records.catalogue.models import Major
from records.certificates.batches import MOST_TICKETS, tickets_in
from records.certificates.kinds import Kind, kinds
from records.certificates.models import Certificate
from records.certificates.own_kinds import courses_to_choose
from records.certificates.revoking import LONGEST
from records.listing import SearchForm
from records.lookups.forms import LONGEST_NAME
from records.lookups.proof import ProofField
from records.people.identity import mentions_a_number

MOST_MEGABYTES = 5
MEGA = 1_000_000
PDF_HEAD = b"%PDF-"


class VerifyForm(forms.Form):
    """Name and number."""

    name = forms.CharField(label=gettext_lazy("姓名"), help_text=gettext_lazy("与证明上的一致"), max_length=LONGEST_NAME)
    number = forms.CharField(
        label=gettext_lazy("证明编号或验证码"),
        help_text=gettext_lazy("编号在证明右上角，验证码在二维码旁边；空格和短横可以不写"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    proof = ProofField()


class VerifyFileForm(forms.Form):
    """The file itself; it is compared and not kept."""

    file = forms.FileField(
        label=gettext_lazy("证明文件"),
        help_text=gettext_lazy("下载或收到的PDF原文件，不超过5MB。文件只作比对，不保存。"),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,.pdf"}),
    )
    proof = ProofField()

    def clean_file(self) -> bytes:
        """The bytes of a PDF of bearable size; anything else is refused before it is read."""
        upload = self.cleaned_data["file"]
        if upload.size > MOST_MEGABYTES * MEGA:
            raise forms.ValidationError(_("文件超过%(most)sMB，不是本系统出具的证明。") % {"most": MOST_MEGABYTES})
        content = bytes(upload.read())
        if not content.startswith(PDF_HEAD):
            raise forms.ValidationError(_("只比对PDF文件；按内容看，这个文件不是。照片和扫描件请凭姓名和编号，或扫码查验。"))
        return content


class CoursesForm(forms.Form):
    """Which courses stand on a certificate: all that count, some, or one."""

    courses = forms.MultipleChoiceField(label=gettext_lazy("课程"), widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *args: Any, kind: Kind, candidate: Candidate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.offered = courses_to_choose(candidate) if kind.chooses_courses else []
        labels = [(line["code"], f"{line['code']} {line['name']}") for line in self.offered]
        if kind.chooses_courses == "one":
            self.fields["courses"] = forms.ChoiceField(label=_("课程"), choices=labels, widget=forms.RadioSelect)
        elif self.offered:
            field = self.fields["courses"]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = labels
            field.help_text = _("都不选，就写全部合格课程；以后再有课程合格，证明随之更换。")
        else:
            del self.fields["courses"]

    @property
    def has_nothing(self) -> bool:
        """Whether the kind is about courses and there is none."""
        return bool(self.kind.chooses_courses) and not self.offered

    def choice(self) -> dict[str, list[str]]:
        """The choice as ``issue`` takes it."""
        chosen = self.cleaned_data.get("courses") or []
        return {"courses": [chosen] if isinstance(chosen, str) else list(chosen)}


class CertificateFilter(SearchForm):
    """What the list of certificates is narrowed to; all in the address."""

    q = forms.CharField(label=gettext_lazy("证明编号，或考生姓名、号码"), required=False, max_length=60)
    kind = forms.ChoiceField(label=gettext_lazy("种类"), required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), required=False, choices=[("", gettext_lazy("全部")), *Certificate.State.choices]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("全部")), *((kind.slug, kind.title) for kind in kinds().values())]


class RevokeForm(forms.Form):
    """Why a certificate is taken back."""

    reason = forms.CharField(
        label=gettext_lazy("撤销原因"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("记入留痕，考生能看到；查验的人只看到已撤销。撤销后不能恢复。"),
    )


class BatchForm(forms.Form):
    """For whom certificates are issued at once: by major and days of registration, or by a list of ticket numbers."""

    kind = forms.ChoiceField(label=gettext_lazy("种类"))
    major = forms.ModelChoiceField(
        label=gettext_lazy("专业"), queryset=Major.objects.none(), required=False, empty_label=gettext_lazy("全部")
    )
    first_day = forms.DateField(
        label=gettext_lazy("注册日期自"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=gettext_lazy("至"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    tickets = forms.CharField(
        label=gettext_lazy("准考证号"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=gettext_lazy("每行一个，填了就只按这份名单，不看上面的条件；最多20,000个。"),
    )

    def __init__(self, *args: Any, university: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind, major = self.fields["kind"], self.fields["major"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(each.slug, each.title) for each in kinds().values() if each.chooses_courses != "one"]
        assert isinstance(major, forms.ModelChoiceField)
        major.queryset = Major.objects.filter(hosts=university).order_by("code")

    def clean_tickets(self) -> list[str]:
        """Each number once, in the order given; identity numbers are refused without being repeated."""
        numbers = tickets_in(str(self.cleaned_data["tickets"]))
        if any(mentions_a_number(number) for number in numbers):
            raise forms.ValidationError(_("名单里有像证件号码或手机号码的内容。请只填准考证号。"))
        if len(numbers) > MOST_TICKETS:
            raise forms.ValidationError(_("一次最多%(most)s个，请分几次办理。") % {"most": f"{MOST_TICKETS:,}"})
        return numbers

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and first > last:
            self.add_error("last_day", _("结束日期早于开始日期。"))
        if not self.errors and not cleaned.get("tickets") and not (first and last):
            self.add_error("first_day", _("请填注册日期的起止，或粘贴准考证号名单。"))
        return cleaned
