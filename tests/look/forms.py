"""Forms of the style pages: the look-up as drawn, and one with every kind of field."""

from django import forms
from django.core.exceptions import ValidationError

DOCUMENTS = ["居民身份证", "港澳台居民居住证", "台湾居民来往大陆通行证", "外国人永久居留身份证", "护照"]


class Lookup(forms.Form):
    """The form of the prototype."""

    name = forms.CharField(label="姓名", help_text="与证件一致，名字里的间隔号写作“·”")
    kind = forms.ChoiceField(label="证件类型", choices=[(each, each) for each in DOCUMENTS])
    number = forms.CharField(label="证件号码", help_text="18位，最后一位可能是字母X")
    ticket = forms.BooleanField(label="改为查询报名号", required=False)

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"]
        if len(number) != 18:
            raise ValidationError(f"现在是{len(number)}位，居民身份证号码应为18位")
        return number


def filled_lookup() -> Lookup:
    """The form as the prototype shows it: one digit is missing."""
    return Lookup({"name": "林疏桐", "kind": "居民身份证", "number": "11010120000309123"})


class Everything(forms.Form):
    """One field of every kind."""

    title = forms.CharField(label="申请免考的课程", help_text="课程代码或名称")
    reason = forms.CharField(label="说明", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    kind = forms.ChoiceField(label="凭据种类", choices=[("", "请选择"), ("cet", "全国大学英语四级")])
    way = forms.ChoiceField(label="领取方式", choices=[("self", "自取"), ("mail", "邮寄")], widget=forms.RadioSelect)
    parts = forms.MultipleChoiceField(
        label="附上的材料", help_text="可以多选", choices=[("a", "成绩单"), ("b", "证书")], widget=forms.CheckboxSelectMultiple
    )
    passed_on = forms.DateField(label="取得日期", widget=forms.DateInput(attrs={"type": "date"}))
    points = forms.DecimalField(label="分数", min_value=0, max_value=100)
    proof = forms.FileField(label="凭据扫描件", help_text="PDF、JPEG或PNG，不超过10 MB")
    promise = forms.BooleanField(label="以上内容属实")

    def clean(self) -> None:
        if self.data:
            raise ValidationError("这门课程已有一件免考申请在办")


def faulty_everything() -> Everything:
    """Everything left empty and sent."""
    return Everything({"faulty-title": "英语(专升本)"}, {}, prefix="faulty")


class Filters(forms.Form):
    """The filters of a list."""

    sitting = forms.ChoiceField(label="考试", choices=[("2026-10", "2026年10月")])
    university = forms.ChoiceField(label="主考院校", choices=[("", "全部6所")], required=False)
    q = forms.CharField(label="课程", required=False)
    late = forms.BooleanField(label="只看逾期", required=False)
