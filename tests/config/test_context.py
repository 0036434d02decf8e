"""The frame of a page: the spine holds what a person may do, and marks where the person is."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from config.context import frame
from tests.factories import UserFactory


def framed(user, path="/desk/"):
    request = RequestFactory().get(path)
    request.user = user
    return frame(request)


def lines(context):
    return [str(entry.label) for group in context["spine"] for entry in group.entries]


def marked(context):
    return [str(entry.label) for group in context["spine"] for entry in group.entries if entry.current]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (
            ["O3"],
            [
                *("工作台", "查考生", "查阅申请", "纸质档案", "考次", "成绩批次", "双人录入", "成绩复核"),
                *("统计", "成绩保存", "职责一览"),
            ],
        ),
        (["O4"], ["工作台", "查考生", "查阅申请", "免考", "纸质档案", "职责一览"]),
        (["O6"], ["工作台", "查考生", "查阅申请", "毕业", "纸质档案", "毕业审核", "职责一览"]),
        (["O7"], ["工作台", "查阅申请", "统计", "职责一览"]),
    ],
)
def test_the_spine_holds_the_duties_of_the_person(city, roles, expected):
    assert lines(framed(UserFactory(office=city, roles=roles))) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/desk/", ["工作台"]),
        ("/graduation/12/", ["毕业"]),
        ("/graduation/cohorts/", ["毕业审核"]),
        ("/graduation/cohorts/3/", ["毕业审核"]),
        ("/elsewhere/", []),
    ],
)
def test_one_line_is_marked_the_one_that_leads_nearest(officer, path, expected):
    assert marked(framed(officer, path)) == expected


def test_office_and_duties_stand_in_the_top_bar(city):
    context = framed(UserFactory(office=city, roles=["O4"]))

    assert (context["office_name"], context["duty_name"]) == ("市自考办", "免考审定(O4)")


@pytest.mark.parametrize(("role", "may"), [("O3", True), ("OS", False), ("OA", False)])
def test_the_bar_on_top_searches_for_record_staff_only(city, role, may):
    assert framed(UserFactory(office=city, roles=[role]))["may_search"] is may


def test_candidates_have_no_spine(candidate_user):
    assert framed(candidate_user) == {"is_candidate": True, "unread_messages": 0}
