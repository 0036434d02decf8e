"""The page of one request: facts, the records that it covers, for the head also how it was used; and its printed form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.pages import Action, CasePage, Pressed, case_page
from audit.timeline import Line
from audit.trail import record_read
from audit.workflow import NotNow, Refused
from records.access.forms import STEP_FORMS
from records.access.heads import heads_at
from records.access.leaves import end_in_words
from records.access.models import AccessRecord, AccessRequest, AccessStatus
from records.access.naming import covered, hits_of, in_words
from records.access.rules import somebody_may_decide
from records.access.use import covered_by, never_opened, use_of
from records.access.workflow import LEAVE, URGENT_LOOK
from records.people.requests import SignedRequest
from records.settings.values import value_of

SHOWN_RECORDS = 50
PARTIES = ("requester", "office")


def word_of(case: AccessRequest) -> Any:
    """The status in words; granted leave whose time has run out says so."""
    if case.is_over and case.status == AccessStatus.GRANTED:
        return _("已到期")
    return LEAVE.word_of(case.status)


def page(
    request: SignedRequest,
    case: AccessRequest,
    *,
    refusal: Refused | None = None,
    pressed: Pressed | None = None,
    form: Any = None,
    status: int = 200,
) -> HttpResponse:
    """The case's page; ``form`` is the one of the step that was just sent with faults. Everybody leaves a line in the trail."""
    own = case.requester_id == request.user.pk
    record_read("case", case, purpose=case.case_number, records=covered(case, most=_most(case)))
    context = {
        "request_case": case,
        "own": own,
        "case": _case(request, case, pressed, form),
        "facts": facts_of(case),
        "in_force": case.is_in_force,
        "records": _records(request, case),
        "opens": own and case.is_in_force,
        "with_names": case.is_in_force if own else True,
        "use": None if own or case.ends_at is None else use_of(case),
        "who_decides": _who_decides(case) if own else [],
        "problems": refusal.problems if refusal else [],
        "moved_on": isinstance(refusal, NotNow),
        "crumbs": [(_("工作台"), reverse("desk")), (_("查阅申请"), reverse("access:list")), (case.case_number, "")],
    }
    return render(request, "records/access/detail.html", context, status=409 if refusal else status)


def _most(case: AccessRequest) -> int:
    return int(value_of("access.most_hits" if case.query else "access.most_records", office_id=case.office_id)) + 1


def _case(request: SignedRequest, case: AccessRequest, pressed: Pressed | None, form: Any) -> CasePage:
    drawn = case_page(
        URGENT_LOOK if case.urgent_reason else LEAVE,
        case,
        request.user,
        url_of=lambda name: reverse("access:step", args=[case.pk, name]),
        days={AccessStatus.HEAD: value_of("desk.days.access")},
        pressed=pressed,
        more=_links(request, case),
    )
    drawn = replace(drawn, status=word_of(case), actions=[_with_form(action, case, form) for action in drawn.actions])
    if case.status == AccessStatus.GRANTED and case.ends_at is not None:
        drawn = replace(drawn, events=[_until(case), *drawn.events[1:]], barred=drawn.barred if case.is_in_force else [])
    return drawn


def _until(case: AccessRequest) -> Line:
    """In place of 已批准, which the step below says already: until when, or that it is over."""
    assert case.ends_at is not None
    words = _("到%(end)s，自动收回") if case.is_in_force else _("%(end)s自动收回")
    return Line(_("查阅期内") if case.is_in_force else _("已到期"), words % {"end": end_in_words(case.ends_at)}, is_now=True)


def _with_form(action: Action, case: AccessRequest, sent: Any) -> Action:
    """The action as it stands, with its form where the step writes down facts."""
    form = STEP_FORMS.get(action.name)
    return action if form is None else replace(action, form=sent or form(case=case), confirm=_("确认"))


def _links(request: SignedRequest, case: AccessRequest) -> list[Action]:
    """The requester's way to change a draft."""
    if case.status != AccessStatus.DRAFT or case.requester_id != request.user.pk:
        return []
    url = reverse("access:edit", args=[case.pk])
    return [Action("edit", _("修改草稿"), url, "outline-primary", "", _("改查阅范围、用途、天数。"), is_link=True)]


def facts_of(case: AccessRequest) -> list[tuple[Any, ...]]:
    """Label and value; a true third value is a full line."""
    facts: list[tuple[Any, ...]] = [
        (_("申请人"), str(case.requester)),
        (_("机构"), case.office.title),
        (_("查阅范围"), scope_in_words(case)),
        (_("期限"), _term(case)),
        (_("用途"), case.purpose, True),
    ]
    if case.urgent_reason:
        facts.append((_("为什么等不及审批"), case.urgent_reason, True))
    if case.review_finding:
        facts.append((_("复核结论"), case.get_review_finding_display()))
    return facts


def scope_in_words(case: AccessRequest) -> str:
    """逐份写明，3份; or the query with how many records it means."""
    count = _("%(count)s份") % {"count": covered(case, most=_most(case))}
    if not case.query:
        return _("逐份写明，%(count)s") % {"count": count}
    words = in_words(case.query)
    if case.records.exists():
        return _("%(query)s，批准时查到%(count)s") % {"query": words, "count": count}
    return _("%(query)s，现在查到%(count)s") % {"query": words, "count": count}


def _term(case: AccessRequest) -> str:
    if case.ends_at is not None:
        return _("到%(end)s") % {"end": end_in_words(case.ends_at)}
    if case.urgent_reason:
        return _("打开后%(hours)s小时") % {"hours": value_of("access.urgent_hours", office_id=case.office_id)}
    return _("批准后%(days)s天") % {"days": case.days}


def _who_decides(case: AccessRequest) -> list[str]:
    """The heads who may decide a request, by name; else what has to happen first."""
    if case.status not in (AccessStatus.DRAFT, AccessStatus.HEAD):
        return []
    heads = heads_at(case.office_id).exclude(person=case.requester_id).select_related("person").order_by("person_id")
    names = list(dict.fromkeys(str(head.person) for head in heads))
    return names or [" ".join(str(part) for part in (each.message, each.next_step)) for each in somebody_may_decide(case)]


def _records(request: SignedRequest, case: AccessRequest) -> dict[str, Any]:
    """A page of the records: by key; ``?unopened=1`` leaves those never opened. Of an undecided query there are none yet."""
    unopened = request.GET.get("unopened") == "1" and case.ends_at is not None
    lines = (never_opened(case) if unopened else case.records.all()).select_related("candidate__managing_university")
    after = request.GET.get("after", "")
    key = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    found: list[AccessRecord] = list(lines.filter(pk__gt=key).order_by("pk")[: SHOWN_RECORDS + 1])
    shown = found[:SHOWN_RECORDS]
    kept = "unopened=1&" if unopened else ""
    return {
        "lines": covered_by(case, shown),
        "is_waiting_for_a_decision": bool(case.query) and case.ends_at is None,
        "hits": hits_of(case.query)[: _most(case)].count() if case.query and case.ends_at is None else None,
        "unopened": unopened,
        "pages": {
            "shown": len(shown),
            "unit": _("份"),
            "previous_url": f"?{kept}".rstrip("&") if key else "",
            "next_url": f"?{kept}after={shown[-1].pk}" if len(found) > SHOWN_RECORDS else "",
        },
    }


def sheet(request: SignedRequest, case: AccessRequest) -> HttpResponse:
    """查阅审批单, for the file: no names, the numbers as they were named."""
    record_read("case", case, purpose=case.case_number, records=covered(case, most=_most(case)), printed=True)
    decided = case.events.steps().filter(verb__in=["grant", "refuse", "urgent", "review", "end", "give-back"])
    asked = case.events.steps().filter(verb__in=["ask", "urgent"]).first()
    context = {
        "request_case": case,
        "facts": facts_of(case),
        "asked_at": asked.at if asked else None,
        "status": word_of(case),
        "decisions": [
            {"title": LEAVE.steps[event.verb].label, "who": event.actor, "as": case.words_of(event.capacity), "event": event}
            for event in decided.select_related("actor")
        ],
        "numbers": list(case.records.order_by("pk").values_list("number", flat=True)),
        "crumbs": [(case.case_number, reverse("access:detail", args=[case.pk])), (_("查阅审批单"), "")],
    }
    return render(request, "records/access/sheet.html", context)
