"""Addresses of the graduation app."""

from django.urls import URLPattern

app_name = "graduation"

urlpatterns: list[URLPattern] = []
