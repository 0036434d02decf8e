"""Score review: what it is for, until when, who finds and who confirms, and that the mark follows."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from audit.models import Event
from audit.workflow import NotNow, Refused
from records.models import Document, Setting
from records.working_days.counting import add_working_days
from scores.models import Mark, MarkRevision, Publication, ReviewRequest
from scores.reviews.asking import ask, choices_for, complete
from scores.reviews.models import Origin, Result, ReviewFinding, ReviewStatus, Scope
from scores.reviews.windows import window_of
from scores.reviews.workflow import REVIEW
from tests.factories import DocumentFactory, MarkFactory, PublicationFactory, ReviewFactory, UserFactory

pytestmark = pytest.mark.django_db


def moment(day: dt.date, hour: int = 10) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


def published(candidate: Any, points: str = "58", *, on: dt.date | None = None, kind: str = Publication.Kind.WRITTEN) -> Mark:
    at = moment(on) if on else timezone.now()
    earlier = Publication.objects.count()
    publication = PublicationFactory(kind=kind, published_at=at, credits_entered_at=at, sequence=earlier + 1)
    practical = kind == Publication.Kind.PRACTICAL
    return MarkFactory(publication=publication, candidate=candidate, points=Decimal(points), practical=practical)


def codes(refusal: Any) -> list[str]:
    return [problem.code for problem in refusal.value.problems]


def evidence(candidate: Any) -> Document:
    return DocumentFactory(candidate=candidate, city_only=True)


def found(points: str, candidate: Any, **more: Any) -> dict[str, Any]:
    """What a first person writes down who found another mark."""
    facts = {"result": Result.CHANGED, "new_points": Decimal(points), "grounds": "第三题得分漏加4分。"}
    return {**facts, "evidence": evidence(candidate), **more}


UPHELD = {"result": Result.UPHELD, "grounds": "已查阅试卷，各题得分相加无误。"}


@pytest.fixture
def mark(candidate):
    return published(candidate)


@pytest.fixture
def asked(mark, candidate_user):
    return ask(mark, scope=Scope.ADDITION, statement="请核对合分。", origin=Origin.CANDIDATE, by=candidate_user)


@pytest.fixture
def at_the_city(asked, clerk):
    REVIEW.take("check", asked, by=clerk, facts={"identity_confirmed": True})
    return asked


# what can be asked for, by whom, until when


def test_a_candidate_asks_for_a_review_of_a_published_mark(asked, mark):
    assert asked.status == ReviewStatus.UNIVERSITY
    assert asked.before == (Decimal("58.0"), "", "正常", "")
    assert asked.university == mark.candidate.managing_university


@pytest.mark.parametrize("scope", ["essay", "other", "重新评卷", ""])
def test_a_re_marking_is_refused_with_the_words_of_the_rule(mark, candidate_user, scope):
    with pytest.raises(Refused) as refusal:
        ask(mark, scope=scope, statement="作文评得太严。", origin=Origin.CANDIDATE, by=candidate_user)

    assert codes(refusal) == ["review.scope"]
    assert "不重新评卷" in str(refusal.value.problems[0].message)
    assert not ReviewRequest.objects.exists()


def test_a_mark_that_is_not_out_cannot_be_asked_about(candidate, candidate_user):
    mark = MarkFactory(candidate=candidate)

    with pytest.raises(Refused) as refusal:
        ask(mark, scope=Scope.MISSED, statement="", origin=Origin.CANDIDATE, by=candidate_user)

    assert codes(refusal) == ["review.unpublished"]
    assert choices_for(candidate) == []


def test_nobody_asks_about_somebody_elses_mark(candidate_user):
    mark = MarkFactory(publication=PublicationFactory(published_at=timezone.now()))
    case = ReviewFactory(mark=mark, candidate=candidate_user.candidate)

    with pytest.raises(Refused) as refusal:
        REVIEW.take("submit", case, by=candidate_user)

    assert codes(refusal) == ["review.not-own"]


@pytest.mark.parametrize(("days", "refused"), [(0, []), (1, []), (7, []), (8, ["review.too-late"]), (30, ["review.too-late"])])
def test_a_review_is_asked_for_within_seven_working_days(candidate, candidate_user, time_machine, days, refused):
    out_on = dt.date(2026, 11, 20)
    mark = published(candidate, on=out_on)
    time_machine.move_to(moment(add_working_days(out_on, days), 23))

    if refused:
        with pytest.raises(Refused) as refusal:
            ask(mark, scope=Scope.ADDITION, statement="", origin=Origin.CANDIDATE, by=candidate_user)
        assert codes(refusal) == refused
        assert "7个工作日" in str(refusal.value.problems[0].message)
        assert not ReviewRequest.objects.exists()
    else:
        assert ask(mark, scope=Scope.ADDITION, statement="", origin=Origin.CANDIDATE, by=candidate_user).pk


def test_the_window_is_the_one_that_was_in_force_when_the_marks_came_out(candidate):
    mark = published(candidate, on=dt.date(2026, 11, 20))
    Setting.objects.create(key="review.working_days", value=5, in_force_from=dt.date(2026, 11, 20))
    Setting.objects.create(key="review.working_days", value=3, in_force_from=dt.date(2026, 11, 21))

    window = window_of(mark.publication)

    assert (window.days, window.last_day) == (5, dt.date(2026, 11, 27))


def test_a_window_into_a_year_without_holidays_says_so(candidate):
    mark = published(candidate, on=dt.date(2026, 12, 28))

    assert window_of(mark.publication).provisional == (2027,)
    assert window_of(published(candidate, on=dt.date(2026, 11, 20)).publication).provisional == ()


def test_practical_marks_are_reviewed_unless_the_office_says_otherwise(candidate, candidate_user):
    mark = published(candidate, kind=Publication.Kind.PRACTICAL)
    assert window_of(mark.publication) is not None
    Setting.objects.create(key="review.practical", value=False, in_force_from=timezone.localdate())

    with pytest.raises(Refused) as refusal:
        ask(mark, scope=Scope.ADDITION, statement="", origin=Origin.CANDIDATE, by=candidate_user)

    assert codes(refusal) == ["review.practical"]


def test_a_mark_has_one_open_review(asked, mark, candidate_user, officer):
    for origin, person in ((Origin.CANDIDATE, candidate_user), (Origin.OFFICE, officer)):
        with pytest.raises(Refused) as refusal:
            ask(mark, scope=Scope.MISSED, statement="", origin=origin, by=person)
        assert "review.open" in codes(refusal)
    assert ReviewRequest.objects.count() == 1


def test_a_mark_is_reviewed_once_a_publication(at_the_city, mark, candidate_user, officer, second_officer):
    REVIEW.take("find", at_the_city, by=officer, facts=UPHELD)
    REVIEW.take("confirm-upheld", at_the_city, by=second_officer)

    with pytest.raises(Refused) as refusal:
        ask(mark, scope=Scope.MISSED, statement="", origin=Origin.CANDIDATE, by=candidate_user)

    assert codes(refusal) == ["review.again"]
    assert [choice.is_open for choice in choices_for(mark.candidate)] == [False]
    assert ask(mark, scope=Scope.ENTRY, statement="", origin=Origin.OFFICE, by=officer).status == ReviewStatus.MUNICIPALITY


def test_who_withdrew_may_ask_again(asked, mark, candidate_user):
    REVIEW.take("withdraw", asked, by=candidate_user)

    assert ask(mark, scope=Scope.MISSED, statement="", origin=Origin.CANDIDATE, by=candidate_user).pk != asked.pk


def test_what_was_returned_is_completed_also_after_the_last_day(asked, mark, candidate_user, clerk, time_machine):
    REVIEW.take("return", asked, by=clerk, note="请写明是哪一题。")
    time_machine.move_to(moment(add_working_days(timezone.localdate(), 8)))
    complete(asked, scope=Scope.MISSED, statement="第三题没有评分。")

    REVIEW.take("submit", asked, by=candidate_user)

    asked.refresh_from_db()
    assert (asked.status, asked.scope) == (ReviewStatus.UNIVERSITY, Scope.MISSED)


def test_what_an_office_holds_is_not_changed(asked):
    with pytest.raises(NotNow):
        complete(asked, scope=Scope.MISSED, statement="")
    with pytest.raises(Refused) as refusal:
        complete(asked, scope="essay", statement="")
    assert codes(refusal) == ["review.scope"]


def test_the_counter_enters_it_for_who_comes_in_person(mark, clerk, foreign_clerk, candidate_user):
    case = ask(mark, scope=Scope.ENTRY, statement="", origin=Origin.COUNTER, by=clerk)

    assert case.status == ReviewStatus.UNIVERSITY
    assert case.events.get(verb="lodge").capacity == f"university:{case.university.code}"


def test_another_universitys_counter_enters_nothing(mark, foreign_clerk):
    with pytest.raises(PermissionDenied):
        ask(mark, scope=Scope.ENTRY, statement="", origin=Origin.COUNTER, by=foreign_clerk)
    assert not ReviewRequest.objects.exists()


def test_the_city_begins_by_itself_without_a_window(candidate, officer, clerk, time_machine):
    mark = published(candidate, on=dt.date(2026, 3, 2))

    case = ask(mark, scope=Scope.ENTRY, statement="登分表与成绩库不符。", origin=Origin.OFFICE, by=officer)

    assert case.status == ReviewStatus.MUNICIPALITY
    with pytest.raises(PermissionDenied):
        ask(published(candidate), scope=Scope.ENTRY, statement="", origin=Origin.OFFICE, by=clerk)


# the desks


def test_the_university_says_that_it_knows_the_person(asked, clerk):
    with pytest.raises(Refused) as refusal:
        REVIEW.take("check", asked, by=clerk)
    assert codes(refusal) == ["review.identity"]


def test_the_first_person_must_say_what_was_found(at_the_city, officer):
    with pytest.raises(Refused) as refusal:
        REVIEW.take("find", at_the_city, by=officer)
    assert codes(refusal) == ["review.no-result", "review.no-grounds"]


@pytest.mark.parametrize(
    ("facts", "problems"),
    [
        ({"new_points": Decimal("62")}, []),
        ({"new_points": Decimal("0")}, []),
        ({"new_points": Decimal("100")}, []),
        ({"new_points": Decimal("100.1")}, ["review.range"]),
        ({"new_points": Decimal("-0.1")}, ["review.range"]),
        ({"new_points": Decimal("58.0")}, ["review.same"]),
        ({"new_points": Decimal("58.1")}, []),
        ({"new_points": None}, ["review.no-mark"]),
        ({"new_points": None, "new_grade": "良好"}, []),
        ({"new_points": None, "new_grade": "一般"}, ["review.range"]),
        ({"new_points": None, "new_flag": "缺考"}, []),
        ({"new_flag": "缺考"}, ["review.no-mark"]),
        ({"evidence": None}, ["review.no-evidence"]),
    ],
)
def test_a_change_is_another_mark_with_a_document_that_shows_it(at_the_city, officer, candidate, facts, problems):
    written = found("62", candidate) | facts
    if not problems:
        REVIEW.take("find", at_the_city, by=officer, facts=written)
        assert ReviewFinding.objects.get().result == Result.CHANGED
        return
    with pytest.raises(Refused) as refusal:
        REVIEW.take("find", at_the_city, by=officer, facts=written)
    assert codes(refusal) == problems
    assert not ReviewFinding.objects.exists()


def test_who_found_does_not_confirm(at_the_city, officer, second_officer, candidate):
    REVIEW.take("find", at_the_city, by=officer, facts=found("62", candidate))

    for step in ("confirm-change", "confirm-upheld"):
        with pytest.raises(PermissionDenied):
            REVIEW.take(step, at_the_city, by=officer)
    with pytest.raises(NotNow):
        REVIEW.take("confirm-upheld", at_the_city, by=second_officer)
    assert Mark.objects.get().points == Decimal("58.0")

    REVIEW.take("confirm-change", at_the_city, by=second_officer)
    assert Mark.objects.get().points == Decimal("62.0")


def test_a_finding_that_nothing_is_wrong_proposes_no_mark(at_the_city, officer, second_officer):
    REVIEW.take("find", at_the_city, by=officer, facts={**UPHELD, "new_points": Decimal("99")})
    at_the_city.refresh_from_db()
    assert at_the_city.new_points is None

    REVIEW.take("confirm-upheld", at_the_city, by=second_officer)

    at_the_city.refresh_from_db()
    assert (at_the_city.status, Mark.objects.get().points) == (ReviewStatus.UPHELD, Decimal("58.0"))
    assert at_the_city.decided_at is not None
    assert not MarkRevision.objects.exists()


def test_the_second_person_sends_it_back_with_a_reason_and_the_first_finding_stays_on_record(
    at_the_city, officer, second_officer, candidate
):
    REVIEW.take("find", at_the_city, by=officer, facts=found("62", candidate))
    with pytest.raises(Refused) as refusal:
        REVIEW.take("hand-back", at_the_city, by=second_officer)
    assert codes(refusal) == ["review.no-objection"]

    REVIEW.take("hand-back", at_the_city, by=second_officer, facts={"objection": "第四题也要核。"})

    at_the_city.refresh_from_db()
    assert (at_the_city.status, at_the_city.result, at_the_city.new_points) == (ReviewStatus.MUNICIPALITY, "", None)
    assert [finding.points for finding in at_the_city.findings.all()] == [Decimal("62.0")]


def test_a_mark_that_moved_meanwhile_is_not_changed_by_the_old_finding(at_the_city, officer, second_officer, candidate):
    REVIEW.take("find", at_the_city, by=officer, facts=found("62", candidate))
    Mark.registry.filter(pk=at_the_city.mark_id).update(points=Decimal("40"))

    with pytest.raises(Refused) as refusal:
        REVIEW.take("confirm-change", at_the_city, by=second_officer)

    assert codes(refusal) == ["review.mark-moved"]
    assert Mark.objects.get().points == Decimal("40.0")


@pytest.mark.parametrize("roles", [["O1"], ["O4", "O6"], ["O7"], ["OH"], ["OA"], ["OS"]])
def test_only_the_score_desk_decides(at_the_city, city, roles):
    with pytest.raises(PermissionDenied):
        REVIEW.take("find", at_the_city, by=UserFactory(office=city, roles=roles), facts=UPHELD)


# the mark and what hangs on it


@pytest.mark.parametrize(("before", "after", "opens"), [("58", "62", True), ("58", "60.0", True), ("58", "59.9", False)])
def test_a_mark_raised_to_sixty_opens_the_record(candidate, officer, second_officer, before, after, opens):
    mark = published(candidate, before)
    case = ask(mark, scope=Scope.ADDITION, statement="", origin=Origin.OFFICE, by=officer)
    REVIEW.take("find", case, by=officer, facts=found(after, candidate))
    REVIEW.take("confirm-change", case, by=second_officer)

    candidate.refresh_from_db()
    assert bool(candidate.record_opened_on) is opens
    assert candidate.credits.filter(course=mark.course).exists() is opens
    revision = MarkRevision.objects.get()
    assert (revision.points_before, revision.points) == (Decimal(before), Decimal(after))
    assert (revision.case_table, revision.case_id) == ("scores_reviewrequest", case.pk)
    assert case.case_number in revision.because


# nobody outside the city sees what was found before it is confirmed


def test_the_trail_holds_no_mark_of_a_review(at_the_city, officer, candidate):
    REVIEW.take("find", at_the_city, by=officer, facts=found("62.7", candidate, grounds="改为62.7"))

    written = [str(event.details) + event.note for event in Event.objects.exclude(kind="read")]
    assert not any("62.7" in text for text in written)
    columns = {name for event in Event.objects.filter(kind="change") for name in event.details.get("after", {})}
    assert not columns & {"new_points", "was_points", "result", "grounds", "objection", "evidence_id"}


def test_evidence_is_the_citys_alone(at_the_city, candidate, candidate_user, clerk, officer):
    paper = evidence(candidate)

    assert paper in Document.objects.visible_to(officer)
    assert paper not in Document.objects.visible_to(candidate_user)
    assert paper not in Document.objects.visible_to(clerk)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_confirm_at_once_one_does(candidate, officer, second_officer, city):
    third = UserFactory(office=city, roles=["O3"])
    case = ask(published(candidate), scope=Scope.ADDITION, statement="", origin=Origin.OFFICE, by=officer)
    REVIEW.take("find", case, by=officer, facts=found("62", candidate))
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def confirm(person: Any) -> None:
        barrier.wait()
        try:
            REVIEW.take("confirm-change", case, by=person)
            outcomes.append("done")
        except NotNow:
            outcomes.append("moved on")
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=(person,)) for person in (second_officer, third)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "moved on"]
    assert MarkRevision.objects.count() == 1
