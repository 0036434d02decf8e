"""Addresses of records/jobs."""

from django.urls import path

from records.jobs import views

app_name = "jobs"

urlpatterns = [path("<int:pk>/", views.detail, name="detail")]
