"""考籍信息简表: the seven kinds in short, for the counter and the candidate."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied

from config.certifying import summary_paper
from records.certificates.issuing import issue
from records.certificates.superseding import why_stale
from tests.factories import CandidateFactory, DistrictFactory, MajorFactory, PenaltyFactory, RegistrationFactory, UserFactory
from tests.records.certifying import passed


def rows_of(candidate) -> dict[str, str]:
    made = issue(candidate, "record", office=candidate.managing_university, by=None)
    return dict(summary_paper(made.facts)["tables"][0]["rows"])


def test_all_seven_kinds_are_there_also_where_nothing_is(db):
    rows = rows_of(CandidateFactory())

    assert list(rows) == ["自然信息", "成绩", "考试违规", "考籍转移", "接考", "免考", "毕业"]
    assert set(list(rows.values())[2:]) == {"无"}
    assert rows["成绩"] == "参加考试、考核0科次，合格0门"


def test_it_counts_what_the_record_holds(candidate):
    passed(candidate, "00037")
    passed(candidate, "00009", "70", source="transfer")
    penalty = PenaltyFactory(candidate=candidate)

    rows = rows_of(candidate)

    assert rows["成绩"].endswith("合格2门")
    assert rows["接考"] == "1门"
    assert str(penalty.get_kind_display()) in rows["考试违规"]


def test_it_holds_no_whole_identity_number_and_no_phone(candidate):
    made = issue(candidate, "record", office=candidate.managing_university, by=None)

    text = json.dumps(made.facts, ensure_ascii=False)
    assert candidate.identity_number not in text
    assert candidate.phone not in text


def test_a_penalty_or_a_second_major_makes_it_stale(candidate):
    made = issue(candidate, "record", office=candidate.managing_university, by=None)
    assert why_stale(made) == ""

    PenaltyFactory(candidate=candidate)
    assert why_stale(made) == "考籍内容变更"
    RegistrationFactory(candidate=candidate, major=MajorFactory())
    assert why_stale(made) == "报考专业或主考院校变更"


def test_a_district_counter_issues_this_kind_and_no_other(candidate):
    passed(candidate, "00037")
    district = DistrictFactory()
    clerk = UserFactory(office=district, roles=["L6"])

    assert issue(candidate, "record", office=district, by=clerk).office == district
    with pytest.raises(PermissionDenied):
        issue(candidate, "transcript", office=district, by=clerk)
