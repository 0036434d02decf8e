"""Addresses of reviews."""

from django.urls import URLPattern, path

from scores.reviews import list_views, views

app_name = "reviews"

urlpatterns: list[URLPattern] = [
    path("", views.case_list, name="list"),
    path("export.xlsx", list_views.export, name="export"),
    path("batch/<slug:step>/", list_views.batch, name="batch"),
    path("batch/results/<int:pk>/", list_views.batch_result, name="batch-result"),
    path("new/", views.choose, name="choose"),
    path("new/<int:mark>/", views.new, name="new"),
    path("counter/<int:candidate>/", views.counter, name="counter"),
    path("counter/<int:candidate>/<int:mark>/", views.counter_new, name="counter-new"),
    path("office/<int:candidate>/", views.office, name="office"),
    path("office/<int:candidate>/<int:mark>/", views.office_new, name="office-new"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/letter.pdf", views.letter, name="letter"),
    path("<int:pk>/steps/<slug:name>/", views.step, name="step"),
]
