"""Addresses of the scores app that are open to everybody."""

from django.urls import path

from scores.results import views

urlpatterns = [path("results/", views.lookup, name="scores-lookup")]
