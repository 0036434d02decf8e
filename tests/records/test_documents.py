"""Uploaded proofs: what is taken and what not, where it lies, who may open it, and that a form loses none."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Event
from records.documents.faults import Unacceptable
from records.documents.forms import ProofsForm
from records.documents.inspection import JPEG, MEGA, PDF, PNG, Inspected, inspect
from records.documents.keeping import decent_name, keep
from records.models import Document, Setting
from tests import proofs
from tests.factories import CandidateFactory, UserFactory

HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
ZIP = b"PK\x03\x04" + b"\x00" * 40


def upload(content=proofs.PDF, name="成绩单.pdf"):
    return SimpleUploadedFile(name, content, "application/pdf")


def refusal(content):
    with pytest.raises(Unacceptable) as refused:
        inspect(content)
    return refused.value.code


@pytest.fixture
def kept(candidate, candidate_user, isolated_proofs):
    return keep(upload(), candidate_id=candidate.pk, by=candidate_user)


@pytest.fixture
def isolated_proofs(settings, tmp_path):
    settings.PROOF_ROOT = tmp_path / "proofs"
    return settings.PROOF_ROOT


@pytest.mark.django_db
@pytest.mark.parametrize(("content", "kind"), [(proofs.PDF, PDF), (proofs.jpeg(), JPEG), (proofs.png(), PNG)])
def test_the_three_kinds_are_taken_whole(content, kind):
    assert inspect(content) == Inspected(kind, content)


def catalogue(entry):
    """The good PDF with something else in its catalogue."""
    return proofs.PDF.replace(b"/Type/Catalog", b"/Type/Catalog" + entry)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("what", "content", "code"),
    [
        ("a page", HTML, "document.kind"),
        ("a drawing with script", SVG, "document.kind"),
        ("a drawing behind an XML head", b'<?xml version="1.0"?>' + SVG, "document.kind"),
        ("an archive", ZIP, "document.kind"),
        ("a program", b"MZ\x90\x00" + b"\x00" * 60, "document.kind"),
        ("a text", "成绩单".encode(), "document.kind"),
        ("a GIF", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "document.kind"),
        ("nothing", b"", "document.empty"),
        ("blanks in front of a PDF", b"\n\n" + proofs.PDF, "document.kind"),
        ("a page in front of a PDF", HTML + proofs.PDF, "document.kind"),
        ("a page behind a PDF", proofs.PDF + HTML, "document.appended"),
        ("an archive behind a PDF", proofs.PDF + ZIP, "document.appended"),
        ("a page right behind a PDF's head", proofs.PDF.replace(b"\n1 0", b"\n" + HTML + b"\n1 0", 1), "document.appended"),
        ("half a PDF", proofs.PDF[:120], "document.broken"),
        ("a PDF of no known version", proofs.PDF.replace(b"1.4", b"9.9"), "document.broken"),
        (
            "a PDF with script",
            catalogue(b"/OpenAction<</S/JavaScript>>"),
            "document.active",
        ),
        (
            "a PDF with a disguised name",
            catalogue(b"/A<</S/J#61vaScript>>"),
            "document.active",
        ),
        ("a PDF that starts a program", catalogue(b"/A<</S/Launch>>"), "document.active"),
        ("a PDF with a file in it", proofs.PDF.replace(b"/Type/Catalog", b"/Type/EmbeddedFile"), "document.active"),
        ("a page behind a JPEG", proofs.jpeg() + HTML, "document.appended"),
        ("an archive behind a JPEG", proofs.jpeg() + ZIP, "document.appended"),
        ("half a JPEG", proofs.jpeg()[:-2], "document.broken"),
        ("a JPEG's head on a page", b"\xff\xd8\xff" + HTML, "document.broken"),
        ("a page behind a PNG", proofs.png() + HTML, "document.appended"),
        ("half a PNG", proofs.png()[:-5], "document.broken"),
        ("a PNG with a false checksum", proofs.png()[:-1] + b"\x00", "document.broken"),
        ("a PNG without a header", b"\x89PNG\r\n\x1a\n" + proofs.png()[33:], "document.broken"),
        ("a PNG of no width", proofs.png(0, 3), "document.broken"),
        ("a PNG of ten thousand million pixels", proofs.png(100_000, 100_000), "document.too-many-pixels"),
        ("a JPEG of four thousand million pixels", proofs.jpeg(65_535, 65_535), "document.too-many-pixels"),
    ],
)
def test_hostile_and_broken_files_are_refused(what, content, code):
    assert refusal(content) == code, what


@pytest.mark.django_db
def test_what_a_camera_hangs_on_behind_a_picture_is_cut_off():
    picture = proofs.jpeg()

    assert inspect(picture + b"\x00" * 8).content == picture
    assert inspect(picture + proofs.jpeg(2, 2)).content == picture


@pytest.mark.django_db
@pytest.mark.parametrize(("width", "taken"), [(12_000, True), (12_001, False)])
def test_the_number_of_pixels_is_limited_by_the_setting(width, taken):
    content = proofs.png(width, 10_000)

    if taken:
        assert inspect(content).kind is PNG
    else:
        assert refusal(content) == "document.too-many-pixels"


@pytest.mark.django_db
@pytest.mark.parametrize(("beyond", "taken"), [(0, True), (1, False)])
def test_the_size_is_limited_by_the_setting(beyond, taken):
    Setting.objects.create(key="upload.max_megabytes", value=1, in_force_from=dt.date(2026, 1, 1))
    filler = b"%" * (MEGA - len(proofs.PDF) - 1 + beyond) + b"\n"
    content = proofs.PDF.replace(b"xref\n0 4", filler + b"xref\n0 4")

    if taken:
        assert inspect(content).kind is PDF
    else:
        assert refusal(content) == "document.too-large"


def outcome(content):
    """What is kept of the bytes, or the code of the refusal; anything else is a failure."""
    try:
        return inspect(content).content
    except Unacceptable as refused:
        return refused.code


@pytest.mark.django_db
@given(st.binary(max_size=300), st.sampled_from([b"", b"%PDF-1.4\n", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_no_bytes_whatever_bring_the_check_down(content, head):
    assert outcome(head + content) in {"document.empty", "document.kind", "document.broken", "document.appended"}


@pytest.mark.django_db
@given(st.integers(min_value=0, max_value=10_000), st.integers(min_value=0, max_value=255))
def test_a_changed_byte_is_taken_or_refused_never_more(place, value):
    content = bytearray(proofs.jpeg())
    content[place % len(content)] = value

    kept = outcome(bytes(content))

    assert kept.startswith("document.") if isinstance(kept, str) else content.startswith(kept)


@pytest.mark.parametrize(
    ("given_name", "kept_name"),
    [
        ("成绩单.pdf", "成绩单.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\扫描\\证书.JPG", "证书.png"),
        ("证书.php.png", "证书.php.png"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie_ x.png"),
        ("\u202egnp.证书.exe", "gnp.证书.png"),
        ("", "PNG.png"),
        ("   .png", "PNG.png"),
        ("长" * 300 + ".png", "长" * 120 + ".png"),
    ],
)
def test_names_lose_folders_and_tricks_and_get_the_true_extension(given_name, kept_name):
    assert decent_name(given_name, Inspected(PNG, b"")) == kept_name


def test_a_proof_lies_under_its_key_readable_by_the_portal_only(kept, isolated_proofs, candidate, candidate_user):
    assert kept.path == isolated_proofs / kept.key.hex[:2] / kept.key.hex
    assert kept.path.read_bytes() == proofs.PDF
    assert kept.path.stat().st_mode & 0o777 == 0o600
    assert kept.sha256 == hashlib.sha256(proofs.PDF).hexdigest()
    assert (kept.name, kept.content_type, kept.size) == ("成绩单.pdf", "application/pdf", len(proofs.PDF))
    assert (kept.candidate, kept.uploaded_by) == (candidate, candidate_user)
    assert [file.name for file in isolated_proofs.rglob("*") if file.is_file()] == [kept.key.hex]


def test_the_same_file_sent_twice_is_kept_once(kept, candidate, candidate_user):
    again = keep(upload(name="另一个名字.pdf"), candidate_id=candidate.pk, by=candidate_user)

    assert again == kept
    assert Document.objects.count() == 1


def test_the_same_file_of_another_person_is_another_document(kept):
    other = UserFactory(candidate=CandidateFactory())

    assert keep(upload(), candidate_id=other.candidate_id, by=other) != kept


def test_a_refused_file_leaves_nothing_behind(candidate, candidate_user, isolated_proofs):
    with pytest.raises(Unacceptable):
        keep(upload(HTML, "证书.pdf"), candidate_id=candidate.pk, by=candidate_user)

    assert not Document.objects.exists()
    assert not isolated_proofs.exists()


def test_the_owner_opens_a_proof_without_a_line_in_the_trail(kept, client, candidate_user):
    client.force_login(candidate_user)

    response = client.get(reverse("documents:open", args=[kept.key]))

    assert b"".join(response.streaming_content) == proofs.PDF
    assert not Event.objects.filter(kind="read").exists()


@pytest.mark.parametrize("person", ["clerk", "officer"])
def test_staff_who_see_the_candidate_open_it_and_that_is_written_down(kept, client, person, request, candidate):
    user = request.getfixturevalue(person)
    client.force_login(user)

    response = client.get(reverse("documents:open", args=[kept.key]), {"for": "免2026-00417"})

    assert response.status_code == 200
    read = Event.objects.get(kind="read")
    assert (read.verb, read.actor, read.candidate_id, read.note) == ("document", user, candidate.pk, "免2026-00417")
    assert (read.subject_table, read.subject_id) == ("records_document", kept.pk)


def test_a_purpose_that_is_no_case_number_is_not_written(kept, client, clerk):
    client.force_login(clerk)

    client.get(reverse("documents:open", args=[kept.key]), {"for": "13900000001 我想看看"})

    assert Event.objects.get(kind="read").note == "查阅材料"


@pytest.mark.parametrize("person", ["foreign_clerk", "counter", "stranger"])
def test_outside_the_reach_there_is_no_such_document(kept, client, person, request):
    user = UserFactory(candidate=CandidateFactory()) if person == "stranger" else request.getfixturevalue(person)
    client.force_login(user)

    assert client.get(reverse("documents:open", args=[kept.key])).status_code == 404
    assert not Event.objects.filter(kind="read", verb="document").exists()


def test_staff_without_the_duty_to_read_records_are_refused(kept, client, university):
    client.force_login(UserFactory(office=university, roles=["U8"]))

    assert client.get(reverse("documents:open", args=[kept.key])).status_code == 403
    assert not Event.objects.filter(verb="document").exists()


def test_visitors_are_sent_to_sign_in(kept, client):
    assert client.get(reverse("documents:open", args=[kept.key])).status_code == 302


def test_an_unknown_key_and_a_lost_file_are_not_there(kept, client, candidate_user):
    client.force_login(candidate_user)
    kept.path.unlink()

    assert client.get(reverse("documents:open", args=[kept.key])).status_code == 404
    assert client.get(reverse("documents:open", args=[uuid.uuid4()])).status_code == 404


@pytest.mark.parametrize(
    ("content", "disposition"), [(proofs.PDF, "attachment"), (proofs.png(), "inline"), (proofs.jpeg(), "inline")]
)
def test_the_file_is_sent_so_that_it_can_do_no_harm(content, disposition, client, candidate, candidate_user, isolated_proofs):
    document = keep(upload(content, "证书.html"), candidate_id=candidate.pk, by=candidate_user)
    client.force_login(candidate_user)

    headers = client.get(reverse("documents:open", args=[document.key])).headers

    assert headers["Content-Type"] == document.content_type
    assert headers["Content-Disposition"].startswith(disposition)
    assert ".html" not in headers["Content-Disposition"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert headers["Cache-Control"] == "private, no-store"


def form_with(user, files=(), kept=(), attached=()):
    data = QueryDict(mutable=True)
    data.setlist("kept", [str(key) for key in kept])
    return ProofsForm(data, MultiValueDict({"proofs": list(files)}), person=user, attached=attached)


def test_several_files_go_up_at_once(candidate_user, isolated_proofs):
    form = form_with(candidate_user, [upload(), upload(proofs.png(), "证书.png")])

    assert form.is_valid()
    assert [document.content_type for document in form.documents] == ["application/pdf", "image/png"]


def test_a_bad_file_is_named_and_the_good_one_is_not_lost(candidate_user, isolated_proofs):
    form = form_with(candidate_user, [upload(), upload(HTML, "坏.pdf")])

    assert not form.is_valid()
    assert "坏.pdf" in form.errors["proofs"][0]
    (good,) = form.documents
    assert f'value="{good.key}"' in str(form["kept"])
    assert "checked" in str(form["kept"])

    again = form_with(candidate_user, kept=[good.key])
    assert again.is_valid()
    assert again.documents == [good]


def test_a_form_without_any_proof_says_so(candidate_user):
    form = form_with(candidate_user)

    assert not form.is_valid()
    assert form.errors.as_data()["proofs"][0].code == "document.missing"


def test_the_key_of_another_persons_document_is_worth_nothing(kept, other_university):
    stranger = UserFactory(candidate=CandidateFactory())

    form = form_with(stranger, kept=[kept.key])

    assert not form.is_valid()
    assert form.documents == []


@pytest.mark.parametrize("key", ["", "x", "1" * 32, "'; --"])
def test_a_key_that_is_none_is_refused_quietly(candidate_user, key):
    assert not form_with(candidate_user, kept=[key]).is_valid()


def test_taking_a_tick_away_leaves_the_document_out(kept, candidate, candidate_user):
    second = keep(upload(proofs.png(), "证书.png"), candidate_id=candidate.pk, by=candidate_user)

    form = form_with(candidate_user, kept=[second.key], attached=[kept, second])

    assert form.is_valid()
    assert form.documents == [second]


def test_more_than_ten_files_at_once_are_too_many(candidate_user, isolated_proofs):
    files = [upload(proofs.png(4, rows), f"{rows}.png") for rows in range(1, 12)]

    assert not form_with(candidate_user, files).is_valid()
    assert form_with(candidate_user, files[:10]).is_valid()
