"""Two records of one person made one: every number finds it, nothing is counted twice, a failure leaves everything as it was."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import ForeignKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.invariants import examine
from audit.models import Event
from audit.workflow import NotNow, Refused
from config.looks import reads_of
from graduation.models import Diploma
from records.ledger import book
from records.ledger.models import CreditChange
from records.lookups.record_number import look_up
from records.merging import moving
from records.merging.models import MergeRequest
from records.merging.workflow import MERGER
from records.models import (
    Candidate,
    Credit,
    CreditEntry,
    InboxMessage,
    PaperFile,
    PaperItem,
    ProbableDuplicate,
    Registration,
    Ticket,
    User,
)
from records.people.backends import account_of
from records.people.finding import candidate_of
from records.registration.duplicates import probable_duplicates_of
from records.registration.registering import register_person
from scores.models import Mark, TouchedStatistic
from scores.results import following, sheets
from scores.results.looking_up import results_of
from tests.factories import (
    CandidateFactory,
    CorrectionFactory,
    CourseFactory,
    DiplomaFactory,
    ExemptionFactory,
    MajorFactory,
    MarkFactory,
    MergeRequestFactory,
    MunicipalityFactory,
    PaperFileFactory,
    PaperItemFactory,
    PublicationFactory,
    RegistrationFactory,
    SittingFactory,
    UserFactory,
    identity_number,
)
from tests.records.candidate_files import person

APRIL, OCTOBER = dt.date(2025, 4, 30), dt.date(2025, 10, 31)
GONE_IDENTITY = identity_number(77)


@pytest.fixture
def kept(university):
    return CandidateFactory(managing_university=university, name="林知秋", ticket="260000000001")


@pytest.fixture
def gone(other_university):
    return CandidateFactory(managing_university=other_university, name="林知秋", number=GONE_IDENTITY, ticket="260000000002")


@pytest.fixture
def verifier(city):
    return UserFactory(office=city, roles=["OV"])


@pytest.fixture
def merger(kept, gone):
    return MergeRequestFactory(candidate=kept, merged=gone, status="municipality")


@pytest.fixture
def merge(merger, verifier):
    def take() -> MergeRequest:
        MERGER.take("merge", merger, by=verifier)
        return MergeRequest.objects.get(pk=merger.pk)

    return take


def entry(candidate, course, origin_id, *, source="exam", on=APRIL, mark=70):
    points = None if mark is None else Decimal(mark)
    return book.Entry(candidate.pk, course.pk, source, on, "test", str(origin_id), points)


def marks_codes(refusal) -> set[str]:
    return {problem.code for problem in refusal.value.problems}


# what moves ------------------------------------------------------------------------------------------------------------------


def foreign_keys_to_candidates() -> list[str]:
    return [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy
        for field in model._meta.local_fields
        if isinstance(field, ForeignKey) and field.related_model is Candidate
    ]


@pytest.mark.parametrize("field", foreign_keys_to_candidates())
def test_every_table_that_points_at_a_record_says_what_becomes_of_its_rows(field):
    assert moving.is_declared(field)


def test_nothing_is_declared_that_is_not_there():
    assert set(moving.moving_fields()) <= set(foreign_keys_to_candidates())


def test_every_number_of_both_finds_the_one_record(kept, gone, merge):
    book.enter([entry(kept, CourseFactory(), 1), entry(gone, CourseFactory(), 2)])
    kept.refresh_from_db()
    gone.refresh_from_db()
    numbers = [kept.record_number, gone.record_number, kept.registration_number, gone.registration_number]

    merge()

    for number in [*numbers, "260000000001", "260000000002"]:
        assert Candidate.by_number(number).get() == kept
    for number in [kept.record_number, gone.record_number, "260000000002", GONE_IDENTITY]:
        assert candidate_of(number) == kept
    assert look_up("林知秋", "resident", GONE_IDENTITY, wants_registration=False).number == kept.record_number


def test_one_ticket_is_current_and_the_other_a_former_number(kept, gone, merge):
    merge()

    assert list(Ticket.objects.filter(candidate=kept).order_by("number").values_list("number", "is_current")) == [
        ("260000000001", True),
        ("260000000002", False),
    ]


def test_the_only_record_number_goes_along_with_the_earlier_day(kept, gone, merge):
    book.enter([entry(gone, CourseFactory(), 1, on=APRIL)])
    gone.refresh_from_db()
    number = gone.record_number

    merge()

    kept.refresh_from_db()
    assert (kept.record_number, kept.record_opened_on) == (number, APRIL)


def test_of_two_record_numbers_the_kept_one_stays(kept, gone, merge):
    book.enter([entry(kept, CourseFactory(), 1, on=OCTOBER), entry(gone, CourseFactory(), 2, on=APRIL)])
    kept.refresh_from_db()
    number = kept.record_number

    merge()

    kept.refresh_from_db()
    assert (kept.record_number, kept.record_opened_on) == (number, APRIL)


def test_of_one_course_the_better_basis_counts_and_both_stay(kept, gone, merge):
    course = CourseFactory()
    book.enter([entry(kept, course, 1, mark=65), entry(gone, course, 2, mark=81)])

    merge()

    assert Credit.objects.get().mark == Decimal(81)
    assert Credit.objects.get().candidate == kept
    assert CreditEntry.objects.filter(candidate=kept).count() == 2
    kinds = CreditChange.objects.filter(candidate=kept).values_list("kind", flat=True)
    assert {"changed", "corrected"} <= set(kinds)


def test_marks_of_both_are_the_persons(kept, gone, merge):
    out = PublicationFactory(sitting=SittingFactory(name="2026-04"), published_at="2026-05-20T00:00Z")
    out.credits_entered_at = out.published_at
    out.save()
    MarkFactory(candidate=kept, publication=out)
    MarkFactory(candidate=gone, publication=out)
    sheets.prepare(out)

    case = merge()

    assert Mark.registry.filter(candidate=kept).count() == 2
    assert case.moved["scores.Mark"] == 1
    assert list(TouchedStatistic.objects.values_list("sitting__name", flat=True).distinct()) == ["2026-04"]
    assert len(results_of("260000000002", GONE_IDENTITY).marks) == 1  # as before
    following.walk()
    assert len(results_of("260000000002", GONE_IDENTITY).marks) == 2


def test_who_was_absent_under_one_number_and_sat_under_the_other_was_not_absent(kept, gone, merge):
    course, out = CourseFactory(), PublicationFactory()
    MarkFactory(candidate=kept, publication=out, course=course, points=None, flag="缺考")
    MarkFactory(candidate=gone, publication=out, course=course, points=Decimal(71))

    merge()

    assert Mark.registry.get().points == Decimal(71)
    assert Mark.registry.get().candidate == kept


def test_two_marks_of_one_sitting_have_to_be_cleared_up_first(kept, gone, merge):
    course, out = CourseFactory(), PublicationFactory()
    MarkFactory(candidate=kept, publication=out, course=course)
    MarkFactory(candidate=gone, publication=out, course=course)

    with pytest.raises(Refused) as refusal:
        merge()

    assert marks_codes(refusal) == {"merging.two-marks"}
    assert Mark.registry.filter(candidate=gone).exists()


def test_the_university_does_not_learn_of_unpublished_marks(kept, gone, university):
    course, out = CourseFactory(), PublicationFactory()
    MarkFactory(candidate=kept, publication=out, course=course)
    MarkFactory(candidate=gone, publication=out, course=course)
    draft = MergeRequestFactory(candidate=kept, merged=gone)

    MERGER.take("submit", draft, by=UserFactory(office=university, roles=["U3"]))

    assert moving.rows_of(gone.pk) == [("准考证", 1)]


def test_while_a_publication_enters_its_credits_nothing_is_merged(kept, gone, merge):
    MarkFactory(candidate=gone, publication=PublicationFactory(published_at="2026-05-20T00:00Z"))

    with pytest.raises(Refused) as refusal:
        merge()

    assert marks_codes(refusal) == {"merging.publishing"}


def test_of_one_major_the_earlier_day_counts(kept, gone, merge):
    major, other = MajorFactory(), MajorFactory()
    RegistrationFactory(candidate=kept, major=major, registered_on=OCTOBER, closed_on=dt.date(2025, 12, 1))
    RegistrationFactory(candidate=gone, major=major, registered_on=APRIL)
    RegistrationFactory(candidate=gone, major=other, registered_on=APRIL)

    merge()

    joined = Registration.objects.get(candidate=kept, major=major)
    assert (joined.registered_on, joined.closed_on, joined.university) == (APRIL, None, gone.managing_university)
    assert Registration.objects.filter(candidate=kept).count() == 2
    assert not Registration.objects.filter(candidate=gone).exists()


def test_two_diplomas_of_one_major_hinder_and_of_two_majors_do_not(kept, gone, merge):
    diploma = DiplomaFactory(candidate=kept)
    twice = DiplomaFactory(candidate=gone, major=diploma.major)

    with pytest.raises(Refused) as refusal:
        merge()
    assert marks_codes(refusal) == {"merging.two-diplomas"}
    twice.delete()
    DiplomaFactory(candidate=gone)
    merge()

    assert Diploma.objects.filter(candidate=kept).count() == 2


@pytest.mark.parametrize("make", [CorrectionFactory, ExemptionFactory])
def test_an_open_case_of_the_merged_record_is_ended_first(make, kept, gone, merge):
    make(candidate=gone, status="university")

    with pytest.raises(Refused) as refusal:
        merge()

    assert marks_codes(refusal) == {"merging.open-case"}


def test_an_open_case_of_the_kept_record_goes_on_and_decided_ones_go_along(kept, gone, merge):
    CorrectionFactory(candidate=kept, status="university")
    decided = CorrectionFactory(candidate=gone, status="refused")

    merge()

    decided.refresh_from_db()
    assert decided.candidate == kept


def test_the_account_goes_along_where_the_kept_record_has_none(kept, gone, merge):
    account = UserFactory(candidate=gone)

    merge()

    account.refresh_from_db()
    assert (account.candidate, account.is_active) == (kept, True)


def test_of_two_accounts_one_is_closed_and_every_number_signs_in_to_the_other(kept, gone, merge):
    own, other = UserFactory(candidate=kept), UserFactory(candidate=gone)

    merge()

    other.refresh_from_db()
    assert (other.candidate, other.is_active) == (None, False)
    assert account_of("260000000002") == own
    assert account_of(GONE_IDENTITY) == own


def test_of_two_paper_files_the_papers_are_one_list_and_putting_them_together_is_owed(kept, gone, merge, verifier):
    own, theirs = PaperFileFactory(candidate=kept), PaperFileFactory(candidate=gone, place="二楼3柜")
    paper = PaperItemFactory(file=theirs)

    merge()

    paper.refresh_from_db()
    assert paper.file == own
    assert PaperFile.objects.get() == own
    owed = PaperItem.objects.get(filed_on__isnull=True)
    assert (owed.file, owed.filed_by) == (own, verifier)
    assert "二楼3柜" in owed.title


def test_what_the_kept_record_does_not_say_is_filled_in_and_what_it_says_stays(kept, gone, merge):
    Candidate.objects.filter(pk=kept.pk).update(phone="", phone_hash=None, phone_mask="", address="甲路1号", occupation="")
    Candidate.objects.filter(pk=gone.pk).update(address="乙路2号", occupation="护士")

    merge()

    after = Candidate.objects.get(pk=kept.pk)
    assert (after.phone, after.phone_mask, after.address, after.occupation) == (gone.phone, gone.phone_mask, "甲路1号", "护士")


def test_the_question_whether_they_are_one_person_is_answered_and_others_are_asked_of_the_kept(kept, gone, merge):
    third = CandidateFactory()
    for pair in ((kept, gone), (gone, third)):
        first, second = sorted(pair, key=lambda each: each.pk)
        ProbableDuplicate.objects.create(first=first, second=second)

    merge()

    left = ProbableDuplicate.objects.get()
    assert {left.first, left.second} == {kept, third}


def test_the_person_is_told(kept, gone, merge):
    merge()

    assert InboxMessage.objects.filter(candidate=kept, template="records-merged").count() == 1


# who sees what afterwards ----------------------------------------------------------------------------------------------------


def test_the_merged_record_is_shown_nowhere(kept, gone, merge, verifier, other_university):
    merge()

    for user in (verifier, UserFactory(office=other_university, roles=["U3"])):
        assert gone not in Candidate.objects.visible_to(User.objects.get(pk=user.pk))
    assert kept in Candidate.objects.visible_to(verifier)
    assert probable_duplicates_of("林知秋", gone.birth_date, "passport", b"") == [kept]


def test_reads_of_the_merged_record_are_still_told_to_the_person(kept, gone, merge, verifier):
    Event.objects.create(kind="read", verb="record", actor=verifier, subject_table="x", candidate_id=gone.pk)

    merge()

    assert reads_of(kept).filter(candidate_id=gone.pk).count() == 1


def test_who_registers_again_under_the_old_document_is_the_kept_record(kept, gone, merge, university):
    merge()
    MajorFactory(code="X9999901", hosts=[university])

    found, _report = register_person(
        person(姓名="林知秋", 证件号码=GONE_IDENTITY, 出生日期="1998-03-14", 准考证号=gone.registration_number), university
    )

    assert found == kept
    assert Ticket.objects.filter(number=gone.registration_number).get().candidate == kept


def test_the_kept_record_may_be_corrected_to_the_document_of_the_merged_one(kept, gone, merge):
    merge()
    gone.refresh_from_db()

    Candidate.objects.filter(pk=kept.pk).update(identity_hash=gone.identity_hash, document_kind=gone.document_kind)

    assert candidate_of(GONE_IDENTITY) == kept
    assert look_up("林知秋", "resident", GONE_IDENTITY, wants_registration=True).number == kept.registration_number


def test_a_record_that_took_one_over_may_be_merged_itself_and_no_chain_is_left(kept, gone, merge, verifier):
    merge()
    third = CandidateFactory()

    MERGER.take("merge", MergeRequestFactory(candidate=third, merged=kept, status="municipality"), by=verifier)

    assert set(Candidate.objects.filter(merged_into=third)) == {kept, gone}
    assert Candidate.by_number("260000000002").get() == third
    assert merging_faults() == []


def merging_faults() -> list[str]:
    """What check_invariants says; cases that a factory put past the door are no fault here."""
    return [fault["code"] for fault in examine()["broken"] if fault["code"] not in ("merging.desk", "numbers.check-digit")]


def test_the_invariants_hold_afterwards_and_name_what_is_left_behind(kept, gone, merge):
    book.enter([entry(kept, CourseFactory(), 1), entry(gone, CourseFactory(), 2)])
    merge()
    assert merging_faults() == []

    Ticket.objects.filter(number="260000000002").update(candidate=gone)

    assert merging_faults() == ["merging.left-behind"]


# the door --------------------------------------------------------------------------------------------------------------------


def test_grounds_and_a_proof_are_asked_for(kept, gone, university):
    bare = MergeRequestFactory(candidate=kept, merged=gone, grounds=" ", proofs=False)

    with pytest.raises(Refused) as refusal:
        MERGER.take("submit", bare, by=UserFactory(office=university, roles=["U3"]))

    assert marks_codes(refusal) == {"merging.no-grounds", "merging.no-proof"}


def test_a_university_that_manages_neither_may_not_ask(kept, gone):
    case = MergeRequestFactory(candidate=kept, merged=gone, university=CandidateFactory().managing_university)

    with pytest.raises(Refused) as refusal:
        MERGER.take("submit", case, by=UserFactory(office=case.university, roles=["U3"]))

    assert marks_codes(refusal) == {"merging.other-university"}


def test_the_university_does_not_decide_and_the_city_does_not_ask(merger, verifier, university):
    with pytest.raises(PermissionDenied):
        MERGER.take("merge", merger, by=UserFactory(office=university, roles=["U3"]))
    with pytest.raises(PermissionDenied):
        MERGER.take("withdraw", merger, by=verifier)


def test_another_merger_of_one_of_them_is_ended_first(kept, gone, merge):
    MergeRequestFactory(candidate=gone, merged=CandidateFactory(), status="municipality")

    with pytest.raises(Refused) as refusal:
        merge()

    assert marks_codes(refusal) == {"merging.other-merger"}


def test_what_is_merged_is_not_merged_again(kept, gone, merger, verifier, merge):
    again = MergeRequestFactory(candidate=gone, merged=kept, status="municipality")
    merge()

    with pytest.raises(Refused) as refusal:
        MERGER.take("merge", again, by=verifier)

    assert marks_codes(refusal) >= {"merging.already-merged"}
    again.refresh_from_db()
    assert (again.candidate, again.merged, again.status) == (kept, gone, "municipality")


def test_a_failure_in_the_middle_leaves_everything_as_it_was(kept, gone, merger, verifier, monkeypatch):
    book.enter([entry(gone, CourseFactory(), 1)])
    UserFactory(candidate=gone)
    before = [moving.rows_of(kept.pk), moving.rows_of(gone.pk)]

    def broken(_pair):
        raise RuntimeError("the server goes down")

    monkeypatch.setitem(moving._MOVERS, "scores.Mark.candidate", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        MERGER.take("merge", merger, by=verifier)

    assert [moving.rows_of(kept.pk), moving.rows_of(gone.pk)] == before
    merger.refresh_from_db()
    gone.refresh_from_db()
    assert (merger.status, merger.moved, gone.merged_into) == ("municipality", {}, None)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_merge_crosswise_at_once_one_wins():
    one, other = CandidateFactory(), CandidateFactory()
    cases = [
        MergeRequestFactory(candidate=one, merged=other, status="municipality"),
        MergeRequestFactory(candidate=other, merged=one, status="municipality"),
    ]
    officers = [UserFactory(office=MunicipalityFactory(), roles=["OV"]) for _case in cases]
    outcomes, ready = [], threading.Barrier(2)

    def decide(case, officer):
        ready.wait()
        try:
            MERGER.take("merge", case, by=officer)
            outcomes.append("merged")
        except (Refused, NotNow):
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=pair) for pair in zip(cases, officers, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["merged", "refused"]
    assert Candidate.objects.filter(merged_into__isnull=False).count() == 1


# any history -----------------------------------------------------------------------------------------------------------------

histories = st.lists(
    st.tuples(
        st.booleans(),
        st.integers(0, 3),
        st.sampled_from(["exam", "practical", "exemption", "transfer"]),
        st.none() | st.integers(60, 100),
        st.integers(0, 400),
        st.booleans(),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories)
def test_credits_of_the_merged_are_the_best_of_both_histories(db, history):
    with transaction.atomic():
        courses = [CourseFactory(code=f"8880{n}") for n in range(4)]
        kept, gone, alone = CandidateFactory(), CandidateFactory(), CandidateFactory()
        for number, (on_kept, course, source, mark, day, revoked) in enumerate(history):
            on = APRIL + dt.timedelta(days=day)
            holder = kept if on_kept else gone
            book.enter(
                [
                    book.Entry(holder.pk, courses[course].pk, source, on, "history", str(number), mark),
                    book.Entry(alone.pk, courses[course].pk, source, on, "at-once", str(number), mark),
                ]
            )
            if revoked:
                book.revoke("history", [str(number)], because="复核")
                book.revoke("at-once", [str(number)], because="复核")
        case = MergeRequestFactory(candidate=kept, merged=gone, status="municipality")
        MERGER.take("merge", case, by=UserFactory(office=MunicipalityFactory(), roles=["OV"]))

        def shown(candidate):
            return list(
                Credit.objects.filter(candidate=candidate)
                .order_by("course")
                .values_list("course", "source", "mark", "on", "first_on", "latest_on")
            )

        assert shown(kept) == shown(alone)
        assert shown(gone) == []
        assert Candidate.objects.get(pk=kept.pk).record_opened_on is not None or not any(
            source in ("exam", "practical") for _on, _course, source, *_rest in history
        )
        transaction.set_rollback(True)
