"""What the source itself must not do: write a status past the door, hide effects in signals, import upwards inside a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from audit.models import Application

ROOT = Path(__file__).parents[2]
APPS = ("audit", "records", "scores", "exemptions", "transfers", "graduation", "config")
THE_DOOR = ROOT / "audit" / "workflow.py"


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def writes_status(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        named = {keyword.arg for keyword in node.keywords}
        return node.func.attr in {"update", "create", "get_or_create", "bulk_create"} and "status" in named
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr" and _names_status(node)


def _names_status(call: ast.Call) -> bool:
    return len(call.args) > 1 and isinstance(call.args[1], ast.Constant) and call.args[1].value == "status"


def test_only_the_door_writes_a_status():
    places = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in sources()
        if path != THE_DOOR
        for node in ast.walk(tree)
        if writes_status(node)
    ]

    assert places == []


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("case.status = 'granted'", True),
        ("Case.objects.update(status='granted')", True),
        ("setattr(case, 'status', 'granted')", True),
        ("case.state = 'granted'", False),
        ("Case.objects.filter(status='granted')", False),
    ],
)
def test_the_scan_knows_a_status_write_when_it_sees_one(code, is_found):
    assert any(writes_status(node) for node in ast.walk(ast.parse(code))) is is_found


@pytest.mark.parametrize(
    "word", ["TODO", "FIXME", "task_always_eager", "CELERY_TASK_ALWAYS_EAGER", "auto_now=True", "|safe", "mark_safe"]
)
def test_words_that_have_no_place_in_the_source(word):
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")] + list((ROOT / "templates").rglob("*.html"))
    places = [str(path.relative_to(ROOT)) for path in files if word in path.read_text(encoding="utf-8")]

    assert places == []


def test_every_application_and_every_table_of_the_record_leaves_change_rows():
    trailed = {
        model.__name__
        for model in apps.get_models()
        for trigger in getattr(model._meta, "triggers", [])
        if "trail_" in trigger.name
    }
    cases = {model.__name__ for model in apps.get_models() if issubclass(model, Application)}
    wanted = {
        "Candidate",
        "Ticket",
        "Registration",
        "Credit",
        "CreditEntry",
        "Mark",
        "Appointment",
        "OfficeGrant",
        "User",
        "Setting",
    }

    assert wanted | cases <= trailed
