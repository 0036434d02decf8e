"""Addresses of the scores app that are open to everybody."""

from django.urls import path

from scores.views import results

urlpatterns = [path("results/", results.lookup, name="scores-lookup")]
