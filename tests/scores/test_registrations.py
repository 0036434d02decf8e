"""A file of registrations: every fault on both sides of its border, its way in and out, all or nothing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import StringIO
from itertools import count
from json import loads
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.management import call_command
from django.db import DataError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import Event
from audit.workflow import NotNow
from records.imports.reports import fault_workbook
from records.jobs import running
from records.ledger import book as ledger
from records.ledger.book import Entry
from records.ledger.models import Source
from records.models import Candidate, ImportFile, Job, Penalty, User
from scores.models import Mark, RegistrationFile, ReplacedRegistration, SittingRegistration, StagedRegistration
from scores.sittings import entering
from scores.sittings.entering import Removal, enter, removal_of, request_entry, take_out, undo, why_not_undone
from scores.sittings.importing import check, receive
from scores.sittings.staging import stage
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    MarkFactory,
    PenaltyFactory,
    PlanCourseFactory,
    PublicationFactory,
    SittingFactory,
)
from tests.scores.files import SITTING, ticket_of
from tests.scores.seats import checked, codes, entered, places, seats_file, warnings

pytestmark = pytest.mark.django_db
State = RegistrationFile.State
LAST_DAY = dt.date(2026, 10, 31)
DAY = dt.timedelta(days=1)
SALTS = count()


@pytest.fixture
def people() -> list[Candidate]:
    for code in ("00015", "00016"):
        CourseFactory(code=code)
    return [CandidateFactory() for _ in range(3)]


@pytest.fixture
def tickets(people: list[Candidate]) -> list[str]:
    return [ticket_of(person) for person in people]


def test_checking_writes_nothing_and_says_what_entering_would(tmp_path: Path, tickets: list[str]) -> None:
    entered(seats_file(tmp_path, [(tickets[0], "00015", "一中", "1", "01"), (tickets[1], "00015", "一中", "1", "02")]))

    rows = [(tickets[0], "00015", "一中", "1", "01"), (tickets[1], "00015", "一中", "1", "03"), (tickets[2], "00015")]
    batch = checked(seats_file(tmp_path, rows, name="second.csv"))

    assert batch.state == State.READY
    assert [batch.preview[key] for key in ("rows", "new", "changed", "same")] == [3, 1, 1, 1]
    assert [line["new"] + line["changed"] + line["same"] for line in batch.preview["universities"]] == [1, 1, 1]
    assert places() == {(tickets[0], "00015"): ("一中", "1", "01"), (tickets[1], "00015"): ("一中", "1", "02")}
    assert warnings(batch) == ["registrations.changed"]
    assert "一中 1 02" in batch.preview["warnings"][0]["message"]


def test_entering_adds_and_moves_and_undoing_puts_everything_back(tmp_path: Path, tickets: list[str], officer: User) -> None:
    first = entered(seats_file(tmp_path, [(tickets[0], "00015", "一中", "1", "01"), (tickets[1], "00015", "一中", "1", "02")]))
    before = places()
    rows = [(tickets[0], "00015", "一中", "1", "09"), (tickets[2], "00016", "二中", "", "")]
    second = entered(seats_file(tmp_path, rows, name="second.csv"))

    assert places() == {**before, (tickets[0], "00015"): ("一中", "1", "09"), (tickets[2], "00016"): ("二中", "", "")}
    assert removal_of(second) == Removal(1, 1, 0)
    assert why_not_undone(first)
    assert second.file.outcome["written"] == 2

    take_out(second)

    assert places() == before
    assert not ReplacedRegistration.objects.exists()
    assert removal_of(first) == Removal(2, 0, 0)
    assert why_not_undone(first) == ""


def test_columns_of_room_and_seat_may_be_absent_and_empty_ones_leave_what_is_known(tmp_path: Path, tickets: list[str]) -> None:
    entered(seats_file(tmp_path, [(tickets[0], "00015", "一中", "1", "01"), (tickets[1], "00015", "一中", "1", "02")]))

    again = checked(seats_file(tmp_path, [(tickets[0], "00015", "一中"), (tickets[1], "00015", "")], name="b.csv", columns=3))
    moved = entered(seats_file(tmp_path, [(tickets[0], "00015", "二中")], name="c.csv", columns=3))

    assert again.preview["same"] == 2
    assert moved.preview["changed"] == 1
    assert places() == {(tickets[0], "00015"): ("二中", "", ""), (tickets[1], "00015"): ("一中", "1", "02")}


def test_another_room_without_a_seat_takes_the_seat_away(tmp_path: Path, tickets: list[str]) -> None:
    entered(seats_file(tmp_path, [(tickets[0], "00015", "一中", "1", "01")]))
    entered(seats_file(tmp_path, [(tickets[0], "00015", "一中", "2", "")], name="second.csv"))

    assert places() == {(tickets[0], "00015"): ("一中", "2", "")}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("", "00015"), ["registrations.ticket-missing"]),
        (("990000000001", "00015"), ["registrations.unknown-ticket"]),
        (("T", ""), ["registrations.course-missing"]),
        (("T", "99999"), ["registrations.unknown-course"]),
        (("T", "00015", "点" * 61), ["registrations.site-too-long"]),
        (("T", "00015", "一中", "1" * 41), ["registrations.room-too-long"]),
        (("T", "00015", "一中", "1", "1" * 21), ["registrations.seat-too-long"]),
    ],
)
def test_what_a_row_names_is_known_and_fits(
    tmp_path: Path, tickets: list[str], row: tuple[str, ...], expected: list[str]
) -> None:
    named = tuple(tickets[0] if cell == "T" else cell for cell in row)

    batch = checked(seats_file(tmp_path, [named]))

    assert codes(batch) == expected
    assert batch.preview["first"][0]["row"] == 2
    assert fault_workbook(batch.file).read_bytes().startswith(b"PK")
    assert not StagedRegistration.objects.exists()
    assert enter(batch).state == State.FAULTY
    assert places() == {}


def test_the_longest_place_is_taken(tmp_path: Path, tickets: list[str]) -> None:
    entered(seats_file(tmp_path, [(tickets[0], "00015", "点" * 60, "1" * 40, "2" * 20)]))

    assert places()[tickets[0], "00015"] == ("点" * 60, "1" * 40, "2" * 20)


def test_a_person_registers_once_for_a_course_and_for_several_courses(tmp_path: Path, tickets: list[str]) -> None:
    twice = checked(seats_file(tmp_path, [(tickets[0], "00015"), (tickets[1], "00015"), (tickets[0], "00015", "一中")]))
    entered(seats_file(tmp_path, [(tickets[0], "00015"), (tickets[0], "00016")], name="second.csv"))

    assert codes(twice) == ["registrations.twice-in-file"]
    assert "第 2 行" in twice.preview["first"][0]["message"]
    assert len(places()) == 2


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "is_barred"),
    [
        (LAST_DAY - 30 * DAY, LAST_DAY, True),
        (LAST_DAY - 30 * DAY, LAST_DAY - DAY, False),
        (LAST_DAY, LAST_DAY + DAY, True),
        (LAST_DAY + DAY, LAST_DAY + 30 * DAY, False),
    ],
)
def test_who_is_suspended_on_the_sittings_last_day_is_not_registered(
    tmp_path: Path, people: list[Candidate], tickets: list[str], starts_on: dt.date, ends_on: dt.date, is_barred: bool
) -> None:
    suspended = {"kind": Penalty.Kind.SUSPENSION, "decision": "考罚〔2026〕7号", "starts_on": starts_on, "ends_on": ends_on}
    PenaltyFactory(candidate=people[0], **suspended)

    batch = checked(seats_file(tmp_path, [(tickets[0], "00015"), (tickets[1], "00015")]))

    assert batch.state == (State.FAULTY if is_barred else State.READY)
    if is_barred:
        assert codes(batch) == ["registrations.suspended"]
        assert "考罚〔2026〕7号" in batch.preview["first"][0]["message"]
        assert ends_on.isoformat() in batch.preview["first"][0]["message"]


@pytest.mark.parametrize("changed", [{"kind": Penalty.Kind.DELAY}, {"revoked_at": timezone.now()}])
def test_neither_a_delay_nor_a_revoked_suspension_bars(
    tmp_path: Path, people: list[Candidate], tickets: list[str], changed: dict[str, object]
) -> None:
    running_now = {"kind": Penalty.Kind.SUSPENSION, "starts_on": LAST_DAY - DAY, "ends_on": LAST_DAY + DAY}
    PenaltyFactory(candidate=people[0], **{**running_now, **changed})

    assert checked(seats_file(tmp_path, [(tickets[0], "00015")])).state == State.READY


def test_once_marks_of_a_course_are_out_nobody_registers_for_it_any_more(
    tmp_path: Path, people: list[Candidate], tickets: list[str]
) -> None:
    same = seats_file(tmp_path, [(tickets[0], "00015", "一中", "1", "01")])
    entered(same)
    course = CourseFactory(code="00015")
    out = PublicationFactory(sitting=SittingFactory(name=SITTING), published_at=timezone.now())
    MarkFactory(publication=out, candidate=people[0], course=course)

    rows = [(tickets[0], "00015", "一中", "1", "02"), (tickets[1], "00015"), (tickets[1], "00016")]
    late = checked(seats_file(tmp_path, rows, name="late.csv"))
    unchanged = checked(seats_file(tmp_path, [(tickets[0], "00015", "一中"), (tickets[2], "00016")], name="other.csv"))

    assert codes(late) == ["registrations.published", "registrations.published"]
    assert [fault["row"] for fault in late.preview["first"]] == [2, 3]
    assert (unchanged.preview["same"], unchanged.preview["new"]) == (1, 1)


def test_an_unpublished_mark_or_one_of_the_other_kind_bars_nobody(
    tmp_path: Path, people: list[Candidate], tickets: list[str]
) -> None:
    course, sitting = CourseFactory(code="00015"), SittingFactory(name=SITTING)
    MarkFactory(publication=PublicationFactory(sitting=sitting), candidate=people[0], course=course)
    practical = PublicationFactory(sitting=sitting, kind="practical", published_at=timezone.now())
    MarkFactory(publication=practical, candidate=people[1], course=course, practical=True)

    assert checked(seats_file(tmp_path, [(tickets[2], "00015")])).state == State.READY
    assert codes(checked(seats_file(tmp_path, [(tickets[2], "00015")]), practical=True)) == ["registrations.published"]


def test_a_seat_is_given_once_for_a_course_at_a_site_and_room(tmp_path: Path, tickets: list[str]) -> None:
    one, two, _three = tickets
    twice = checked(seats_file(tmp_path, [(one, "00015", "一中", "1", "01"), (two, "00015", "一中", "1", "01")]))

    assert codes(twice) == ["registrations.seat-twice"]
    assert twice.preview["first"][0]["row"] == 3


@pytest.mark.parametrize(
    "other",
    [
        ("00015", "一中", "1", "02"),
        ("00015", "一中", "2", "01"),
        ("00015", "二中", "1", "01"),
        ("00016", "一中", "1", "01"),
        ("00015", "一中", "1", ""),
    ],
)
def test_another_seat_room_site_or_course_is_another_place(tmp_path: Path, tickets: list[str], other: tuple[str, ...]) -> None:
    entered(seats_file(tmp_path, [(tickets[0], "00015", "一中", "1", "01"), (tickets[1], *other)]))

    assert len(places()) == 2


def test_empty_seats_and_seats_without_a_site_are_nobodys(tmp_path: Path, tickets: list[str]) -> None:
    rows = [(tickets[0], "00015", "一中", "1", ""), (tickets[1], "00015", "一中", "1", ""), (tickets[2], "00015", "", "", "01")]

    assert checked(seats_file(tmp_path, rows)).state == State.READY


def test_a_seat_that_somebody_has_is_taken_unless_that_one_moves_in_the_same_file(tmp_path: Path, tickets: list[str]) -> None:
    entered(seats_file(tmp_path, [(tickets[0], "00015", "一中", "1", "01")]))

    taken = checked(seats_file(tmp_path, [(tickets[1], "00015", "一中", "1", "01")], name="taken.csv"))
    rows = [(tickets[0], "00015", "一中", "1", "02"), (tickets[1], "00015", "一中", "1", "01")]
    entered(seats_file(tmp_path, rows, name="swap.csv"))

    assert codes(taken) == ["registrations.seat-taken"]
    assert tickets[0] in taken.preview["first"][0]["message"]
    assert places() == {(tickets[0], "00015"): ("一中", "1", "02"), (tickets[1], "00015"): ("一中", "1", "01")}


def test_a_course_of_the_sitting_is_sat_in_one_kind(tmp_path: Path, tickets: list[str]) -> None:
    entered(seats_file(tmp_path, [(tickets[0], "00015")]))

    assert codes(checked(seats_file(tmp_path, [(tickets[0], "00015")]), practical=True)) == ["registrations.other-kind"]


def test_passed_courses_and_practicals_without_theory_are_taken_with_a_warning(tmp_path: Path, people: list[Candidate]) -> None:
    theory, practical = CourseFactory(code="00015"), CourseFactory(code="00017", practical=True)
    PlanCourseFactory(course=practical, theory=theory)
    ready, early = people[0], people[1]
    ledger.enter([Entry(ready.pk, theory.pk, Source.EXAM, dt.date(2026, 4, 30), "test", "1", mark=Decimal(60))])

    rows = [(ticket_of(ready), "00017"), (ticket_of(early), "00017")]
    batch = checked(seats_file(tmp_path, rows), practical=True)
    again = checked(seats_file(tmp_path, [(ticket_of(ready), "00015"), (ticket_of(early), "00015")], name="again.csv"))

    assert [(each["row"], each["code"]) for each in batch.preview["warnings"]] == [(3, "registrations.practical-without-theory")]
    assert [(each["row"], each["code"]) for each in again.preview["warnings"]] == [(2, "registrations.already-passed")]


def test_kind_and_course_that_do_not_go_together_are_worth_a_warning(tmp_path: Path, tickets: list[str]) -> None:
    CourseFactory(code="00017", practical=True)

    assert warnings(checked(seats_file(tmp_path, [(tickets[0], "00017")]))) == ["registrations.practical-in-theory"]
    other = seats_file(tmp_path, [(tickets[0], "00015")], name="other.csv")
    assert warnings(checked(other, practical=True)) == ["registrations.theory-in-practical"]


def test_the_same_file_again_changes_nothing_and_says_so(tmp_path: Path, tickets: list[str]) -> None:
    path = seats_file(tmp_path, [(tickets[0], "00015", "一中", "1", "01")])
    first = entered(path)

    again, is_new = receive(path, first.sitting, practical=False, by=None)

    assert (again.pk, is_new) == (first.pk, False)
    assert ImportFile.objects.latest("pk").outcome["unchanged"] == 1
    assert receive(path, first.sitting, practical=True, by=None)[1]
    assert receive(path, SittingFactory(name="2026-04"), practical=False, by=None)[1]


def test_after_an_undo_the_same_file_comes_in_again(tmp_path: Path, tickets: list[str]) -> None:
    path = seats_file(tmp_path, [(tickets[0], "00015")])
    take_out(entered(path))
    assert places() == {}

    entered(path)

    assert len(places()) == 1


def test_nothing_is_undone_once_marks_of_the_sitting_are_out(
    tmp_path: Path, people: list[Candidate], tickets: list[str], officer: User
) -> None:
    batch = entered(seats_file(tmp_path, [(tickets[0], "00015")]))
    sitting, course = SittingFactory(name=SITTING), CourseFactory(code="00015")
    open_publication = PublicationFactory(sitting=sitting)
    MarkFactory(publication=open_publication, candidate=people[0], course=course)
    assert removal_of(batch) == Removal(1, 0, 1)
    assert why_not_undone(batch) == ""

    open_publication.published_at = timezone.now()
    open_publication.save()

    with pytest.raises(NotNow):
        undo(batch, by=officer, note="误传")
    with pytest.raises(NotNow):
        take_out(batch)
    assert len(places()) == 1


def test_confirming_and_undoing_go_through_a_worker_and_leave_steps(
    tmp_path: Path, tickets: list[str], city: object, officer: User
) -> None:
    batch = checked(seats_file(tmp_path, [(tickets[0], "00015")]))

    request_entry(batch, by=officer)
    with pytest.raises(NotNow):
        request_entry(batch, by=officer)
    running.run(Job.objects.latest("pk").pk)
    batch.refresh_from_db()
    assert (batch.state, len(places())) == (State.ENTERED, 1)
    undo(batch, by=officer, note="误传")
    running.run(Job.objects.latest("pk").pk)

    batch.refresh_from_db()
    assert (batch.state, places()) == (State.UNDONE, {})
    steps = Event.objects.filter(kind="step", subject_table="scores_registrationfile").order_by("pk")
    assert list(steps.values_list("verb", flat=True)) == ["confirm", "enter", "undo"]
    assert not Event.objects.filter(subject_table="scores_sittingregistration", verb="insert").exists()


def test_what_changed_since_the_check_refuses_the_whole_file_at_entry(tmp_path: Path, tickets: list[str]) -> None:
    waiting = checked(seats_file(tmp_path, [(tickets[0], "00015", "一中", "1", "01"), (tickets[2], "00016")]))
    entered(seats_file(tmp_path, [(tickets[1], "00015", "一中", "1", "01")], name="quicker.csv"))

    batch = enter(waiting)

    assert codes(batch) == ["registrations.seat-taken"]
    assert len(places()) == 1


@pytest.mark.parametrize("stop_at", range(3))
def test_a_worker_killed_in_the_middle_leaves_nothing_and_its_next_run_everything(
    tmp_path: Path, tickets: list[str], monkeypatch: pytest.MonkeyPatch, stop_at: int
) -> None:
    entered(seats_file(tmp_path, [(tickets[0], "00015", "一中", "1", "01")]))
    before = places()
    batch = checked(seats_file(tmp_path, [(tickets[0], "00015", "一中", "1", "02"), (tickets[1], "00015")], name="second.csv"))
    broken = [entering._REMEMBER, entering._CHANGE, entering._INSERT][stop_at] + "; SELECT 1 / 0"
    with monkeypatch.context() as patch:
        patch.setattr(entering, ["_REMEMBER", "_CHANGE", "_INSERT"][stop_at], broken)
        with pytest.raises(DataError, match="division by zero"):
            enter(batch)
    assert places() == before

    stage(batch)
    enter(batch)

    assert len(places()) == 2
    assert places()[tickets[0], "00015"] == ("一中", "1", "02")


def test_staged_rows_that_were_lost_are_read_again_from_the_kept_file(tmp_path: Path, tickets: list[str]) -> None:
    batch = checked(seats_file(tmp_path, [(tickets[0], "00015")]))
    StagedRegistration.objects.all().delete()

    enter(batch)

    assert len(places()) == 1


def test_checking_twice_reads_the_file_once_only(tmp_path: Path, tickets: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("records.imports.staging.PIECE", 2)
    rows = [(ticket, course) for ticket in tickets for course in ("00015", "00016")]
    seen: list[tuple[int, int | None]] = []
    batch = receive(seats_file(tmp_path, rows), SittingFactory(name=SITTING), practical=False, by=None)[0]
    stage(batch)

    check(batch, lambda done, total: seen.append((done, total)))

    assert StagedRegistration.objects.count() == 6
    assert [done for done, _total in seen] == [2, 4, 6]


def run_command(path: Path, *options: str) -> tuple[int, dict[str, object]]:
    out = StringIO()
    try:
        call_command("import_registrations", str(path), "--sitting", SITTING, *options, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), loads(out.getvalue())
    return 0, loads(out.getvalue())


def test_the_command_prints_the_report_and_exits_by_the_contract(tmp_path: Path, tickets: list[str]) -> None:
    path = seats_file(tmp_path, [(tickets[0], "00015", "一中")], columns=3)

    assert run_command(path) == (0, {"rows": 1, "written": 1, "unchanged": 0, "warnings": []})
    code, again = run_command(path)
    assert (code, again["written"], again["unchanged"]) == (0, 0, 1)
    code, refused = run_command(seats_file(tmp_path, [("1", "00015")], name="bad.csv"))
    assert code == 1
    assert refused == {
        "faults": [
            {
                "row": 2,
                "column": "准考证号",
                "value": "1",
                "code": "registrations.unknown-ticket",
                "message": "没有这个准考证号。请对照准考证核对，新考生要先登记",
            }
        ]
    }
    assert SittingRegistration.objects.count() == 1


def test_the_command_takes_a_practical_file_and_refuses_a_wrong_sitting(tmp_path: Path, tickets: list[str]) -> None:
    CourseFactory(code="00017", practical=True)
    run_command(seats_file(tmp_path, [(tickets[0], "00017")]), "--practical")

    assert SittingRegistration.objects.get().practical is True
    with pytest.raises(SystemExit) as ended:
        call_command("import_registrations", str(tmp_path / "seats.csv"), "--sitting", "2026-13", stderr=StringIO())
    assert ended.value.code == 2


def test_an_unknown_column_and_a_missing_one_refuse_at_once(tmp_path: Path, tickets: list[str]) -> None:
    path = tmp_path / "seats.csv"
    path.write_text("准考证号,课程,考点\n", encoding="utf-8")

    assert codes(checked(path)) == ["table.unknown-column", "table.missing-column"]


def test_the_application_role_can_do_all_of_it(tmp_path: Path, tickets: list[str], as_application: None) -> None:
    entered(seats_file(tmp_path, [(tickets[0], "00015", "一中", "1", "01")]))
    take_out(entered(seats_file(tmp_path, [(tickets[0], "00015", "一中", "1", "02"), (tickets[1], "00015")], name="second.csv")))

    assert places() == {(tickets[0], "00015"): ("一中", "1", "01")}


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cf")), max_size=65)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["0", "1", "9"]), st.sampled_from(["00015", "00016", "7"]), CELL, CELL, CELL),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_the_cells_hold_a_file_is_taken_whole_or_not_at_all(
    people: list[Candidate], rows: list[tuple[str, ...]]
) -> None:
    tickets = {str(place): ticket_of(person) for place, person in enumerate(people)}
    named = [(tickets.get(ticket, "9"), *rest) for ticket, *rest in rows]
    sitting = f"2{next(SALTS):03}-10"
    with TemporaryDirectory() as folder:
        batch = enter(checked(seats_file(Path(folder), named), sitting=sitting))

    assert batch.state in (State.ENTERED, State.FAULTY)
    assert len(places(sitting)) == (len(rows) if batch.state == State.ENTERED else 0)
    assert not Mark.registry.exists()
