"""The page of a publication that waits for its minute: what each person reads and may press, and what nobody else reads."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from records.models import Candidate, User
from scores.models import Mark, Publication
from scores.publishing import standing
from scores.publishing.approving import approve, publish_due
from scores.publishing.forms import MINUTE
from scores.publishing.publication import prepare
from tests.factories import CourseFactory
from tests.scores.files import entered, marks_file, ticket_of

pytestmark = pytest.mark.django_db

MINUTES = dt.timedelta(minutes=1)


@pytest.fixture
def asked(tmp_path: Path, candidate: Candidate, officer: User) -> Publication:
    CourseFactory(code="00015")
    publication = entered(marks_file(tmp_path, [(ticket_of(candidate), "00015", "83.7")])).publication
    assert publication is not None
    prepare(publication, by=officer, note="已核对")
    return publication


@pytest.fixture
def waiting(asked: Publication, second_officer: User) -> Publication:
    approve(asked, by=second_officer, minute=to_come(90), is_announced=True)
    return Publication.objects.get(pk=asked.pk)


def to_come(minutes: int) -> dt.datetime:
    """A whole minute, so many from now, by the office's clock."""
    return timezone.localtime().replace(second=0, microsecond=0) + minutes * MINUTES


def page(client: Client, publication: Publication) -> str:
    return client.get(reverse("scores:publication", args=[publication.pk])).content.decode()


def press(client: Client, publication: Publication, name: str, **typed: str) -> Any:
    return client.post(reverse("scores:publication-step", args=[publication.pk, name]), typed)


def buttons(text: str) -> set[str]:
    return set(re.findall(r"/publications/\d+/([\w-]+)/", text))


def test_who_asked_is_offered_to_send_back_alone_and_the_other_the_three_ways(
    client: Client, asked: Publication, officer: User, second_officer: User
) -> None:
    client.force_login(officer)
    assert buttons(page(client, asked)) == {"withdraw"}
    client.force_login(second_officer)
    assert buttons(page(client, asked)) == {"approve", "publish", "withdraw"}


def test_the_second_person_approves_a_minute_of_the_offices_clock(
    client: Client, asked: Publication, second_officer: User
) -> None:
    client.force_login(second_officer)
    minute = to_come(90)

    assert press(client, asked, "approve", minute=minute.strftime(MINUTE), is_announced="on").status_code == 302

    asked.refresh_from_db()
    assert (asked.announced_at, asked.is_announced, asked.published_at) == (minute, True, None)


@pytest.mark.parametrize(("minutes", "status"), [(0, 409), (1, 302), (60 * 24 * 60, 302), (60 * 24 * 60 + 1, 409)])
def test_a_minute_that_cannot_be_is_refused_with_what_was_typed(
    client: Client, asked: Publication, second_officer: User, minutes: int, status: int
) -> None:
    client.force_login(second_officer)
    minute = to_come(minutes).strftime(MINUTE)

    answer = press(client, asked, "approve", minute=minute)

    assert answer.status_code == status
    if status == 409:
        assert f'value="{minute}"' in answer.content.decode()
        assert Publication.objects.get(pk=asked.pk).approved_at is None


@pytest.mark.parametrize("typed", ["", "明天", "9999999-01-01T00:00"])
def test_what_is_no_minute_is_shown_as_a_fault_of_the_field(
    client: Client, asked: Publication, second_officer: User, typed: str
) -> None:
    client.force_login(second_officer)

    answer = press(client, asked, "approve", minute=typed)

    assert answer.status_code == 422
    assert "<details open>" in answer.content.decode()
    assert Publication.objects.get(pk=asked.pk).approved_at is None


def test_pressed_twice_the_second_is_told_that_it_has_moved_on(
    client: Client, waiting: Publication, second_officer: User
) -> None:
    client.force_login(second_officer)

    again = press(client, waiting, "approve", minute=to_come(120).strftime(MINUTE))

    assert again.status_code == 409
    assert "这次公布已不在这一步" in again.content.decode()
    assert Publication.objects.get(pk=waiting.pk).announced_at == waiting.announced_at


def test_while_it_waits_both_see_the_countdown_and_may_take_the_approval_back(
    client: Client, waiting: Publication, officer: User, second_officer: User
) -> None:
    for person in (officer, second_officer):
        client.force_login(person)
        text = page(client, waiting)
        assert buttons(text) == {"withdraw-approval"}
        assert re.search(r'data-minute="5\d\d\d"', text)
        assert "1小时29分钟" in text or "1小时30分钟" in text
        assert "待按时公布" in text
        assert "正在准备" in text
        assert "minute.js" in text


def test_taking_back_without_a_reason_shows_the_page_again(client: Client, waiting: Publication, officer: User) -> None:
    client.force_login(officer)

    assert press(client, waiting, "withdraw-approval", note=" ").status_code == 409
    assert press(client, waiting, "withdraw-approval", note="再核对").status_code == 302
    assert "待第二人确认" in page(client, waiting)
    assert press(client, waiting, "withdraw-approval", note="再核对").status_code == 409


@pytest.mark.parametrize(("seconds", "told"), [(59, False), (61, True)])
def test_a_minute_that_passed_without_publication_is_said_to_be_late_and_offers_nothing(
    client: Client, waiting: Publication, officer: User, seconds: int, told: bool
) -> None:
    Publication.objects.filter(pk=waiting.pk).update(announced_at=timezone.now() - dt.timedelta(seconds=seconds))
    client.force_login(officer)

    text = page(client, waiting)

    assert buttons(text) == set()
    assert "公布时间已到，不能再收回。" in text
    assert ("系统还没有公布" in text) is told
    assert not Mark.objects.exists()


def test_afterwards_the_page_says_how_late_it_came(client: Client, waiting: Publication, officer: User) -> None:
    Publication.objects.filter(pk=waiting.pk).update(announced_at=timezone.now() - dt.timedelta(hours=26, minutes=3, seconds=5))
    publish_due()
    client.force_login(officer)

    assert "实际晚了1天2小时3分钟" in page(client, waiting)


def test_the_desk_asks_nobody_to_confirm_what_is_approved(client: Client, asked: Publication, second_officer: User) -> None:
    client.force_login(second_officer)
    address = reverse("scores:publication", args=[asked.pk])
    assert address in client.get(reverse("desk")).content.decode()

    approve(asked, by=second_officer, minute=to_come(90), is_announced=False)

    assert address not in client.get(reverse("desk")).content.decode()
    assert "待按时公布" in client.get(reverse("scores:batches")).content.decode()


def test_nobody_outside_the_office_reads_of_a_minute_that_is_not_announced(
    client: Client, asked: Publication, second_officer: User, clerk: User, candidate_user: User
) -> None:
    minute = to_come(90)
    approve(asked, by=second_officer, minute=minute, is_announced=False)
    for person in (None, clerk, candidate_user):
        if person is not None:
            client.force_login(person)
        for name in ("home", "notices", "scores-lookup"):
            assert f"{minute:%-H}时{minute:%M}分起可查" not in client.get(reverse(name)).content.decode()


@pytest.mark.parametrize(
    ("span", "words"),
    [({"seconds": 59}, "不到1分钟"), ({"minutes": 1}, "1分钟"), ({"hours": 24}, "1天"), ({"days": 2, "hours": 3}, "2天3小时")],
)
def test_spans_are_written_as_people_say_them(span: dict[str, int], words: str) -> None:
    assert standing.in_words(dt.timedelta(**span)) == words


def test_every_task_of_the_schedule_is_one_that_workers_know_and_the_clock_has_a_queue_of_its_own() -> None:
    current_app.loader.import_default_modules()
    schedule = settings.CELERY_BEAT_SCHEDULE.values()

    assert {each["task"] for each in schedule} <= set(current_app.tasks)
    queues = [each.get("options", {}).get("queue") for each in schedule if each["task"] == "scores.publish_due"]
    assert sorted(queues, key=str) == [None, "clock"]
