"""That nothing but a correction changes what a record says of a person (K2), and that no university touches marks (A03)."""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import NoReverseMatch, reverse

from exemptions.workflow import EXEMPTION
from records.corrections.fields import WRITTEN
from records.imports.faults import FileRefused
from records.models import Candidate, Credit
from records.registration.registering import register_person
from scores.models import Mark
from tests.audit.test_source import ROOT, sources
from tests.config.matrix import named_addresses
from tests.factories import ExemptionFactory, MajorFactory, MarkFactory, SittingFactory, UserFactory

# Who writes a person's data: the one that carries corrections out; who registers, and fills in what was never known; the city.
MAY_WRITE = {
    "records/corrections/carrying_out.py",
    "records/registration/writing.py",
    "records/photos/taking.py",  # a photo where there is none
    "records/rare_names/saying.py",  # how a name is read, where no dictionary knows
}
MAY_WRITE_FOLDERS = ("config/city/", "records/migrations/")
AMBIGUOUS = {"name", "education", "sex", "photo"}
"""Columns whose names other tables have as well: counted only where the candidate stands beside them."""

UPDATE = re.compile(r"UPDATE\s+records_candidate\b(?P<what>.*?)(?:FROM|WHERE|$)", re.S)


def writes_of(tree: ast.AST) -> list[int]:
    """Lines that assign to a candidate's datum, update it by the ORM, or set it by name."""
    return [node.lineno for node in ast.walk(tree) if _writes(node)]


def _writes(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(target, ast.Attribute) and _is_datum(target) for target in targets)
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and node.func.attr in {"update", "bulk_update"}:
        return _mentions(node.func.value, "candidate") and bool({keyword.arg for keyword in node.keywords} & WRITTEN)
    if getattr(node.func, "id", "") == "setattr" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
        return node.args[1].value in WRITTEN and _mentions(node.args[0], "candidate")
    return False


def _is_datum(target: ast.Attribute) -> bool:
    return target.attr in WRITTEN and (target.attr not in AMBIGUOUS or _mentions(target.value, "candidate"))


def _mentions(node: ast.AST, word: str) -> bool:
    return word in ast.dump(node).lower()


def test_only_a_correction_writes_what_a_record_says_of_a_person():
    places = [
        f"{name}:{line}"
        for path, tree in sources()
        for name in [str(path.relative_to(ROOT))]
        if name not in MAY_WRITE and not name.startswith(MAY_WRITE_FOLDERS)
        for line in writes_of(tree)
    ]

    assert places == []


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("candidate.name = 'x'", True),
        ("case.candidate.identity_number = 'x'", True),
        ("person.birth_date = day", True),
        ("Candidate.objects.filter(pk=1).update(name='x')", True),
        ("setattr(candidate, 'sex', '1')", True),
        ("candidate.phone = 'x'", False),
        ("document.name = 'x'", False),
        ("Office.objects.update(name='x')", False),
        ("Candidate.objects.filter(name='x')", False),
    ],
)
def test_the_scan_knows_a_write_when_it_sees_one(code, is_found):
    assert bool(writes_of(ast.parse(code))) is is_found


def test_registering_only_fills_in_what_is_empty():
    """The statements of SQL that update candidates: registering fills in what was never known, undoing a batch takes just that
    back, the ledger opens records.
    """
    found: dict[str, set[str]] = {}
    for path, _tree in sources():
        text = path.read_text(encoding="utf-8")
        for update in UPDATE.finditer(text):
            columns = {column for column in WRITTEN if re.search(rf"\b{column}\b\s*=[^=]", update["what"])}
            if columns:
                found.setdefault(str(path.relative_to(ROOT)), set()).update(columns)

    filled_in = {"prior_education", "prior_major"}
    assert found == {"records/registration/writing.py": filled_in, "records/registration/undoing.py": filled_in}
    writing = Path(ROOT / "records/registration/writing.py").read_text(encoding="utf-8")
    assert "prior_education = COALESCE(NULLIF(c.prior_education, ''), together.prior_education)" in writing


def test_no_address_takes_a_candidates_data_but_a_case():
    """Every address with a candidate in it: reading, the counter's draft, what needs no case (contact, a slip)."""
    about = {name for name in named_addresses() if name.startswith("candidates:") or "candidate" in name.split(":")[-1]}

    assert about <= {"candidates:list", "candidates:detail", "candidates:contact", "candidates:slip"}
    assert not any("candidate" in name for name in named_addresses() if name.startswith("api-"))


@pytest.fixture
def marked(candidate):
    """A mark of 55 of the university's own candidate, in a sitting that is not out yet."""
    return MarkFactory(candidate=candidate, points=55)


def test_a03_no_page_lets_a_university_change_a_mark(client, marked, clerk, university):
    """Case A03: a host clerk edits a score directly: blocked by every address of the scores, to read as well as to send."""
    everything = UserFactory(office=university, roles=["U1", "U2", "U3", "U4", "U5", "U6", "U7", "U8", "U9", "UH"])
    arguments = {"pk": marked.publication_id, "name": "publish"}
    addresses = sorted(name for name in named_addresses() if name.startswith("scores:"))
    assert "scores:upload" in addresses
    for person in (clerk, everything):
        client.force_login(person)
        for name in addresses:
            for wanted in ({}, {"pk": arguments["pk"]}, arguments, {"name": marked.sitting.name}):
                try:
                    url = reverse(name, kwargs=wanted)
                except NoReverseMatch:
                    continue
                assert client.post(url, {"points": "95", "mark": "95"}).status_code in (403, 404, 405)

    marked.refresh_from_db()
    assert marked.points == 55
    assert not Credit.objects.exists()


def test_a03_the_machines_door_knows_no_marks(client, marked, clerk):
    client.force_login(clerk)

    assert not {name for name in named_addresses() if name.startswith("api-") and ("score" in name or "mark" in name)}
    for path in ("/api/v1/scores/", f"/api/v1/marks/{marked.pk}/", "/api/v1/candidates/"):
        for method in (client.get, client.post, client.put, client.patch, client.delete):
            assert method(path, content_type="application/json").status_code in (403, 404, 405)


def test_a03_an_import_of_a_university_is_refused(client, marked, clerk):
    client.force_login(clerk)
    rows = f"准考证号,课程代码,成绩,标记,考点\n{marked.candidate.ticket_number},{marked.course.code},95,,\n".encode()

    answer = client.post(
        reverse("scores:upload"),
        {"sitting": SittingFactory().name, "kind": "written", "file": SimpleUploadedFile("marks.csv", rows, "text/csv")},
    )

    assert answer.status_code == 403
    assert Mark.registry.count() == 1
    assert not any(clerk.has_perm(name) for name in ("scores.import_scores", "scores.publish_scores", "scores.change_mark"))


def test_a04_a_university_decides_no_exemption_by_any_channel(client, candidate, clerk):
    """Case A04: a host office approves an exemption finally: blocked at the page and at the machine's door."""
    case = ExemptionFactory(candidate=candidate, status="municipality")
    client.force_login(clerk)

    for name in ("grant", "refuse"):
        page = client.post(reverse("exemptions:step", args=[case.pk, name]), {"note": "理由"})
        machine = client.post(
            reverse("api-exemptions-steps", args=[case.pk, name]), {"note": "理由"}, content_type="application/json"
        )
        assert (page.status_code, machine.status_code) == (403, 403)

    case.refresh_from_db()
    assert case.status == "municipality"
    assert not Credit.objects.exists()
    assert case not in EXEMPTION.waiting_for(clerk)


def test_registering_somebody_again_changes_nothing_that_is_known(candidate, university):
    """A file that names a known person otherwise: whatever comes of it, the record says what it said."""
    kept = sorted(WRITTEN - {"identity_number"})
    Candidate.objects.filter(pk=candidate.pk).update(prior_education="专科", prior_major="会计")
    before = Candidate.objects.values(*kept).get(pk=candidate.pk)
    major = MajorFactory(hosts=[university])
    cells = {
        "姓名": "张冒名",
        "性别": "女",
        "民族": "回族",
        "证件类型": "居民身份证",
        "证件号码": candidate.identity_number,
        "出生日期": "1998-03-14",
        "手机号码": "13900000001",
        "专业代码": major.code,
        "注册日期": "2026-09-01",
        "前置学历": "本科及以上",
        "前置专业": "法学",
    }

    with suppress(FileRefused):
        register_person(cells, university)

    assert Candidate.objects.values(*kept).get(pk=candidate.pk) == before
    assert not Candidate.objects.filter(name="张冒名").exists()
