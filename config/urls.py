"""Every address of Kaoji. The names that pages link to stand here and in the apps' own ``urls.py``."""

from django.urls import URLPattern, URLResolver, include, path

from config import candidates

CANDIDATES = [
    path("", candidates.candidate_list, name="list"),
    path("<int:pk>/", candidates.candidate_record, name="detail"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("candidates/", include((CANDIDATES, "candidates"))),
    path("documents/", include("records.documents.urls")),
    path("jobs/", include("records.jobs.urls")),
    path("scores/", include("scores.urls")),
    path("exemptions/", include("exemptions.urls")),
    path("graduation/", include("graduation.urls")),
]
