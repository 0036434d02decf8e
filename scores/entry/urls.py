"""Addresses of keyed sheets."""

from django.urls import URLPattern, path

from scores.entry import keyed_views as views

app_name = "keying"

urlpatterns: list[URLPattern] = [
    path("", views.sheet_list, name="list"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/begin/", views.begin, name="begin"),
    path("<int:pk>/key/", views.key, name="key"),
    path("<int:pk>/finish/", views.finish, name="finish"),
    path("<int:pk>/give-up/", views.give_up, name="give-up"),
]
