"""Addresses of mergers."""

from django.urls import URLPattern, path

from records.merging import views

app_name = "merging"

urlpatterns: list[URLPattern] = [
    path("", views.case_list, name="list"),
    path("new/", views.new, name="new"),
    path("duplicates/<int:pk>/", views.from_duplicate, name="from-duplicate"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/steps/<slug:name>/", views.step, name="step"),
]
