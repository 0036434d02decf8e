"""Addresses of rare names."""

from django.urls import URLPattern, path

from records.rare_names import views

app_name = "rare-names"

urlpatterns: list[URLPattern] = [
    path("", views.rare_name_list, name="list"),
    path("<int:pk>/", views.one, name="one"),
]
