"""What was sent is kept as it came, and the same file is known again."""

import hashlib
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile

from records.imports.keeping import keep, same_file_before, settle
from records.imports.models import ImportFile

pytestmark = pytest.mark.django_db
CONTENT = "准考证号,课程代码\n010250000017,03708\n".encode("gb18030")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.KAOJI_HOME = tmp_path / "home"
    return tmp_path / "home"


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    path = tmp_path / "成绩 2026.CSV"
    path.write_bytes(CONTENT)
    return path


def test_the_bytes_their_hash_and_their_name_are_kept(sent: Path) -> None:
    file = keep(sent, "marks", "2026-10")

    kept = ImportFile.objects.get(pk=file.pk)
    assert (kept.name, kept.size, kept.sha256) == ("成绩 2026.CSV", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert (kept.accepted, kept.sent_by, kept.outcome) == (None, None, {})
    assert kept.path.read_bytes() == CONTENT
    assert kept.path.suffix == ".csv"


def test_an_upload_is_kept_like_a_file() -> None:
    file = keep(SimpleUploadedFile("..\\..\\etc\\marks.xlsx", CONTENT), "marks", "2026-10")

    assert file.name == "marks.xlsx"
    assert file.path.read_bytes() == CONTENT


def test_nothing_else_lies_in_the_folder_afterwards(sent: Path, home: Path) -> None:
    file = keep(sent, "marks")

    assert list((home / "imports").iterdir()) == [file.path]


def test_a_file_that_cannot_be_read_leaves_no_row_and_no_bytes(tmp_path: Path, home: Path) -> None:
    with pytest.raises(FileNotFoundError):
        keep(tmp_path / "missing.csv", "marks")

    assert not ImportFile.objects.exists()
    assert list((home / "imports").iterdir()) == []


@pytest.mark.parametrize("name", ["表" * 300 + ".csv", "成绩." + "表" * 150, "a\x00b\udcff.csv"])
def test_a_name_of_any_length_and_kind_is_kept(name: str) -> None:
    upload = SimpleUploadedFile("x", CONTENT)
    upload._name = name  # type: ignore[attr-defined]  # past the upload handler's own shortening

    assert keep(upload, "marks").path.read_bytes() == CONTENT


def test_only_a_file_that_was_taken_counts_as_sent_before(sent: Path) -> None:
    first = keep(sent, "marks", "2026-10")
    assert same_file_before("marks", "2026-10", first.sha256) is None

    settle(first, accepted=True, outcome={"rows": 1})
    second = keep(sent, "marks", "2026-10")
    settle(second, accepted=False, outcome={"faults": []})

    assert same_file_before("marks", "2026-10", second.sha256) == first
    assert same_file_before("marks", "2026-04", second.sha256) is None
    assert same_file_before("candidates", "2026-10", second.sha256) is None
    assert same_file_before("marks", "2026-10", "0" * 64) is None
