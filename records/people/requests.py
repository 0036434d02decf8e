"""The request of somebody who has signed in, for the annotations of views that nobody else reaches."""

from django.http import HttpRequest

from records.people.models import User


class SignedRequest(HttpRequest):
    """A request behind ``LoginRequiredMiddleware``: ``user`` is a person. Never made; Django's requests are annotated with it."""

    user: User
