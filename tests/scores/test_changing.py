"""A mark changes by a decision alone; what it was stays beside it, and its credit follows."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import ProtectedError
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as settings_of_examples
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from audit.models import Application
from audit.workflow import NotNow
from records.ledger.book import enter_selected
from records.models import CreditEntry
from scores.marks.changing import NewMark, change, revisions_of, take_back
from scores.marks.crediting import PASSED_MARKS, PASSING
from scores.models import Mark, MarkRevision, Publication, ResultSheet
from tests.factories import CandidateFactory, CorrectionFactory, MarkFactory, PublicationFactory

pytestmark = pytest.mark.django_db


def published_mark(points: str | None = "58", **more: object) -> Mark:
    """A mark that is out, with its credit where it is passed."""
    publication = PublicationFactory(published_at=timezone.now(), credits_entered_at=timezone.now())
    mark = MarkFactory(publication=publication, points=points and Decimal(points), **more)
    enter_selected(PASSED_MARKS.format(origin_id="m.id::text", chosen="m.id = %s"), [mark.pk, *PASSING])
    return mark


def case_about(mark: Mark) -> Application:
    return CorrectionFactory(candidate=mark.candidate, proofs=False)


def credits_of(mark: Mark) -> list[Decimal | None]:
    return list(mark.candidate.credits.filter(course=mark.course).values_list("mark", flat=True))


def test_a_mark_that_is_raised_over_the_line_becomes_a_credit_and_opens_the_record():
    mark = published_mark("58")
    assert mark.candidate.record_number is None

    change([NewMark(mark.pk, Decimal("60"))], because="合分更正", case=case_about(mark))

    mark.candidate.refresh_from_db()
    assert credits_of(mark) == [Decimal(60)]
    assert mark.candidate.record_number


def test_a_mark_that_stays_below_the_line_becomes_none():
    mark = published_mark("58")

    change([NewMark(mark.pk, Decimal("59.9"))], because="合分更正", case=case_about(mark))

    assert credits_of(mark) == []
    assert Mark.objects.get().points == Decimal("59.9")


def test_a_mark_that_is_lowered_loses_its_credit_but_not_its_number():
    mark = published_mark("62")
    number = type(mark.candidate).objects.get().record_number

    change([NewMark(mark.pk, Decimal("59"))], because="合分更正", case=case_about(mark))

    assert credits_of(mark) == []
    assert type(mark.candidate).objects.get().record_number == number
    assert CreditEntry.objects.get().revoked_because == "合分更正"


def test_a_pass_that_stays_a_pass_counts_with_its_new_mark_and_is_never_without_credit():
    mark = published_mark("62")
    credit = mark.candidate.credits.get()

    change([NewMark(mark.pk, Decimal("71"))], because="合分更正", case=case_about(mark))

    assert credits_of(mark) == [Decimal(71)]
    assert mark.candidate.credits.get().pk == credit.pk
    assert CreditEntry.objects.filter(revoked_at__isnull=True).count() == 1


def test_what_was_before_is_kept():
    mark = published_mark("62")

    [revision] = change([NewMark.voided(mark, Mark.Flag.BREACH, "处2026-1")], because="违纪", case=case_about(mark))

    assert revision.before == (Decimal("62"), "", "正常", "")
    assert revision.after == (None, "", "违纪", "处2026-1")
    assert revisions_of([mark]) == {mark.pk: [revision]}
    mark.refresh_from_db()
    assert (mark.points, mark.flag, mark.flag_reason) == (None, "违纪", "处2026-1")


def test_a_decision_that_is_taken_back_gives_mark_and_credit_again():
    mark = published_mark("62")
    case = case_about(mark)
    change([NewMark.voided(mark, Mark.Flag.CHEATING, "处2026-1")], because="作弊", case=case)
    assert credits_of(mark) == []

    take_back(case, because="复核撤销")

    assert credits_of(mark) == [Decimal("62")]
    assert Mark.objects.get().flag == Mark.Flag.NORMAL
    assert list(MarkRevision.objects.values_list("kind", flat=True)) == ["decision", "return"]


def test_taking_back_twice_changes_nothing_more():
    mark = published_mark("62")
    case = case_about(mark)
    change([NewMark.voided(mark, Mark.Flag.CHEATING, "处2026-1")], because="作弊", case=case)
    take_back(case, because="复核撤销")

    assert take_back(case, because="复核撤销") == []
    assert MarkRevision.objects.count() == 2


def test_what_another_decision_voided_stays_void():
    mark = published_mark("62")
    first, second = case_about(mark), case_about(mark)
    change([NewMark.voided(mark, Mark.Flag.BREACH, "处1")], because="违纪", case=first)
    change([NewMark.voided(mark, Mark.Flag.CHEATING, "处2")], because="作弊", case=second)

    take_back(first, because="撤销")
    assert Mark.objects.get().flag_reason == "处2"
    take_back(second, because="撤销")
    assert Mark.objects.get().points == Decimal(62)


def test_while_credits_are_being_entered_nothing_is_changed():
    publication = PublicationFactory(published_at=timezone.now(), credits_entered_at=None)
    mark = MarkFactory(publication=publication, points=Decimal(58))

    with pytest.raises(NotNow):
        change([NewMark(mark.pk, Decimal(60))], because="合分更正", case=case_about(mark))

    assert not MarkRevision.objects.exists()
    assert Mark.objects.get().points == Decimal(58)


def test_an_unpublished_mark_changes_without_credit_and_its_preview_follows():
    publication = PublicationFactory(published_at=None)
    mark = MarkFactory(publication=publication, points=Decimal(70))

    [revision] = change([NewMark.voided(mark, Mark.Flag.BREACH, "处1")], because="违纪", case=case_about(mark))

    assert revision.was_published is False
    assert not CreditEntry.objects.exists()
    assert Publication.objects.get().preview["passed"] == 0
    assert not Mark.objects.exists()


def test_the_sheet_of_the_result_day_says_what_the_mark_is_now():
    mark = published_mark("58")
    Publication.objects.update(sheets_made_at=timezone.now())

    change([NewMark(mark.pk, Decimal("60.5"))], because="合分更正", case=case_about(mark))

    assert [line[-1] for sheet in ResultSheet.objects.all() for line in sheet.lines] == ["60.5"]


def test_the_kept_values_cannot_lose_their_mark():
    mark = published_mark("62")
    change([NewMark(mark.pk, Decimal(63))], because="更正", case=case_about(mark))

    with pytest.raises(ProtectedError):
        mark.delete()


class AnySequence(TestCase):
    """Decisions come and are taken back in any order."""

    @settings_of_examples(deadline=None, max_examples=25)
    @given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=12))
    def test_each_mark_is_what_the_decisions_in_force_make_of_it(self, moves: list[tuple[int, bool]]) -> None:
        mark = published_mark("62")
        cases = [CorrectionFactory(candidate=CandidateFactory(), proofs=False) for _each in range(4)]
        in_force: list[int] = []
        for place, takes in moves:
            if takes and place not in in_force:
                change([NewMark(mark.pk, Decimal(50 + 5 * place))], because="更正", case=cases[place])
                in_force.append(place)
            elif not takes and place in in_force:
                take_back(cases[place], because="撤销")
                in_force.remove(place)
            points = Decimal(50 + 5 * in_force[-1]) if in_force else Decimal(62)
            assert Mark.objects.get(pk=mark.pk).points == points
            assert credits_of(mark) == ([points] if points >= 60 else [])
            assert CreditEntry.objects.filter(candidate=mark.candidate, revoked_at__isnull=True).count() == (points >= 60)


WRITERS = {
    "scores/entry/entering.py": "by file, before publication",
    "scores/marks/changing.py": "by a decision",
    "scores/moving.py": "marks go along when two records of one person become one",
    "config/city/marking.py": "the invented city",
}


STATEMENTS = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) scores_mark\b")
CALLS = re.compile(r"\bMark\.(registry|objects)\.[^\n]*(update|create|delete)\(")
FLOORS = ("audit", "records", "scores", "exemptions", "transfers", "graduation", "config")


def test_nothing_else_writes_marks():
    root = Path(settings.BASE_DIR)
    sources = [path for floor in FLOORS for path in (root / floor).rglob("*.py") if path.parent.name != "migrations"]
    texts = {str(path.relative_to(root)): path.read_text() for path in sources}
    found = {name for name, text in texts.items() if STATEMENTS.search(text) or CALLS.search(text)}

    assert found <= set(WRITERS)
    assert {"scores/entry/entering.py", "scores/marks/changing.py"} <= found
