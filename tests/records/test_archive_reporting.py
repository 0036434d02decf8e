"""The report upward: what is shown is what is handed in, no day is reported twice, nothing is altered afterwards."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from audit.acting import acting
from audit.workflow import NotNow, Refused
from records.archive import keeping, reporting
from records.archive.filing import file_change_note, file_proof, open_file
from records.archive.models import ArchiveReport, PaperFile
from records.archive.reporting import Period
from records.models import Candidate, CorrectionRequest, Office, User
from tests.factories import CandidateFactory, CorrectionKindFactory, PaperFileFactory, PaperItemFactory, UserFactory

DAYS = st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2030, 12, 31))


def today_alone() -> Period:
    return Period(timezone.localdate(), timezone.localdate())


def yesterday() -> Period:
    day = timezone.localdate() - dt.timedelta(days=1)
    return Period(day, day)


def figures(university: Office, period: Period) -> dict[str, int]:
    found = reporting.figures_of(reporting.draw_up(university, period))
    return {name: count for name, count in found.items() if count}


def corrected(university: Office, clerk: User, *, filed: bool, on: dt.datetime | None = None) -> CorrectionRequest:
    """A correction that was carried out, its note in the file or owed to it."""
    case = CorrectionRequest.objects.create(
        candidate=CandidateFactory(managing_university=university),
        university=university,
        kind=CorrectionKindFactory(),
        status="done",
        status_since=on or timezone.now(),
    )
    file_proof(case, by=clerk)
    note = file_change_note(case, by=clerk)
    if filed:
        keeping.confirm_filed(note, by=clerk)
    return case


@pytest.fixture
def busy_day(university, other_university, clerk, foreign_clerk) -> None:
    """A day of the university's archive with one of everything, and a day of another university's."""
    with acting(clerk):
        files = [open_file(CandidateFactory(managing_university=university)) for _ in range(3)]
        keeping.move(files[0], "1柜-1盒", by=clerk)
        keeping.move(files[0], "1柜-2盒", by=clerk)
        paper = keeping.add_paper(files[0], kind="identity", title="身份证复印件", pages=2, by=clerk)
        keeping.take_out(paper, "借出", by=clerk)
        keeping.put_back(paper, by=clerk)
        corrected(university, clerk, filed=True)
        corrected(university, clerk, filed=False)
        keeping.hand_over(files[1], to=other_university, by=clerk)
    with acting(foreign_clerk):
        stranger = open_file(CandidateFactory(managing_university=other_university))
        keeping.move(stranger, "别处", by=foreign_clerk)


def test_everything_of_the_day_is_counted_and_nothing_of_others(busy_day, university):
    assert figures(university, today_alone()) == {
        "opened": 5,
        "moved": 2,
        "filed": 4,
        "taken_out": 1,
        "put_back": 1,
        "handed_over": 1,
        "corrected": 1,
        "owed": 1,
        "unplaced": 4,
    }


def test_a_file_that_came_counts_where_it_came_to(busy_day, university, other_university, foreign_clerk):
    with acting(foreign_clerk):
        keeping.receive(PaperFile.objects.get(handed_to=other_university), by=foreign_clerk)

    assert figures(other_university, today_alone())["received"] == 1
    assert "received" not in figures(university, today_alone())


def test_what_was_before_or_comes_after_belongs_to_other_reports(busy_day, university):
    tomorrow = timezone.localdate() + dt.timedelta(days=1)

    for period in (yesterday(), Period(tomorrow, tomorrow)):
        assert set(figures(university, period)) <= {"owed", "unplaced"}


def test_the_first_and_the_last_moment_of_a_day_belong_to_it(university, clerk):
    zone = timezone.get_current_timezone()
    day = yesterday().first_day
    starts = dt.datetime.combine(day, dt.time.min, zone)
    moments = [starts - dt.timedelta(seconds=1), starts, starts + dt.timedelta(hours=23, minutes=59, seconds=59)]
    moments.append(starts + dt.timedelta(days=1))
    for moment in moments:
        corrected(university, clerk, filed=True, on=moment)

    assert len(reporting.draw_up(university, yesterday())["lists"]["corrected"]) == 2


def test_a_note_still_owed_from_before_is_told_again(university, clerk):
    case = corrected(university, clerk, filed=False, on=timezone.now() - dt.timedelta(days=300))

    [line] = reporting.draw_up(university, yesterday())["lists"]["owed"]
    assert line[3] == f"{case.case_number} {case.kind}"


def test_the_totals_are_those_of_an_independent_count(busy_day, university):
    content = reporting.draw_up(university, today_alone())
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT CASE WHEN subject_table = 'records_paperitem' THEN 'paper ' ELSE 'file ' END || verb,
                      COALESCE(details -> 'after' ->> 'place', ''), details -> 'after' ? 'removed_on',
                      details -> 'after' ->> 'removed_on' IS NOT NULL, count(*)
                 FROM audit_event WHERE kind = 'change' AND office_id = %s
                  AND subject_table IN ('records_paperitem', 'records_paperfile') GROUP BY 1, 2, 3, 4""",
            [university.pk],
        )
        counted: Counter[str] = Counter()
        for what, place, about_leaving, is_out, rows in cursor.fetchall():
            counted["opened"] += rows * (what == "file insert")
            counted["moved"] += rows * (what == "file update" and bool(place))
            counted["taken_out"] += rows * (what == "paper update" and about_leaving and is_out)
            counted["put_back"] += rows * (what == "paper update" and about_leaving and not is_out)
        cursor.execute(
            """SELECT count(*) FILTER (WHERE i.filed_on = %s), count(*) FILTER (WHERE i.filed_on IS NULL)
                 FROM records_paperitem i JOIN records_paperfile f ON f.id = i.file_id WHERE f.university_id = %s""",
            [timezone.localdate(), university.pk],
        )
        counted["filed"], counted["owed"] = cursor.fetchone()

    found = reporting.figures_of(content)
    assert {name: found[name] for name in counted} == dict(counted)
    assert content["files"] == 5


def test_nobodys_name_stands_in_a_report(busy_day, university):
    text = str(reporting.draw_up(university, today_alone()))

    assert not [name for name in Candidate.objects.values_list("name", flat=True) if name in text]


def handed_in(university: Office, period: Period, by: User) -> ArchiveReport:
    shown = reporting.digest_of(reporting.draw_up(university, period))
    return reporting.hand_in(university, period, shown=shown, by=by)


def test_what_was_shown_is_what_is_handed_in(busy_day, university, clerk):
    content = reporting.draw_up(university, yesterday())

    report = reporting.hand_in(university, yesterday(), shown=reporting.digest_of(content), by=clerk)

    report.refresh_from_db()
    assert report.content == content
    assert report.sha256 == reporting.digest_of(report.content)


def test_a_report_that_changed_since_it_was_shown_is_not_handed_in(busy_day, university, clerk):
    shown = reporting.digest_of(reporting.draw_up(university, yesterday()))
    open_file(CandidateFactory(managing_university=university))

    with pytest.raises(NotNow) as refusal:
        reporting.hand_in(university, yesterday(), shown=shown, by=clerk)

    assert [problem.code for problem in refusal.value.problems] == ["archive.report-changed"]
    assert not ArchiveReport.objects.exists()


def test_a_period_that_is_not_over_is_not_reported(university, clerk):
    with pytest.raises(Refused) as refusal:
        handed_in(university, today_alone(), clerk)

    assert [problem.code for problem in refusal.value.problems] == ["archive.period-not-over"]


def test_no_day_is_reported_twice_and_the_refusal_names_the_report(university, other_university, clerk, foreign_clerk):
    march = Period(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
    handed_in(university, march, clerk)

    for period in (march, Period(dt.date(2026, 3, 31), dt.date(2026, 4, 30)), Period(dt.date(2026, 1, 1), dt.date(2026, 6, 30))):
        with pytest.raises(Refused) as refusal:
            handed_in(university, period, clerk)
        [problem] = refusal.value.problems
        assert problem.code == "archive.period-covered"
        assert "2026-03-01至2026-03-31" in str(problem.message)
    handed_in(university, Period(dt.date(2026, 4, 1), dt.date(2026, 4, 30)), clerk)
    handed_in(other_university, march, foreign_clerk)
    assert ArchiveReport.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_who_hand_in_at_the_same_moment_hand_in_one(university, clerk, second_clerk):
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def press(person: User) -> None:
        try:
            together.wait(10)
            handed_in(university, yesterday(), person)
            outcomes.append("in")
        except Refused as refusal:
            outcomes.append(refusal.problems[0].code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[person]) for person in (clerk, second_clerk)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(outcomes) == ["archive.period-covered", "in"]
    assert ArchiveReport.objects.count() == 1


def test_only_who_keeps_the_files_hands_in(university, foreign_clerk, officer):
    for person in (foreign_clerk, officer, UserFactory(office=university, roles=["UH"])):
        with pytest.raises(PermissionDenied):
            handed_in(university, yesterday(), person)


@pytest.mark.parametrize(
    "change", ["content = '{}'", "sha256 = ''", "last_day = last_day - 1", "first_day = first_day - 1", "handed_in_at = now()"]
)
def test_nobody_alters_a_report(university, clerk, change):
    report = handed_in(university, Period(dt.date(2026, 1, 1), dt.date(2026, 6, 30)), clerk)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE records_archivereport SET {change}")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM records_archivereport")
    report.refresh_from_db()
    assert report.sha256 == reporting.digest_of(report.content)


def test_the_receipt_is_given_once(university, clerk, officer, second_officer):
    report = handed_in(university, yesterday(), clerk)

    reporting.confirm_receipt(report, by=officer)
    with pytest.raises(NotNow):
        reporting.confirm_receipt(report, by=second_officer)

    report.refresh_from_db()
    assert report.received_by == officer
    assert report.received_at is not None


@given(DAYS)
def test_every_day_lies_in_one_half_year_and_the_one_before_ends_the_day_before(day):
    period = reporting.half_year(day)
    before = reporting.half_year_before(period)

    assert day in period
    assert day not in before
    assert before.last_day + dt.timedelta(days=1) == period.first_day
    assert (period.first_day.month, period.last_day.month) in {(1, 6), (7, 12)}


@given(st.lists(st.tuples(DAYS, st.integers(0, 400)), max_size=5), DAYS, st.integers(0, 400))
def test_the_days_that_no_report_covers_are_counted_one_by_one(spans, first, length):
    period = Period(first, first + dt.timedelta(days=length))
    reports: list[Any] = []
    for start, days in spans:
        report = ArchiveReport(first_day=start, last_day=start + dt.timedelta(days=days))
        if all(report.last_day < other.first_day or report.first_day > other.last_day for other in reports):
            reports.append(report)

    every_day = [first + dt.timedelta(days=number) for number in range(length + 1)]
    uncovered = [day for day in every_day if not any(each.first_day <= day <= each.last_day for each in reports)]

    assert reporting.days_missing(reports, period) == len(uncovered)


def test_the_next_report_begins_behind_the_last(university, clerk):
    assert reporting.next_period(university, dt.date(2026, 8, 9)) == Period(dt.date(2026, 1, 1), dt.date(2026, 6, 30))
    handed_in(university, Period(dt.date(2026, 1, 1), dt.date(2026, 3, 10)), clerk)

    assert reporting.next_period(university, dt.date(2026, 8, 9)) == Period(dt.date(2026, 3, 11), dt.date(2026, 6, 30))


def test_the_lists_know_the_file_behind_each_line(university, clerk):
    file = PaperFileFactory(candidate=CandidateFactory(managing_university=university))
    PaperItemFactory(file=file, title="报名登记表")

    [line] = reporting.draw_up(university, today_alone())["lists"]["filed"]
    assert line == [file.pk, file.number, timezone.localdate().isoformat(), "报名登记表"]
