"""Snapshots for the office: how long marks are kept, the snapshots made, a new one, the download."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from audit.reads import reads, reads_nothing
from audit.trail import record_export
from records.certificates.signing import certificate_fingerprint
from records.people.requests import SignedRequest
from records.settings.catalogue import DEFINITIONS
from records.settings.values import value_of
from scores.models import MarkSnapshot
from scores.preservation.snapshots import FIRST_YEAR, KEEP, ask

KEPT = "marks.kept_years"
SHOWN = 60


class YearForm(forms.Form):
    """Up to the end of which year."""

    year = forms.IntegerField(label=gettext_lazy("年度"), min_value=FIRST_YEAR)

    def clean_year(self) -> int:
        year: int = self.cleaned_data["year"]
        if year > timezone.localdate().year:
            raise forms.ValidationError(_("这一年还没有到。"), code="to-come")
        return year


@reads_nothing
@permission_required(KEEP, raise_exception=True)
@require_safe
def snapshot_list(request: SignedRequest) -> HttpResponse:
    """How long marks are kept, and the snapshots, the newest first."""
    return _page(request, YearForm(initial={"year": timezone.localdate().year}))


def _page(request: SignedRequest, form: YearForm, status: int = 200) -> HttpResponse:
    if not request.user.reach.municipal:
        raise Http404
    snapshots = MarkSnapshot.objects.visible_to(request.user).select_related("asked_by", "job").order_by("-pk")
    context = {"form": form, "facts": _facts(), "snapshots": snapshots[:SHOWN]}
    return render(request, "scores/preservation/list.html", context, status=status)


def _facts() -> list[tuple[str, Any]]:
    years = value_of(KEPT)
    kept = _("%(years)d年，自公布之日起") % {"years": years} if years else _("永久")
    return [
        (_("成绩保存期限"), kept),
        (_("依据"), DEFINITIONS[KEPT].source),
        (_("期限内"), _("不删除。重考、复核、处理都另记一笔，原来的成绩不覆盖。")),
        (_("签名证书SHA-256"), certificate_fingerprint()),
    ]


@reads_nothing
@permission_required(KEEP, raise_exception=True)
@require_POST
def make(request: SignedRequest) -> HttpResponse:
    """Have a snapshot made."""
    form = YearForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    if not request.user.reach.municipal:
        raise Http404
    ask(form.cleaned_data["year"], by=request.user)
    messages.success(request, _("已开始生成，完成后在下面下载。"))
    return redirect("snapshots:list")


@reads("export")
@require_safe
def download(request: SignedRequest, pk: int) -> FileResponse:
    """The signed archive; every download leaves a line in the trail."""
    snapshot = get_object_or_404(MarkSnapshot.objects.visible_to(request.user), pk=pk)
    if not request.user.has_perm(KEEP):
        raise PermissionDenied(KEEP)
    if not (snapshot.made_at and snapshot.path.exists()):
        raise Http404
    record_export("marks-snapshot", snapshot, snapshot.marks or 0, sha256=snapshot.sha256, purpose=_("下载成绩快照"))
    return FileResponse(snapshot.path.open("rb"), as_attachment=True, filename=snapshot.name)
