"""Views of the style pages: a template and its invented content."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template

from tests.look import content, forms, progress

PAGES: dict[str, Any] = {
    "home": content.HOME,
    "lookup": {},
    "result": {},
    "space": content.SPACE,
    "progress": progress.PROGRESS,
    "desk": content.DESK,
    "case": content.CASE,
    "batch": content.BATCH,
    "components": content.COMPONENTS,
}


def show(request: HttpRequest, page: str) -> HttpResponse:
    """One style page."""
    frame = content.frame(page)
    if page == "lookup":
        frame["form"] = forms.filled_lookup()
    if page == "components":
        messages.success(request, "草稿已保存")
        frame["forms"] = [forms.Everything(prefix="plain"), forms.faulty_everything()]
        frame["filters"] = forms.Filters({"sitting": "2026-10"})
    return render(request, f"look/{page}.html", {**frame, **PAGES[page]})


def error(request: HttpRequest, page: str) -> HttpResponse:
    """An error page as Django renders it: 400 and 500 know no request."""
    if page in {"400", "500"}:
        return HttpResponse(get_template(f"{page}.html").render())
    return render(request, f"{page}.html", {"problems": content.PROBLEMS} if page == "409" else {})
