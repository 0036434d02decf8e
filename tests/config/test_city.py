"""A small synthetic city, built once from the real catalogue: what it must be like, whatever its size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import RequestFactory, override_settings
from django.utils import timezone

from audit.models import Event
from config import demonstration
from config.record import seven_kinds
from config.roles import ROLES
from exemptions.models import ExemptionApplication
from exemptions.workflow import EXEMPTION
from graduation.auditing import audit_one
from graduation.models import Diploma, GraduationApplication
from graduation.workflow import GRADUATION
from records.candidates.numbers import has_valid_check_digit
from records.catalogue.loading import load
from records.ledger.models import Credit, CreditEntry
from records.models import Candidate, CorrectionRequest, MergeRequest, Notice, Penalty, Registration, Ticket, User, Window
from records.people import recovery, second_factor
from records.people.identity import DocumentKind, check_document, check_phone
from scores.models import Mark, Publication, ScoreBatch, SittingStatistic
from tests.factories import MunicipalityFactory

CATALOGUE = Path(__file__).parents[2] / "data" / "catalogue"
SIZE = 60
TWICE, MERGED = 2, 1  # people who registered a second time, and how many of the second records were merged by now
SERIALS = ("records_record_serial", "records_ticket_serial", "records_registration_serial")
STATUSES = {"draft", "university", "returned", "municipality", "granted", "refused", "withdrawn"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of the city's own, so that no other test's passwords and proofs lie there."""
    folder = tmp_path_factory.mktemp("city")
    with override_settings(KAOJI_HOME=folder, PROOF_ROOT=folder / "proofs"):
        yield folder


@pytest.fixture(scope="module")
def catalogue(home: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        MunicipalityFactory()  # a test that empties the tables may have come before
        load(CATALOGUE)
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def built(catalogue: None) -> list[list[str]]:
    """The city built and thrown away, then built again to stay: what each of the two held."""
    serials = _serials()
    with transaction.atomic():
        _build()
        first = _contents()
        transaction.set_rollback(True)
    _restore(serials)
    _build()
    return [first, _contents()]


@pytest.fixture
def city(built: list[list[str]], db: None) -> None:
    """The city that stayed."""


def _build() -> None:
    call_command("make_city", candidates=SIZE, stdout=StringIO())


def _serials() -> dict[str, tuple[int, bool]]:
    with connection.cursor() as cursor:
        states = {}
        for name in SERIALS:
            cursor.execute(f"SELECT last_value, is_called FROM {name}")
            states[name] = cursor.fetchone()
        return states


def _restore(serials: dict[str, tuple[int, bool]]) -> None:
    with connection.cursor() as cursor:
        for name, (value, called) in serials.items():
            cursor.execute("SELECT setval(%s, %s, %s)", [name, value, called])


def _contents() -> list[str]:
    """Everything that follows from the seed, ids aside."""
    rows = [
        *Ticket.objects.order_by("number").values_list("number", "issued_on", "candidate__registration_number"),
        *(
            (each.name, each.identity_number, each.phone, each.address, each.record_number, each.record_opened_on)
            for each in Candidate.objects.order_by("registration_number")
        ),
        *Registration.objects.order_by("candidate__registration_number", "major__code").values_list(
            "candidate__registration_number", "major__code", "university__code", "registered_on", "closed_on"
        ),
        *Mark.registry.order_by("candidate__registration_number", "sitting__name", "course__code").values_list(
            "candidate__registration_number",
            "sitting__name",
            "course__code",
            "points",
            "grade",
            "flag",
            "site",
            "publication__kind",
        ),
        *Credit.objects.order_by("candidate__registration_number", "course__code").values_list(
            "candidate__registration_number", "course__code", "source", "mark", "grade"
        ),
        *Penalty.objects.order_by("decision").values_list("candidate__registration_number", "decision", "kind", "ends_on"),
        *ExemptionApplication.objects.order_by("candidate__registration_number", "course__code", "status").values_list(
            "candidate__registration_number", "course__code", "status"
        ),
        *GraduationApplication.objects.order_by("candidate__registration_number").values_list(
            "candidate__registration_number", "plan__version", "status"
        ),
    ]
    return [str(row) for row in rows]


def test_the_same_seed_makes_the_same_city(built: list[list[str]]) -> None:
    first, second = built

    assert first == second


def test_everybody_has_one_current_ticket_and_a_registration_at_a_host(city: None) -> None:
    assert Candidate.objects.count() == SIZE + TWICE
    assert Candidate.objects.filter(merged_into__isnull=True).count() == SIZE + TWICE - MERGED
    assert Ticket.objects.filter(is_current=True).count() == SIZE + TWICE - MERGED
    for registration in Registration.objects.select_related("major", "university"):
        assert registration.university in registration.major.hosts.all()
    for candidate in Candidate.objects.filter(merged_into__isnull=True):
        assert candidate.registrations.filter(university=candidate.managing_university).exists()


def test_identities_are_well_formed_and_nobodys(city: None) -> None:
    for person in Candidate.objects.all():
        number = person.identity_number
        assert check_document(person.document_kind, number, birth_date=person.birth_date, sex=person.sex) == []
        assert not person.phone or (check_phone(person.phone) == [] and person.phone.startswith("154"))
        if person.document_kind == DocumentKind.RESIDENT:
            assert number.startswith("199998")


def test_names_have_their_sound_beside_them(city: None) -> None:
    for person in Candidate.objects.all():
        assert person.name.strip() == person.name != ""
        assert person.name_key
        assert person.name_initials


def test_numbers_are_those_that_the_office_issues(city: None) -> None:
    numbers = [
        *Ticket.objects.values_list("number", flat=True),
        *Candidate.objects.values_list("registration_number", flat=True),
        *Candidate.objects.filter(record_number__isnull=False).values_list("record_number", flat=True),
    ]

    assert all(has_valid_check_digit(number) for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_marks_are_as_many_and_as_good_as_promised(city: None) -> None:
    marks = Mark.registry.all()
    count = marks.count()

    assert 9 <= count / SIZE <= 16
    assert 0.5 <= marks.passed().count() / count <= 0.75
    assert 0.02 <= marks.filter(flag="缺考").count() / count <= 0.15
    assert marks.filter(flag="作弊").exists()
    assert marks.filter(practical=True).exclude(grade="").exists()


def test_the_last_sitting_waits_for_its_publication(city: None) -> None:
    last = Publication.objects.order_by("sitting__name").last()
    assert last is not None
    waiting = Publication.objects.filter(sitting=last.sitting)

    assert {publication.published_at for publication in waiting} == {None}
    written, practical = (waiting.get(kind=kind) for kind in (Publication.Kind.WRITTEN, Publication.Kind.PRACTICAL))
    assert written.prepared_at is None
    assert written.announced_at is None
    assert practical.prepared_by_id != practical.confirmed_by_id
    assert practical.announced_at > timezone.now()
    assert practical.sheets_made_at
    assert all(publication.preview["marks"] for publication in waiting)
    batches = ScoreBatch.objects.filter(publication__in=waiting)
    assert {batch.state for batch in batches} == {ScoreBatch.State.CONFIRMED}
    assert all(batch.file.path.read_bytes().count(b"\n") == batch.preview["rows"] + 1 for batch in batches)
    assert not Mark.objects.filter(sitting=last.sitting).exists()
    assert not SittingStatistic.objects.filter(sitting=last.sitting).exists()


def test_every_other_publication_took_two_people_and_its_credits_are_in(city: None) -> None:
    out = Publication.objects.filter(published_at__isnull=False)

    assert out.values("sitting").distinct().count() == 5
    for publication in out:
        assert publication.prepared_by_id != publication.confirmed_by_id
        assert publication.published_at < timezone.now()
        assert publication.credits_entered_at
        assert publication.job is not None
        assert publication.job.state == "done"
        assert SittingStatistic.objects.filter(sitting=publication.sitting).exists()


def test_nothing_is_broken_that_must_hold(city: None) -> None:
    out = StringIO()

    call_command("check_invariants", stdout=out)

    answer = json.loads(out.getvalue())
    assert answer["broken"] == []
    assert all(answer["checked"].values())


def test_every_published_pass_is_a_credit_and_nothing_else_by_examination_is(city: None) -> None:
    published = Mark.registry.filter(publication__published_at__isnull=False)
    passed = {str(pk) for pk in published.passed().values_list("pk", flat=True)}
    entered = CreditEntry.objects.filter(origin="scores.mark")

    assert set(entered.values_list("origin_id", flat=True)) == passed
    assert set(Credit.objects.filter(source__in=["exam", "practical"]).values_list("candidate", "course")) <= set(
        published.passed().values_list("candidate", "course")
    )


def test_a_record_is_open_for_whom_passed_by_examination_and_for_nobody_else(city: None) -> None:
    passed = CreditEntry.objects.filter(source__in=["exam", "practical"]).values("candidate")

    assert not Candidate.objects.filter(pk__in=passed, record_number__isnull=True).exists()
    assert not Candidate.objects.exclude(pk__in=passed).filter(record_opened_on__isnull=False).exists()


def test_practicals_come_after_the_theory_that_they_build_on(city: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*), count(*) FILTER (WHERE t.first_on IS NULL OR t.first_on > s.last_day)
                 FROM scores_mark m JOIN records_plancourse pc ON pc.course_id = m.course_id AND pc.theory_id IS NOT NULL
                 JOIN LATERAL (SELECT (to_date(name, 'YYYY-MM') + interval '1 month')::date - 1 AS last_day
                                 FROM scores_sitting WHERE id = m.sitting_id) s ON true
                 JOIN scores_publication p ON p.id = m.publication_id AND p.published_at IS NOT NULL
                 LEFT JOIN records_credit t ON t.candidate_id = m.candidate_id AND t.course_id = pc.theory_id"""
        )
        practicals, too_early = cursor.fetchone()

    assert practicals
    assert not too_early


def test_nobody_sits_while_a_penalty_runs(city: None) -> None:
    penalties = list(Penalty.objects.all())

    assert {penalty.ends_on < timezone.localdate() for penalty in penalties} == {True, False}
    for penalty in penalties:
        for mark in Mark.registry.filter(candidate=penalty.candidate).select_related("sitting"):
            assert not penalty.starts_on <= mark.sitting.last_day <= penalty.ends_on


@pytest.mark.parametrize(
    ("model", "workflow"), [(ExemptionApplication, EXEMPTION), (GraduationApplication, GRADUATION)], ids=["免考", "毕业"]
)
def test_cases_lie_at_every_desk_and_came_there_by_steps(city: None, model: Any, workflow: Any) -> None:
    cases = list(model.objects.all())

    assert {case.status for case in cases} == STATUSES
    for case in cases:
        steps = list(Event.objects.about(case).steps())
        assert (steps[-1].after if steps else "draft") == case.status
        assert all(step.actor_id for step in steps)
        assert all(step.before in workflow.steps[step.verb].source for step in steps)


def test_of_two_who_registered_twice_one_is_merged_and_one_waits(city: None) -> None:
    cases = {case.status: case for case in MergeRequest.objects.all()}

    assert set(cases) == {"municipality", "done"}
    for case in cases.values():
        assert (case.candidate.name, case.candidate.birth_date) == (case.merged.name, case.merged.birth_date)
        assert {case.candidate.document_kind, case.merged.document_kind} == {DocumentKind.RESIDENT, DocumentKind.PASSPORT}
        assert case.proofs.exists()
    done, waiting = cases["done"], cases["municipality"]
    assert (done.merged.merged_into, waiting.merged.merged_into) == (done.candidate, None)
    assert done.candidate.tickets.count() == 2


def test_granted_applications_have_what_they_grant(city: None) -> None:
    granted = GraduationApplication.objects.filter(status="granted")

    assert set(Diploma.objects.values_list("application", flat=True)) == set(granted.values_list("pk", flat=True))
    for case in ExemptionApplication.objects.filter(status="granted"):
        assert Credit.objects.filter(candidate=case.candidate, course=case.course, source="exemption").exists()


def test_accounts_exist_for_staff_and_for_those_with_cases_only(city: None) -> None:
    with_cases = {*ExemptionApplication.objects.values_list("candidate", flat=True)}
    with_cases |= {*GraduationApplication.objects.values_list("candidate", flat=True)}
    with_cases |= {*CorrectionRequest.objects.values_list("candidate", flat=True)}
    accounts = User.objects.filter(candidate__isnull=False)

    assert accounts.exclude(candidate__in=with_cases).count() == 1  # the one who lacks a course
    assert sum(account.has_usable_password() for account in accounts) == 2


def test_one_person_has_data_of_every_kind(city: None) -> None:
    person = next(login.person.candidate for login in demonstration.logins() if _is_showcase(login.person))
    assert person is not None
    record = seven_kinds(person)

    assert record.personal
    assert record.marks
    assert record.violations
    assert record.graduations
    assert record.credits
    assert len({case["status"] for case in record.exemptions}) >= 3


def _is_showcase(person: User) -> bool:
    return person.candidate is not None and person.candidate.diplomas.exists()


def test_one_person_lacks_a_single_course(city: None) -> None:
    accounts = [login.person.candidate for login in demonstration.logins() if login.person.candidate is not None]
    (person,) = [candidate for candidate in accounts if not candidate.diplomas.exists()]
    registration = person.registrations.order_by("registered_on", "pk").first()
    assert registration is not None

    answer = audit_one(person, registration.major)

    assert not answer.plan_complete
    assert len([each for each in answer.verdict.requirements if each.kind == "course" and not each.satisfied]) == 1


def test_the_home_page_has_notices_and_open_windows(city: None) -> None:
    today = timezone.localdate()

    assert Notice.objects.published().count() >= 3
    assert {"exemption", "graduation"} <= set(Window.objects.open_on(today).values_list("kind", flat=True))


def test_demonstrating_again_doubles_nothing(city: None, home: Path) -> None:
    before = (User.objects.count(), Window.objects.count(), Notice.objects.count(), Candidate.objects.count())
    passwords = (home / "demonstration.json").read_bytes()

    call_command("demonstrate", stdout=StringIO())

    assert (User.objects.count(), Window.objects.count(), Notice.objects.count(), Candidate.objects.count()) == before
    assert (home / "demonstration.json").read_bytes() == passwords
    assert (home / "demonstration.json").stat().st_mode & 0o777 == 0o600


def test_windows_that_have_passed_are_opened_anew(city: None) -> None:
    Window.objects.all().delete()

    demonstration.prepare()

    assert {"exemption", "graduation"} <= set(Window.objects.open_on(timezone.localdate()).values_list("kind", flat=True))


def test_the_shown_logins_let_people_in(city: None) -> None:
    logins = demonstration.logins()
    by_name = {login.person.username: login for login in logins}

    request = RequestFactory().post("/")
    for name in ("o3", "o3b", "l6", "u4.10319"):
        login = by_name[name]
        assert authenticate(request, username=name, password=login.password) == login.person
        assert second_factor.accept(login.person, second_factor.code_at(login.secret, second_factor.running_step()))
        assert recovery.left(login.person) == recovery.CODES
    secrets = [login.secret for login in logins if login.person.candidate is None]
    assert len(set(secrets)) == len(secrets)
    candidates = [login for login in logins if login.person.candidate is not None]
    assert len(candidates) == 2
    for login in candidates:
        assert authenticate(request, username=login.person.candidate.ticket_number, password=login.password) == login.person
        assert login.secret == ""
        assert authenticate(request, username=login.person.candidate.record_number, password="not-" + login.password) is None


def test_every_duty_has_somebody_and_two_universities_have_staff(city: None) -> None:
    staff = User.objects.filter(candidate__isnull=True)

    assert staff.filter(appointments__role__name="O3").count() == 2
    assert staff.filter(appointments__role__name="U4").count() == 3
    assert set(staff.values_list("appointments__role__name", flat=True)) == set(ROLES)
    assert len({office for person in staff for office in person.reach.universities}) == 2


def test_the_command_shows_logins_and_somebody_who_never_signed_in(city: None) -> None:
    out = StringIO()

    call_command("show_logins", stdout=out)

    newcomer = demonstration.newcomer()
    assert newcomer is not None
    assert not User.objects.filter(candidate=newcomer).exists()
    assert newcomer.identity_number in out.getvalue()
    assert newcomer.birth_date.isoformat() in out.getvalue()
    for login in demonstration.logins():
        assert login.password in out.getvalue()
        assert login.secret in out.getvalue()


def test_the_command_shows_the_codes_of_the_moment_in_place_of_the_secrets(city: None) -> None:
    out = StringIO()
    login = next(login for login in demonstration.logins() if login.person.username == "o3")

    with time_machine.travel("2026-11-23 09:00:10+08:00", tick=False):
        call_command("show_logins", codes=True, stdout=out)
        code = second_factor.code_at(login.secret, second_factor.running_step())

    assert f"{login.password}  {code}" in out.getvalue()
    assert login.secret not in out.getvalue()


def test_a_city_goes_only_into_a_database_without_candidates(city: None) -> None:
    with pytest.raises(CommandError, match="candidates in this database"):
        _build()
    assert Candidate.objects.count() == SIZE + TWICE
