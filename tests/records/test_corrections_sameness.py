"""When a correction would make the record another person's, on both sides of the line; and that numbers agree afterwards."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from records.corrections import rules
from records.corrections.fields import DATA
from records.corrections.sameness import (
    MARKS,
    follows_birth_date,
    is_same_number,
    is_upgrade,
    makes_another_person,
    marks_moved,
)
from records.models import Candidate, CorrectionRequest, Setting
from records.people.identity import check_document, upgraded
from tests.factories import CandidateFactory, CorrectionFactory, CorrectionKindFactory, DocumentFactory, identity_number

OLD_15 = "110105491231002"
NEW_18 = "11010519491231002X"

days = st.dates(dt.date(1930, 1, 1), dt.date(2010, 12, 31))
serials = st.integers(0, 499)


def resident(number):
    return f"resident:{number}"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "moved"),
    [
        ({"name": ("林知", "林芝")}, {"name"}),
        ({"name": ("林知", "林知")}, set()),
        ({"document": (resident(OLD_15), resident(NEW_18))}, set()),
        ({"document": (resident(OLD_15), resident("110105194912310038"))}, {"document"}),
        ({"document": (resident(NEW_18[:17] + "1"), resident(NEW_18))}, set()),
        ({"document": ("passport:E1234567", "resident:11010519491231002X")}, {"document"}),
        ({"birth_date": ("1949-12-31", "1949-12-30"), "sex": ("1", "2")}, {"birth_date"}),
        ({"photo": ("", "0" * 32)}, {"photo"}),
        ({"ethnicity": ("01", "05"), "household": ("甲", "乙"), "prior_education": ("无", "专科")}, set()),
    ],
)
def test_the_marks_that_move(changes, moved):
    assert marks_moved(changes) == moved


def test_the_upgrade_is_only_the_upgrade():
    assert upgraded(OLD_15) == NEW_18
    assert is_upgrade(resident(OLD_15), resident(NEW_18))
    assert not is_upgrade(resident(OLD_15), resident(identity_number(3)))
    assert not is_upgrade(resident(NEW_18), resident(NEW_18))
    assert not is_upgrade(f"military:{OLD_15}", resident(NEW_18))


@given(serial=serials, other=serials, born=days, male=st.booleans())
def test_a_number_is_the_same_only_with_the_same_seventeen_characters(serial, other, born, male):
    one, two = identity_number(serial, born, male), identity_number(other, born, male)

    assert is_same_number(resident(one), resident(two)) is (serial == other)
    assert is_same_number(resident(one), resident(one[:17] + "0"))
    assert not is_same_number(resident(one), f"passport:{one}")


@given(serial=serials, born=days, reborn=days)
def test_only_the_digits_of_the_birth_date_follow_it(serial, born, reborn):
    before, after = resident(identity_number(serial, born)), resident(identity_number(serial, reborn))

    assert follows_birth_date(before, after, born=reborn.isoformat())
    assert follows_birth_date(before, after, born=born.isoformat()) is (born == reborn)
    moved_on = resident(identity_number(serial + 1 if serial < 499 else 0, reborn))
    assert not follows_birth_date(before, moved_on, born=reborn.isoformat())


@given(moving=st.sets(st.sampled_from(MARKS)))
@pytest.mark.django_db
def test_two_marks_together_make_another_person_and_one_does_not(moving):
    before = {"name": "林知", "document": resident(identity_number(1)), "birth_date": "1998-03-14", "photo": "a"}
    after = {"name": "陈冬", "document": resident(identity_number(2)), "birth_date": "1998-03-15", "photo": "b"}
    moves = {key: (before[key], after[key] if key in moving else before[key]) for key in MARKS}

    assert marks_moved(moves) == moving


def case_of(candidate, **changes) -> CorrectionRequest:
    return CorrectionFactory(candidate=candidate, kind=CorrectionKindFactory(fields=list(changes)), changes=changes)


def born_anew(candidate):
    """A birth date with the number that follows from it."""
    number = candidate.identity_number
    new = identity_number(candidate.pk % 500, dt.date(1998, 4, 13))
    body = number[:6] + new[6:14] + number[14:17]
    return {"birth_date": "1998-04-13", "document": resident(body + _check(body))}


def _check(body):
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def test_a_birth_date_with_its_number_is_two_marks_unless_the_office_says_one(candidate):
    case = case_of(candidate, **born_anew(candidate))

    assert makes_another_person(case)
    Setting.objects.create(key="correction.birth_date_in_number", value=True, in_force_from=timezone.localdate())
    assert not makes_another_person(case)


def test_how_many_marks_is_a_dated_setting(candidate):
    case = case_of(candidate, name="陈冬", document=resident(identity_number(candidate.pk + 5)))
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    Setting.objects.create(key="correction.another_person_least", value=3, in_force_from=tomorrow)

    assert makes_another_person(case)
    assert not makes_another_person(case, on=tomorrow)


@pytest.mark.parametrize(
    ("status", "days_ago", "counts"),
    [
        ("draft", 0, False),
        ("university", 0, False),
        ("municipality", 0, True),
        ("head", 0, True),
        ("editor", 400, True),
        ("done", 364, True),
        ("done", 366, False),
        ("refused", 0, False),
        ("withdrawn", 0, False),
    ],
)
def test_what_was_asked_for_in_another_case_counts_for_a_year(candidate, status, days_ago, counts):
    other = CorrectionFactory(candidate=candidate, status=status)
    CorrectionRequest.objects.filter(pk=other.pk).update(status_since=timezone.now() - dt.timedelta(days=days_ago))
    case = case_of(candidate, document=resident(identity_number(candidate.pk + 5)))

    assert makes_another_person(case) is counts


def test_another_candidates_cases_do_not_count(candidate):
    CorrectionFactory(status="editor")

    assert not makes_another_person(case_of(candidate, document=resident(identity_number(candidate.pk + 5))))


def test_a_new_household_beside_a_new_name_is_nobody_else(candidate):
    CorrectionFactory(candidate=candidate, status="editor")

    assert not makes_another_person(case_of(candidate, household="江苏省南京市"))


@given(serial=serials, born=days, male=st.booleans(), claimed=days, claimed_male=st.booleans())
@pytest.mark.django_db
def test_number_birth_date_and_sex_agree_afterwards_or_it_is_refused(serial, born, male, claimed, claimed_male):
    candidate = Candidate(sex="1" if claimed_male else "2", birth_date=claimed, document_kind="resident")
    case = CorrectionRequest(pk=1, candidate=candidate)
    number = identity_number(serial, born, male)
    changes = [_Change("document", DATA["document"].read(candidate), resident(number))]
    case._prefetched_objects_cache = {"changes": _Changes(changes)}

    problems = rules.document_agrees(case)

    assert (problems == []) is (born == claimed and male is claimed_male)
    assert [each.code for each in problems] == [
        each.code for each in check_document("resident", number, birth_date=claimed, sex=candidate.sex)
    ]


class _Change:
    def __init__(self, field, before, after):
        self.field, self.before, self.after = field, before, after


class _Changes(list):
    def all(self):
        return self


def codes_of(problems):
    return [problem.code for problem in problems]


def test_a_birth_date_alone_does_not_agree_with_the_number_and_together_they_do(candidate):
    alone = case_of(candidate, birth_date="1998-04-13")

    (problem,) = rules.document_agrees(alone)
    assert problem.code == "identity.birth-date-differs"
    assert candidate.identity_number not in str(problem.message) + str(problem.next_step)
    assert rules.document_agrees(case_of(candidate, **born_anew(candidate))) == []


def test_a_passport_holders_birth_date_stands_alone(db):
    holder = CandidateFactory(document_kind="passport", number="E12345678")

    assert rules.document_agrees(case_of(holder, birth_date="1990-01-01")) == []


def test_a_name_is_corrected_whatever_the_old_number_looks_like(db):
    holder = CandidateFactory(number="199999000000000000")

    assert rules.document_agrees(case_of(holder, name="林知秋")) == []


PROOFS = [
    {"label": "身份证", "compulsory": True, "unless_upgrade": False},
    {"label": "公安机关证明", "compulsory": True, "unless_upgrade": True},
    {"label": "其他", "compulsory": False, "unless_upgrade": False},
]


@pytest.mark.parametrize(
    ("before", "after", "handed_in", "missing"),
    [
        (OLD_15, NEW_18, ["身份证"], ""),
        (OLD_15, NEW_18, [], "身份证"),
        (OLD_15, identity_number(4), ["身份证"], "公安机关证明"),
        (identity_number(4), NEW_18, ["身份证"], "公安机关证明"),
        (identity_number(4), NEW_18, ["身份证", "公安机关证明"], ""),
    ],
)
@pytest.mark.django_db
def test_the_upgrade_to_18_digits_needs_no_proof_of_the_police(before, after, handed_in, missing):
    holder = CandidateFactory(number=before)
    kind = CorrectionKindFactory(fields=["document"], proofs=PROOFS)
    case = CorrectionFactory(candidate=holder, kind=kind, changes={"document": resident(after)}, proofs=False)
    for label in handed_in:
        case.proofs.create(document=DocumentFactory(candidate=holder), label=label)

    problems = rules.compulsory_proofs_are_there(case)

    assert codes_of(problems) == (["correction.proof-missing"] if missing else [])
    assert all(missing in str(problem.message) for problem in problems)
