"""The staff's pages: who gets in, what a batch goes through in a browser, what nobody outside the office ever sees."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from records.imports.tabular import raw_rows
from records.jobs import running
from records.jobs.models import Job
from records.models import Candidate, Office, User
from scores.models import Mark, Publication, ScoreBatch, Sitting
from scores.publishing.publication import prepare
from scores.statistics.refreshing import refresh_statistics
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    MarkFactory,
    MunicipalityFactory,
    PublicationFactory,
    SittingFactory,
    UserFactory,
)
from tests.scores.files import SITTING, checked, entered, marks_file, published, ticket_of
from tests.working import Worker

pytestmark = pytest.mark.django_db

CANARY = "83.7"
HEADER = "准考证号,课程代码,成绩,标记,考点\n"


@pytest.fixture
def course() -> Any:
    return CourseFactory(code="00015")


@pytest.fixture
def batch(tmp_path: Path, candidate: Candidate, course: Any) -> ScoreBatch:
    return entered(marks_file(tmp_path, [(ticket_of(candidate), "00015", CANARY)]))


@pytest.fixture
def figures(university: Office, other_university: Office) -> None:
    """Published figures of two universities, marks 31 and 67."""
    publication = PublicationFactory(sitting=SittingFactory(name="2026-10"), sequence=8, published_at=timezone.now())
    for office, points in ((university, 31), (other_university, 67)):
        MarkFactory(publication=publication, candidate=CandidateFactory(managing_university=office), points=points)
    refresh_statistics(publication.sitting)


def send(client: Client, text: str, *, name: str = "marks.csv", **fields: str) -> HttpResponse:
    content = SimpleUploadedFile(name, text.encode())
    answer: Any = client.post(reverse("scores:upload"), {"sitting": SITTING, "kind": "written", "file": content, **fields})
    return answer


def addresses(batch: ScoreBatch) -> dict[str, tuple[str, str]]:
    """Every staff address of the app with the method that it takes."""
    pk, publication = batch.pk, batch.publication_id
    return {
        "batches": ("get", reverse("scores:batches")),
        "upload": ("get", reverse("scores:upload")),
        "batch": ("get", reverse("scores:batch", args=[pk])),
        "confirm": ("post", reverse("scores:confirm", args=[pk])),
        "undo": ("get", reverse("scores:undo", args=[pk])),
        "faults": ("get", reverse("scores:faults", args=[pk])),
        "publication": ("get", reverse("scores:publication", args=[publication])),
        "publication-step": ("post", reverse("scores:publication-step", args=[publication, "withdraw"])),
        "statistics": ("get", reverse("scores:statistics")),
        "sitting": ("get", reverse("scores:sitting", args=[SITTING])),
    }


EXPECTED = {
    # address: municipal O3, municipal O4, university's statistics, another university's, candidate, district counter
    "batches": (200, 403, 403, 403, 403, 403),
    "upload": (200, 403, 403, 403, 403, 403),
    "batch": (200, 403, 404, 404, 404, 404),
    "confirm": (409, 403, 404, 404, 404, 404),
    "undo": (200, 403, 404, 404, 404, 404),
    "faults": (404, 403, 404, 404, 404, 404),
    "publication": (200, 403, 404, 404, 404, 404),
    "publication-step": (409, 403, 404, 404, 404, 404),
    "statistics": (200, 403, 200, 200, 403, 403),
    "sitting": (200, 403, 200, 404, 404, 404),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_address_opens_to_whom_it_belongs(
    client: Client,
    batch: ScoreBatch,
    candidate: Candidate,
    officer: User,
    clerk: User,
    foreign_clerk: User,
    candidate_user: User,
    counter: User,
    name: str,
) -> None:
    MarkFactory(
        publication=PublicationFactory(sitting=batch.sitting, sequence=7, published_at=timezone.now()), candidate=candidate
    )
    refresh_statistics(batch.sitting)
    exemptions_only = UserFactory(office=MunicipalityFactory(), roles=["O4"])
    method, address = addresses(batch)[name]

    found = []
    for user in (officer, exemptions_only, clerk, foreign_clerk, candidate_user, counter):
        client.force_login(user)
        found.append(getattr(client, method)(address).status_code)

    assert tuple(found) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_signed_out_every_address_leads_to_the_sign_in(client: Client, batch: ScoreBatch, name: str) -> None:
    method, address = addresses(batch)[name]

    answer = getattr(client, method)(address)

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("sign-in"))


def test_no_byte_of_an_unpublished_mark_leaves_the_office(
    client: Client, batch: ScoreBatch, figures: None, clerk: User, candidate: Candidate, candidate_user: User
) -> None:
    CourseFactory(code="00015")
    for user in (clerk, candidate_user):
        client.force_login(user)
        for method, address in addresses(batch).values():
            assert CANARY.encode() not in getattr(client, method)(address).content
        assert CANARY.encode() not in client.get(reverse("scores:sitting", args=[SITTING]), {"format": "xlsx"}).content


def test_an_uploaded_file_is_checked_entered_and_published_by_two(
    client: Client, candidate: Candidate, course: Any, officer: User, second_officer: User
) -> None:
    client.force_login(officer)
    answer = send(client, f"{HEADER}{ticket_of(candidate)},00015,++,,\n")
    batch = ScoreBatch.objects.get()
    assert answer.headers["Location"] == reverse("scores:batch", args=[batch.pk])
    assert "校验中" in client.get(reverse("scores:batch", args=[batch.pk])).content.decode()
    running.run(batch.job_id)

    page = client.get(reverse("scores:batch", args=[batch.pk])).content.decode()
    assert "写入 1 个新成绩" in page
    assert client.post(reverse("scores:confirm", args=[batch.pk])).status_code == 302
    batch.refresh_from_db()
    running.run(batch.job_id)

    batch.refresh_from_db()
    steps = {name: reverse("scores:publication-step", args=[batch.publication_id, name]) for name in ("prepare", "publish")}
    assert client.post(steps["prepare"], {"note": ""}).status_code == 302
    alone = client.get(reverse("scores:publication", args=[batch.publication_id])).content.decode()
    assert "须由另一人确认" in alone
    assert steps["publish"] not in alone
    assert client.post(steps["publish"]).status_code == 403
    assert not Mark.objects.exists()

    client.force_login(second_officer)
    assert steps["publish"] in client.get(reverse("scores:publication", args=[batch.publication_id])).content.decode()
    assert client.post(steps["publish"]).status_code == 302
    assert client.post(steps["publish"]).status_code == 409
    running.run(Publication.objects.get().job_id)

    candidate.refresh_from_db()
    assert candidate.record_number
    assert "已公布" in client.get(reverse("scores:publication", args=[batch.publication_id])).content.decode()


def test_a_faulty_file_is_reported_row_by_row_and_can_be_taken_away(
    client: Client, candidate: Candidate, course: Any, officer: User, tmp_path: Path
) -> None:
    client.force_login(officer)
    send(client, f"{HEADER}{ticket_of(candidate)},00015,105,,\n{ticket_of(candidate)},00015,80,缺席,\n")
    batch = ScoreBatch.objects.get()
    running.run(batch.job_id)

    page = client.get(reverse("scores:batch", args=[batch.pk])).content.decode()
    assert "2行有3处错误" in page
    assert "<mark>105</mark>" in page
    assert "超出范围" in page

    answer: Any = client.get(reverse("scores:faults", args=[batch.pk]))
    (tmp_path / "report.xlsx").write_bytes(b"".join(answer.streaming_content))
    with raw_rows(tmp_path / "report.xlsx") as rows:
        lines = [cells for _row, cells in rows]
    assert lines[0] == ["准考证号", "课程代码", "成绩", "标记", "考点", "错误"]
    assert "超出范围" in str(lines[1][-1])
    batch.refresh_from_db()
    shown, taken = Event.objects.about(batch).filter(kind=Event.Kind.READ, actor=officer)
    assert (shown.verb, shown.details["shown"]) == ("list", batch.preview["faults"])
    assert (taken.verb, taken.details["rows"]) == ("export", batch.preview["rows"])
    assert taken.details["sha256"] == hashlib.sha256((tmp_path / "report.xlsx").read_bytes()).hexdigest()


def test_what_is_typed_wrong_on_the_upload_is_said_at_the_field(client: Client, officer: User) -> None:
    client.force_login(officer)

    answer = send(client, HEADER, sitting="2026-13")

    assert answer.status_code == 422
    assert "应写成 2026-10 的样子" in answer.content.decode()
    assert not ScoreBatch.objects.exists()


def test_the_same_file_sent_twice_leads_to_one_batch(client: Client, candidate: Candidate, course: Any, officer: User) -> None:
    client.force_login(officer)
    text = f"{HEADER}{ticket_of(candidate)},00015,80,,\n"

    first, second = send(client, text), send(client, text)

    assert second.headers["Location"] == first.headers["Location"] + "?again=1"
    assert ScoreBatch.objects.count() == 1
    assert Job.objects.count() == 1
    assert "先前已经上传过" in client.get(second.headers["Location"]).content.decode()


def test_a_batch_is_undone_after_a_look_at_what_that_destroys_and_with_a_reason(
    client: Client, batch: ScoreBatch, officer: User
) -> None:
    client.force_login(officer)
    address = reverse("scores:undo", args=[batch.pk])
    assert "取出的成绩" in client.get(address).content.decode()
    assert client.post(address, {"note": " "}).status_code == 422
    assert Mark.registry.count() == 1

    assert client.post(address, {"note": "传错了考次"}).status_code == 302
    batch.refresh_from_db()
    running.run(batch.job_id)

    assert not Mark.registry.exists()
    assert Event.objects.about(batch).steps().get(verb="undo").note == "传错了考次"


def test_undoing_what_is_asked_for_publication_is_refused_with_the_reason(
    client: Client, batch: ScoreBatch, officer: User, second_officer: User
) -> None:
    prepare(batch.publication, by=second_officer)
    client.force_login(officer)

    answer = client.post(reverse("scores:undo", args=[batch.pk]), {"note": "传错了"})

    assert answer.status_code == 409
    assert "请先退回公布" in answer.content.decode()
    assert Mark.registry.count() == 1


def test_progress_is_asked_for_until_the_work_is_done_and_then_the_page_comes_anew(
    client: Client, candidate: Candidate, course: Any, officer: User
) -> None:
    client.force_login(officer)
    send(client, f"{HEADER}{ticket_of(candidate)},00015,80,,\n")
    batch = ScoreBatch.objects.get()
    address = reverse("scores:batch", args=[batch.pk])

    page = client.get(address).content.decode()
    assert f'hx-get="{address}?part=progress"' in page
    assert "刷新进度" in page
    assert "hx-get" in client.get(address, {"part": "progress"}).content.decode()

    running.run(batch.job_id)
    assert client.get(address, {"part": "progress"}).headers["HX-Refresh"] == "true"
    assert "hx-get" not in client.get(address).content.decode()


def test_a_reason_that_was_typed_is_not_lost(client: Client, batch: ScoreBatch, officer: User, second_officer: User) -> None:
    client.force_login(officer)

    answer = client.post(reverse("scores:publication-step", args=[batch.publication_id, "withdraw"]), {"note": "要等第3考点"})

    assert answer.status_code == 409
    assert "要等第3考点" in answer.content.decode()


def test_a_step_that_does_not_exist_is_missing(client: Client, batch: ScoreBatch, officer: User) -> None:
    client.force_login(officer)

    assert client.post(reverse("scores:publication-step", args=[batch.publication_id, "delete"])).status_code == 404


def test_a_university_sees_the_figures_of_its_own_candidates_only(
    client: Client, figures: None, clerk: User, officer: User, university: Office, other_university: Office
) -> None:
    address = reverse("scores:sitting", args=[SITTING])
    client.force_login(clerk)
    mine = client.get(address).content.decode()
    assert university.name in mine
    assert other_university.name not in mine
    assert other_university.name not in client.get(address, {"university": other_university.code}).content.decode()

    client.force_login(officer)
    everything = client.get(address).content.decode()
    assert university.name in everything
    assert other_university.name in everything


def test_figures_are_narrowed_by_the_address(
    client: Client, figures: None, officer: User, university: Office, other_university: Office
) -> None:
    client.force_login(officer)
    address = reverse("scores:sitting", args=[SITTING])

    def registered(**chosen: str) -> int:
        figures = client.get(address, chosen).context["figures"]
        assert isinstance(figures.registered, int)
        return figures.registered

    course = Mark.objects.get(candidate__managing_university=university).course.code
    assert registered() == 2
    assert registered(university=university.code) == 1
    assert registered(course=course) == 1
    assert registered(university=other_university.code, course=course) == 0
    assert registered(university="nonsense") == 2


def test_the_table_sorts_by_every_figure_and_exports(client: Client, figures: None, officer: User, tmp_path: Path) -> None:
    client.force_login(officer)
    address = reverse("scores:sitting", args=[SITTING])
    for key in ("code", "present", "absent", "passed", "pass_rate", "mean", "stdev", "q1", "median", "q3"):
        up = [line.code for line in client.get(address, {"sort": key}).context["courses"]]
        down = [line.code for line in client.get(address, {"sort": f"-{key}"}).context["courses"]]
        assert sorted(up) == sorted(down)
    means = [line.figures.mean for line in client.get(address, {"sort": "-mean"}).context["courses"]]
    assert means == [67, 31]

    (tmp_path / "table.xlsx").write_bytes(client.get(address, {"format": "xlsx"}).content)
    with raw_rows(tmp_path / "table.xlsx") as rows:
        assert len(list(rows)) == 3


def test_figures_of_a_sitting_are_compared_with_the_one_before(client: Client, figures: None, officer: User) -> None:
    before = PublicationFactory(sitting=SittingFactory(name="2026-04"), published_at=timezone.now())
    MarkFactory(publication=before, points=45)
    refresh_statistics(before.sitting)
    client.force_login(officer)

    context = client.get(reverse("scores:sitting", args=[SITTING])).context

    assert context["before"] == before.sitting
    assert context["histogram"].outline
    assert client.get(reverse("scores:sitting", args=["2026-04"])).context["before"] is None


def test_a_sitting_is_compared_with_one_of_its_kind_unless_told_otherwise(client: Client, figures: None, officer: User) -> None:
    for name, kind in (("2026-04", "written"), ("2026-07", "practical"), ("2027-01", "practical")):
        out = PublicationFactory(sitting=SittingFactory(name=name), kind=kind, published_at=timezone.now())
        MarkFactory(publication=out, practical=kind == "practical")
        refresh_statistics(out.sitting)
    client.force_login(officer)

    def compared(name: str, **chosen: str) -> Sitting | None:
        before: Sitting | None = client.get(reverse("scores:sitting", args=[name]), chosen).context["before"]
        return before

    assert compared(SITTING) == Sitting.objects.get(name="2026-04")
    assert compared("2027-01") == Sitting.objects.get(name="2026-07")
    assert compared("2026-07") is None
    assert compared(SITTING, compare="2026-07") == Sitting.objects.get(name="2026-07")


def test_many_courses_stand_on_pages_and_the_export_has_all(client: Client, figures: None, officer: User, tmp_path: Path) -> None:
    out = PublicationFactory(sitting=SittingFactory(name="2026-04"), published_at=timezone.now())
    person = CandidateFactory()
    for _place in range(51):
        MarkFactory(publication=out, candidate=person)
    refresh_statistics(out.sitting)
    client.force_login(officer)
    address = reverse("scores:sitting", args=["2026-04"])

    first, second, beyond = (client.get(address, {"page": page}).context for page in ("1", "2", "99"))

    assert (len(first["courses"]), len(second["courses"])) == (50, 1)
    assert {line.code for line in first["courses"]}.isdisjoint(line.code for line in second["courses"])
    assert beyond["courses"] == second["courses"]
    assert (first["pages"]["previous_url"], second["pages"]["next_url"]) == ("", "")
    assert first["figures"].registered == second["figures"].registered == 51
    (tmp_path / "table.xlsx").write_bytes(client.get(address, {"page": "2", "format": "xlsx"}).content)
    with raw_rows(tmp_path / "table.xlsx") as rows:
        assert len(list(rows)) == 52


def test_a_sitting_that_never_was_is_missing(client: Client, officer: User) -> None:
    client.force_login(officer)

    assert client.get(reverse("scores:sitting", args=["1999-01"])).status_code == 404
    assert client.get(reverse("scores:batch", args=[1])).status_code == 404


@pytest.mark.parametrize("page", ["batches", "statistics"])
def test_a_list_takes_as_many_queries_for_twenty_rows_as_for_one(
    client: Client, tmp_path: Path, candidate: Candidate, course: Any, officer: User, second_officer: User, page: str
) -> None:
    client.force_login(officer)
    counts = []
    for place in range(20):
        path = marks_file(tmp_path, [(ticket_of(candidate), "00015", str(place))], name=f"{place}.csv")
        published(entered(path, sitting=f"20{place:02}-10"), officer, second_officer)
        if place in (0, 19):
            client.get(reverse(f"scores:{page}"))  # what a process reads once is read now
            with CaptureQueriesContext(connection) as queries:
                assert client.get(reverse(f"scores:{page}")).status_code == 200
            counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_list_of_batches_is_paged_by_key(
    client: Client, tmp_path: Path, candidate: Candidate, course: Any, officer: User
) -> None:
    for place in range(31):
        checked(marks_file(tmp_path, [(ticket_of(candidate), "00015", str(place))], name=f"{place}.csv"))
    client.force_login(officer)

    first = client.get(reverse("scores:batches"))
    second = client.get(reverse("scores:batches") + first.context["pages"]["next_url"])

    assert [len(answer.context["batches"]) for answer in (first, second)] == [30, 1]
    assert second.context["pages"]["next_url"] == ""


@pytest.mark.django_db(transaction=True)
def test_workers_check_enter_and_undo_a_file(worker: Worker, client: Client, officer: User) -> None:
    CourseFactory(code="00015")
    ticket = ticket_of(CandidateFactory())
    client.force_login(officer)
    send(client, f"{HEADER}{ticket},00015,80,,\n")
    worker.finish()
    batch = ScoreBatch.objects.get()
    assert batch.state == ScoreBatch.State.READY

    client.post(reverse("scores:confirm", args=[batch.pk]))
    worker.finish()
    batch.refresh_from_db()
    assert (batch.state, batch.confirmed_by) == (ScoreBatch.State.CONFIRMED, officer)
    assert Event.objects.about(batch).steps().get(verb="enter").actor == officer

    client.post(reverse("scores:undo", args=[batch.pk]), {"note": "试一试"})
    worker.finish()
    batch.refresh_from_db()
    assert batch.state == ScoreBatch.State.UNDONE
    assert not Mark.registry.exists()
