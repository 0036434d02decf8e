"""The personal space (L2): who one is, what comes next, the seven kinds of the record; passed courses (L3); one's own cases.

Everything here is the signed-in candidate's own; whoever is no candidate finds nothing at these addresses.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.models import Event
from audit.reads import reads_nothing
from config.front import line_of
from config.looks import Look, looks_at, reads_of
from config.own_cases import own_cases
from config.passed import passed_courses_of
from config.record import Record, seven_kinds
from config.record_corrections import own_part_of
from config.record_parts import record_state
from config.space_calendar import by_month, coming_days
from config.space_cards import KINDS, Standing, card_of_reads, cards_of
from config.space_kinds import part_for
from config.space_next import next_steps, open_kinds_of
from config.wording import grouped_number
from graduation.auditing import Audit, Question, audit_many
from graduation.models import Diploma
from graduation.progress import lacking_items, wanting
from records.candidates.models import Candidate
from records.certificates.models import Certificate
from records.documents.models import Document
from records.documents.pages import listed
from records.lookups import counting
from records.messages.models import InboxMessage
from records.notices.models import Notice, Window
from records.people.models import User
from records.photos.models import PhotoSubmission
from scores.sittings.own import coming_of

DOCUMENTS = 200
NOTICES, DAYS = 3, 5
"""How many notices and coming days the front page of the record shows; the rest is behind their links."""


def own(request: HttpRequest) -> tuple[User, Candidate]:
    """The signed-in person and the person's own record; 404 for whoever has none."""
    person = request.user
    if not isinstance(person, User) or not person.candidate_id:
        raise Http404
    mine = Candidate.objects.visible_to(person).select_related("managing_university").prefetch_related("tickets")
    return person, mine.get(pk=person.candidate_id)


def who(candidate: Candidate, record: Record) -> dict[str, Any]:
    """The strip at the head of every page of one record."""
    number = grouped_number(candidate.record_number) if candidate.record_number else _("尚未建立")
    facts = [
        (_("考籍号"), number),
        (_("准考证号"), grouped_number(candidate.ticket_number) or _("尚未发给")),
        (_("主考院校"), candidate.managing_university),
    ]
    return {"name": candidate.name, "state": record_state(record), "facts": facts}


@reads_nothing
@require_safe
def space(request: HttpRequest) -> HttpResponse:
    """The front page of the record."""
    person, candidate = own(request)
    counting.count(counting.OWN_SPACE)
    record, cases = seven_kinds(candidate), own_cases(person)
    standing, coming = standing_of(candidate), coming_of(candidate)
    windows = Window.objects.not_over(timezone.localdate())[:20]
    cards = cards_of(record, candidate, cases, standing)
    context = {
        "who": who(candidate, record),
        "items": next_steps(
            record,
            cases,
            windows,
            standing,
            lacks_photo=_lacks_photo(candidate),
            unread=_unread(candidate),
            coming=coming,
        ),
        "cards": [*cards, card_of_reads(reads_of(candidate).count(), *_latest(looks_at(candidate, most=1)))],
        "notices": [line_of(notice) for notice in Notice.objects.published()[:NOTICES]],
        "days": coming_days(record, standing, open_kinds_of(cases), coming)[:DAYS],
    }
    return render(request, "config/space.html", context)


def _lacks_photo(candidate: Candidate) -> bool:
    """Whether there is neither a photo nor one that waits for a clerk."""
    waiting = PhotoSubmission.objects.filter(candidate=candidate, decision=PhotoSubmission.Decision.WAITING)
    return candidate.photo_id is None and not waiting.exists()


def _unread(candidate: Candidate) -> int:
    return InboxMessage.objects.filter(candidate=candidate, read_at__isnull=True).count()


def _latest(looks: list[Look]) -> tuple[Event | None, str]:
    return (looks[0].event, looks[0].who) if looks else (None, "")


def standing_of(candidate: Candidate) -> Standing | None:
    """How near the nearest of the candidate's open majors is that have a plan and no diploma yet; None without one."""
    had = Diploma.objects.filter(candidate=candidate, cancelled_at__isnull=True).values("major")
    registrations = (
        candidate.registrations.filter(closed_on__isnull=True, major__plans__isnull=False)
        .exclude(major__in=had)
        .select_related("major")
        .order_by("registered_on", "pk")
        .distinct()
    )
    audits = audit_many([Question(candidate, registration.major) for registration in registrations])
    return min((_standing_in(audit) for audit in audits), key=_lacking, default=None)


def _standing_in(audit: Audit) -> Standing:
    best = audit.verdict.best
    return Standing(str(audit.major), lacking_items(best), audit.verdict.credits_earned, best.credits_required, wanting(audit))


def _lacking(standing: Standing) -> int:
    return standing.lacking


@reads_nothing
@require_safe
def space_kind(request: HttpRequest, kind: str) -> HttpResponse:
    """One of the seven kinds (``KINDS``; the address lets no other through), whole."""
    person, candidate = own(request)
    counting.count(counting.OWN_SPACE)
    record = seven_kinds(candidate)
    parts = part_for(kind, record, candidate, own_cases(person))
    context = {
        "who": who(candidate, record),
        "kind": KINDS[kind],
        "parts": [*parts, own_part_of(candidate)] if kind == "personal" else parts,
    }
    return render(request, "config/space_kind.html", context)


@reads_nothing
@require_safe
def passed_courses(request: HttpRequest) -> HttpResponse:
    """L3: the written and practical marks of passed courses, where each credit comes from, every attempt on demand."""
    _person, candidate = own(request)
    counting.count(counting.OWN_COURSES)
    record = seven_kinds(candidate)
    courses = passed_courses_of(record)
    return render(request, "config/passed_courses.html", {"who": who(candidate, record), **courses})


@reads_nothing
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """办理日历: every window and result day from today on by month, with what concerns this candidate marked."""
    person, candidate = own(request)
    counting.count(counting.OWN_SPACE)
    record, cases = seven_kinds(candidate), own_cases(person)
    days = coming_days(record, standing_of(candidate), open_kinds_of(cases), coming_of(candidate))
    return render(request, "config/calendar.html", {"who": who(candidate, record), "months": by_month(days)})


@reads_nothing
@require_safe
def downloads(request: HttpRequest) -> HttpResponse:
    """What a candidate may keep or print: ticket, certificates, who looked, and the proofs handed in."""
    _person, candidate = own(request)
    counting.count(counting.OWN_SPACE)
    documents = Document.objects.filter(candidate=candidate, city_only=False).order_by("-uploaded_at", "-pk")[:DOCUMENTS]
    context = {
        "who": who(candidate, seven_kinds(candidate)),
        "certificates": Certificate.objects.filter(candidate=candidate).in_force().count(),
        "docs": listed(documents),
    }
    return render(request, "config/downloads.html", context)


@reads_nothing
@require_safe
def applications(request: HttpRequest) -> HttpResponse:
    """我的申请: every case of one's own, where it lies and since when."""
    person, candidate = own(request)
    counting.count(counting.OWN_CASE)
    record = seven_kinds(candidate)
    cases = own_cases(person)
    context = {
        "who": who(candidate, record),
        "open_cases": [case for case in cases if case.is_open],
        "ended_cases": [case for case in cases if not case.is_open],
    }
    return render(request, "config/applications.html", context)
