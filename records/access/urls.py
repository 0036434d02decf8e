"""Addresses of leave to look."""

from django.urls import URLPattern, path

from records.access import views

app_name = "access"

urlpatterns: list[URLPattern] = [
    path("", views.case_list, name="list"),
    path("new/", views.new, name="new"),
    path("new/<slug:way>/", views.fill, name="fill"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/sheet/", views.printed, name="sheet"),
    path("<int:pk>/steps/<slug:name>/", views.step, name="step"),
]
