"""Addresses of the trail's pages."""

from django.urls import path

from config.trail import export_views, seal_views, views

app_name = "trail"

urlpatterns = [
    path("", views.trail_list, name="list"),
    path("purpose/", views.purpose, name="purpose"),
    path("events/<int:pk>/", views.event, name="event"),
    path("exports/new/", export_views.new, name="export-new"),
    path("exports/<int:pk>/", export_views.export_page, name="export"),
    path("exports/<int:pk>/archive/", export_views.download, name="download"),
    path("seals/", seal_views.seal_list, name="seals"),
    path("seals/verify/", seal_views.verify, name="verify"),
    path("seals/check/", seal_views.check, name="seal-check"),
]
