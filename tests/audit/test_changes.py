"""Changes reach the trail whatever way they are made: by the ORM, in bulk, by raw SQL; with actor and purpose."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from audit.acting import acting, current
from audit.models import Event
from records.ledger import book
from records.models import Appointment, Candidate, Credit
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    ExemptionFactory,
    MarkFactory,
    PublicationFactory,
    UniversityFactory,
    UserFactory,
)

NOW = "2026-11-23T08:00:00+08:00"


def changes(table: str):
    return Event.objects.filter(kind="change", subject_table=table).order_by("pk")


def test_a_saved_change_shows_before_and_after_with_actor_and_purpose(candidate, officer):
    candidate.address = "人民路1号"
    with acting(officer, purpose="通讯地址更正"):
        candidate.save()

    change = changes("records_candidate").get()
    assert change.details == {"before": {"address": ""}, "after": {"address": "人民路1号"}}
    assert (change.verb, change.subject_id, change.candidate_id) == ("update", candidate.pk, candidate.pk)
    assert (change.actor, change.note, change.capacity) == (officer, "通讯地址更正", officer.capacity)


def test_a_bulk_update_leaves_a_line_for_every_row_it_changed(db, university):
    people = [CandidateFactory(managing_university=university) for _ in range(3)]
    Candidate.objects.filter(pk=people[0].pk).update(occupation="教师")

    Candidate.objects.update(occupation="教师")

    touched = changes("records_candidate").values_list("subject_id", flat=True)
    assert sorted(touched) == sorted(person.pk for person in people)


def test_raw_sql_is_caught_with_the_actor_in_force(candidate, officer):
    with acting(officer, purpose="百分之100%"), connection.cursor() as cursor:
        cursor.execute("UPDATE records_candidate SET occupation = %s WHERE id = %s", ["医生", candidate.pk])
        assert cursor.rowcount == 1

    change = changes("records_candidate").get()
    assert (change.actor, change.note) == (officer, "百分之100%")


def test_a_hand_at_the_database_has_no_actor_but_a_database_user(candidate):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE records_candidate SET occupation = '医生' WHERE id = {candidate.pk}")

    change = changes("records_candidate").get()
    assert change.actor_id is None
    assert change.database_user


def test_an_update_that_changes_nothing_leaves_no_line(candidate):
    candidate.save()

    assert not changes("records_candidate").exists()


def test_no_ciphertext_enters_the_trail_but_hash_and_mask_do(candidate):
    candidate.identity_number = candidate.identity_number
    candidate.phone = "13800000000"
    candidate.phone_mask = "138****0000"
    candidate.save()

    change = changes("records_candidate").get()
    assert set(change.details["after"]) == {"phone_mask"}


def test_a_deleted_row_stays_in_the_trail(candidate):
    ticket = candidate.tickets.get()
    pk = ticket.pk
    ticket.delete()

    change = changes("records_ticket").get()
    assert (change.verb, change.subject_id, change.candidate_id) == ("delete", pk, candidate.pk)
    assert change.details["before"]["number"] == ticket.number


def test_a_changed_key_is_seen(candidate):
    course = CourseFactory()
    book.enter([entry_of(candidate, course)])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE records_credit SET id = id + 1000")

    assert changes("records_credit").count() == 2


def entry_of(candidate, course):
    import datetime as dt
    from decimal import Decimal

    return book.Entry(candidate.pk, course.pk, "exam", dt.date(2026, 4, 30), "test", f"{candidate.pk}-{course.pk}", Decimal(70))


def test_marks_are_trailed_only_once_published(db):
    hidden = MarkFactory()
    shown = MarkFactory(publication=PublicationFactory(sitting__name="2025-10", published_at=NOW))
    for mark in (hidden, shown):
        mark.site = "第二考点"
        mark.save()

    assert [change.subject_id for change in changes("scores_mark")] == [shown.pk]
    assert changes("scores_mark").get().candidate_id == shown.candidate_id


def test_batches_insert_without_a_line_each_but_cases_leave_one(candidate):
    ExemptionFactory(candidate=candidate)

    assert not changes("records_candidate").exists()
    assert changes("exemptions_exemptionapplication").get().verb == "insert"


def test_giving_and_taking_a_role_is_seen(clerk, officer):
    with acting(officer, purpose="任命"):
        given = Appointment.objects.create(
            person=clerk, role=Group.objects.get(name="U5"), office=clerk.appointments.first().office
        )
        Appointment.objects.filter(pk=given.pk).update(taken_by=officer, taken_at=timezone.now())

    verbs = list(changes("records_appointment").filter(actor=officer).values_list("verb", flat=True))
    assert verbs == ["insert", "update"]


def test_giving_and_taking_an_office_is_seen(clerk, officer):
    office = UniversityFactory()
    with acting(officer):
        assign_perm("records.represent_office", clerk, office)
        remove_perm("records.represent_office", clerk, office)

    verbs = list(changes("guardian_userobjectpermission").filter(actor=officer).values_list("verb", flat=True))
    assert verbs == ["insert", "delete"]


def test_a_password_never_enters_the_trail(db):
    user = UserFactory()
    user.set_password("another-long-password")
    user.save()

    for change in changes("records_user"):
        assert "'password'" not in str(change.details)


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET note = 'x'", "DELETE FROM audit_event"])
def test_the_trail_is_neither_altered_nor_removed_even_by_the_owner(candidate, statement):
    candidate.address = "x"
    candidate.save()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert changes("records_candidate").count() == 1


def test_the_actor_does_not_outlive_the_block(candidate, officer):
    with acting(officer):
        assert current().actor_id == officer.pk
    assert current().actor_id is None

    Candidate.objects.update(occupation="教师")
    assert changes("records_candidate").get().actor_id is None


@pytest.mark.django_db(transaction=True)
def test_the_actor_does_not_leak_into_the_next_statement_of_the_connection():
    candidate = CandidateFactory()
    user = UserFactory()
    with acting(user):
        Candidate.objects.update(occupation="教师")
    Candidate.objects.update(occupation="医生")

    assert [change.actor_id for change in changes("records_candidate")] == [user.pk, None]
    assert Credit.objects.filter(candidate=candidate).count() == 0


def test_words_of_a_purpose_are_only_words(candidate, officer):
    with acting(officer, purpose="'); DROP TABLE records_ticket; --"):
        Candidate.objects.filter(pk=candidate.pk).update(occupation="教师")

    assert changes("records_candidate").get().note == "'); DROP TABLE records_ticket; --"
    assert candidate.tickets.count() == 1
