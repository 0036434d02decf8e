"""Issuing certificates: what they say, number and code, the same again while nothing changes, who may."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import threading
from itertools import pairwise

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from audit.acting import acting
from audit.models import Event
from audit.workflow import Refused
from records.candidates.numbers import has_valid_check_digit
from records.certificates import issuing
from records.certificates.glyphs import MissingGlyphs
from records.certificates.issuing import address_of, issue, take_file
from records.certificates.kinds import kind_of
from records.certificates.models import Certificate, CertificatePrint
from records.certificates.numbering import ALPHABET, new_code, shown, typed
from records.models import Candidate, RareName
from tests.factories import CandidateFactory, MajorFactory, RegistrationFactory, UserFactory
from tests.records.certifying import passed, taken_back, transcript


def test_a_transcript_names_every_passed_course_with_its_mark(candidate):
    passed(candidate, "00037", "74")
    passed(candidate, "03708", "良好", source="practical")

    made = transcript(candidate)

    assert [(line["code"], line["source"], line["mark"]) for line in made.facts["courses"]] == [
        ("00037", "exam", "74"),
        ("03708", "practical", "良好"),
    ]
    assert made.facts["identity"] == candidate.identity_mask
    assert candidate.identity_number not in json.dumps(made.facts)


def test_an_exemption_and_a_transfer_are_called_so_and_no_examination_mark(candidate):
    passed(candidate, "00037", "74")
    passed(candidate, "13000", None, source="exemption")
    passed(candidate, "00009", "81.5", source="transfer")

    made = transcript(candidate)
    paper = kind_of("transcript").paper(made.facts)

    rows = {row[1]: row for row in paper["tables"][0]["rows"]}
    assert rows["13000"][3:] == ["免考", "4", "—", "2025年10月26日"]
    assert rows["00009"][3:] == ["转入", "4", "81.5", "2025年10月26日"]
    assert rows["00037"][3:] == ["笔试", "4", "74", "2025年10月"]
    assert "笔试1门，免考1门，外省转入1门" in paper["closing"]
    assert "免考和转入的课程不是在本市考试取得的成绩" in paper["closing"]


def test_chosen_courses_alone_stand_on_it(candidate):
    for code in ("00037", "03708", "03709"):
        passed(candidate, code)

    made = transcript(candidate, "03709", "00037", "00037")

    assert [line["code"] for line in made.facts["courses"]] == ["00037", "03709"]
    assert made.choice == {"courses": ["00037", "03709"]}
    assert "所选合格课程" in kind_of("transcript").paper(made.facts)["closing"]


@pytest.mark.parametrize(("kind", "choice"), [("transcript", []), ("transcript", ["00037"]), ("pass", ["00037"])])
def test_without_a_passed_course_there_is_nothing_to_certify(candidate, kind, choice):
    with pytest.raises(Refused) as refusal:
        issue(candidate, kind, office=candidate.managing_university, by=None, choice={"courses": choice})

    assert refusal.value.problems[0].code == "certificate.no-course"
    assert not Certificate.objects.exists()


def test_a_course_that_is_not_passed_cannot_be_chosen(candidate):
    passed(candidate, "00037")

    with pytest.raises(Refused) as refusal:
        transcript(candidate, "00037", "99999")

    assert "99999" in str(refusal.value.problems[0].message)


@pytest.mark.parametrize(("source", "may"), [("exam", True), ("practical", True), ("exemption", False), ("transfer", False)])
def test_the_certificate_of_a_course_is_for_those_examined_here(candidate, source, may):
    passed(candidate, "00037", "80", source=source)
    ask = {"office": candidate.managing_university, "by": None, "choice": {"courses": ["00037"]}}

    if may:
        assert issue(candidate, "pass", **ask).facts["courses"][0]["code"] == "00037"
    else:
        with pytest.raises(Refused) as refusal:
            issue(candidate, "pass", **ask)
        assert refusal.value.problems[0].code == "certificate.not-examined"


def test_the_registration_is_certified_before_there_is_a_record(candidate):
    major = MajorFactory()
    RegistrationFactory(candidate=candidate, major=major)

    made = issue(candidate, "registration", office=candidate.managing_university, by=None)

    assert made.facts["record_number"] == ""
    assert [each["code"] for each in made.facts["majors"]] == [major.code]
    assert made.facts["registration_number"] == candidate.registration_number


def test_asked_again_while_nothing_changed_it_is_the_same_certificate(candidate):
    passed(candidate, "00037")

    assert transcript(candidate) == transcript(candidate)
    assert Certificate.objects.count() == 1


def test_with_other_facts_a_new_one_replaces_the_old(candidate):
    passed(candidate, "00037")
    old = transcript(candidate)
    passed(candidate, "03708")

    new = transcript(candidate)

    old.refresh_from_db()
    assert new != old
    assert new.number != old.number
    assert (old.replaced_by, old.superseded_because) == (new, "新增合格课程")
    assert not old.is_in_force
    assert new.is_in_force


def test_another_choice_is_another_certificate_beside_the_first(candidate):
    passed(candidate, "00037")
    passed(candidate, "03708")

    whole, part = transcript(candidate), transcript(candidate, "00037")

    assert whole != part
    assert Certificate.objects.in_force().count() == 2


def test_a_revoked_certificate_is_not_given_out_again(candidate):
    passed(candidate, "00037")
    first = transcript(candidate)
    Certificate.objects.filter(pk=first.pk).update(revoked_at=dt.datetime.now(dt.UTC), revoked_because="错发")

    assert transcript(candidate) != first


def test_the_file_lies_there_as_its_sum_says_and_its_text_is_legible(candidate):
    passed(candidate, "00037")

    made = transcript(candidate)

    content = made.path.read_bytes()
    assert content.startswith(b"%PDF-")
    assert hashlib.sha256(content).hexdigest() == made.sha256
    assert len(content) == made.size
    assert made.path.stat().st_mode & 0o077 == 0


def test_numbers_are_checked_dated_and_tell_nobody_the_next(candidate):
    numbers = []
    for index in range(6):
        passed(candidate, f"0003{index}")
        numbers.append(transcript(candidate).number)

    assert all(has_valid_check_digit(number) for number in numbers)
    assert all(len(number) == 13 for number in numbers)
    serials = [int(number[4:-1]) for number in numbers]
    assert all(abs(after - before) > 1 for before, after in pairwise(serials))


def test_a_number_is_not_used_again_by_what_came_to_nothing(candidate, monkeypatch):
    passed(candidate, "00037")
    given = []
    original = issuing.numbering.next_number
    monkeypatch.setattr(issuing.numbering, "next_number", lambda on: given.append(original(on)) or given[-1])
    monkeypatch.setattr(issuing.filing, "write", _full_disk)
    with pytest.raises(OSError, match="full"):
        transcript(candidate)
    assert not Certificate.objects.exists()
    monkeypatch.undo()

    assert transcript(candidate).number != given[0]


def _full_disk(*_arguments: object) -> None:
    raise OSError("disk full")


def test_codes_are_of_letters_that_nobody_confuses():
    codes = {new_code() for _ in range(200)}

    assert len(codes) == 200
    assert all(len(code) == 12 and set(code) <= set(ALPHABET) for code in codes)
    assert not set("01ILO") & set(ALPHABET)


@pytest.mark.parametrize("text", ["7K4M-9Q2D-XH83", "7k4m9q2dxh83", " 7K4M 9Q2D–XH83 "])
def test_a_code_may_be_typed_in_any_way(text):
    assert typed(text) == "7K4M9Q2DXH83"
    assert shown("7K4M9Q2DXH83") == "7K4M-9Q2D-XH83"


def test_the_address_in_the_code_holds_number_and_code_and_nothing_of_the_person(candidate, settings):
    settings.PUBLIC_ADDRESS = "https://kaoji.example"
    passed(candidate, "00037")

    made = transcript(candidate)

    assert address_of(made) == f"https://kaoji.example/verify/?n={made.number}&c={made.code}"


def test_a_name_that_the_font_lacks_stops_the_issue_and_stands_where_staff_see_it(university):
    person = CandidateFactory(managing_university=university, name="林\ue000桐")
    passed(person, "00037")

    with pytest.raises(MissingGlyphs) as missing:
        transcript(person)

    assert "U+E000" in str(missing.value)
    assert not Certificate.objects.exists()
    row = RareName.objects.get(candidate=person)
    assert (row.characters, row.reasons) == ("\ue000", ["font"])
    with pytest.raises(MissingGlyphs):
        transcript(person)
    assert RareName.objects.count() == 1


@pytest.mark.parametrize("name", ["㙍䶮", "𬭚𠮷", "阿依努尔·买买提"])
def test_rare_names_that_the_font_has_are_printed(university, name):
    person = CandidateFactory(managing_university=university, name=name)
    passed(person, "00037")

    assert transcript(person).facts["name"] == name


def test_a_candidate_fetches_the_own_one_alone(candidate, candidate_user, other_university):
    passed(candidate, "00037")
    stranger = UserFactory(candidate=CandidateFactory(managing_university=other_university))

    assert transcript(candidate, by=candidate_user).issued_by == candidate_user
    with pytest.raises(PermissionDenied):
        transcript(candidate, "00037", by=stranger)


@pytest.mark.parametrize(("roles", "may"), [(["U3"], True), (["U4"], False), (["UH"], False), (["US"], False)])
def test_staff_issue_by_duty(candidate, university, roles, may):
    passed(candidate, "00037")
    person = UserFactory(office=university, roles=roles)

    if may:
        assert transcript(candidate, by=person).office == university
    else:
        with pytest.raises(PermissionDenied):
            transcript(candidate, by=person)


def test_nobody_issues_in_another_office_name(candidate, foreign_clerk):
    passed(candidate, "00037")

    with pytest.raises(PermissionDenied):
        transcript(candidate, by=foreign_clerk)


def test_who_took_the_file_is_noted_and_of_staff_also_as_a_read(candidate, candidate_user, clerk):
    passed(candidate, "00037")
    made = transcript(candidate)

    with acting(candidate_user):
        take_file(made, by=candidate_user)
    with acting(clerk):
        content = take_file(made, by=clerk)

    assert content == made.path.read_bytes()
    assert list(CertificatePrint.objects.order_by("pk").values_list("by", flat=True)) == [candidate_user.pk, clerk.pk]
    [read] = Event.objects.filter(kind="read")
    assert (read.verb, read.actor_id, read.candidate_id) == ("certificate", clerk.pk, candidate.pk)
    assert made.number in read.note


def test_no_mark_and_no_code_stands_in_the_trail(candidate):
    passed(candidate, "00037", "74.5")

    made = transcript(candidate)

    [line] = Event.objects.filter(subject_table="records_certificate", verb="insert")
    assert line.details["after"]["number"] == made.number
    assert "74.5" not in json.dumps(line.details)
    assert made.code not in json.dumps(line.details)


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_one_certificate(transactional_db):
    person = CandidateFactory()
    passed(person, "00037")
    made: list[str] = []

    def ask() -> None:
        try:
            made.append(transcript(Candidate.objects.get(pk=person.pk)).number)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 4
    assert len(set(made)) == 1
    assert Certificate.objects.count() == 1


def test_a_course_taken_back_leaves_no_certificate_to_ask_for(candidate):
    entry = passed(candidate, "00037")
    transcript(candidate)
    taken_back(entry)

    with pytest.raises(Refused):
        transcript(candidate)
