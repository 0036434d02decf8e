"""Addresses of the exemptions app."""

from django.urls import URLPattern, path

from exemptions import views

app_name = "exemptions"

urlpatterns: list[URLPattern] = [
    path("", views.case_list, name="list"),
    path("new/", views.start, name="start"),
    path("new/<int:credential>/<int:registration>/", views.courses, name="courses"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/complete/", views.complete, name="complete"),
    path("<int:pk>/steps/<slug:name>/", views.step, name="step"),
]
