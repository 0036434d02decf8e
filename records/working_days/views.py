"""The page on which the city lays down holidays and make-up working days."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from audit.reads import reads_nothing
from records.people.requests import SignedRequest
from records.working_days.forms import DaysForm
from records.working_days.models import DayException

EDIT = "records.edit_working_days"


@reads_nothing
@permission_required(EDIT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def day_list(request: SignedRequest) -> HttpResponse:
    """What is laid down from this year on, and the form for more."""
    form = DaysForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            count = form.lay_down(request.user)
        messages.success(request, _("已保存%(count)s天。") % {"count": count})
        return redirect("working-days:list")
    today = timezone.localdate()
    years = (today.year, today.year + 1)
    days = DayException.objects.filter(day__year__gte=today.year)
    known = set(days.values_list("day__year", flat=True))
    context = {
        "form": form,
        "rows": [{"day": each, "may_go": each.day >= today} for each in days],
        "missing": "、".join(str(year) for year in years if year not in known),
        "crumbs": [(_("工作台"), reverse("desk")), (_("节假日安排"), "")],
    }
    return render(request, "records/working_days/list.html", context, status=422 if form.errors else 200)


@reads_nothing
@permission_required(EDIT, raise_exception=True)
@require_POST
def remove(request: SignedRequest, pk: int) -> HttpResponse:
    """Take back what was laid down about a day to come."""
    day = get_object_or_404(DayException, pk=pk, day__gte=timezone.localdate())
    day.delete()
    messages.success(request, _("已取消，这一天按星期几计算。"))
    return redirect("working-days:list")
