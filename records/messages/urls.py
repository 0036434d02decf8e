"""Addresses of messages: for staff, and the inbox in the personal space."""

from django.urls import URLPattern, path

from records.messages.views import batches, inbox, incoming, log

app_name = "messages"

urlpatterns: list[URLPattern] = [
    path("", batches.batch_list, name="list"),
    path("new/", batches.new, name="new"),
    path("<int:pk>/", batches.detail, name="detail"),
    path("<int:pk>/release/", batches.release, name="release"),
    path("<int:pk>/cancel/", batches.cancel, name="cancel"),
    path("incoming/", incoming.incoming, name="incoming"),
    path("log/", log.log, name="log"),
    path("log/<int:pk>/again/", log.again, name="again"),
]

INBOX: list[URLPattern] = [
    path("", inbox.inbox, name="inbox"),
    path("read/", inbox.read_all, name="inbox-read"),
    path("<int:pk>/", inbox.message, name="inbox-message"),
]
