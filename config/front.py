"""What a visitor sees first: the home page with its three doors, notices and the calendar of windows; light and dark."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audit.reads import reads_nothing
from config.wording import written_date, written_moment, written_month_day, written_weekday
from records.notices.models import Notice, Window
from records.themes import THEME_COOKIE, THEMES
from scores.models import Publication

SHOWN = 5
PAGE = 20
THEME_SECONDS = 365 * 24 * 3600


@reads_nothing
@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Three doors, what is announced, what may be applied for."""
    latest = _latest_publication()
    context = {
        "line": _line_of_today(latest),
        "coming_results": coming_results(),
        "doors": _doors(latest),
        "windows": Window.objects.not_over(timezone.localdate())[:SHOWN],
        "notices": [line_of(notice) for notice in Notice.objects.published()[:SHOWN]],
        "today": timezone.localdate(),
    }
    return render(request, "config/home.html", context)


def _latest_publication() -> Publication | None:
    """The written marks that came out last, of the latest sitting that has any."""
    out = Publication.objects.filter(published_at__lte=timezone.now(), kind=Publication.Kind.WRITTEN)
    return out.select_related("sitting").order_by("-sitting__name", "published_at").first()


def coming_results() -> list[dict[str, Any]]:
    """Results whose minute the office has announced, the next one first, as lines of a list."""
    announced = Publication.objects.announced().select_related("sitting")[:SHOWN]
    return [
        {
            "text": _("%(publication)s成绩") % {"publication": each},
            "value": _("%(moment)s起可查") % {"moment": written_moment(each.announced_at)},
        }
        for each in announced
    ]


def _line_of_today(latest: Publication | None) -> str:
    today = timezone.localdate()
    line = _("今天是%(date)s，%(weekday)s。") % {"date": written_date(today), "weekday": written_weekday(today)}
    if latest is None or latest.published_at is None:
        return line
    out_on = timezone.localdate(latest.published_at)
    written = written_month_day(out_on) if out_on.year == today.year else written_date(out_on)
    return line + _("%(sitting)s考试成绩已于%(date)s公布。") % {"sitting": latest.sitting, "date": written}


def _doors(latest: Publication | None) -> list[dict[str, Any]]:
    scores = {
        "title": _("查询成绩"),
        "text": _("凭准考证号和证件号码，查最近一次考试"),
        "now": _("%(sitting)s考试成绩已公布") % {"sitting": latest.sitting} if latest else "",
        "url": reverse("scores-lookup"),
    }
    return [
        {"title": _("查询考籍号"), "text": _("凭姓名和证件号码，不用登录"), "url": reverse("lookup")},
        scores,
        {"title": _("个人空间"), "text": _("登录后查看全部考籍、毕业进度，办理免考和毕业"), "url": reverse("space")},
    ]


def line_of(notice: Notice) -> dict[str, Any]:
    """A notice as a line of a list (``components/_lines.html``)."""
    return {"date": timezone.localtime(notice.published_at), "text": notice.title, "url": reverse("notice", args=[notice.pk])}


@reads_nothing
@login_not_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """All notices by page, and the windows of this year and after."""
    today = timezone.localdate()
    number = request.GET.get("page", "1")
    page = max(int(number), 1) if number.isascii() and number.isdecimal() and len(number) < 5 else 1
    found = list(Notice.objects.published()[(page - 1) * PAGE : page * PAGE + 1])
    if not found and page > 1:
        raise Http404
    pages = {
        "shown": len(found[:PAGE]),
        "unit": _("条"),
        "previous_url": f"?page={page - 1}" if page > 1 else "",
        "next_url": f"?page={page + 1}" if len(found) > PAGE else "",
    }
    context = {
        "notices": [line_of(notice) for notice in found[:PAGE]],
        "pages": pages if pages["previous_url"] or pages["next_url"] else None,
        "windows": Window.objects.since(today.year),
        "coming_results": coming_results(),
        "today": today,
    }
    return render(request, "config/notices.html", context)


@reads_nothing
@login_not_required
@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice; drafts and those of tomorrow are not there."""
    found = get_object_or_404(Notice.objects.published().select_related("office"), pk=pk)
    return render(request, "config/notice.html", {"notice": found})


@reads_nothing
@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is stored of people, who sees it, what they can do about it."""
    return render(request, "config/privacy.html")


@reads_nothing
@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What people with disabilities can count on, and where they get help."""
    return render(request, "config/accessibility.html")


@reads_nothing
@require_POST
@login_not_required
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the reader's choice of light or dark; anything else goes by the reader's system. Back to where the reader was."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    response = redirect(wanted if is_ours else "home")
    chosen = request.POST.get("theme")
    if chosen not in THEMES:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
        return response
    response.set_cookie(THEME_COOKIE, chosen, max_age=THEME_SECONDS, secure=settings.SECURE, httponly=True, samesite="Lax")
    return response
