"""Celery's entrance to the sealing of the trail."""

from celery import shared_task

from audit.seals import seal_trail


@shared_task(name="audit.seal", ignore_result=True)
def seal() -> None:
    """Seal what has become final."""
    seal_trail()
