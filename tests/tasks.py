"""Tasks that only the tests' worker knows."""

import os
import time

import structlog
from celery import shared_task
from django.contrib.auth.models import Group
from django.db import connection
from structlog.contextvars import get_contextvars


@shared_task(name="tests.note")
def note(name: str) -> None:
    """Leave behind who worked: a group named ``name | database role | process | request id``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
    Group.objects.create(name=f"{name}|{role}|{os.getpid()}|{get_contextvars().get('request_id')}")


@shared_task(name="tests.linger")
def linger(name: str, seconds: float) -> None:
    """Start, take ``seconds``, and only then leave something behind."""
    structlog.get_logger(__name__).info("lingering")
    time.sleep(seconds)
    Group.objects.create(name=name)
