"""Laying down what may be corrected with which proof (O1, head of the city): versions with dates, each change in the trail."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from audit.models import Event
from audit.reads import reads_nothing
from audit.workflow import Refused
from records.corrections.fields import DATA
from records.corrections.kinds import CONTENT, end, revise, versions_of
from records.corrections.models import CorrectionKind
from records.people.requests import SignedRequest

EDIT = "records.edit_correction_kinds"
NEW = "new"


class Lines(forms.CharField):
    """One proof a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": 1000, "widget": forms.Textarea({"rows": 3}), **kwargs})

    def clean(self, value: Any) -> list[str]:
        """The lines without blanks around; a label has at most 80 characters."""
        labels = [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]
        if any(len(label) > 80 for label in labels):
            raise forms.ValidationError(_("每种材料最多80个字。"))
        return labels


class KindForm(forms.Form):
    """A version of a kind; what stands in it holds from the day on and until the next one."""

    title = forms.CharField(label=gettext_lazy("更改事项"), max_length=60)
    fields_ = forms.MultipleChoiceField(
        label=gettext_lazy("可更改的项目"),
        choices=[(key, datum.label) for key, datum in DATA.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    compulsory = Lines(label=gettext_lazy("必交的材料"), help_text=gettext_lazy("每行一种。"))
    unless_upgrade = Lines(label=gettext_lazy("必交，但15位号码升18位时不必交的材料"), help_text=gettext_lazy("每行一种。"))
    others = Lines(label=gettext_lazy("视情况交的材料"), help_text=gettext_lazy("每行一种。"))
    form_title = forms.CharField(label=gettext_lazy("表格名称"), max_length=80)
    guidance = forms.CharField(label=gettext_lazy("说明"), required=False, max_length=1000, widget=forms.Textarea({"rows": 3}))
    position = forms.IntegerField(label=gettext_lazy("排列顺序"), min_value=0, max_value=999)
    starts_on = forms.DateField(
        label=gettext_lazy("施行日期"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("从这一天起受理的申请按新的一版；已经受理的按原来的一版办完。"),
    )

    def content(self) -> dict[str, Any]:
        """The columns of a version."""
        cleaned = self.cleaned_data
        proofs = [
            {"label": label, "compulsory": name != "others", "unless_upgrade": name == "unless_upgrade"}
            for name in ("compulsory", "unless_upgrade", "others")
            for label in cleaned[name]
        ]
        return {**{name: cleaned[name] for name in CONTENT if name in cleaned}, "fields": cleaned["fields_"], "proofs": proofs}


class EndForm(forms.Form):
    """From which day a kind is not accepted any more."""

    ends_on = forms.DateField(label=gettext_lazy("停止日期"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


@reads_nothing
@permission_required(EDIT, raise_exception=True)
@require_safe
def kind_list(request: SignedRequest) -> HttpResponse:
    """All kinds, each by its newest version."""
    newest = CorrectionKind.objects.order_by("code", "-in_force_from").distinct("code")
    rows = [
        {"kind": kind, "data": "、".join(str(DATA[key].label) for key in kind.fields), "state": _state(kind)}
        for kind in sorted(newest, key=_position)
    ]
    context = {"rows": rows, "crumbs": [(_("工作台"), reverse("desk")), (_("更改事项"), "")]}
    return render(request, "records/corrections/kind_list.html", context)


@reads_nothing
@permission_required(EDIT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def kind_edit(request: SignedRequest, code: str) -> HttpResponse:
    """One kind: its versions with what changed when and by whom, and the form of the next version."""
    versions = versions_of(code)
    if not versions and code != NEW:
        raise Http404(code)
    newest = versions[0] if versions else None
    ending = "end" in request.POST
    form = KindForm(None if ending else request.POST or None, initial=_initial(newest))
    end_form = EndForm(request.POST if ending else None)
    if request.method == "POST" and (end_form if ending else form).is_valid():
        try:
            return _laid_down(request, code, newest, form, end_form if ending else None)
        except Refused as refusal:
            for problem in refusal.problems:
                (end_form if ending else form).add_error(None, problem.message)
    context = {
        "form": form,
        "end_form": end_form if newest else None,
        "kind": newest,
        "versions": [{"kind": version, "state": _state(version)} for version in versions],
        "history": _history(versions),
        "crumbs": [(_("更改事项"), reverse("corrections:kind-list")), (newest.title if newest else _("新增"), "")],
    }
    return render(request, "records/corrections/kind.html", context, status=422 if form.errors or end_form.errors else 200)


def _laid_down(
    request: SignedRequest, code: str, newest: CorrectionKind | None, form: KindForm, end_form: EndForm | None
) -> HttpResponse:
    if end_form is not None and newest is not None:
        end(newest, end_form.cleaned_data["ends_on"])
        messages.success(request, _("已定下停止日期。"))
        return redirect("corrections:kind-edit", newest.code)
    code = code if newest else _fresh_code()
    version = revise(code, form.content(), starts_on=form.cleaned_data["starts_on"])
    messages.success(request, _("已保存，自%(day)s起施行。") % {"day": version.in_force_from.isoformat()})
    return redirect("corrections:kind-edit", version.code)


def _fresh_code() -> str:
    """A code that no kind has: own kinds of an office are numbered."""
    count = CorrectionKind.objects.filter(code__startswith="office-").values("code").distinct().count()
    return slugify(f"office-{count + 1}")


def _initial(kind: CorrectionKind | None) -> dict[str, Any]:
    if kind is None:
        return {"position": CorrectionKind.objects.count(), "starts_on": timezone.localdate()}
    labels: dict[str, list[str]] = {"compulsory": [], "unless_upgrade": [], "others": []}
    for proof in kind.proofs:
        name = "unless_upgrade" if proof.get("unless_upgrade") else "compulsory" if proof["compulsory"] else "others"
        labels[name].append(proof["label"])
    own = {name: getattr(kind, name) for name in ("title", "form_title", "guidance", "position")}
    texts = {name: "\n".join(lines) for name, lines in labels.items()}
    return {**own, **texts, "fields_": kind.fields, "starts_on": max(kind.in_force_from, timezone.localdate())}


def _state(kind: CorrectionKind) -> Any:
    today = timezone.localdate()
    if kind.in_force_from > today:
        return _("未开始")
    return _("现行") if kind.in_force_until is None or kind.in_force_until > today else _("已停止")


def _position(kind: CorrectionKind) -> tuple[int, int]:
    return kind.position, kind.pk


def _history(versions: list[CorrectionKind]) -> list[Event]:
    """The change rows of these versions, the newest first."""
    table = CorrectionKind._meta.db_table
    events = Event.objects.filter(
        subject_table=table, subject_id__in=[version.pk for version in versions], kind=Event.Kind.CHANGE
    )
    return list(events.select_related("actor").order_by("-pk")[:50])
