"""Every faulty file gets its report from every importing command, and nothing is written."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from records.models import Candidate, Credit, CreditEntry, Registration, Ticket
from scores.models import Mark, StagedMark
from tests.factories import MajorFactory, UniversityFactory
from tests.records.corpus import FAULTY_FILES

COMMANDS = {
    "import_candidates": {"university": "10285"},
    "import_scores": {"sitting": "2026-04", "publish": True},
    "import_credits": {},
}
LARGE = {"too-many-rows.xlsx", "zip-bomb.xlsx", "lying-zip-bomb.xlsx"}  # seconds each: one command is enough
CASES = [
    pytest.param(command, faulty, id=f"{command}-{faulty.name}")
    for command in sorted(COMMANDS)
    for faulty in FAULTY_FILES
    if command == "import_scores" or faulty.name not in LARGE
]
TABLES = (Candidate, Ticket, Registration, CreditEntry, Credit, Mark, StagedMark)


@pytest.mark.parametrize(("command", "faulty"), CASES)
def test_a_faulty_file_is_refused_with_its_report(db, tmp_path, capsys, command, faulty):
    UniversityFactory(code="10285")
    MajorFactory()
    path = tmp_path / faulty.name
    faulty.build(path)

    with pytest.raises(SystemExit) as ended:
        call_command(command, str(path), **COMMANDS[command])

    assert ended.value.code == 1
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"faults"}
    assert answer["faults"]
    assert all(set(fault) == {"row", "column", "value", "code", "message"} for fault in answer["faults"])
    assert [table._base_manager.count() for table in TABLES] == [0] * len(TABLES)
