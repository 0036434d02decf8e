"""Addresses of snapshots."""

from django.urls import URLPattern, path

from scores.preservation import views

app_name = "snapshots"

urlpatterns: list[URLPattern] = [
    path("", views.snapshot_list, name="list"),
    path("make/", views.make, name="make"),
    path("<int:pk>.zip", views.download, name="download"),
]
