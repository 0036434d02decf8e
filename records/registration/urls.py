"""Addresses of registration: one person at the counter (``single``), many by file."""

from django.urls import URLPattern, path

from records.registration import single_views

app_name = "registration"

urlpatterns: list[URLPattern] = [
    path("new/", single_views.new, name="new"),
    path("candidates/<int:pk>/", single_views.done, name="done"),
    path("candidates/<int:pk>/second/", single_views.second, name="second"),
    path("conditions/<int:pk>/", single_views.condition, name="condition"),
]
