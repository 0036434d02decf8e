"""Addresses of corrections."""

from django.urls import URLPattern, path

from records.corrections import counter, kind_views, printing, views

app_name = "corrections"

urlpatterns: list[URLPattern] = [
    path("", views.case_list, name="list"),
    path("new/", views.kinds, name="kinds"),
    path("new/<slug:code>/", views.new, name="new"),
    path("counter/", counter.counter, name="counter"),
    path("counter/<int:candidate>/", counter.counter_kinds, name="counter-kinds"),
    path("counter/<int:candidate>/<slug:code>/", counter.counter_new, name="counter-new"),
    path("kinds/", kind_views.kind_list, name="kind-list"),
    path("kinds/<slug:code>/", kind_views.kind_edit, name="kind-edit"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/print/", printing.printed, name="print"),
    path("<int:pk>/steps/<slug:name>/", views.step, name="step"),
]
