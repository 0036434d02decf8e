"""Jobs go over the real broker to a real worker: another process, in the application's role."""

import os

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from structlog.contextvars import bound_contextvars

from tests.tasks import linger, note
from tests.working import Worker


def test_a_job_is_done_by_another_process_in_the_applications_role(worker: Worker):
    with bound_contextvars(request_id="a1b2"):
        note.delay("seen")
    worker.finish()

    _name, role, process, request_id = Group.objects.get(name__startswith="seen|").name.split("|")
    assert (role, request_id) == ("kaoji_app", "a1b2")
    assert int(process) != os.getpid()


def test_a_job_of_a_transaction_that_fails_is_not_done(worker: Worker):
    def fail_after_asking() -> None:
        with transaction.atomic():
            transaction.on_commit(lambda: note.delay("never"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_asking()
    worker.finish()

    assert not Group.objects.filter(name__startswith="never").exists()


def test_a_killed_workers_job_comes_back(worker: Worker):
    linger.delay("survived", 1.5)
    worker.see("lingering")
    worker.kill()
    assert not Group.objects.filter(name="survived").exists()

    worker.start()
    worker.finish()

    assert Group.objects.filter(name="survived").count() == 1
