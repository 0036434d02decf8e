"""发放账户启用单: at the counter of the managing university, on proof of identity, printed once."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit.acting import acting
from audit.reads import reads
from audit.trail import record_read
from config.record_parts import Part, text
from config.wording import written_date
from records.candidates.models import Candidate
from records.people import slips
from records.people.models import User
from records.people.requests import SignedRequest
from records.people.slip_forms import SlipIssueForm
from records.people.slip_paper import paper

REGISTER = "records.register_candidate"
SHOWN = 10


@reads("counter")
@permission_required(REGISTER, raise_exception=True)
@never_cache
@require_http_methods(["GET", "POST"])
def slip(request: SignedRequest, pk: int) -> HttpResponse:
    """The form, and in answer to it the slip as a file: whoever loads the page again finds the form and no code."""
    managed = Candidate.objects.filter(managing_university__in=request.user.reach.universities, merged_into__isnull=True)
    candidate: Candidate = get_object_or_404(managed, pk=pk)
    form = SlipIssueForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _issued(request, candidate, form.proof())
    record_read("counter", candidate, candidate_id=pk, purpose=_("办理账户启用单"))
    context = {
        "form": form,
        "candidate": candidate,
        "parts": [part_of(candidate)],
        "crumbs": [
            (_("查考生"), reverse("candidates:list")),
            (candidate.name, reverse("candidates:detail", args=[pk])),
            (_("发账户启用单"), ""),
        ],
    }
    return render(request, "config/candidates/slip.html", context, status=422 if form.errors else 200)


def _issued(request: SignedRequest, candidate: Candidate, proof: str) -> HttpResponse:
    purpose = _("发放账户启用单，考生本人在场，出示%(proof)s") % {"proof": proof}
    record_read("counter", candidate, candidate_id=candidate.pk, purpose=purpose)
    with acting(purpose=purpose), transaction.atomic():
        issued, code = slips.issue(candidate, by=request.user, proof=proof)
        file = paper(issued, code, address=request.build_absolute_uri(reverse("slip")))
    answer = HttpResponse(file, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="slip-{issued.pk}.pdf"'
    return answer


def parts_for(candidate: Candidate, user: User) -> list[Part]:
    """The sheet of slips on the staff's page of a record, for those who may issue them."""
    return [part_of(candidate)] if user.has_perm(REGISTER) else []


def part_of(candidate: Candidate) -> Part:
    """The slips issued for a candidate, the newest first."""
    rows = [
        [
            text(written_date(timezone.localdate(each.issued_at))),
            text(str(each.office)),
            text(str(each.issued_by)),
            text(each.proof),
            text(slips.state_of(each)),
        ]
        for each in slips.latest(candidate, most=SHOWN)
    ]
    heads = [(_("发放日期"), False), (_("机构"), False), (_("经办人"), False), (_("出示的证件"), False), (_("状态"), False)]
    return Part(_("账户启用单"), _("没有发过账户启用单。"), heads=heads, rows=rows)
