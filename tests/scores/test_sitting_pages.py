"""The pages of sittings: who sees what of whom, a file's way in, changes by hand, the candidate's own page and notice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from audit.workflow import NotNow
from records.jobs import running
from records.jobs.models import Job
from records.models import Candidate, Office, User
from scores import tasks  # noqa: F401 - registers the work that ``running.run`` does
from scores.models import Mark, PaperTime, Publication, RegistrationFile, Sitting, SittingRegistration
from scores.sittings import by_hand, tallying, timetable
from scores.sittings.by_hand import Place
from scores.sittings.entering import take_out
from scores.sittings.overview import is_coming
from scores.sittings.own import coming_of
from scores.sittings.slip import printed
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    MarkFactory,
    PenaltyFactory,
    PublicationFactory,
    SittingFactory,
    SittingRegistrationFactory,
)
from tests.scores import seats
from tests.scores.files import SITTING, ticket_of
from tests.workbooks import rows_in

pytestmark = pytest.mark.django_db
COMING = "2099-04"


@pytest.fixture
def coming() -> Sitting:
    return SittingFactory(name=COMING)


@pytest.fixture
def over() -> Sitting:
    return SittingFactory(name="2025-04")


@pytest.fixture
def course() -> Any:
    return CourseFactory(code="00015", name="英语（二）")


def count(sitting: Sitting) -> None:
    """What a file that comes in leaves behind."""
    for practical in (False, True):
        tallying.refresh(sitting.pk, practical=practical)


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    answer = client.get(reverse(f"sittings:{name}", args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


# Who sees what


def test_a_university_sees_its_own_candidates_registered_and_nobody_elses(
    client: Client, clerk: User, candidate: Candidate, other_university: Office, coming: Sitting, course: Any
) -> None:
    stranger = CandidateFactory(managing_university=other_university, name="司空见惯")
    SittingRegistrationFactory(sitting=coming, candidate=candidate, course=course)
    SittingRegistrationFactory(sitting=coming, candidate=stranger, course=course)
    count(coming)
    client.force_login(clerk)

    text = page(client, "registered", COMING)

    assert ticket_of(candidate) in text
    assert ticket_of(stranger) not in text
    assert "取消报考" not in text
    assert "1" in page(client, "list")
    assert "缺成绩" not in page(client, "detail", COMING)
    read = Event.objects.filter(kind="read", verb="list", details__list="registered").get()
    assert (read.actor_id, read.details["shown"], read.note) == (clerk.pk, 1, "核对报考")


def test_a_sitting_of_which_only_unpublished_marks_are_there_is_none_for_a_university(
    client: Client, clerk: User, candidate: Candidate, over: Sitting
) -> None:
    MarkFactory(publication=PublicationFactory(sitting=over), candidate=candidate)
    count(over)
    client.force_login(clerk)

    assert client.get(reverse("sittings:detail", args=[over.name])).status_code == 404
    assert over.name not in page(client, "list")


def test_what_a_university_sees_is_the_same_whether_marks_are_in_or_not(
    client: Client, clerk: User, candidate: Candidate, over: Sitting, course: Any
) -> None:
    SittingRegistrationFactory(sitting=over, candidate=candidate, course=course)
    count(over)
    client.force_login(clerk)
    before = [page(client, "list"), page(client, "detail", over.name), page(client, "registered", over.name)]

    MarkFactory(publication=PublicationFactory(sitting=over), candidate=candidate, course=course)
    count(over)

    after = [page(client, "list"), page(client, "detail", over.name), page(client, "registered", over.name)]
    assert [without_nonces(text) for text in after] == [without_nonces(text) for text in before]


def without_nonces(text: str) -> list[str]:
    """The lines that do not differ from one answer to the next."""
    return [line for line in text.splitlines() if "nonce" not in line and "csrf" not in line]


def test_the_office_sees_figures_of_both_kinds_and_whose_mark_is_missing(
    client: Client, officer: User, candidate: Candidate, over: Sitting, course: Any
) -> None:
    absent = CandidateFactory(managing_university=candidate.managing_university)
    for person in (candidate, absent):
        SittingRegistrationFactory(sitting=over, candidate=person, course=course)
    MarkFactory(publication=PublicationFactory(sitting=over), candidate=candidate, course=course)
    count(over)
    client.force_login(officer)

    figures = page(client, "detail", over.name)
    listed = page(client, "missing", over.name)

    assert "<dt>缺成绩</dt><dd>1</dd>" in figures
    assert "<dt>到考</dt><dd>1</dd>" in figures
    assert ticket_of(absent) in listed
    assert ticket_of(candidate) not in listed


def test_the_list_of_missing_marks_is_narrowed_by_university_and_course_and_taken_along(
    client: Client, officer: User, candidate: Candidate, other_university: Office, over: Sitting, course: Any
) -> None:
    stranger, other = CandidateFactory(managing_university=other_university), CourseFactory(code="00016")
    SittingRegistrationFactory(sitting=over, candidate=candidate, course=course)
    SittingRegistrationFactory(sitting=over, candidate=candidate, course=other)
    SittingRegistrationFactory(sitting=over, candidate=stranger, course=course)
    client.force_login(officer)
    narrow = {"university": str(candidate.managing_university_id), "course": "00015"}

    text = page(client, "missing", over.name, **narrow)
    answer = client.get(reverse("sittings:missing-export", args=[over.name]), narrow)

    assert ticket_of(stranger) not in text
    assert text.count(ticket_of(candidate)) == 1
    rows = rows_in(answer.content)
    assert [row[:5] for row in rows[1:]] == [
        [ticket_of(candidate), candidate.name, str(candidate.managing_university), "00015", "英语（二）"]
    ]
    taken = Event.objects.filter(kind="read", verb="export").get()
    assert (taken.details["export"], taken.details["rows"], taken.note) == ("missing-marks", 1, "导出缺成绩")
    assert len(taken.details["sha256"]) == 64


def test_the_same_list_is_the_same_file_all_day(client: Client, officer: User, over: Sitting, time_machine: Any) -> None:
    SittingRegistrationFactory(sitting=over)
    taken = set()
    for hour in (1, 22):
        time_machine.move_to(dt.datetime(2026, 11, 24, hour, tzinfo=timezone.get_default_timezone()), tick=False)
        client.force_login(officer)
        taken.add(client.get(reverse("sittings:registered-export", args=[over.name])).content)

    assert len(taken) == 1


@pytest.mark.parametrize(("people", "lines"), [(2, 2), (3, 3)])
def test_a_table_that_is_cut_says_so_in_its_last_line(
    client: Client, officer: User, over: Sitting, course: Any, monkeypatch: pytest.MonkeyPatch, people: int, lines: int
) -> None:
    monkeypatch.setattr("scores.sittings.listing.AT_MOST", 2)
    for _turn in range(people):
        SittingRegistrationFactory(sitting=over, course=course)
    client.force_login(officer)

    answer = client.get(reverse("sittings:registered-export", args=[over.name]))

    rows = rows_in(answer.content)[1:]
    assert len(rows) == lines
    assert any("只列出前2条" in str(row[0]) for row in rows) is (people > 2)
    assert Event.objects.get(verb="export").details["rows"] == 2


def test_the_other_kind_has_a_list_of_its_own(client: Client, officer: User, candidate: Candidate, over: Sitting) -> None:
    SittingRegistrationFactory(sitting=over, candidate=candidate, course=CourseFactory(practical=True), practical=True)
    client.force_login(officer)

    assert ticket_of(candidate) not in page(client, "missing", over.name)
    assert ticket_of(candidate) in page(client, "missing", over.name, kind="practical")


def test_a_page_of_the_list_asks_as_much_for_twenty_people_as_for_one_and_leads_on(
    client: Client, officer: User, over: Sitting, course: Any, university: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scores.sittings.listing.PAGE", 20)
    client.force_login(officer)
    page(client, "missing", over.name)
    asked = []
    for people in (1, 20):
        for _turn in range(people):
            SittingRegistrationFactory(sitting=over, candidate=CandidateFactory(managing_university=university), course=course)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text = page(client, "missing", over.name)
        asked.append(len(queries))

    assert asked[0] == asked[1]
    last = SittingRegistration.objects.order_by("pk")[19]
    assert f"after={last.pk}" in text
    assert page(client, "missing", over.name, after=last.pk).count("<tr>") == 2


def test_an_identity_number_in_the_search_box_finds_nobody_and_stands_nowhere(
    client: Client, officer: User, candidate: Candidate, coming: Sitting
) -> None:
    SittingRegistrationFactory(sitting=coming, candidate=candidate)
    client.force_login(officer)

    text = page(client, "registered", COMING, q=candidate.identity_number)

    assert candidate.identity_number not in text
    assert candidate.name not in text


# A file's way


def send(client: Client, text: str, *, sitting: str = COMING, kind: str = "written") -> Any:
    content = SimpleUploadedFile("seats.csv", f"准考证号,课程代码,考点,考场,座位号\n{text}".encode())
    return client.post(reverse("sittings:upload"), {"sitting": sitting, "kind": kind, "file": content})


def work() -> None:
    running.run(Job.objects.latest("pk").pk)


def test_a_file_goes_from_its_upload_over_the_preview_into_the_sitting_and_out_again(
    client: Client, officer: User, candidate: Candidate, course: Any
) -> None:
    client.force_login(officer)
    assert send(client, f"{ticket_of(candidate)},00015,一中,3,07\n").status_code == 302
    batch = RegistrationFile.objects.get()
    work()
    assert "写入 1 条新报考" in page(client, "batch", batch.pk)

    client.post(reverse("sittings:confirm", args=[batch.pk]))
    work()
    assert SittingRegistration.objects.get().seat == "07"
    assert "已入库" in page(client, "batch", batch.pk)
    assert "seats.csv" in page(client, "batches") + page(client, "detail", COMING)
    undo = reverse("sittings:undo", args=[batch.pk])
    assert client.post(undo, {"note": " "}).status_code == 422
    client.post(undo, {"note": "传错了考次"})
    work()

    assert not SittingRegistration.objects.exists()
    assert Event.objects.get(kind="step", verb="undo").note == "传错了考次"


def test_a_faulty_file_shows_its_faults_and_gives_the_table_to_be_mended(
    client: Client, officer: User, candidate: Candidate, course: Any
) -> None:
    client.force_login(officer)
    send(client, f"{ticket_of(candidate)},99999,一中,,\n")
    work()
    batch = RegistrationFile.objects.get()

    assert "没有这个课程代码" in page(client, "batch", batch.pk)
    assert client.get(reverse("sittings:faults", args=[batch.pk])).status_code == 200
    assert client.post(reverse("sittings:confirm", args=[batch.pk])).status_code == 409
    assert Event.objects.filter(verb="list", details__list="registration-faults").count() == 2


def test_a_sitting_that_is_none_is_refused_beside_its_field(client: Client, officer: User) -> None:
    client.force_login(officer)

    answer = send(client, "1,2,3\n", sitting="2099-13")

    assert answer.status_code == 422
    assert "应写成 2027-04 的样子" in answer.content.decode()
    assert not RegistrationFile.objects.exists()


# By hand


def by_form(client: Client, candidate: Candidate, **changed: str) -> Any:
    values = {"ticket": ticket_of(candidate), "course": "00015", "kind": "written", "site": "一中", "note": "漏报，学校来函"}
    return client.post(reverse("sittings:register", args=[COMING]), {**values, **changed})


def test_an_officer_registers_one_candidate_with_a_reason(
    client: Client, officer: User, candidate: Candidate, coming: Sitting, course: Any
) -> None:
    client.force_login(officer)

    assert by_form(client, candidate).status_code == 302

    made = SittingRegistration.objects.get()
    assert (made.candidate, made.site, made.batch) == (candidate, "一中", None)
    step = Event.objects.get(kind="step", verb="register-by-hand")
    assert (step.actor_id, step.note, step.candidate_id) == (officer.pk, "漏报，学校来函", candidate.pk)
    assert tallying.tally_of(tallying.whole(coming.pk, practical=False)).registered == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"ticket": "1"}, "没有这个准考证号"),
        ({"course": "1"}, "没有这个课程代码"),
        ({"note": ""}, "必填"),
        ({"note": "证件199999199803140015"}, "不要写证件号码"),
    ],
)
def test_what_is_typed_wrong_is_said_beside_its_field(
    client: Client, officer: User, candidate: Candidate, coming: Sitting, course: Any, changed: dict[str, str], words: str
) -> None:
    client.force_login(officer)

    answer = by_form(client, candidate, **changed)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not SittingRegistration.objects.exists()


@pytest.mark.parametrize(("last_day", "codes"), [(dt.date(2099, 4, 29), []), (dt.date(2099, 4, 30), ["registration.suspended"])])
def test_nobody_is_registered_whose_suspension_runs_on_the_sittings_last_day(
    officer: User, candidate: Candidate, coming: Sitting, course: Any, last_day: dt.date, codes: list[str]
) -> None:
    PenaltyFactory(candidate=candidate, kind="suspension", starts_on=dt.date(2098, 1, 1), ends_on=last_day)

    assert refused(officer, coming, candidate, course) == codes


def refused(officer: User, sitting: Sitting, candidate: Candidate, course: Any, place: Place | None = None) -> list[str]:
    """The codes of what forbids it; none where it is done."""
    try:
        by_hand.register(sitting, candidate, course, practical=False, place=place or Place(), by=officer, note="漏报")
    except NotNow as problem:
        return [each.code for each in problem.problems]
    return []


def test_neither_twice_nor_on_a_taken_seat_nor_after_the_marks_are_out(
    officer: User, candidate: Candidate, coming: Sitting, course: Any
) -> None:
    other, seat = CandidateFactory(), Place("一中", "3", "07")
    assert refused(officer, coming, candidate, course, seat) == []

    assert refused(officer, coming, candidate, course) == ["registration.twice"]
    assert refused(officer, coming, other, course, seat) == ["registration.seat-taken"]
    publication = PublicationFactory(sitting=coming, published_at=timezone.now())
    MarkFactory(publication=publication, candidate=candidate, course=course)
    assert refused(officer, coming, other, course) == ["registration.published"]
    assert refused(officer, coming, other, CourseFactory(code="00016")) == []


def test_an_officer_cancels_one_registration_with_a_reason_and_the_trail_keeps_it(
    client: Client, officer: User, candidate: Candidate, coming: Sitting
) -> None:
    registration = SittingRegistrationFactory(sitting=coming, candidate=candidate)
    other = SittingRegistrationFactory(sitting=coming, candidate=candidate)
    client.force_login(officer)
    url = reverse("sittings:cancel", args=[registration.pk])
    assert candidate.name in client.get(url).content.decode()

    assert client.post(url, {"note": ""}).status_code == 422
    assert client.post(url, {"note": "考生来函放弃"}).status_code == 302

    assert list(SittingRegistration.objects.all()) == [other]
    gone = Event.objects.get(kind="change", verb="delete", subject_table="scores_sittingregistration")
    assert (gone.candidate_id, gone.note, gone.actor_id) == (candidate.pk, "考生来函放弃", officer.pk)
    assert Event.objects.filter(verb="registering", candidate_id=candidate.pk).exists()


def test_the_application_role_can_do_all_of_it(
    as_application: None, officer: User, candidate: Candidate, coming: Sitting, course: Any
) -> None:
    made = by_hand.register(coming, candidate, course, practical=False, place=Place("一中"), by=officer, note="漏报")
    timetable.lay_down(coming, timetable.read("00015 2099-04-24 09:00-11:30", coming).times)
    by_hand.cancel(made, by=officer, note="误报")
    by_hand.cancel(made, by=officer, note="再点一次")
    timetable.lay_down(coming, {})

    assert not SittingRegistration.objects.exists()
    assert not PaperTime.objects.exists()
    assert Event.objects.filter(verb="cancel-registration").count() == 1


def test_a_seat_that_a_later_file_changed_can_be_cancelled_and_both_files_undone(
    tmp_path: Path, officer: User, candidate: Candidate, course: Any
) -> None:
    first = seats.entered(seats.seats_file(tmp_path, [(ticket_of(candidate), "00015", "一中", "1", "01")]))
    second = seats.entered(seats.seats_file(tmp_path, [(ticket_of(candidate), "00015", "一中", "1", "02")], name="second.csv"))

    by_hand.cancel(SittingRegistration.objects.get(), by=officer, note="误报")
    take_out(second)
    take_out(first)

    assert not SittingRegistration.objects.exists()
    assert set(RegistrationFile.objects.values_list("state", flat=True)) == {"undone"}


def test_a_registration_with_a_mark_stays(
    client: Client, officer: User, candidate: Candidate, over: Sitting, course: Any
) -> None:
    registration = SittingRegistrationFactory(sitting=over, candidate=candidate, course=course)
    MarkFactory(publication=PublicationFactory(sitting=over), candidate=candidate, course=course)
    client.force_login(officer)
    url = reverse("sittings:cancel", args=[registration.pk])

    assert "已经有成绩" in client.get(url).content.decode()
    assert client.post(url, {"note": "误报"}).status_code == 409
    assert SittingRegistration.objects.exists()
    assert Mark.registry.count() == 1


# The times


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("00015", "应写成"),
        ("00015 2099-04-31 09:00-11:30", "没有这样的日期或时间"),
        ("00015 2099-05-01 09:00-11:30", "日期不在"),
        ("00015 2099-04-24 09:00-09:00", "结束时间应在开考时间之后"),
        ("99999 2099-04-24 09:00-11:30", "没有课程代码99999"),
        ("00015 2099-04-24 09:00-11:30\n00015 2099-04-25 09:00-11:30", "第2行：这个课程前面已经写过"),
    ],
)
def test_a_wrong_line_of_the_times_is_said_with_its_place(coming: Sitting, course: Any, line: str, words: str) -> None:
    assert words in "".join(timetable.read(line, coming).faults)


def test_times_are_laid_down_changed_and_taken_back_as_the_text_says(
    client: Client, officer: User, coming: Sitting, course: Any
) -> None:
    CourseFactory(code="00016")
    client.force_login(officer)
    url = reverse("sittings:times", args=[COMING])
    text = "00015 2099-04-24 9:00-11:30\n\n00016 2099-04-24 14:00-16:30"

    assert client.post(url, {"times": text}).status_code == 302
    assert "00015 2099-04-24 09:00-11:30" in client.get(url).content.decode()
    client.post(url, {"times": "00015 2099-04-25 09:00-11:30"})

    time = PaperTime.objects.get()
    assert (time.course.code, time.on, time.starts_at) == ("00015", dt.date(2099, 4, 25), dt.time(9))
    verbs = Event.objects.filter(subject_table="scores_papertime").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["insert", "insert", "delete", "update"]
    assert client.post(url, {"times": "00015"}).status_code == 422
    assert PaperTime.objects.get() == time


# The candidate


def test_a_candidate_sees_day_hour_and_seat_of_what_is_to_come_and_nothing_of_what_is_over(
    client: Client, candidate: Candidate, candidate_user: User, coming: Sitting, over: Sitting, course: Any
) -> None:
    SittingRegistrationFactory(sitting=coming, candidate=candidate, course=course, site="一中", room="3", seat="07")
    SittingRegistrationFactory(sitting=over, candidate=candidate, course=CourseFactory(code="00099", name="旧课程"))
    PaperTime.objects.create(
        sitting=coming, course=course, on=dt.date(2099, 4, 25), starts_at=dt.time(9), ends_at=dt.time(11, 30)
    )
    client.force_login(candidate_user)

    text = page(client, "own")

    assert all(words in text for words in ("英语（二）", "4月25日（周六）", "09:00–11:30", "一中", "07"))
    assert "旧课程" not in text
    assert not Event.objects.filter(kind="read").exists()


def test_the_notice_is_a_file_of_ones_own_sittings_to_come_only(
    client: Client, candidate: Candidate, candidate_user: User, coming: Sitting, over: Sitting
) -> None:
    SittingRegistrationFactory(sitting=coming, candidate=candidate)
    SittingRegistrationFactory(sitting=over, candidate=candidate)
    SittingRegistrationFactory(sitting=SittingFactory(name="2099-10"))
    client.force_login(candidate_user)

    answer = client.get(reverse("sittings:slip", args=[COMING]))

    assert answer.content.startswith(b"%PDF")
    assert answer["Cache-Control"] == "private, no-store"
    for name in (over.name, "2099-10"):
        assert client.get(reverse("sittings:slip", args=[name])).status_code == 404


def test_papers_without_a_time_or_a_place_say_that_it_is_to_come(candidate: Candidate, coming: Sitting, course: Any) -> None:
    SittingRegistrationFactory(sitting=coming, candidate=candidate, course=course, site="", room="", seat="")

    [found] = coming_of(candidate)

    assert (found.papers[0].when, found.papers[0].place, found.first) == ("待公布", "待安排", None)
    assert printed(candidate, found).startswith(b"%PDF")


def test_the_days_of_an_examination_are_those_of_ones_papers_and_the_month_where_one_has_no_time(
    candidate: Candidate, coming: Sitting, course: Any
) -> None:
    other = CourseFactory(code="00016")
    hours = {"starts_at": dt.time(9), "ends_at": dt.time(11, 30)}
    SittingRegistrationFactory(sitting=coming, candidate=candidate, course=course)
    assert coming_of(candidate)[0].days == (dt.date(2099, 4, 1), dt.date(2099, 4, 30))
    PaperTime.objects.create(sitting=coming, course=course, on=dt.date(2099, 4, 25), **hours)
    assert coming_of(candidate)[0].days == (dt.date(2099, 4, 25), dt.date(2099, 4, 25))

    SittingRegistrationFactory(sitting=coming, candidate=candidate, course=other)

    assert coming_of(candidate)[0].days == (dt.date(2099, 4, 25), dt.date(2099, 4, 30))


def test_what_comes_next_and_the_calendar_lead_to_the_examination_until_its_last_day(
    client: Client, candidate: Candidate, candidate_user: User, course: Any, time_machine: Any
) -> None:
    sitting = SittingFactory(name=SITTING)
    SittingRegistrationFactory(sitting=sitting, candidate=candidate, course=course)
    PaperTime.objects.create(
        sitting=sitting, course=course, on=dt.date(2026, 10, 24), starts_at=dt.time(9), ends_at=dt.time(11, 30)
    )
    shown = {}
    for day in (23, 24, 25):
        time_machine.move_to(dt.datetime(2026, 10, day, 12, tzinfo=timezone.get_default_timezone()), tick=False)
        client.force_login(candidate_user)
        shown[day] = client.get(reverse("space")).content.decode()

    assert "参加2026年10月考试" in shown[23]
    assert "1天后开始" in shown[23]
    assert "考试期间" in shown[24]
    assert "10月24日" in shown[24]
    assert "参加2026年10月考试" not in shown[25]
    assert "看考试安排" not in shown[25]


def test_a_sitting_is_to_come_until_its_month_is_over(time_machine: Any) -> None:
    sitting = Sitting(name=SITTING)
    time_machine.move_to(dt.datetime(2026, 10, 31, 23, 59, tzinfo=timezone.get_default_timezone()))
    assert is_coming(sitting)
    time_machine.move_to(dt.datetime(2026, 11, 1, 0, 0, tzinfo=timezone.get_default_timezone()))
    assert not is_coming(sitting)


def test_publications_of_the_other_kind_do_not_bar(officer: User, candidate: Candidate, coming: Sitting, course: Any) -> None:
    PublicationFactory(sitting=coming, kind=Publication.Kind.PRACTICAL, published_at=timezone.now())

    assert refused(officer, coming, candidate, course) == []
