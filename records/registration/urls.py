"""Addresses of registration: one person at the counter (``single``), many by file."""

from django.urls import URLPattern

app_name = "registration"

urlpatterns: list[URLPattern] = []
