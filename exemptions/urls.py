"""Addresses of the exemptions app."""

from django.urls import URLPattern

app_name = "exemptions"

urlpatterns: list[URLPattern] = []
