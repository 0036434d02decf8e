"""Addresses of certificates: for everybody, for the candidate, for staff."""

from django.urls import URLPattern, URLResolver, include, path

from records.certificates import batch_views, own_views, public_views, views

STAFF: list[URLPattern] = [
    path("", views.certificate_list, name="list"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/file/", views.file, name="file"),
    path("<int:pk>/revoke/", views.revoke_one, name="revoke"),
    path("issue/<int:candidate>/", views.issue_one, name="issue"),
    path("issue/<int:candidate>/<slug:kind>/", views.issue_one, name="issue-kind"),
    path("batches/new/", batch_views.new, name="batch-new"),
    path("batches/<int:pk>/", batch_views.batch, name="batch"),
    path("batches/<int:pk>/archive/", batch_views.archive, name="archive"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("verify/", public_views.verify, name="verify"),
    path("verify/file/", public_views.verify_file, name="verify-file"),
    path("space/certificates/", own_views.own_list, name="own-certificates"),
    path("space/certificates/new/<slug:kind>/", own_views.own_new, name="own-certificate-new"),
    path("space/certificates/<slug:number>/file/", own_views.own_file, name="own-certificate-file"),
    path("certificates/", include((STAFF, "certificates"))),
]
