"""Exemption from desk to desk: who may do what where, by a table written by hand; and what a grant does."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm

from audit.workflow import NotNow, Refused
from exemptions.models import ExemptionApplication
from exemptions.workflow import EXEMPTION
from records.ledger.reading import credits_of
from records.models import Credit, CreditChange, CreditEntry
from tests.factories import CandidateFactory, MunicipalityFactory, UserFactory

STATUSES = ("draft", "university", "municipality", "returned", "granted", "refused", "withdrawn")
STEPS = ("submit", "withdraw", "recommend", "return", "grant", "send-back", "refuse")
NEED_WORDS = {"return", "send-back", "refuse"}

# Who may take which step from which status; whatever does not stand here is refused to everybody.
ALLOWED = {
    ("draft", "submit"): {"candidate"},
    ("returned", "submit"): {"candidate"},
    ("draft", "withdraw"): {"candidate"},
    ("university", "withdraw"): {"candidate"},
    ("returned", "withdraw"): {"candidate"},
    ("university", "recommend"): {"clerk", "clerk and officer"},
    ("university", "return"): {"clerk", "clerk and officer"},
    ("municipality", "grant"): {"officer", "clerk and officer"},
    ("municipality", "send-back"): {"officer", "clerk and officer"},
    ("municipality", "refuse"): {"officer", "clerk and officer"},
}
TARGETS = {
    "submit": "university",
    "withdraw": "withdrawn",
    "recommend": "municipality",
    "return": "returned",
    "grant": "granted",
    "send-back": "university",
    "refuse": "refused",
}


@pytest.fixture
def people(candidate_user, university, other_university, city):
    """One of every role that could come by."""
    both = UserFactory(office=university, roles=["U4", "O4"])
    assign_perm("records.represent_office", both, city)
    inactive = UserFactory(office=university, roles=["U4"], is_active=False)
    return {
        "candidate": candidate_user,
        "another candidate": UserFactory(candidate=CandidateFactory()),
        "clerk": UserFactory(office=university, roles=["U4"]),
        "clerk of other duties": UserFactory(office=university, roles=["U3", "U5", "U6", "U7", "U8", "U9"]),
        "clerk elsewhere": UserFactory(office=other_university, roles=["U4"]),
        "officer": UserFactory(office=city, roles=["O4"]),
        "officer of other duties": UserFactory(office=city, roles=["O1", "O2", "O3", "O5", "O6", "O7"]),
        "clerk and officer": both,
        "clerk with the city's duty but not its office": UserFactory(office=university, roles=["O4"]),
        "counter": UserFactory(roles=["L6"]),
        "inactive clerk": inactive,
        "superuser": UserFactory(is_superuser=True),
    }


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("status", STATUSES)
def test_the_matrix(make_case, people, status, name):
    case = make_case(status=status)

    taken = set()
    for role, user in people.items():
        with transaction.atomic():
            try:
                EXEMPTION.take(name, case, by=user, note="理由")
                taken.add(role)
            except (PermissionDenied, NotNow):
                case.refresh_from_db()
                assert case.status == status
            transaction.set_rollback(True)

    assert taken == ALLOWED.get((status, name), set())


def test_the_matrix_knows_every_step_and_status():
    assert set(EXEMPTION.steps) == set(STEPS)
    assert {status for step in EXEMPTION.table for status in (*step.source, step.target)} == set(STATUSES)
    assert {name: step.target for name, step in EXEMPTION.steps.items()} == TARGETS
    assert {name for name, step in EXEMPTION.steps.items() if step.note_required} == NEED_WORDS


@pytest.mark.parametrize("name", sorted(NEED_WORDS))
def test_what_goes_against_the_candidate_needs_words(make_case, clerk, officer, name):
    step = EXEMPTION.steps[name]
    case = make_case(status=next(iter(step.source)))

    with pytest.raises(Refused) as refused:
        EXEMPTION.take(name, case, by=officer if step.by == "municipality" else clerk, note="\n")

    assert [problem.code for problem in refused.value.problems] == ["step.note-missing"]


def test_a04_the_university_does_not_decide(make_case, clerk):
    for status in STATUSES:
        case = make_case(status=status, code=f"1300{STATUSES.index(status)}")
        for name in ("grant", "refuse"):
            with pytest.raises(PermissionDenied):
                EXEMPTION.take(name, case, by=clerk, note="理由")

    assert not Credit.objects.exists()


def test_the_whole_way_enters_the_credit(make_case, candidate_user, clerk, officer):
    case = make_case()

    EXEMPTION.take("submit", case, by=candidate_user)
    EXEMPTION.take("recommend", case, by=clerk)
    event = EXEMPTION.take("grant", case, by=officer, note="准予")

    case.refresh_from_db()
    assert case.status == "granted"
    (held,) = credits_of([case.candidate_id])[case.candidate_id]
    assert (held.course, held.source, held.mark, held.on) == ("13000", "exemption", None, timezone.localdate(event.at))
    entry = CreditEntry.objects.get()
    assert (entry.origin, entry.origin_id) == ("exemptions.exemptionapplication", str(case.pk))
    assert entry.document == case.case_number
    assert CreditChange.objects.get().kind == "entered"


def test_an_exemption_opens_no_record(make_case, officer):
    case = make_case(status="municipality")

    EXEMPTION.take("grant", case, by=officer)

    case.candidate.refresh_from_db()
    assert case.candidate.record_opened_on is None
    assert case.candidate.record_number is None


@pytest.mark.parametrize(("name", "by"), [("refuse", "officer"), ("return", "clerk"), ("withdraw", "candidate_user")])
def test_nothing_else_enters_a_credit(make_case, name, by, request):
    case = make_case(status="municipality" if by == "officer" else "university")

    EXEMPTION.take(name, case, by=request.getfixturevalue(by), note="理由")

    assert not Credit.objects.exists()


@pytest.mark.parametrize("name", ["grant", "refuse"])
def test_who_recommended_does_not_decide(make_case, people, name):
    both = people["clerk and officer"]
    case = make_case(status="university")
    EXEMPTION.take("recommend", case, by=both)

    with pytest.raises(PermissionDenied):
        EXEMPTION.take(name, case, by=both, note="理由")

    case.refresh_from_db()
    assert case.status == "municipality"
    assert case not in EXEMPTION.waiting_for(both)


def test_fresh_eyes_hold_after_the_city_sent_it_back(make_case, people):
    both = people["clerk and officer"]
    case = make_case(status="university")
    EXEMPTION.take("recommend", case, by=both)
    EXEMPTION.take("send-back", case, by=people["officer"], note="缺第2页")
    EXEMPTION.take("recommend", case, by=people["clerk"])

    with pytest.raises(PermissionDenied):
        EXEMPTION.take("grant", case, by=both)
    EXEMPTION.take("grant", case, by=people["officer"])

    assert Credit.objects.count() == 1


def test_returned_completed_and_submitted_again(make_case, candidate_user, clerk):
    case = make_case()
    EXEMPTION.take("submit", case, by=candidate_user)
    EXEMPTION.take("return", case, by=clerk, note="缺成绩单第2页")
    EXEMPTION.take("submit", case, by=candidate_user, note="已补")

    verbs = list(case.events.steps().values_list("verb", "after", "note"))
    assert verbs == [("submit", "university", ""), ("return", "returned", "缺成绩单第2页"), ("submit", "university", "已补")]


@pytest.mark.parametrize(("name", "by"), [("submit", "candidate_user"), ("recommend", "clerk"), ("grant", "officer")])
def test_the_rules_stand_at_every_desk(make_case, name, by, request):
    case = make_case(status={"submit": "draft", "recommend": "university", "grant": "municipality"}[name], proofs=0, score=None)

    with pytest.raises(Refused) as refused:
        EXEMPTION.take(name, case, by=request.getfixturevalue(by))

    assert {problem.code for problem in refused.value.problems} == {"exemption.score-missing", "exemption.proof-missing"}
    assert not Credit.objects.exists()


def test_a_course_passed_meanwhile_is_not_granted(make_case, officer):
    from records.ledger import book

    case = make_case(status="municipality")
    book.enter([book.Entry(case.candidate_id, case.course_id, "exam", timezone.localdate(), "scores.mark", "1")])

    with pytest.raises(Refused) as refused:
        EXEMPTION.take("grant", case, by=officer)

    assert [problem.code for problem in refused.value.problems] == ["exemption.credited"]
    assert CreditEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_officers_press_at_once_and_one_credit_is_entered(make_case):
    case = make_case(status="municipality")
    officers = [UserFactory(office=MunicipalityFactory(), roles=["O4"]) for _ in range(2)]
    results: list[str] = []
    barrier = threading.Barrier(2)

    def press(user):
        barrier.wait()
        try:
            EXEMPTION.take("grant", case, by=user)
            results.append("granted")
        except NotNow:
            results.append("moved on")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(user,)) for user in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["granted", "moved on"]
    assert Credit.objects.count() == CreditEntry.objects.count() == 1
    assert ExemptionApplication.objects.get().status == "granted"
