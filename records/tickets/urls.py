"""Addresses of admission tickets."""

from django.urls import URLPattern, path

from records.tickets import views

app_name = "tickets"

urlpatterns: list[URLPattern] = [
    path("space/ticket/", views.own, name="own"),
    path("tickets/candidates/<int:pk>/", views.one, name="one"),
    path("tickets/", views.batch_new, name="batch-new"),
    path("tickets/batches/<int:pk>/", views.batch, name="batch"),
    path("tickets/batches/<int:pk>/file/", views.batch_file, name="batch-file"),
]
