"""Pages of registering one person (duty U3): the form, what stands in the way, what came of it, and a further major."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from audit.reads import reads
from audit.trail import record_read
from records.candidates.models import Candidate, Registration
from records.documents.faults import Unacceptable
from records.imports.faults import FileRefused
from records.offices.models import Office
from records.people.requests import SignedRequest
from records.registration import columns, single
from records.registration.majors import choices
from records.registration.single import Condition
from records.registration.single_forms import LATER, DecisionForm, MajorForm, RestrictionForm, SingleForm

REGISTER = "records.register_candidate"
DONE = "registered-at-the-counter"
REMEMBERED = 20
SECRET = ("identity", "phone", "name", "birth", "address")


@reads("registering")
@permission_required(REGISTER, raise_exception=True)
@sensitive_post_parameters(*SECRET)
@require_http_methods(["GET", "POST"])
def new(request: SignedRequest) -> HttpResponse:
    """The form; nothing is written before the clerk has seen who may be the same person. Sent twice, it registers once."""
    form = SingleForm(*_sent(request), university=_university(request))
    if request.method != "POST":
        return _fill(request, form)
    already = request.session.get(DONE, {}).get(request.POST.get("token", ""))
    if already:
        return redirect("registration:done", already)
    if not form.is_valid():
        return _fill(request, form)
    return _known(request, form) or _decided(request, form)


def _sent(request: SignedRequest) -> tuple[Any, Any]:
    """What a form is bound to: nothing where it is only shown."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _university(request: SignedRequest) -> Office:
    """The one that the clerk belongs to."""
    return get_object_or_404(Office.objects.universities(), pk__in=request.user.reach.universities)


def _known(request: SignedRequest, form: SingleForm) -> HttpResponse | None:
    """Somebody with this document: shown before the further major is added. None where nobody is, or it was shown already."""
    person = single.known(form.cells())
    if person is None or "confirmed" in request.POST:
        return None
    _looked_at(person)
    majors = person.registrations.filter(closed_on__isnull=True).select_related("major")
    reached = Candidate.objects.visible_to(request.user).filter(pk=person.pk).exists()
    return _fill(request, form, known=person, reached=reached, majors=[each.major for each in majors] if reached else [])


def _decided(request: SignedRequest, form: SingleForm) -> HttpResponse:
    """Whoever may be the same person is shown; with the clerk's word that it is another one the person is registered."""
    others = [] if single.known(form.cells()) else single.possibly_the_same(form.cells())
    decision = DecisionForm(request.POST if "finding" in request.POST or "deciding" in request.POST else None)
    if others and not (decision.is_valid() and decision.cleaned_data["finding"] == "different"):
        return _fill_again(request, form, others, decision)
    grounds = decision.cleaned_data["grounds"] if others else ""
    try:
        person, report = single.register(
            form.cells(), form.university, _condition(form), by=request.user, different_from=others, grounds=grounds
        )
    except FileRefused as refused:
        form.take_up(refused.faults)
    except Unacceptable as fault:
        form.add_error("condition_proof", str(fault.message))
    else:
        _remember(request, str(form.cleaned_data["token"]), person.pk)
        for notice in report.warnings:
            messages.info(request, f"{notice.column}：{notice.message}")
        return redirect("registration:done", person.pk)
    return _fill_again(request, form, others, decision)


def _fill_again(request: SignedRequest, form: SingleForm, others: list[Candidate], decision: DecisionForm) -> HttpResponse:
    """The form with what is wrong; beside it who may be the same person and what was decided about them."""
    for other in others:
        _looked_at(other)
    if not others:
        return _fill(request, form)
    return _fill(request, form, others=_shown(request, others), decision=decision, same=_is_same(decision))


def _is_same(decision: DecisionForm) -> bool:
    return decision.is_bound and decision.is_valid() and decision.cleaned_data["finding"] == "same"


def _condition(form: RestrictionForm) -> Condition:
    cleaned = form.cleaned_data
    if cleaned.get("condition") == LATER:
        return Condition()
    return Condition(cleaned.get("condition_noted", "").strip(), cleaned.get("condition_proof"))


def _shown(request: SignedRequest, others: list[Candidate]) -> list[dict[str, Any]]:
    """Each of them masked, with the way to the record for whom the clerk may see."""
    reached = set(
        Candidate.objects.visible_to(request.user).filter(pk__in=[other.pk for other in others]).values_list("pk", flat=True)
    )
    return [
        {"person": other, "url": reverse("candidates:detail", args=[other.pk]) if other.pk in reached else ""} for other in others
    ]


def _looked_at(person: Candidate) -> None:
    record_read("registering", person, candidate_id=person.pk, purpose=_("报名登记时核对是否已有考籍"))


def _remember(request: SignedRequest, token: str, candidate_id: int) -> None:
    """Which form registered whom, so that the same one sent again leads to the same result."""
    done = [*request.session.get(DONE, {}).items(), (token, candidate_id)]
    request.session[DONE] = dict(done[-REMEMBERED:])


def _fill(request: SignedRequest, form: SingleForm, **more: Any) -> HttpResponse:
    context = {"form": form, "university": form.university, "crumbs": _crumbs(_("登记考生")), **more}
    asked = bool(form.errors or more)
    return render(request, "records/registration/single.html", context, status=422 if asked else 200)


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [(_("工作台"), reverse("desk")), (last, "")]


@reads("registering")
@permission_required(REGISTER, raise_exception=True)
@require_safe
def done(request: SignedRequest, pk: int) -> HttpResponse:
    """What came of it: name and numbers, and what is usually done next."""
    person = _registered_or_404(request, pk)
    record_read("registering", person, candidate_id=person.pk, purpose=_("报名登记"))
    registrations = person.registrations.select_related("major", "university").order_by("registered_on", "pk")
    context = {
        "person": person,
        "facts": _facts(person),
        "registrations": [{"registration": each, "state": condition_of(each)} for each in registrations],
        "ways": _ways(person),
        "crumbs": _crumbs(_("已登记")),
    }
    return render(request, "records/registration/single_done.html", context)


def _registered_or_404(request: SignedRequest, pk: int) -> Candidate:
    reached: QuerySet[Candidate] = Candidate.objects.visible_to(request.user).select_related("managing_university")
    return get_object_or_404(reached.prefetch_related("tickets"), pk=pk)


def _facts(person: Candidate) -> list[tuple[Any, Any]]:
    return [
        (_("姓名"), person.name),
        (_("准考证号"), person.ticket_number),
        (_("报名号"), person.registration_number),
        (_("考籍号"), person.record_number or _("尚未建立，第一门课程合格后建立")),
        (_("证件"), f"{person.get_document_kind_display()} {person.identity_mask}"),
        (_("主考院校"), person.managing_university.name),
    ]


def _ways(person: Candidate) -> list[dict[str, Any]]:
    """What is done next at the counter, as far as there is such a page."""
    ways = [
        (_("采集照片"), _("准考证和毕业证书用。"), "photos:one"),
        (_("打印准考证"), _("PDF，一页。"), "tickets:one"),
        (_("发账户启用单"), _("没有手机的考生凭单设密码。"), "candidates:slip"),
        (_("增报专业"), _("不发新的准考证。"), "registration:second"),
    ]
    return [{"title": title, "text": text, "url": url} for title, text, name in ways if (url := _address(name, person.pk))]


def _address(name: str, pk: int) -> str:
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def condition_of(registration: Registration) -> Any:
    """How it stands with the restriction of the major: checked, still open, or "" for a major without one."""
    if registration.proof_checked_at is not None:
        return _("条件已核对")
    plan = choices()[registration.major.code].plan_on(registration.registered_on)
    return _("条件待补") if plan is not None and plan.entry_restriction else ""


@reads("registering")
@permission_required(REGISTER, raise_exception=True)
@require_http_methods(["GET", "POST"])
def second(request: SignedRequest, pk: int) -> HttpResponse:
    """A further major at the clerk's university for somebody on record; the ticket stays the same."""
    person = _registered_or_404(request, pk)
    record_read("registering", person, candidate_id=person.pk, purpose=_("增报专业"))
    form = MajorForm(*_sent(request), university=_university(request))
    form.order_fields(["major", "registered"])
    if request.method == "POST" and form.is_valid():
        cells = single.cells_of(person, major=form.cleaned_data["major"], registered=form.cleaned_data["registered"])
        try:
            single.register(cells, form.university, _condition(form), by=request.user)
        except FileRefused as refused:
            for fault in refused.faults:
                form.add_error("registered" if fault.column == columns.REGISTERED else "major", fault.message)
        except Unacceptable as fault:
            form.add_error("condition_proof", str(fault.message))
        else:
            messages.success(request, _("已报考，准考证号不变。"))
            return redirect("registration:done", person.pk)
    context = {"form": form, "person": person, "crumbs": _crumbs(_("增报专业"))}
    return render(request, "records/registration/single_second.html", context, status=422 if form.errors else 200)


class ProofForm(RestrictionForm):
    """The proof that was still to come."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["condition"] = "seen"
        self.check_condition(_("入学限制"))
        return cleaned


@reads("registering")
@permission_required(REGISTER, raise_exception=True)
@require_http_methods(["GET", "POST"])
def condition(request: SignedRequest, pk: int) -> HttpResponse:
    """What the candidate brings later for the restriction of a major, checked by a clerk of the university that registered it."""
    mine = Registration.objects.filter(university__in=request.user.reach.universities, candidate__merged_into__isnull=True)
    registration = get_object_or_404(mine.select_related("candidate", "major"), pk=pk)
    restriction = _restriction(registration)
    if not restriction:
        raise Http404(pk)
    record_read("registering", registration.candidate, candidate_id=registration.candidate_id, purpose=_("核对报考条件"))
    form = ProofForm(*_sent(request))
    del form.fields["condition"]
    if request.method == "POST" and form.is_valid():
        try:
            single.note_condition(registration, _condition(form), by=request.user)
        except Unacceptable as fault:
            form.add_error("condition_proof", str(fault.message))
        else:
            messages.success(request, _("已记入：报考条件的证明已核对。"))
            return redirect("registration:done", registration.candidate_id)
    context = {"form": form, "registration": registration, "restriction": restriction, "crumbs": _crumbs(_("核对报考条件"))}
    return render(request, "records/registration/single_condition.html", context, status=422 if form.errors else 200)


def _restriction(registration: Registration) -> str:
    plan = choices()[registration.major.code].plan_on(registration.registered_on)
    return plan.entry_restriction if plan is not None else ""
