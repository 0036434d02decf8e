"""The pages of photos: the candidate's, the clerk's queue, many at once."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit.models import Event
from records import tasks  # noqa: F401 - registers the work of its jobs
from records.jobs.models import Job
from records.jobs.running import run
from records.models import Candidate, Document, PhotoSubmission
from records.photos.archives import BadArchive, look_through
from records.photos.batching import archive_of, start_batch
from records.photos.checking import examine
from records.photos.taking import REASONS, hand_in, keep_photo, take_in
from tests.factories import CandidateFactory, UserFactory
from tests.records.portraits import GOOD, as_file, portrait

pytestmark = pytest.mark.django_db
WHITE = as_file(portrait(background="white"))


def upload(content: bytes = GOOD, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def waiting(candidate, candidate_user) -> PhotoSubmission:
    return hand_in(candidate, keep_photo(GOOD, candidate_id=candidate.pk, by=candidate_user), by=candidate_user)


def test_a_photo_that_is_refused_says_why_and_is_not_kept(client, candidate_user):
    client.force_login(candidate_user)

    answer = client.post(reverse("photos:own"), {"photo": upload(WHITE)})

    assert answer.status_code == 422
    assert "背景颜色：约RGB 255、255、255" in text(answer)
    assert "要求RGB 100、197、255" in text(answer)
    assert not Document.objects.exists()


def test_a_good_photo_is_shown_then_handed_in(client, candidate, candidate_user):
    client.force_login(candidate_user)

    answer = client.post(reverse("photos:own"), {"photo": upload()}, follow=True)

    assert answer.redirect_chain == [(reverse("photos:own-preview"), 302)]
    assert "480像素" in text(answer)
    assert not PhotoSubmission.objects.exists()
    answer = client.post(reverse("photos:own-preview"), follow=True)
    assert PhotoSubmission.objects.get().candidate == candidate
    assert "照片待审核" in text(answer)
    assert 'name="photo"' not in text(answer)


def test_the_page_of_a_refused_photo_gives_the_reason_and_another_chance(client, candidate_user, waiting):
    PhotoSubmission.objects.update(decision="refused", reason="面部不清楚")
    client.force_login(candidate_user)

    answer = client.get(reverse("photos:own"))

    assert "面部不清楚" in text(answer)
    assert 'name="photo"' in text(answer)


def test_nothing_is_uploaded_while_one_waits_or_counts(client, candidate, candidate_user, waiting, clerk):
    client.force_login(candidate_user)
    client.post(reverse("photos:own"), {"photo": upload()})
    assert PhotoSubmission.objects.count() == 1

    Candidate.objects.filter(pk=candidate.pk).update(photo=waiting.document)
    answer = client.get(reverse("photos:own"))

    assert "照片更换" in text(answer)
    assert 'name="photo"' not in text(answer)


def test_nobody_confirms_what_was_not_measured(client, candidate, candidate_user):
    client.force_login(candidate_user)

    answer = client.post(reverse("photos:own-preview"))

    assert answer.status_code == 302
    assert not PhotoSubmission.objects.exists()


def test_the_file_is_served_to_its_owner_and_to_clerks_with_a_read(
    client, candidate, candidate_user, clerk, waiting, foreign_clerk
):
    url = reverse("documents:open", args=[waiting.document.key])
    client.force_login(candidate_user)
    assert client.get(url).status_code == 200
    assert not Event.objects.filter(kind=Event.Kind.READ).exists()
    client.force_login(foreign_clerk)
    assert client.get(url).status_code == 404

    client.force_login(clerk)
    assert client.get(url).status_code == 200
    assert Event.objects.filter(kind=Event.Kind.READ).get(verb="document").candidate_id == candidate.pk


def test_the_queue_shows_the_photo_beside_name_and_document(client, clerk, foreign_clerk, candidate, waiting):
    client.force_login(clerk)

    answer = client.get(reverse("photos:list"))

    assert all(part in text(answer) for part in (candidate.name, "居民身份证", str(waiting.document.key)))
    assert Event.objects.filter(kind=Event.Kind.READ).get(verb="list").details["list"] == "photos"
    client.force_login(foreign_clerk)
    assert candidate.name not in text(client.get(reverse("photos:list")))


def on_the_desk(client, person) -> list[tuple[int, str]]:
    """How many photos the person's desk counts, and where the figure leads."""
    client.force_login(person)
    counts = client.get(reverse("desk")).context["counts"]
    return [(count["value"], count["url"]) for count in counts if count["label"] == "待审核的照片"]


def test_a_photo_that_waits_is_counted_on_the_desk_of_the_university(
    client, clerk, foreign_clerk, officer, university, candidate, waiting
):
    queue = reverse("photos:list")

    assert on_the_desk(client, clerk) == [(1, queue)]
    assert on_the_desk(client, foreign_clerk) == [(0, queue)]
    assert on_the_desk(client, officer) == []
    assert on_the_desk(client, UserFactory(office=university, roles=["U4"])) == []
    PhotoSubmission.objects.update(decision=PhotoSubmission.Decision.REFUSED)
    assert on_the_desk(client, clerk) == [(0, queue)]


def test_the_clerk_accepts_and_the_next_one_comes(client, clerk, candidate, waiting, university):
    client.force_login(clerk)

    page = client.get(reverse("photos:submission", args=[waiting.pk]))
    answer = client.post(reverse("photos:accept", args=[waiting.pk]))

    assert candidate.identity_mask in text(page)
    assert candidate.identity_number not in text(page)
    assert answer.url == reverse("photos:list")
    candidate.refresh_from_db()
    assert candidate.photo_id == waiting.document_id
    assert client.post(reverse("photos:accept", args=[waiting.pk])).status_code == 409


@pytest.mark.parametrize(("sent", "status"), [({"reason": "face", "words": "左边有影子"}, 302), ({"words": "x"}, 422), ({}, 422)])
def test_a_refusal_needs_a_reason(client, clerk, waiting, sent, status):
    client.force_login(clerk)

    answer = client.post(reverse("photos:refuse", args=[waiting.pk]), sent)

    waiting.refresh_from_db()
    assert answer.status_code == status
    assert waiting.reason == (f"{REASONS['face']}：左边有影子" if status == 302 else "")


def test_no_identity_number_in_a_reason(client, clerk, candidate, waiting):
    client.force_login(clerk)

    answer = client.post(reverse("photos:refuse", args=[waiting.pk]), {"reason": "face", "words": candidate.identity_number})

    assert answer.status_code == 422


def test_the_counter_finds_the_candidate_and_the_photo_counts(client, clerk, candidate):
    client.force_login(clerk)
    found = client.post(reverse("photos:list"), {"number": candidate.registration_number})
    assert found.url == reverse("photos:one", args=[candidate.pk])
    refused = client.post(found.url, {"photo": upload(WHITE)})
    assert refused.status_code == 422
    assert "背景颜色" in text(refused)

    shown = client.post(found.url, {"photo": upload()}, follow=True)
    client.post(reverse("photos:preview", args=[candidate.pk]))

    assert "采用这张照片" in text(shown)
    candidate.refresh_from_db()
    assert candidate.photo is not None
    assert "照片更换" in text(client.get(found.url))


def test_somebody_elses_candidate_is_not_found(client, foreign_clerk, candidate, waiting):
    client.force_login(foreign_clerk)

    assert client.post(reverse("photos:list"), {"number": candidate.registration_number}).status_code == 422
    assert client.get(reverse("photos:one", args=[candidate.pk])).status_code == 404
    assert client.get(reverse("photos:submission", args=[waiting.pk])).status_code == 404
    assert client.post(reverse("photos:accept", args=[waiting.pk])).status_code == 404


def of(*pairs: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        for name, content in pairs:
            packed.writestr(name, content)
    return file.getvalue()


def run_batch(content: bytes, clerk) -> Job:
    job = start_batch(upload(content, "photos.zip"), by=clerk)
    run(job.pk)
    job.refresh_from_db()
    return job


def test_an_archive_brings_every_good_photo_and_says_why_the_others_do_not_count(client, clerk, university, foreign_clerk):
    people = [CandidateFactory(managing_university=university) for _ in range(4)]
    foreign = CandidateFactory()
    take_in(people[2], keep_photo(GOOD, candidate_id=people[2].pk, by=clerk), by=clerk)
    other = as_file(portrait((600, 800)))

    job = run_batch(
        of(
            (f"{people[0].ticket_number}.jpg", GOOD),
            (f"{people[1].registration_number}.JPG", WHITE),
            (f"{people[2].ticket_number}.jpg", other),
            (f"{people[3].ticket_number}.png", b"<svg/>"),
            (f"{foreign.ticket_number}.jpg", GOOD),
            ("__MACOSX/._1.jpg", b"x"),
        ),
        clerk,
    )

    assert job.state == Job.State.DONE
    assert (job.outcome["files"], job.outcome["taken"]) == (5, 1)
    why = {name.split(".")[0]: line for name, line in job.outcome["lines"]}
    assert "背景颜色" in why[people[1].registration_number]
    assert "已有照片" in why[people[2].ticket_number]
    assert "没有这个号码" in why[foreign.ticket_number]
    assert not archive_of(job).exists()
    client.force_login(clerk)
    assert people[1].registration_number in text(client.get(reverse("photos:batch", args=[job.pk])))
    client.force_login(foreign_clerk)
    assert client.get(reverse("photos:batch", args=[job.pk])).status_code == 404


def test_a_batch_that_was_killed_ends_the_same_when_begun_again(clerk, university):
    people = [CandidateFactory(managing_university=university) for _ in range(3)]
    job = start_batch(upload(of(*[(f"{each.ticket_number}.jpg", GOOD) for each in people])), by=clerk)
    first = managed_photo(people[0], clerk)

    run(job.pk)

    job.refresh_from_db()
    assert job.outcome == {"files": 3, "taken": 3, "lines": []}
    people[0].refresh_from_db()
    assert people[0].photo_id == first
    assert PhotoSubmission.objects.count() == 3


def managed_photo(candidate: Candidate, clerk) -> int:
    """What an earlier attempt of the same job left behind."""
    verdict = examine(GOOD)
    take_in(candidate, keep_photo(verdict.picture, candidate_id=candidate.pk, by=clerk), by=clerk)
    candidate.refresh_from_db()
    assert candidate.photo_id is not None
    return candidate.photo_id


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "完整的.zip", id="empty"),
        pytest.param(GOOD, "完整的.zip", id="no archive"),
        pytest.param(of(), "空的", id="nothing in it"),
        pytest.param(of(("../../123456.jpg", GOOD)), "文件名", id="a way out"),
        pytest.param(of(("/etc/123456.jpg", GOOD)), "文件名", id="from the root"),
        pytest.param(of(("a\\123456.jpg", GOOD)), "文件名", id="a folder of another system"),
        pytest.param(of(("photos/123456.jpg", GOOD)), "文件名", id="a folder"),
        pytest.param(of(("林知微.jpg", GOOD)), "文件名", id="a name"),
        pytest.param(of(("123456.svg", GOOD)), "文件名", id="another kind"),
        pytest.param(of(("123456.jpg", GOOD), ("123456.png", GOOD)), "两张", id="the same number twice"),
        pytest.param(of(("123456.jpg", b"\x00" * 5_000_000), method=zipfile.ZIP_DEFLATED), "膨胀", id="a bomb"),
        pytest.param(of(*[(f"{n:06}.jpg", b"x") for n in range(2001)]), "最多2000张", id="too many"),
        pytest.param(of(("123456.jpg", GOOD))[:-30], "完整的.zip", id="cut off"),
    ],
)
def test_of_a_bad_archive_nothing_is_taken(client, clerk, content, words):
    with pytest.raises(BadArchive) as bad:
        look_through(io.BytesIO(content))
    assert any(words in fault for fault in bad.value.faults)
    client.force_login(clerk)

    answer = client.post(reverse("photos:batch-new"), {"archive": upload(content or b"x", "photos.zip")})

    assert answer.status_code == 422
    assert not Job.objects.exists()


def test_a_link_in_an_archive_is_no_photo():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        link = zipfile.ZipInfo("123456.jpg")
        link.external_attr = 0o120777 << 16
        packed.writestr(link, "/etc/passwd")

    with pytest.raises(BadArchive):
        look_through(file)
