"""docs/RULES.md has a dated line for every rule, in the words that people see."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.workflows import KINDS

TEXT = (Path(__file__).parents[2] / "docs" / "RULES.md").read_text(encoding="utf-8")
LINES = dict(re.findall(r"^\| `([\w.]+)` \| (.+?) \| .+? \| \d{4}-\d\d-\d\d \|$", TEXT, re.MULTILINE))
RULES = {rule.name: rule for kind in KINDS for step in kind.workflow.table for rule in step.rules}


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_has_its_line_in_the_words_of_the_office(name):
    assert LINES.get(name) == str(RULES[name].sentence)


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_names_its_source(name):
    assert str(RULES[name].source)
