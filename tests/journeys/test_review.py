"""Score review: a candidate asks on a phone, the university checks, two officers decide; mark, credit and certificate follow."""

import pytest
from django.urls import reverse

from records.certificates.superseding import follow_record
from records.models import Certificate
from scores.models import Mark, ReviewRequest
from tests.journeys.city import LEARNER
from tests.journeys.scenes import account_of, sign_in, steps_taken
from tests.journeys.visiting import Visitor
from tests.proofs import PDF

pytestmark = pytest.mark.browser


def arrived(arrive, who: str, **options) -> Visitor:
    visitor = arrive(who, **options)
    sign_in(visitor, who)
    return visitor


def test_from_the_candidates_request_to_the_changed_mark(city, arrive, tmp_path):
    learner = LEARNER.record()
    account_of(LEARNER)
    failed = Mark.objects.get(candidate=learner, points=54)
    candidate = arrive("candidate", phone=True, themes=("light", "dark"))
    sign_in(candidate, LEARNER.ticket)
    certificate = fetched(candidate)
    asks(candidate, failed)
    case = ReviewRequest.objects.get()

    clerk = arrived(arrive, "clerk")
    clerk.open("/desk/")
    clerk.follow(case.case_number)
    clerk.stop("at-the-university")
    clerk.page.get_by_text("核对无误，报市自考办…").click()
    clerk.page.get_by_label("已核对：提出的人就是考生本人").check()
    clerk.press("确认核对无误，报市自考办")
    clerk.page.get_by_text("已办：核对无误").wait_for()

    found(arrived(arrive, "officer"), case, tmp_path)
    clerk.open(reverse("reviews:detail", args=[case.pk]))
    clerk.stop("nothing-to-see")
    candidate.open(reverse("reviews:detail", args=[case.pk]))
    candidate.stop("waiting")
    assert "64" not in clerk.text() + candidate.text()

    second = arrived(arrive, "second")
    second.open("/desk/")
    second.follow(case.case_number)
    second.stop("to-be-confirmed")
    second.page.get_by_text("确认：更正成绩…").click()
    second.press("确认确认：更正成绩")
    second.page.get_by_text("已办：确认：更正成绩").wait_for()
    assert steps_taken(case, "confirm-change") == 1
    follow_record()

    second.open(reverse("reviews:detail", args=[case.pk]))
    second.stop("what-came-of-it")
    assert all(words in second.text() for words in ("54分改为64分", "记入学分", certificate.number))
    candidate.open(reverse("reviews:detail", args=[case.pk]))
    candidate.stop("changed")
    assert "64分" in candidate.text()
    candidate.open("/space/passed/")
    assert failed.course.name in candidate.text()
    certificate.refresh_from_db()
    assert not certificate.is_in_force


def fetched(candidate: Visitor) -> Certificate:
    """The transcript that the candidate holds before."""
    candidate.open("/space/certificates/")
    candidate.follow("课程合格成绩证明")
    candidate.press("出具课程合格成绩证明")
    candidate.page.get_by_role("heading", name="我的证明").wait_for()
    return Certificate.objects.latest("pk")


def asks(candidate: Visitor, mark: Mark) -> None:
    """From the mark in the space: what review is for, one of three choices."""
    candidate.open("/space/marks/")
    candidate.stop("marks")
    candidate.page.locator(f'a[href="{reverse("reviews:new", args=[mark.pk])}"]').click()
    candidate.page.wait_for_url("**/reviews/new/*/")
    candidate.stop("ask")
    candidate.press("提交申请")
    candidate.stop("nothing-chosen", status=422)
    candidate.page.get_by_label("合分：各题得分相加有误").check()
    candidate.field("情况说明").fill("估分比公布的高十分。")
    candidate.press("提交申请")
    candidate.page.get_by_text("已提交，编号").wait_for()
    candidate.stop("asked")


def found(officer: Visitor, case: ReviewRequest, folder) -> None:
    """The first officer writes a change: without evidence it is refused."""
    officer.open("/desk/")
    officer.follow(case.case_number)
    officer.stop("at-the-city")
    fill(officer)
    officer.press("确认写复核结果")
    officer.page.get_by_text("更正成绩必须附依据材料").first.wait_for()
    officer.stop("no-evidence", status=409)
    officer.open(reverse("reviews:detail", args=[case.pk]))
    fill(officer)
    paper = folder / "登分表.pdf"
    paper.write_bytes(PDF)
    officer.field("依据材料").set_input_files(paper)
    officer.press("确认写复核结果")
    officer.page.get_by_text("已办：写复核结果").wait_for()
    officer.stop("found")


def fill(officer: Visitor) -> None:
    officer.page.get_by_text("写复核结果…").click()
    officer.page.get_by_label("更正成绩", exact=True).check()
    officer.field("复核情况").fill("第二题得分漏加10分。")
    officer.field("更正后的分数").fill("64")
