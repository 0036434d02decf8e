"""Double entry: two people key blind, differences are keyed again by both, agreement becomes a batch that a third confirms."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as settings_of_examples
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from audit.models import Event
from audit.workflow import NotNow
from records.jobs import running
from records.models import Candidate, User
from scores import tasks  # noqa: F401 - registers the work that ``running.run`` does
from scores.entry import keyed
from scores.entry.entering import request_entry, undo
from scores.entry.fresh_eyes import why_not_confirmed_by
from scores.entry.keyed_values import Keyed, wrong_with
from scores.models import KeyedMark, KeyedSheet, Mark, ScoreBatch
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    KeyedSheetFactory,
    MarkFactory,
    MunicipalityFactory,
    PublicationFactory,
    SittingFactory,
    SittingRegistrationFactory,
    UserFactory,
)
from tests.scores.files import checked, codes, marks_file, ticket_of

pytestmark = pytest.mark.django_db
State = KeyedSheet.State


def officer_of_marks() -> User:
    return UserFactory(office=MunicipalityFactory(), roles=["O3"])


@pytest.fixture
def people() -> tuple[User, User, User]:
    """Two who key and one who confirms."""
    return officer_of_marks(), officer_of_marks(), officer_of_marks()


def sheet_of(count: int = 2, **more: Any) -> KeyedSheet:
    return KeyedSheetFactory(candidates=[CandidateFactory() for _place in range(count)], **more)


def key(sheet: KeyedSheet, by: User, *marks: str, rows: list[int] | None = None) -> dict[int, str]:
    """Key these marks from the first line on (or in these rows)."""
    keyed.begin(sheet, by=by)
    places = rows or list(range(1, len(marks) + 1))
    return keyed.save(sheet, {row: Keyed.typed(mark, "") for row, mark in zip(places, marks, strict=True)}, by=by)


def keyed_and_finished(sheet: KeyedSheet, by: User, *marks: str, rows: list[int] | None = None) -> KeyedSheet:
    assert not key(sheet, by, *marks, rows=rows)
    return keyed.finish(sheet, by=by)


def checked_batch(sheet: KeyedSheet) -> ScoreBatch:
    assert sheet.batch is not None
    running.run(ScoreBatch.objects.get(pk=sheet.batch.pk).job_id)
    return ScoreBatch.objects.get(pk=sheet.batch.pk)


def test_what_both_key_alike_becomes_a_batch_that_a_third_confirms_and_can_undo(people):
    first, second, third = people
    sheet = sheet_of(2)
    keyed_and_finished(sheet, first, "85", "--")
    sheet = keyed_and_finished(sheet, second, "85.0", "--")
    assert sheet.state == State.HANDED_OVER
    batch = checked_batch(sheet)
    assert batch.state == ScoreBatch.State.READY, batch.preview
    assert not Mark.registry.exists()

    request_entry(batch, by=third)
    batch.refresh_from_db()
    running.run(batch.job_id)

    assert sorted(Mark.registry.values_list("points", "flag"), key=str) == [(85, "正常"), (None, "缺考")]
    assert not Mark.objects.exists()
    batch.refresh_from_db()
    undo(batch, by=third, note="录错考次")
    batch.refresh_from_db()
    running.run(batch.job_id)
    assert not Mark.registry.exists()


def test_neither_of_the_two_who_keyed_confirms(people):
    first, second, third = people
    sheet = sheet_of(1)
    keyed_and_finished(sheet, first, "85")
    sheet = keyed_and_finished(sheet, second, "85")
    batch = checked_batch(sheet)

    for by in (first, second):
        with pytest.raises(NotNow) as refused:
            request_entry(batch, by=by)
        assert refused.value.problems[0].code == "scores.keyed-by-yourself"
    batch.refresh_from_db()
    assert batch.confirmed_by is None
    assert not why_not_confirmed_by(batch, third)


def test_nobody_keys_both_times(people):
    first, second, third = people
    sheet = sheet_of(1)
    keyed_and_finished(sheet, first, "85")

    keyed.begin(sheet, by=first)
    with pytest.raises(NotNow):
        key(sheet, first, "85")
    sheet.refresh_from_db()
    assert sheet.second is None
    keyed.begin(sheet, by=second)
    with pytest.raises(NotNow):
        keyed.begin(sheet, by=third)
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyedSheet.objects.filter(pk=sheet.pk).update(second=first)


def test_where_they_differ_both_key_those_lines_again_and_what_was_keyed_before_stays(people):
    first, second, _third = people
    sheet = sheet_of(3)
    keyed_and_finished(sheet, first, "85", "70", "60")
    sheet = keyed_and_finished(sheet, second, "85", "71", "60")
    assert (sheet.state, sheet.round, sheet.batch) == (State.DIFFERENT, 2, None)
    assert list(sheet.lines.filter(round=2).values_list("row", flat=True)) == [2]

    sheet = keyed_and_finished(sheet, second, "70", rows=[2])
    assert sheet.state == State.DIFFERENT
    sheet = keyed_and_finished(sheet, first, "70", rows=[2])

    assert sheet.state == State.HANDED_OVER
    assert checked_batch(sheet).preview["rows"] == 3
    assert KeyedMark.objects.filter(round=1, line__row=2).values_list("mark", flat=True).order_by("turn").first() == "70"
    assert KeyedMark.objects.get(round=1, line__row=2, turn=2).mark == "71"


def test_one_person_alone_does_not_settle_a_difference(people):
    first, second, _third = people
    sheet = sheet_of(1)
    keyed_and_finished(sheet, first, "70")
    sheet = keyed_and_finished(sheet, second, "71")

    sheet = keyed_and_finished(sheet, second, "70")

    assert sheet.state == State.DIFFERENT
    assert not ScoreBatch.objects.exists()


def test_lines_that_agree_are_not_keyed_again(people):
    first, second, _third = people
    sheet = sheet_of(2)
    keyed_and_finished(sheet, first, "85", "70")
    sheet = keyed_and_finished(sheet, second, "85", "71")

    assert not keyed.save(sheet, {1: Keyed("99")}, by=first)

    assert keyed.values_of(sheet, 1, 1)[1].mark == "85"
    assert 1 not in keyed.values_of(sheet, 1, 2)


def test_who_has_not_keyed_every_line_is_not_done(people):
    sheet = sheet_of(3)
    key(sheet, people[0], "85", "", "60")

    with pytest.raises(NotNow) as refused:
        keyed.finish(sheet, by=people[0])

    assert "第一个是第2行" in refused.value.problems[0].message


def test_a_line_that_is_wrong_is_said_and_the_others_are_kept(people):
    sheet = sheet_of(3)

    wrong = key(sheet, people[0], "85", "850", "优秀")

    assert set(wrong) == {2, 3}
    assert keyed.values_of(sheet, 1, 1) == {1: Keyed("85")}


def test_a_mark_that_is_out_is_not_keyed():
    mark = MarkFactory(publication=PublicationFactory(published_at=timezone.now()))
    with pytest.raises(NotNow) as refused:
        keyed.open_sheet(mark.sitting, "written", mark.course, [ticket_of(mark.candidate)], by=officer_of_marks())
    assert refused.value.problems[0].code == "keying.published"


def test_the_site_of_the_registration_goes_along(people):
    registered = SittingRegistrationFactory(site="第九考点")
    sheet = keyed.open_sheet(
        registered.sitting, "written", registered.course, [ticket_of(registered.candidate)], by=people[0], note="补报"
    )

    assert sheet.lines.get().site == "第九考点"


def test_a_sheet_that_is_given_up_takes_nothing_any_more(people):
    sheet = sheet_of(1)
    key(sheet, people[0], "85")
    keyed.give_up(sheet, by=people[1], note="名单错了")

    for step in (keyed.finish, keyed.begin):
        with pytest.raises(NotNow):
            step(sheet, by=people[0])
    assert KeyedMark.objects.count() == 1


def test_the_trail_has_the_steps_and_never_a_value(people):
    first, second, _third = people
    sheet = sheet_of(1)
    keyed_and_finished(sheet, first, "73.9")
    key(sheet, second, "37.3")
    keyed.save(sheet, {1: Keyed("73.9")}, by=second)
    keyed.finish(sheet, by=second)

    lines = [repr(line) for line in Event.objects.values()]
    assert {"begin-keying", "finish-keying", "hand-over-keying"} <= set(Event.objects.values_list("verb", flat=True))
    assert Event.objects.filter(subject_table="scores_keyedmark", verb="update").exists()
    assert not any("73.9" in line or "37.3" in line for line in lines)


MARKS = st.sampled_from(["85", "85.0", "085", "85.5", "0", "100", "++", "--", "-0", "+0", "缺考"])


class AnyTwoKeyings(TestCase):
    """For any two keyings: a batch if and only if they mean the same, and then exactly these marks."""

    @settings_of_examples(max_examples=25, deadline=None)
    @given(keyings=st.lists(st.tuples(MARKS, MARKS), min_size=1, max_size=4))
    def test_a_batch_if_and_only_if_they_agree(self, keyings: list[tuple[str, str]]) -> None:
        first, second, third = officer_of_marks(), officer_of_marks(), officer_of_marks()
        sheet = sheet_of(len(keyings))
        for by, place in ((first, 0), (second, 1)):
            typed = {row: _typed(pair[place]) for row, pair in enumerate(keyings, start=1)}
            keyed.begin(sheet, by=by)
            assert not keyed.save(sheet, typed, by=by)
            sheet = keyed.finish(sheet, by=by)

        differing = [row for row, (one, other) in enumerate(keyings, 1) if _typed(one).means != _typed(other).means]

        assert (sheet.batch is None) == bool(differing)
        assert list(sheet.lines.filter(round=2).values_list("row", flat=True)) == differing
        if sheet.batch is not None:
            batch = checked_batch(sheet)
            request_entry(batch, by=third)
            batch.refresh_from_db()
            running.run(batch.job_id)
            entered = Mark.registry.filter(sitting=sheet.sitting).order_by("candidate")
            meant = [_typed(one).means for one, _other in keyings]
            assert list(entered.values_list("points", "grade", "flag")) == meant


def _typed(text: str) -> Keyed:
    return Keyed.typed("", text) if text == "缺考" else Keyed.typed(text, "")


TEXTS = st.sampled_from(
    ["", "85", "85.55", "850", "-1", "八十", "85.", "085.0", "00085", "优秀", "合格", "++", "--", "-0", "１００", "1e2"]
)
FLAGS = st.sampled_from(["", "正常", "缺考", "缓考", "违纪", "取消", "生病"])


class WhatAFileTakes(TestCase):
    """What may be keyed is what a file's cells may hold."""

    @settings_of_examples(max_examples=60, deadline=None)
    @given(mark=TEXTS, flag=FLAGS, practical=st.booleans())
    def test_keyed_values_and_cells_are_judged_alike(self, mark: str, flag: str, practical: bool) -> None:
        candidate = CandidateFactory()
        course = CourseFactory()
        with transaction.atomic():
            from_file = _judged(candidate, course.code, mark, flag, practical)
        assert bool(wrong_with(Keyed.typed(mark, flag), practical=practical)) == from_file


def _judged(candidate: Candidate, course: str, mark: str, flag: str, practical: bool) -> bool:
    """Whether a file of this one row is refused."""
    with TemporaryDirectory() as folder:
        path = marks_file(Path(folder), [(ticket_of(candidate), course, mark, flag, "")])
        batch = checked(path, sitting=SittingFactory().name, practical=practical)
    return batch.state == ScoreBatch.State.FAULTY and bool(codes(batch))
