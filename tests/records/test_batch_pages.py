"""The pages of files of candidates and of probable duplicates, as clerks and the city's officers use them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from audit.models import Event
from records import tasks  # noqa: F401 - registers the work of its jobs
from records.jobs import running
from records.models import Candidate, CandidateBatch, Job, Major, Office, ProbableDuplicate, User
from records.registration.batches import State
from records.registration.duplicates import decide
from tests.factories import CandidateFactory, MajorFactory, PlanFactory
from tests.records.candidate_files import person, write_csv

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> None:
    settings.KAOJI_HOME = tmp_path / "home"


@pytest.fixture(autouse=True)
def major(university: Office) -> Major:
    major = MajorFactory(code="X9999901", hosts=[university])
    PlanFactory(major=major)
    return major


@pytest.fixture
def as_clerk(client: Client, clerk: User) -> Client:
    client.force_login(clerk)
    return client


def send(client: Client, folder: Path, *people: dict[str, str]) -> str:
    """Upload a file and let the worker do what it has to; the address of the batch."""
    file = SimpleUploadedFile("新生.csv", write_csv(folder / "sent.csv", *people).read_bytes())
    answer: Any = client.post(reverse("registration:upload"), {"file": file})
    assert answer.status_code == 302
    work()
    return str(answer.url)


def work() -> None:
    for job in Job.objects.unfinished():
        running.run(job.pk)


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_from_the_upload_to_the_register_and_back(as_clerk: Client, clerk: User, tmp_path: Path) -> None:
    url = send(as_clerk, tmp_path, person(1), person(2))
    shown = page(as_clerk, url)
    assert "待确认" in shown
    assert "林知1" in shown
    assert person(1)["证件号码"] not in shown
    assert Candidate.objects.count() == 0

    assert as_clerk.post(f"{url}confirm/").status_code == 302
    assert "入库中" in page(as_clerk, url)
    work()
    assert "已入库" in page(as_clerk, url)
    assert Candidate.objects.count() == 2

    assert "取出的考生" in page(as_clerk, f"{url}undo/")
    assert as_clerk.post(f"{url}undo/", {"note": " "}).status_code == 422
    assert as_clerk.post(f"{url}undo/", {"note": "发错了文件"}).status_code == 302
    work()
    assert "已撤销" in page(as_clerk, url)
    assert Candidate.objects.count() == 0


def test_the_report_lists_every_fault_and_the_table_to_mend_has_them(as_clerk: Client, tmp_path: Path) -> None:
    url = send(as_clerk, tmp_path, person(1, 性别="?"), person(2, 专业代码="X0000000"))

    shown = page(as_clerk, url)

    assert "2行有2处错误" in shown
    answer = as_clerk.get(f"{url}faults.xlsx")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]  # type: ignore[attr-defined]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][-1] == "错误"
    assert "没有这个专业" in str(rows[2][-1])
    assert Event.objects.filter(kind="read", verb="export", details__export="candidate-faults").count() == 1


def test_the_same_file_again_leads_to_its_batch_and_says_so(as_clerk: Client, tmp_path: Path) -> None:
    url = send(as_clerk, tmp_path, person(1))

    again = send(as_clerk, tmp_path, person(1))

    assert again == f"{url}?again=1"
    assert "先前已经上传过" in page(as_clerk, again)
    assert CandidateBatch.objects.count() == 1


def test_a_changed_register_is_shown_instead_of_written(as_clerk: Client, tmp_path: Path, university: Office) -> None:
    url = send(as_clerk, tmp_path, person(1), person(2))
    other = send(as_clerk, tmp_path, person(2))
    as_clerk.post(f"{other}confirm/")
    work()

    as_clerk.post(f"{url}confirm/")
    work()

    shown = page(as_clerk, url)
    assert "核对以后登记册有了变化" in shown
    assert "原来2，现在1" in shown
    assert Candidate.objects.count() == 1


def test_what_stands_in_the_way_of_undoing_is_listed_by_person(as_clerk: Client, tmp_path: Path) -> None:
    url = send(as_clerk, tmp_path, person(1))
    as_clerk.post(f"{url}confirm/")
    work()
    Candidate.objects.update(address="别处")

    shown = page(as_clerk, f"{url}undo/")

    assert "整个批次不能撤销" in shown
    assert "资料改动" in shown
    assert as_clerk.post(f"{url}undo/", {"note": "发错了"}).status_code == 409
    assert CandidateBatch.objects.get().state == State.WRITTEN


def test_the_city_sees_the_batch_and_takes_no_step(client: Client, clerk: User, officer: User, tmp_path: Path) -> None:
    client.force_login(clerk)
    url = send(client, tmp_path, person(1))
    client.force_login(officer)

    shown = page(client, url)

    assert "确认入库" not in shown.partition("kj-cols")[2]
    for step in ("confirm", "discard"):
        assert client.post(f"{url}{step}/").status_code == 403
    assert CandidateBatch.objects.get().state == State.READY


def test_who_sees_the_rows_leaves_a_line(as_clerk: Client, clerk: User, tmp_path: Path) -> None:
    url = send(as_clerk, tmp_path, person(1))

    page(as_clerk, url)

    read = Event.objects.filter(kind="read", details__list="candidate-batch").latest("pk")
    assert (read.actor, read.note, read.details["shown"]) == (clerk, "核对考生批次", 1)


def test_the_list_costs_the_same_for_one_batch_and_for_twenty(
    as_clerk: Client, university: Office, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    send(as_clerk, tmp_path, person(1))
    page(as_clerk, reverse("registration:batches"))
    first = CandidateBatch.objects.get()
    for _ in range(20):
        CandidateBatch.objects.create(file=first.file, university=university, state=State.DISCARDED)

    with django_assert_max_num_queries(25):
        page(as_clerk, reverse("registration:batches"))


@pytest.fixture
def pair(university: Office) -> ProbableDuplicate:
    first, second = (CandidateFactory(name="林知", managing_university=university) for _ in range(2))
    return ProbableDuplicate.objects.create(first=first, second=second)


def test_two_people_are_shown_side_by_side_and_a_read_of_both_is_written(as_clerk: Client, pair: ProbableDuplicate) -> None:
    shown = page(as_clerk, reverse("registration:duplicate", args=[pair.pk]))

    for candidate in (pair.first, pair.second):
        assert candidate.identity_mask in shown
        assert candidate.identity_number not in shown
    reads = Event.objects.filter(kind="read", verb="duplicate").values_list("candidate_id", flat=True)
    assert set(reads) == {pair.first_id, pair.second_id}


@pytest.mark.parametrize("finding", ["same", "different"])
def test_a_clerk_decides_with_grounds(as_clerk: Client, clerk: User, pair: ProbableDuplicate, finding: str) -> None:
    url = reverse("registration:duplicate", args=[pair.pk])

    assert as_clerk.post(url, {"finding": finding, "grounds": ""}).status_code == 422
    assert as_clerk.post(url, {"finding": finding, "grounds": "核对过两本证件"}).status_code == 302

    pair.refresh_from_db()
    assert (pair.finding, pair.grounds, pair.found_by) == (finding, "核对过两本证件", clerk)
    assert "林知" not in page(as_clerk, reverse("registration:duplicates"))
    assert "林知" in page(as_clerk, f"{reverse('registration:duplicates')}?decided=1")


def test_grounds_hold_nobodys_number(as_clerk: Client, pair: ProbableDuplicate) -> None:
    url = reverse("registration:duplicate", args=[pair.pk])

    answer = as_clerk.post(url, {"finding": "same", "grounds": f"证件 {pair.first.identity_number}"})

    assert answer.status_code == 422
    pair.refresh_from_db()
    assert pair.finding == ""


def test_the_city_looks_at_a_pair_and_decides_nothing(client: Client, officer: User, pair: ProbableDuplicate) -> None:
    client.force_login(officer)
    url = reverse("registration:duplicate", args=[pair.pk])

    assert "记下判断" not in page(client, url)
    assert client.post(url, {"finding": "same", "grounds": "核对过"}).status_code == 403


def test_a_pair_of_another_university_is_not_there(client: Client, foreign_clerk: User, pair: ProbableDuplicate) -> None:
    client.force_login(foreign_clerk)

    assert client.get(reverse("registration:duplicate", args=[pair.pk])).status_code == 404
    assert "林知" not in page(client, reverse("registration:duplicates"))


def test_an_earlier_finding_stays_in_the_trail(clerk: User, pair: ProbableDuplicate) -> None:
    decide(pair, "different", "两个人都来过柜台", by=clerk)
    decide(pair, "same", "公安机关证明", by=clerk)

    changes = Event.objects.filter(kind="change", subject_table="records_probableduplicate", subject_id=pair.pk)
    assert changes.order_by("pk").last().details["before"]["finding"] == "different"  # type: ignore[union-attr]
