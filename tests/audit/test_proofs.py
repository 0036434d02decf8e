"""Excerpts with proof: whoever has one checks it without us, and no letter of it can be altered unseen."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import lines
from audit.models import Event, Seal
from audit.proofs import check, export
from tests.audit.sealing import execute, happen, nothing_happened, past_the_triggers, seal

pytestmark = pytest.mark.django_db(transaction=True)

DOCUMENT = Path(__file__).parents[2] / "docs" / "TRAIL.md"
FILES = {"columns.txt", "events.tsv", "proofs.jsonl", "seals.tsv", "unsealed.tsv"}


@pytest.fixture
def trail(transactional_db) -> list[Event]:
    """Eleven events under seals of four, four and three, and two that are not sealed."""
    nothing_happened()
    events = happen(11, note="姓名\t更正\n𝄞\\")
    seal(at_most=4)
    return [*events, *happen(2)]


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    """The program that the document gives."""
    (text,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert sum(bool(line.strip()) for line in text.splitlines()) <= 20
    path = tmp_path_factory.mktemp("auditor") / "check.py"
    path.write_text(text, encoding="utf-8")
    return path


def run(program: Path, folder: Path, *printed: str) -> str:
    """What the document's program complains of; nothing where all is well. It runs outside of the project."""
    done = subprocess.run(
        [sys.executable, "-I", str(program), str(folder), *printed],
        capture_output=True,
        text=True,
        cwd=program.parent,
        check=False,
    )
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert bool(done.returncode) is bool(done.stderr)
    return done.stderr.strip()


def newest() -> str:
    row = Seal.objects.latest("number")
    return f"{row.number}:{bytes(row.hash).hex()}"


def test_the_whole_trail_is_proved_by_both_programs(trail, program, tmp_path):
    summary = export(Event.objects.all(), tmp_path)

    assert (summary.events, summary.unsealed, summary.seals, summary.cut) == (11, 2, 3, False)
    assert f"{summary.seal}:{summary.hash}" == newest()
    assert {path.name for path in tmp_path.iterdir()} == FILES
    numbers = [lines.number_of(line) for line in (tmp_path / "events.tsv").open("rb")]
    assert numbers == [event.pk for event in trail[:11]]
    assert [lines.number_of(line) for line in (tmp_path / "unsealed.tsv").open("rb")] == [event.pk for event in trail[11:]]
    assert check(tmp_path) == check(tmp_path, printed=newest()) == []
    assert run(program, tmp_path) == run(program, tmp_path, newest()) == ""


def test_any_selection_is_proved(trail, program, tmp_path):
    for number, chosen in enumerate([[0], [3], [4], [10], [0, 5, 10], [2, 3, 4], [1, 12], [11], []]):
        folder = tmp_path / str(number)
        summary = export(Event.objects.filter(pk__in=[trail[index].pk for index in chosen]), folder)
        assert (summary.events, summary.unsealed) == (sum(index < 11 for index in chosen), sum(index >= 11 for index in chosen))
        assert check(folder, printed=newest()) == []
        assert run(program, folder, newest()) == ""


def test_a_selection_by_words_and_conditions_is_proved(trail, tmp_path):
    chosen = (
        Event.objects.filter(note__contains="更正", details__before__a=1, subject_id__gt=3).exclude(verb="50%").order_by("-at")
    )

    assert export(chosen, tmp_path).events == 7
    assert check(tmp_path) == []


def test_a_proof_names_seal_and_place(trail, tmp_path):
    export(Event.objects.filter(pk=trail[6].pk), tmp_path)

    proof = json.loads((tmp_path / "proofs.jsonl").read_text())
    assert (proof["event"], proof["seal"], proof["position"], len(proof["path"])) == (trail[6].pk, 2, 2, 2)


@pytest.mark.parametrize(
    ("at_most", "events", "unsealed", "cut"), [(10, 10, 0, True), (11, 11, 0, True), (12, 11, 1, True), (13, 11, 2, False)]
)
def test_a_selection_too_large_is_cut_and_says_so(trail, tmp_path, at_most, events, unsealed, cut):
    summary = export(Event.objects.all(), tmp_path, at_most=at_most)

    assert (summary.events, summary.unsealed, summary.cut) == (events, unsealed, cut)
    assert check(tmp_path) == []


def test_without_a_seal_nothing_is_provable_yet(transactional_db, program, tmp_path):
    nothing_happened()
    happen(2)

    summary = export(Event.objects.all(), tmp_path)

    assert (summary.events, summary.unsealed, summary.seals, summary.seal, summary.hash, summary.cut) == (0, 2, 0, 0, "", False)
    assert check(tmp_path) == []
    assert run(program, tmp_path) == ""
    assert run(program, tmp_path, "1:" + "0" * 64) != ""


def test_a_second_export_into_the_folder_leaves_nothing_of_the_first(trail, tmp_path):
    export(Event.objects.all(), tmp_path)
    export(Event.objects.filter(pk=trail[0].pk), tmp_path)

    assert check(tmp_path) == []
    assert len((tmp_path / "events.tsv").read_bytes().splitlines()) == 1


def test_each_seals_leaves_are_read_once(trail, tmp_path):
    with CaptureQueriesContext(connection) as queries:
        export(Event.objects.all(), tmp_path)

    assert sum('"leaves"' in query["sql"] for query in queries) == 3


def test_the_columns_are_named(trail, tmp_path):
    export(Event.objects.all(), tmp_path)

    named = dict(line.split("\t") for line in (tmp_path / "columns.txt").read_text(encoding="utf-8").splitlines())
    assert named["events.tsv"].split() == list(lines.COLUMNS)
    for file in ("events.tsv", "unsealed.tsv", "seals.tsv"):
        for line in (tmp_path / file).open("rb"):
            assert line.count(b"\t") + 1 == len(named[file].split())


def test_an_event_altered_in_the_database_cannot_be_proved(trail, program, tmp_path):
    with past_the_triggers():
        execute("UPDATE audit_event SET note = '不予同意' WHERE id = %s", [trail[5].pk])
        execute("UPDATE audit_event SET transaction = 1 WHERE id = %s", [trail[9].pk])
        execute("UPDATE audit_event SET id = -7 WHERE id = %s", [trail[2].pk])

    export(Event.objects.all(), tmp_path)

    faults = check(tmp_path)
    assert len(faults) == 3
    assert "-7" in "".join(faults)
    assert "is false" in run(program, tmp_path)


def test_no_letter_of_an_excerpt_can_be_altered_unseen(trail, program, tmp_path):
    export(Event.objects.filter(pk__in=[trail[1].pk, trail[9].pk]), tmp_path)
    printed = newest()
    for name in ("events.tsv", "seals.tsv", "proofs.jsonl"):
        content = (tmp_path / name).read_bytes()
        for at in range(len(content)):
            if name == "proofs.jsonl" and not re.match(rb"[0-9a-f]", content[at : at + 1]):
                continue  # names and marks of the format itself
            (tmp_path / name).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            assert is_refused(tmp_path, printed), (name, at)
        (tmp_path / name).write_bytes(content)
    assert check(tmp_path, printed=printed) == []


def is_refused(folder: Path, printed: str) -> bool:
    """Whether the check finds fault, or cannot even read the files."""
    try:
        return check(folder, printed=printed) != []
    except (ValueError, KeyError, TypeError, AttributeError):
        return True


@pytest.mark.parametrize(
    ("name", "tamper"),
    [
        ("events.tsv", lambda text: text.replace("同意".encode(), "不予同意".encode(), 1)),
        ("events.tsv", lambda text: text.split(b"\n", 1)[1]),
        ("events.tsv", lambda text: text + text.split(b"\n", 1)[0] + b"\n"),
        ("events.tsv", lambda text: b"\n".join(text.split(b"\n")[1::-1] + text.split(b"\n")[2:])),
        ("seals.tsv", lambda text: text.split(b"\n", 1)[1]),
        ("seals.tsv", lambda text: text.replace(b"\t4\t", b"\t5\t", 1)),
        ("proofs.jsonl", lambda text: text.split(b"\n", 1)[1]),
        ("proofs.jsonl", lambda text: text.replace(b'"seal": 1', b'"seal": 2', 1)),
        ("proofs.jsonl", lambda text: text.replace(b"left", b"right", 1)),
    ],
)
def test_the_documents_program_finds_a_tampered_excerpt(trail, program, tmp_path, name, tamper):
    with past_the_triggers():
        execute("TRUNCATE audit_seal")
        execute("UPDATE audit_event SET note = '同意' || id")
    seal(at_most=4)
    export(Event.objects.filter(pk__lte=trail[10].pk), tmp_path)
    content = (tmp_path / name).read_bytes()
    assert tamper(content) != content

    (tmp_path / name).write_bytes(tamper(content))

    assert run(program, tmp_path, newest()) != ""
    assert check(tmp_path, printed=newest()) != []


def test_a_chain_made_anew_is_found_by_the_printed_seal(trail, program, tmp_path):
    printed = newest()
    with past_the_triggers():
        execute("TRUNCATE audit_seal")
    seal(at_most=4)
    export(Event.objects.all(), tmp_path)

    assert check(tmp_path) == []
    assert check(tmp_path, printed=printed) != []
    assert run(program, tmp_path) == ""
    assert "printed" in run(program, tmp_path, printed)


def test_a_seal_made_anew_in_the_middle_breaks_the_chain_behind_it(trail, program, tmp_path):
    export(Event.objects.all(), tmp_path)
    first, second, third = (tmp_path / "seals.tsv").read_bytes().splitlines()
    text = second.rsplit(b"\t", 1)[0].rsplit(b"\t", 1)[0] + b"\t2026-01-01T00:00:00"
    second = text + b"\t" + sha256(text).hexdigest().encode()

    (tmp_path / "seals.tsv").write_bytes(b"\n".join([first, second, third, b""]))

    assert len(check(tmp_path)) == 1
    assert run(program, tmp_path) == "seal 3 is false"


def test_a_proof_from_another_place_of_the_tree_is_none(trail, tmp_path):
    """The position is part of the proof: a path that leads to the root from elsewhere does not hold for it."""
    export(Event.objects.filter(pk=trail[1].pk), tmp_path)
    proof = json.loads((tmp_path / "proofs.jsonl").read_text())

    for position in (0, 2, 3, 4, -1, None):
        (tmp_path / "proofs.jsonl").write_text(json.dumps(proof | {"position": position}) + "\n")
        assert check(tmp_path) != []


def test_the_applications_own_role_exports(trail, as_application, tmp_path):
    assert export(Event.objects.all(), tmp_path).events == 11
