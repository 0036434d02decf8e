"""The style pages, and stand-ins for the addresses that the skeletons link to."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path

from tests.look import pages


def theme(request: HttpRequest) -> HttpResponse:
    """Keep the reader's choice, as the house's own view does."""
    response = HttpResponseRedirect(request.POST.get("next", "/"))
    response.set_cookie("theme", request.POST["theme"])
    return response


LINKS = ("scores-lookup", "sign-in", "sign-out", "verify", "notices", "universities", "privacy", "accessibility")
OWN = ("passed-courses", "applications", "reads")

urlpatterns = [
    path("", pages.show, {"page": "home"}, name="home"),
    path("lookup/", pages.show, {"page": "lookup"}, name="lookup"),
    path("space/", pages.show, {"page": "space"}, name="space"),
    path("progress/", pages.show, {"page": "progress"}, name="progress"),
    path("desk/", pages.show, {"page": "desk"}, name="desk"),
    path("theme/", theme, name="theme"),
    path("pages/<slug:page>/", pages.show, name="page"),
    path("errors/<slug:page>/", pages.error, name="error"),
    path("candidates/", include(([path("", pages.show, {"page": "desk"}, name="list")], "candidates"))),
    *(path(f"{name}/", pages.show, {"page": "home"}, name=name) for name in (*LINKS, *OWN)),
]
