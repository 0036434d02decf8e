"""Addresses of sittings: staff's under ``scores/sittings/``, a candidate's own in the personal space."""

from django.urls import URLPattern, path, register_converter

from scores.sittings import batch_views, own_views, views

app_name = "sittings"


class SittingName:
    """``2026-10``."""

    regex = r"[0-9]{4}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SittingName, "sitting")

urlpatterns: list[URLPattern] = [
    path("scores/sittings/", views.sitting_list, name="list"),
    path("scores/sittings/batches/", batch_views.batch_list, name="batches"),
    path("scores/sittings/batches/new/", batch_views.upload, name="upload"),
    path("scores/sittings/batches/<int:pk>/", batch_views.detail, name="batch"),
    path("scores/sittings/batches/<int:pk>/confirm/", batch_views.confirm, name="confirm"),
    path("scores/sittings/batches/<int:pk>/undo/", batch_views.undo_batch, name="undo"),
    path("scores/sittings/batches/<int:pk>/faults.xlsx", batch_views.faults, name="faults"),
    path("scores/sittings/registrations/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("scores/sittings/<sitting:name>/", views.detail, name="detail"),
    path("scores/sittings/<sitting:name>/registered/", views.registered, name="registered"),
    path("scores/sittings/<sitting:name>/registered.xlsx", views.registered_export, name="registered-export"),
    path("scores/sittings/<sitting:name>/missing/", views.missing, name="missing"),
    path("scores/sittings/<sitting:name>/missing.xlsx", views.missing_export, name="missing-export"),
    path("scores/sittings/<sitting:name>/register/", views.register, name="register"),
    path("scores/sittings/<sitting:name>/times/", views.times, name="times"),
    path("space/sittings/", own_views.own, name="own"),
    path("space/sittings/<sitting:name>/slip.pdf", own_views.slip, name="slip"),
]
