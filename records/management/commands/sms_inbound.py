"""``manage.py sms_inbound --from PHONE --text TEXT``: hand in a text message as the SMS gateway would (L5)."""

from __future__ import annotations

import json
import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.test import RequestFactory
from django.urls import reverse

from records.messages import sending
from records.messages.answering import ANSWER
from records.messages.inbound import inbound
from records.messages.models import IncomingMessage, OutgoingMessage
from records.messages.signature import signed


class Command(BaseCommand):
    """Signs the message, gives it to the very view that the gateway posts to, and carries the answer."""

    help = "Hand in a text message as the SMS gateway would; answers go to the carrier (embedded: the file outbox)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--from``, ``--text``; ``--id`` is the gateway's number of the message, to hand one in twice."""
        parser.add_argument("--from", dest="sender", required=True)
        parser.add_argument("--text", required=True)
        parser.add_argument("--id", dest="number", default="")

    def handle(self, *args: Any, sender: str, text: str, number: str, **options: Any) -> None:
        """Prints the view's answer; exit 1 when it was not accepted."""
        number = number or f"command-{secrets.token_hex(8)}"
        body = json.dumps({"id": number, "from": sender, "text": text}).encode()
        headers = signed(body, settings.SMS_INBOUND_KEY)
        answer = inbound(RequestFactory().post(reverse("sms-inbound"), body, "application/json", headers=headers))
        if answer.status_code != 200:
            raise CommandError(f"not accepted: {answer.status_code}")
        self.stdout.write(answer.content.decode())
        for message in _answers(number):
            sending.deliver(message.pk)


def _answers(number: str) -> list[OutgoingMessage]:
    """What waits to be sent to the message's sender."""
    message = IncomingMessage.objects.get(gateway_number=number)
    own = Q(candidate=message.candidate_id, template=ANSWER) if message.candidate_id else Q(pk=message.answer_id)
    return list(OutgoingMessage.objects.filter(own, state=OutgoingMessage.State.WAITING).order_by("pk"))
