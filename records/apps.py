"""Django's registration of the app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class RecordsConfig(AppConfig):
    """The records app."""

    name = "records"

    def ready(self) -> None:
        """Every app's ``moving`` says what becomes of its rows when two records become one (``merging/moving.py``), and its
        ``certifying`` which certificates it knows (``certificates/kinds.py``), its ``texting`` which text messages it answers
        (``messages/keywords.py``), its ``gaps`` what a plan
        still asks (``gaps.py``), its ``addressing`` by what messages to many choose
        their readers (``messages/choosing.py``)."""
        autodiscover_modules("moving", "certifying", "texting", "gaps", "addressing")
