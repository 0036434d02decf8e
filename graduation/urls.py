"""Addresses of the graduation app."""

from django.urls import URLPattern, path

from graduation.views import applications, cohorts

app_name = "graduation"

urlpatterns: list[URLPattern] = [
    path("", applications.case_list, name="list"),
    path("new/", applications.new, name="new"),
    path("new/<slug:major>/", applications.fill, name="fill"),
    path("<int:pk>/", applications.detail, name="detail"),
    path("<int:pk>/edit/", applications.edit, name="edit"),
    path("<int:pk>/steps/<slug:name>/", applications.step, name="step"),
    path("cohorts/", cohorts.cohort_list, name="cohorts"),
    path("cohorts/<int:pk>/", cohorts.cohort, name="cohort"),
    path("cohorts/<int:pk>/<int:outcome>/", cohorts.outcome, name="outcome"),
]
