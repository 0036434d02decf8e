"""What the second person says of the minute."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

MINUTE = "%Y-%m-%dT%H:%M"


class ApproveForm(forms.Form):
    """The minute at which the marks come out, and whether people are told of it beforehand."""

    minute = forms.DateTimeField(
        label=_("公布时间"),
        help_text=_("北京时间，精确到分钟，以服务器时钟为准"),
        input_formats=[MINUTE],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60", "autocomplete": "off"}, format=MINUTE),
        error_messages={"invalid": _("请按“年-月-日 时:分”选择公布时间。")},
    )
    is_announced = forms.BooleanField(
        label=_("预告公布时间"),
        help_text=_("在首页、办理日历和成绩查询页写明几时可查；不勾选的，公布前只有本办知道"),
        required=False,
    )
