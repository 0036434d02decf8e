"""The Celery application: ``celery -A config.celery worker`` and ``beat``."""

import os

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("kaoji")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def keep_the_logs_of_the_settings(**_: object) -> None:
    """Celery leaves logging alone when somebody listens here; Django has set it up with the settings."""
    settings.LOGGING  # noqa: B018 - reading it loads the settings
