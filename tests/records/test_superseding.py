"""Certificates follow the record: what no longer says the truth is out of force, with the reason in words."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from audit.models import Event
from records.certificates import superseding
from records.certificates.issuing import issue
from records.certificates.superseding import follow_record, walk, why_stale
from records.certificates.verifying import Finding, by_code
from records.ledger import feed
from records.ledger.feed import tell_of_correction
from records.ledger.models import FeedCursor
from records.models import Candidate, Certificate, Ticket
from tests.factories import CandidateFactory, RegistrationFactory
from tests.records.certifying import passed, reviewed, taken_back, transcript


@pytest.fixture(autouse=True)
def everything_is_final(monkeypatch):
    """Inside a test's one transaction nothing is final; between transactions the feed's own tests look."""
    monkeypatch.setattr(feed, "FINAL", "true")


def state_of(certificate: Certificate) -> tuple[bool, str]:
    certificate.refresh_from_db()
    return certificate.is_in_force, certificate.superseded_because


def test_a_new_credit_ends_the_transcript_of_all_courses(candidate):
    passed(candidate, "00037")
    made = transcript(candidate)
    follow_record()
    assert state_of(made) == (True, "")

    passed(candidate, "03708")
    follow_record()

    assert state_of(made) == (False, "新增合格课程")


def test_a_new_credit_leaves_a_certificate_of_chosen_courses_alone(candidate):
    passed(candidate, "00037")
    passed(candidate, "03709")
    chosen = transcript(candidate, "00037")
    single = issue(candidate, "pass", office=candidate.managing_university, by=None, choice={"courses": ["00037"]})

    taken_back(passed(candidate, "03708"))
    passed(candidate, "00009", None, source="exemption")
    follow_record()

    assert state_of(chosen) == (True, "")
    assert state_of(single) == (True, "")


@pytest.mark.parametrize("codes", [(), ("00037",)])
def test_a_revoked_credit_ends_every_certificate_that_names_it(candidate, codes):
    entry = passed(candidate, "00037")
    passed(candidate, "03708")
    made = transcript(candidate, *codes)

    taken_back(entry, because="考试违规，成绩取消")
    follow_record()

    assert state_of(made) == (False, "课程成绩或学分撤销")


@pytest.mark.parametrize(("mark", "because"), [("61", "成绩复核后更改"), ("80", "课程成绩提高")])
def test_another_mark_ends_it(candidate, mark, because):
    entry = passed(candidate, "00037", "75")
    made = transcript(candidate)

    reviewed(entry, mark)
    follow_record()

    assert state_of(made) == (False, because)


def test_a_corrected_name_ends_it(candidate):
    passed(candidate, "00037")
    made = transcript(candidate)

    Candidate.objects.filter(pk=candidate.pk).update(name="林知秋")
    tell_of_correction(candidate.pk)
    follow_record()

    assert state_of(made) == (False, "考籍更改")
    assert made.facts["name"] == candidate.name


def test_a_correction_of_what_does_not_stand_on_it_leaves_it_alone(candidate):
    passed(candidate, "00037")
    made = transcript(candidate)

    Candidate.objects.filter(pk=candidate.pk).update(address="别处1号")
    tell_of_correction(candidate.pk)
    follow_record()

    assert state_of(made) == (True, "")


def test_other_peoples_certificates_stay(candidate, university):
    other = CandidateFactory(managing_university=university)
    passed(candidate, "00037")
    passed(other, "00037")
    made = transcript(other)

    passed(candidate, "03708")
    follow_record()

    assert state_of(made) == (True, "")


def test_what_is_out_of_force_is_not_touched_again(candidate):
    passed(candidate, "00037")
    made = transcript(candidate)
    passed(candidate, "03708")
    follow_record()
    first = Certificate.objects.values_list("superseded_at", flat=True).get(pk=made.pk)

    passed(candidate, "03709")
    follow_record()

    assert Certificate.objects.values_list("superseded_at", flat=True).get(pk=made.pk) == first


def test_a_follower_killed_in_the_middle_ends_in_the_same_state(candidate, university, monkeypatch):
    people = [candidate, *(CandidateFactory(managing_university=university) for _ in range(2))]
    for person in people:
        passed(person, "00037")
    made = [transcript(person) for person in people]
    follow_record()
    for person in people:
        passed(person, "03708")
    original, done = superseding.supersede, []

    def killed(certificate, because, **options):
        original(certificate, because, **options)
        done.append(certificate.pk)
        if len(done) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(superseding, "supersede", killed)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        follow_record()
    assert [state_of(each)[0] for each in made] == [True, True, True]
    monkeypatch.setattr(superseding, "supersede", original)

    follow_record()
    assert [state_of(each) for each in made] == [(False, "新增合格课程")] * 3
    assert follow_record() == 0


def test_before_the_follower_came_nothing_overtaken_is_called_in_force(candidate):
    entry = passed(candidate, "00037", "75")
    made = transcript(candidate)
    assert by_code(made.number, made.code).finding is Finding.IN_FORCE

    reviewed(entry, "61")

    answer = by_code(made.number, made.code)
    assert state_of(made) == (True, "")
    assert answer.finding is Finding.SUPERSEDED
    assert "成绩复核后更改" in answer.line


def test_what_the_feed_does_not_tell_is_found_by_verification_and_by_the_walk(candidate):
    made = issue(candidate, "registration", office=candidate.managing_university, by=None)
    RegistrationFactory(candidate=candidate)
    follow_record()
    assert state_of(made) == (True, "")

    assert by_code(made.number, made.code).finding is Finding.SUPERSEDED
    assert walk() == 1
    assert state_of(made) == (False, "报考专业或主考院校变更")
    assert walk() == 0


def test_a_new_ticket_is_one_of_the_reasons(candidate):
    passed(candidate, "00037")
    made = transcript(candidate)
    candidate.tickets.update(is_current=False)
    Ticket.objects.create(candidate=candidate, number="269999999999", issued_on=dt.date(2026, 1, 1))

    assert why_stale(made) == "准考证号变更"


def test_superseding_stands_in_the_trail_with_its_purpose(candidate):
    passed(candidate, "00037")
    made = transcript(candidate)
    passed(candidate, "03708")

    follow_record()

    line = Event.objects.get(subject_table="records_certificate", verb="update", subject_id=made.pk)
    assert line.details["after"]["superseded_because"] == "新增合格课程"
    assert line.note == "证明随考籍更新"
    assert FeedCursor.objects.filter(follower="certificates").exists()
