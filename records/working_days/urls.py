"""Addresses of working days."""

from django.urls import URLPattern, path

from records.working_days import views

app_name = "working-days"

urlpatterns: list[URLPattern] = [
    path("", views.day_list, name="list"),
    path("<int:pk>/remove/", views.remove, name="remove"),
]
