"""What must be true before a correction moves on, each rule on both sides; what may be corrected; kinds in versions."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from audit.models import Event
from audit.workflow import Refused
from records.contact.changing import PLAIN
from records.corrections import rules
from records.corrections.fields import DATA, WRITTEN
from records.corrections.kinds import end, kinds_in_force, revise, versions_of
from records.models import Candidate, CorrectionKind
from tests.factories import (
    CandidateFactory,
    CorrectionFactory,
    CorrectionKindFactory,
    DiplomaFactory,
    DocumentFactory,
    UniversityFactory,
    identity_number,
    lay_down_correction_kinds,
)

TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)


def codes_of(problems):
    return [problem.code for problem in problems]


def test_what_candidates_change_themselves_is_no_matter_of_a_case():
    assert not WRITTEN & {*PLAIN, "phone", "phone_hash", "phone_mask", "email", "email_mask"}


def test_numbers_of_the_office_are_corrected_by_nobody():
    assert not WRITTEN & {"record_number", "registration_number", "record_opened_on", "managing_university"}


VALUES = {
    "name": "阿卜杜·热合曼",
    "sex": "1",
    "ethnicity": "05",
    "document": f"resident:{identity_number(77)}",
    "birth_date": "1990-02-28",
    "prior_education": "专科",
    "prior_major": "会计",
    "household": "江苏省南京市玄武区",
    "political_status": "群众",
    "education": "大专",
    "exam_area": "玄武",
    "candidate_kind": "社会考生",
}


@pytest.mark.parametrize("key", [*VALUES, "photo"])
def test_what_is_written_is_what_is_read(candidate, key):
    datum = DATA[key]
    value = VALUES.get(key) or str(DocumentFactory(candidate=candidate, content_type="image/jpeg", name="照片.jpg").key)
    columns = datum.columns(value)

    assert set(columns) <= WRITTEN
    assert datum.problems(value) == []
    for name, column in columns.items():
        setattr(candidate, name, column)
    candidate.save()
    assert datum.read(Candidate.objects.get(pk=candidate.pk)) == value


def test_every_datum_stands_in_some_kind_of_the_first_ones(db):
    lay_down_correction_kinds()

    assert {key for kind in kinds_in_force() for key in kind.fields} == set(DATA)
    assert len(kinds_in_force()) == 10


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""),
        ("name", "林3"),
        ("name", "林\u202e知"),
        ("name", "林" * 201),
        ("sex", "3"),
        ("ethnicity", "99"),
        ("document", "resident:110105194912310021"),
        ("document", "resident:"),
        ("document", ":11010519491231002X"),
        ("document", "library:123456"),
        ("birth_date", "1899-12-31"),
        ("birth_date", "2025-02-30"),
        ("birth_date", (TODAY + DAY).isoformat()),
        ("photo", "not a key"),
        ("photo", "00000000-0000-0000-0000-000000000000"),
        ("prior_education", "博士"),
        ("household", "甲" * 201),
    ],
)
def test_what_cannot_stand_there_is_refused(candidate, key, value):
    case = CorrectionFactory(candidate=candidate, changes={key: value})

    problems = rules.new_value_is_valid(case)

    assert problems
    if key == "document":
        assert value.partition(":")[2] not in str(problems[0].message) or not value.partition(":")[2]


def test_a_photo_is_a_picture(candidate):
    pdf = DocumentFactory(candidate=candidate)

    assert DATA["photo"].problems(str(pdf.key))


def test_numbers_are_shown_only_masked(candidate):
    shown = DATA["document"].shown(f"resident:{identity_number(77)}")

    assert identity_number(77) not in shown
    assert shown.startswith("居民身份证 199***")


def test_something_is_asked_for(candidate):
    assert codes_of(rules.something_is_asked_for(CorrectionFactory(candidate=candidate, changes={}))) == [
        "correction.nothing-asked"
    ]
    assert codes_of(rules.something_is_asked_for(CorrectionFactory(candidate=candidate, changes={"sex": "1"}))) == [
        "correction.not-of-kind"
    ]
    assert rules.something_is_asked_for(CorrectionFactory(candidate=candidate)) == []


def test_the_new_value_differs(candidate):
    same = CorrectionFactory(candidate=candidate, changes={"name": candidate.name})

    assert codes_of(rules.new_value_differs(same)) == ["correction.same"]
    assert rules.new_value_differs(CorrectionFactory(candidate=candidate)) == []


def test_nobody_else_has_the_document(candidate):
    somebody = CandidateFactory()
    taken = CorrectionFactory(candidate=candidate, changes={"document": f"resident:{somebody.identity_number}"})
    free = CorrectionFactory(candidate=candidate, changes={"document": f"resident:{identity_number(candidate.pk + 400)}"})

    (problem,) = rules.nobody_else_has_the_document(taken)
    assert problem.code == "correction.duplicate"
    assert somebody.name not in str(problem.message)
    assert rules.nobody_else_has_the_document.staff_only
    assert rules.nobody_else_has_the_document(free) == []
    assert rules.nobody_else_has_the_document not in rules.SOUND


@pytest.mark.parametrize(("key", "value"), [("name", "林知秋"), ("birth_date", "1998-03-15"), ("sex", "1"), ("photo", "x")])
def test_what_a_diploma_says_is_not_changed_any_more(candidate, key, value):
    case = CorrectionFactory(candidate=candidate, changes={key: value})
    assert rules.certificate_is_not_issued(case) == []

    diploma = DiplomaFactory(candidate=candidate)
    (problem,) = rules.certificate_is_not_issued(case)
    assert problem.code == "correction.certified"
    assert "公安机关" in str(problem.next_step)

    type(diploma).objects.filter(pk=diploma.pk).update(cancelled_at=timezone.now())
    assert rules.certificate_is_not_issued(case) == []


def test_what_no_diploma_says_is_changed_after_it_too(candidate):
    DiplomaFactory(candidate=candidate)

    assert rules.certificate_is_not_issued(CorrectionFactory(candidate=candidate, changes={"household": "江苏"})) == []


def test_somebody_elses_diploma_bars_nothing(candidate):
    DiplomaFactory()

    assert rules.certificate_is_not_issued(CorrectionFactory(candidate=candidate)) == []


def test_after_a_move_the_old_university_takes_no_correction(candidate):
    case = CorrectionFactory(candidate=candidate)
    assert rules.university_manages_the_record(case) == []

    candidate.managing_university = UniversityFactory()
    case.refresh_from_db()
    case.candidate = candidate
    assert codes_of(rules.university_manages_the_record(case)) == ["correction.other-university"]


CONTENT = {"title": "姓名更正", "fields": ["name"], "proofs": [], "form_title": "表", "guidance": "", "position": 1}


@pytest.mark.parametrize(("until", "is_open"), [(None, True), (TODAY + DAY, True), (TODAY, False)])
def test_a_kind_that_is_ended_takes_nothing_new(candidate, until, is_open):
    kind = CorrectionKindFactory(in_force_from=TODAY - DAY, in_force_until=until)

    assert (kind in kinds_in_force()) is is_open


def test_what_was_begun_under_a_version_is_finished_under_it(candidate):
    kind = CorrectionKindFactory(in_force_from=TODAY - DAY)
    case = CorrectionFactory(candidate=candidate, kind=kind)

    newer = revise(kind.code, {**CONTENT, "fields": ["name", "sex"]}, starts_on=TODAY + DAY)

    assert [version.pk for version in versions_of(kind.code)] == [newer.pk, kind.pk]
    kind.refresh_from_db()
    assert (kind.in_force_until, kind.fields) == (TODAY + DAY, ["name"])
    assert rules.kind_is_in_force(case) == []
    later = CorrectionFactory(candidate=CandidateFactory(), kind=newer)
    assert codes_of(rules.kind_is_in_force(later)) == ["correction.kind-ended"]


def test_laying_down_leaves_a_trail(candidate):
    kind = CorrectionKindFactory(in_force_from=TODAY - DAY)

    newer = revise(kind.code, CONTENT, starts_on=TODAY)

    events = Event.objects.filter(kind="change", subject_table="records_correctionkind")
    assert events.filter(verb="insert", subject_id=newer.pk).exists()
    assert events.filter(verb="update", subject_id=kind.pk).exists()


@pytest.mark.parametrize(
    ("fields", "starts_on", "code"),
    [
        (["name"], TODAY - DAY, "correction-kind.past"),
        (["phone"], TODAY, "correction-kind.fields"),
        ([], TODAY, "correction-kind.fields"),
    ],
)
def test_what_is_not_laid_down(db, fields, starts_on, code):
    with pytest.raises(Refused) as refused:
        revise("own", {**CONTENT, "fields": fields}, starts_on=starts_on)

    assert codes_of(refused.value.problems) == [code]
    assert versions_of("own") == []


def test_a_version_that_has_begun_is_not_rewritten_and_one_to_come_is(db):
    revise("own", CONTENT, starts_on=TODAY)
    with pytest.raises(Refused) as refused:
        revise("own", {**CONTENT, "title": "另一名称"}, starts_on=TODAY)
    assert codes_of(refused.value.problems) == ["correction-kind.has-begun"]

    revise("own", {**CONTENT, "title": "明天的"}, starts_on=TODAY + DAY)
    revise("own", {**CONTENT, "title": "明天改过的"}, starts_on=TODAY + DAY)
    with pytest.raises(Refused) as refused:
        revise("own", CONTENT, starts_on=TODAY)

    assert "correction-kind.later-version" in codes_of(refused.value.problems)
    assert [version.title for version in versions_of("own")] == ["明天改过的", "姓名更正"]


def test_of_each_kind_one_version_holds_on_any_day(db):
    revise("own", CONTENT, starts_on=TODAY)
    revise("own", CONTENT, starts_on=TODAY + 5 * DAY)

    for days in range(10):
        assert CorrectionKind.objects.in_force(TODAY + days * DAY).filter(code="own").count() == 1


def test_a_kind_is_ended_from_a_day_to_come(db):
    kind = revise("own", CONTENT, starts_on=TODAY)

    with pytest.raises(Refused):
        end(kind, TODAY - DAY)
    end(kind, TODAY)

    assert kind not in kinds_in_force()
