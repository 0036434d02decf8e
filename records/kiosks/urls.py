"""Addresses at which an office looks after its terminals; the terminal's own are in ``config/urls.py``."""

from django.urls import URLPattern, path

from records.kiosks import views

app_name = "kiosks"

urlpatterns: list[URLPattern] = [
    path("", views.kiosk_list, name="list"),
    path("new/", views.put_up, name="new"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/renew/", views.renew, name="renew"),
    path("<int:pk>/close/", views.close, name="close"),
]
