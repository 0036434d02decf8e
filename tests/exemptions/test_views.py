"""The pages of exemption, as candidates and offices use them."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from exemptions.models import Credential, ExemptionApplication
from exemptions.workflow import EXEMPTION
from records.models import Credit, Document, Window
from tests import proofs
from tests.conftest import SecureClient
from tests.exemptions.test_workflow import ALLOWED, STATUSES
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    ExemptionFactory,
    MajorFactory,
    PlanCourseFactory,
    PlanFactory,
    RegistrationFactory,
    UserFactory,
)

ENGLISH, ENGLISH_TWO, HISTORY = "13000", "00015", "03708"


@pytest.fixture
def registration(candidate):
    """The candidate's registration; the plan has 13000, 00015, 03708, 00018 with its practice, and a thesis."""
    major = MajorFactory(code="X2050101", level="专升本")
    plan = PlanFactory(major=major)
    names = {ENGLISH: "英语(专升本)", ENGLISH_TWO: "英语(二)", HISTORY: "中国近现代史纲要", "00018": "计算机应用基础"}
    courses = {code: CourseFactory(code=code, name=name) for code, name in names.items()}
    for course in courses.values():
        PlanCourseFactory(plan=plan, course=course)
    practice = CourseFactory(code="00019", name="计算机应用基础(实践)", practical=True)
    PlanCourseFactory(plan=plan, course=practice, theory=courses["00018"], assessment="实践")
    PlanCourseFactory(plan=plan, course=CourseFactory(code="10196", name="毕业论文", practical=True), assessment="论文")
    return RegistrationFactory(candidate=candidate, major=major)


@pytest.fixture
def browse():
    """A browser of its own for each person."""

    def signed_in(user) -> SecureClient:
        client = SecureClient()
        client.force_login(user)
        return client

    return signed_in


def fill(registration, **other):
    upload = SimpleUploadedFile("成绩单.pdf", proofs.PDF, "application/pdf")
    entered = {
        "registration": registration.pk,
        "kind": "cet4",
        "number": " ２４１１３２０４８８１０６２７ ",
        "issuer": "教育部教育考试院",
        "issued_on": "2024-12-14",
        "score": "467",
        "proofs": [upload],
    }
    return {name: value for name, value in {**entered, **other}.items() if value is not None}


def ids(*codes):
    return list(
        ExemptionApplication._meta.get_field("course").related_model.objects.filter(code__in=codes).values_list("pk", flat=True)
    )


def begin(browser, registration, **other):
    response = browser.post(reverse("exemptions:start"), fill(registration, **other))
    assert response.status_code == 302, response.context["form"].errors
    return response["Location"]


# Applying


def test_a_candidate_applies_from_the_credential_to_the_university(browse, candidate_user, registration, candidate):
    browser = browse(candidate_user)

    page = begin(browser, registration)
    response = browser.post(page, {"courses": ids(ENGLISH), "reason": "已过四级", "submit": "1"}, follow=True)

    case = ExemptionApplication.objects.get()
    assert (case.candidate, case.course.code, case.status, case.reason) == (candidate, ENGLISH, "university", "已过四级")
    assert (case.university, case.major) == (registration.university, registration.major)
    assert (case.credential.number, case.credential.issued_on) == ("241132048810627", dt.date(2024, 12, 14))
    assert case.credential.documents.get().path.read_bytes() == proofs.PDF
    assert response.redirect_chain[-1][0] == reverse("exemptions:detail", args=[case.pk])
    assert "已提交1件免考申请" in response.content.decode()


def test_several_courses_by_one_credential_are_one_submission(browse, candidate_user, registration):
    browser = browse(candidate_user)

    browser.post(begin(browser, registration), {"courses": ids(ENGLISH, ENGLISH_TWO), "submit": "1"})

    first, second = ExemptionApplication.objects.all()
    assert first.submission == second.submission
    assert first.credential == second.credential
    assert {first.status, second.status} == {"university"}


def test_the_page_says_at_once_what_can_be_granted_and_why_not(browse, candidate_user, registration):
    browser = browse(candidate_user)

    response = browser.get(begin(browser, registration))

    open_codes = [choice.course.code for choice in response.context["choices"]]
    assert open_codes == [ENGLISH, ENGLISH_TWO]
    assert {choice.course.code for choice in response.context["not_covered"]} == {HISTORY, "00018", "00019", "10196"}
    assert response.context["closed"] == []
    page = response.content.decode()
    assert "凭这项凭据不能免考的课程" in page
    assert "这种凭据可以免考：00012、00015、13000。" in page


def test_what_a_person_must_look_at_is_open_and_says_so(browse, candidate_user, registration):
    browser = browse(candidate_user)
    page = begin(browser, registration, kind="diploma-bachelor", number="10295120150500123", score=None)

    choices = {choice.course.code: choice for choice in browser.get(page).context["choices"]}

    assert not choices[HISTORY].needs_a_look
    assert choices["00018"].needs_a_look
    assert choices["00019"].with_theory


def test_a_practice_without_its_theory_stays_a_draft_with_the_reason(browse, candidate_user, registration):
    browser = browse(candidate_user)
    page = begin(browser, registration, kind="ncre", number="24310004000123", score=None)

    response = browser.post(page, {"courses": ids("00019"), "submit": "1"}, follow=True)

    assert ExemptionApplication.objects.get().status == "draft"
    assert "实践环节不能单独免考" in response.content.decode()


def test_a_practice_goes_with_its_theory(browse, candidate_user, registration):
    browser = browse(candidate_user)
    page = begin(browser, registration, kind="ncre", number="24310004000123", score=None)

    browser.post(page, {"courses": ids("00018", "00019"), "submit": "1"})

    assert set(ExemptionApplication.objects.values_list("status", flat=True)) == {"university"}


def test_a_draft_is_kept_and_nobody_else_sees_it(browse, candidate_user, registration, clerk, officer):
    browser = browse(candidate_user)

    browser.post(begin(browser, registration), {"courses": ids(ENGLISH)})

    case = ExemptionApplication.objects.get()
    assert case.status == "draft"
    address = reverse("exemptions:detail", args=[case.pk])
    assert browser.get(address).status_code == 200
    assert browse(clerk).get(address).status_code == 404
    assert browse(officer).get(address).status_code == 404


def test_a_form_with_an_error_loses_nothing(browse, candidate_user, registration):
    browser = browse(candidate_user)

    response = browser.post(reverse("exemptions:start"), fill(registration, issuer="", number="ABC-12345"))

    page = response.content.decode()
    document = Document.objects.get()
    assert response.status_code == 422
    assert not Credential.objects.exists()
    assert f'value="{document.key}"' in page
    assert 'value="ABC-12345"' in page
    assert 'value="2024-12-14"' in page
    assert 'href="#id_issuer"' in page

    begin(browser, registration, number="ABC-12345", kind="other", proofs=None, kept=[str(document.key)])
    assert Credential.objects.get().documents.get() == document


def test_a_hostile_file_is_refused_on_the_page(browse, candidate_user, registration):
    upload = SimpleUploadedFile("成绩单.pdf", b"<svg onload=alert(1)>", "application/pdf")

    response = browse(candidate_user).post(reverse("exemptions:start"), fill(registration, proofs=[upload]))

    assert response.status_code == 422
    assert "只收PDF、JPEG和PNG文件" in response.content.decode()
    assert not Document.objects.exists()


def test_the_form_sent_twice_enters_the_credential_once(browse, candidate_user, registration):
    browser = browse(candidate_user)

    pages = {begin(browser, registration), begin(browser, registration)}

    assert len(pages) == Credential.objects.count() == Document.objects.count() == 1


def test_courses_sent_twice_are_asked_for_once(browse, candidate_user, registration):
    browser = browse(candidate_user)
    page = begin(browser, registration)

    browser.post(page, {"courses": ids(ENGLISH), "submit": "1"})
    again = browser.post(page, {"courses": ids(ENGLISH), "submit": "1"})

    assert again.status_code == 422
    assert [choice.problems[0].code for choice in again.context["closed"]] == ["exemption.pending"]
    assert ExemptionApplication.objects.count() == 1


def test_outside_the_window_the_draft_waits(browse, candidate_user, registration):
    today = timezone.localdate()
    Window.objects.create(
        kind="exemption", title="免考", opens_on=today.replace(month=1, day=1), closes_on=today - dt.timedelta(days=1)
    )
    browser = browse(candidate_user)
    page = begin(browser, registration)
    assert "不在开放期内" in browser.get(page).content.decode()

    browser.post(page, {"courses": ids(ENGLISH), "submit": "1"})

    assert ExemptionApplication.objects.get().status == "draft"


def test_another_candidates_credential_and_registration_are_not_there(browse, candidate_user, registration):
    mine = begin(browse(candidate_user), registration)
    stranger = UserFactory(candidate=CandidateFactory())
    own = RegistrationFactory(candidate=stranger.candidate, major=registration.major)
    credential = Credential.objects.get()

    assert browse(stranger).get(mine).status_code == 404
    assert browse(stranger).get(reverse("exemptions:courses", args=[credential.pk, own.pk])).status_code == 404
    response = browse(stranger).post(reverse("exemptions:start"), fill(registration))
    assert response.status_code == 422


def test_without_a_registration_the_page_says_what_to_do(browse, candidate_user):
    response = browse(candidate_user).get(reverse("exemptions:start"))

    assert "没有在读的报考专业" in response.content.decode()


@pytest.mark.parametrize("person", ["clerk", "officer", "counter"])
def test_staff_do_not_apply(browse, person, request):
    assert browse(request.getfixturevalue(person)).get(reverse("exemptions:start")).status_code == 404


# Completing


def completion(case, **other):
    credential = case.credential
    entered = {
        "kind": credential.kind,
        "number": credential.number,
        "issuer": credential.issuer,
        "issued_on": credential.issued_on.isoformat(),
        "score": credential.score,
        "kept": [str(document.key) for document in credential.documents.all()],
    }
    return {**entered, **other}


def test_a_returned_case_is_completed_and_goes_back(browse, make_case, candidate_user):
    case = make_case(status="returned")
    more = SimpleUploadedFile("第2页.png", proofs.png(), "image/png")

    response = browse(candidate_user).post(
        reverse("exemptions:complete", args=[case.pk]), completion(case, proofs=[more], reason="补第2页", submit="1")
    )

    assert response["Location"] == reverse("exemptions:detail", args=[case.pk])
    case.refresh_from_db()
    assert (case.status, case.reason) == ("university", "补第2页")
    assert case.credential.documents.count() == 2


def test_saving_alone_does_not_submit(browse, make_case, candidate_user):
    case = make_case()

    browse(candidate_user).post(reverse("exemptions:complete", args=[case.pk]), completion(case, score="470"))

    case.refresh_from_db()
    assert (case.status, case.credential.score) == ("draft", 470)


@pytest.mark.parametrize("status", ["university", "municipality", "granted", "refused", "withdrawn"])
def test_what_an_office_holds_is_not_changed(browse, make_case, candidate_user, status):
    case = make_case(status=status)

    response = browse(candidate_user).post(
        reverse("exemptions:complete", args=[case.pk]), completion(case, score="700", submit="1")
    )

    assert response.status_code == 409
    case.credential.refresh_from_db()
    assert case.credential.score == 460


def test_a_credential_that_another_case_stands_on_is_copied_not_changed(browse, make_case, candidate_user):
    case = make_case(status="returned")
    granted = ExemptionFactory(candidate=case.candidate, credential=case.credential, course__code=ENGLISH_TWO, status="granted")

    browse(candidate_user).post(reverse("exemptions:complete", args=[case.pk]), completion(case, number="241132048810628"))

    case.refresh_from_db()
    granted.refresh_from_db()
    assert case.credential.number == "241132048810628"
    assert granted.credential.number == "241132048810627"


@pytest.mark.parametrize("person", ["clerk", "officer", "stranger"])
def test_nobody_completes_for_the_candidate(browse, make_case, person, request):
    case = make_case(status="returned")
    user = UserFactory(candidate=CandidateFactory()) if person == "stranger" else request.getfixturevalue(person)

    assert browse(user).get(reverse("exemptions:complete", args=[case.pk])).status_code == 404


# The case page


ROLES = {"candidate": "candidate_user", "clerk": "clerk", "officer": "officer"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("status", STATUSES)
def test_the_page_has_exactly_the_buttons_of_this_person(browse, make_case, role, status, request):
    case = make_case(status=status)

    response = browse(request.getfixturevalue(ROLES[role])).get(reverse("exemptions:detail", args=[case.pk]))

    if status == "draft" and role != "candidate":
        assert response.status_code == 404
        return
    buttons = set(re.findall(rf'action="/exemptions/{case.pk}/steps/([a-z-]+)/"', response.content.decode()))
    assert buttons == {name for (at, name), roles in ALLOWED.items() if at == status and role in roles}


def test_one_address_two_frames(browse, make_case, candidate_user, clerk):
    case = make_case(status="university")
    address = reverse("exemptions:detail", args=[case.pk])

    own, staff = browse(candidate_user).get(address), browse(clerk).get(address)

    assert "candidate.html" in [template.name for template in own.templates]
    assert "staff.html" in [template.name for template in staff.templates]


def test_opening_a_case_is_written_down_for_staff_only(browse, make_case, candidate_user, clerk):
    case = make_case(status="university")
    address = reverse("exemptions:detail", args=[case.pk])

    browse(candidate_user).get(address)
    assert not Event.objects.filter(kind="read").exists()

    browse(clerk).get(address)
    read = Event.objects.get(kind="read")
    assert (read.verb, read.actor, read.candidate_id, read.note) == ("case", clerk, case.candidate_id, case.case_number)


def test_the_page_holds_facts_rules_and_documents_but_no_identity_number(browse, make_case, clerk):
    case = make_case(status="university")

    page = browse(clerk).get(reverse("exemptions:detail", args=[case.pk])).content.decode()

    expected = (
        "13000 英语(专升本)",
        "241132048810627",
        "460分",
        "证书.pdf",
        "425分（含）以上可以免考",
        "11条：9条符合，2条不适用",
    )
    assert [words for words in expected if words not in page] == []
    document = case.credential.documents.get()
    assert f"/documents/{document.key}/?for=" in page
    assert case.candidate.identity_number not in page
    assert case.candidate.phone not in page


def test_the_candidate_does_not_read_who_else_used_the_number_nor_the_clerks_name(browse, make_case, candidate_user, clerk):
    make_case(candidate=CandidateFactory(), status="university")
    case = make_case()
    EXEMPTION.take("submit", case, by=candidate_user)
    EXEMPTION.take("recommend", case, by=clerk)

    address = reverse("exemptions:detail", args=[case.pk])
    own, staff = (browse(user).get(address).content.decode() for user in (candidate_user, clerk))

    assert "另有1人用过同一编号" in staff
    assert "同一编号" not in own
    assert clerk.full_name in staff
    assert clerk.full_name not in own


@pytest.mark.parametrize("person", ["foreign_clerk", "counter", "stranger"])
def test_outside_the_reach_there_is_no_such_case(browse, make_case, person, request):
    case = make_case(status="university")
    user = UserFactory(candidate=CandidateFactory()) if person == "stranger" else request.getfixturevalue(person)
    browser = browse(user)

    assert browser.get(reverse("exemptions:detail", args=[case.pk])).status_code == 404
    assert browser.post(reverse("exemptions:step", args=[case.pk, "recommend"])).status_code == 404
    case.refresh_from_db()
    assert case.status == "university"
    assert not Event.objects.filter(subject_table=case._meta.db_table, kind="read").exists()


def test_staff_without_the_duty_to_read_records_are_refused(browse, make_case, university):
    case = make_case(status="university")
    browser = browse(UserFactory(office=university, roles=["U8"]))

    assert browser.get(reverse("exemptions:detail", args=[case.pk])).status_code == 403
    assert browser.get(reverse("exemptions:list")).status_code == 403
    assert Event.objects.filter(outcome="denied", verb="refused").count() == 2


# Steps


def press(browser, case, name, **data):
    return browser.post(reverse("exemptions:step", args=[case.pk, name]), data)


def test_the_three_desks_by_the_pages(browse, make_case, candidate_user, clerk, officer):
    case = make_case()

    assert press(browse(candidate_user), case, "submit").status_code == 302
    assert press(browse(clerk), case, "recommend", note="分数达标").status_code == 302
    assert press(browse(officer), case, "grant").status_code == 302

    assert Credit.objects.get().course.code == ENGLISH
    page = browse(candidate_user).get(reverse("exemptions:detail", args=[case.pk])).content.decode()
    assert "已批准" in page
    assert "分数达标" in page


def test_pressing_twice_takes_the_step_once(browse, make_case, officer):
    case = make_case(status="municipality")
    browser = browse(officer)

    first, second = press(browser, case, "grant"), press(browser, case, "grant")

    assert (first.status_code, second.status_code) == (302, 409)
    assert "情况已经变了" in second.content.decode()
    assert Credit.objects.count() == 1
    assert case.events.steps().count() == 1


def test_a_refused_step_shows_every_reason_and_what_was_typed(browse, make_case, clerk):
    case = make_case(status="university", proofs=0, score=None)

    response = press(browse(clerk), case, "recommend", note="写了很久的意见")

    page = response.content.decode()
    assert response.status_code == 409
    assert "请填写证书成绩" in page
    assert "没有上传证明材料" in page
    assert "写了很久的意见</textarea>" in page
    case.refresh_from_db()
    assert case.status == "university"


def test_a_return_without_words_comes_back_open(browse, make_case, clerk):
    case = make_case(status="university")

    response = press(browse(clerk), case, "return", note=" ")

    assert response.status_code == 409
    assert "请填写理由" in response.content.decode()
    assert re.search(r"<details open><summary[^>]*>退回补正", response.content.decode())


def test_a_step_of_another_desk_is_forbidden_and_written_down(browse, make_case, clerk):
    case = make_case(status="municipality")

    assert press(browse(clerk), case, "grant").status_code == 403
    assert Event.objects.filter(outcome="denied", verb="grant", actor=clerk).exists()
    assert not Credit.objects.exists()


def test_an_unknown_step_is_not_there_and_steps_are_not_links(browse, make_case, clerk):
    case = make_case(status="university")
    browser = browse(clerk)

    assert press(browser, case, "approve").status_code == 404
    assert browser.get(reverse("exemptions:step", args=[case.pk, "recommend"])).status_code == 405


def test_a_step_from_another_site_is_refused(make_case, clerk):
    case = make_case(status="university")
    browser = SecureClient(enforce_csrf_checks=True)
    browser.force_login(clerk)

    assert press(browser, case, "recommend").status_code == 403
    case.refresh_from_db()
    assert case.status == "university"


# Lists


def shown(browser, **query):
    response = browser.get(reverse("exemptions:list"), query)
    assert response.status_code == 200
    return [row["case"] for row in response.context["rows"]]


def test_each_office_lists_its_reach_and_no_drafts(browse, make_case, clerk, foreign_clerk, officer, candidate_user):
    waiting, draft = make_case(status="university"), make_case(code=ENGLISH_TWO)

    assert shown(browse(clerk)) == shown(browse(officer)) == [waiting]
    assert shown(browse(foreign_clerk)) == []
    assert set(shown(browse(candidate_user))) == {waiting, draft}


def test_filters_stand_in_the_address(browse, make_case, clerk, officer, university, other_university):
    here = make_case(status="university")
    there = make_case(candidate=CandidateFactory(managing_university=other_university, name="孟听澜"), status="municipality")
    browser = browse(officer)

    assert shown(browser, status="university") == [here]
    assert shown(browser, status="waiting") == [there]
    assert shown(browser, university=other_university.pk) == [there]
    assert shown(browser, q="孟听") == [there]
    assert shown(browser, q="听澜") == []
    assert shown(browser, q=here.case_number) == [here]
    assert shown(browser, q=there.candidate.registration_number) == [there]
    assert shown(browser, q=there.candidate.ticket_number) == [there]
    assert shown(browser, q="孟听", status="university") == []
    assert set(shown(browser, status="nonsense", university="x")) == {here, there}
    assert shown(browse(clerk), university=other_university.pk) == [here]


def test_search_finds_nothing_outside_the_reach(browse, make_case, foreign_clerk):
    case = make_case(status="university")

    for text in (case.case_number, case.candidate.name, case.candidate.registration_number):
        assert shown(browse(foreign_clerk), q=text) == []


@pytest.mark.parametrize("sort", ["-received", "received", "number", "-number"])
def test_pages_by_key_show_every_case_once_forwards_and_backwards(browse, make_case, officer, sort):
    cases = {ExemptionFactory(status="university").pk for _ in range(45)}
    browser = browse(officer)

    pages, address = [], f"?sort={sort}"
    while address:
        response = browser.get(reverse("exemptions:list") + address)
        pages.append([row["case"].pk for row in response.context["rows"]])
        previous, address = response.context["pages"].previous_url, response.context["pages"].next_url
    assert [len(page) for page in pages] == [20, 20, 5]
    assert {pk for page in pages for pk in page} == cases
    assert [pk for page in pages for pk in page] == sorted(cases, reverse=sort.startswith("-"))

    back = browser.get(reverse("exemptions:list") + previous)
    assert [row["case"].pk for row in back.context["rows"]] == pages[1]
    first = browser.get(reverse("exemptions:list") + back.context["pages"].previous_url)
    assert [row["case"].pk for row in first.context["rows"]] == pages[0]
    assert first.context["pages"].previous_url == ""


@pytest.mark.parametrize("key", ["x", "~", "2026-11-23~5", "x~5", "2026-99-99T00:00:00+08:00~5", "~99999999999999999999"])
def test_a_key_that_is_none_begins_at_the_first_page(browse, make_case, officer, key):
    case = make_case(status="university")

    assert shown(browse(officer), after=key) == [case]


def test_the_list_costs_the_same_at_one_row_and_at_twenty(browse, make_case, officer):
    make_case(status="university")
    browser = browse(officer)
    shown(browser)

    with CaptureQueriesContext(
        connection,
    ) as one:
        shown(browser)
    for _ in range(19):
        ExemptionFactory(status="university")
    with CaptureQueriesContext(connection) as twenty:
        assert len(shown(browser)) == 20

    assert len(twenty) == len(one)
    assert len(one) <= 14


def test_empty_lists_say_what_would_be_there(browse, officer, candidate_user):
    assert "没有符合条件的免考申请" in browse(officer).get(reverse("exemptions:list")).content.decode()
    assert "先填写凭据、上传证明，再选课程" in browse(candidate_user).get(reverse("exemptions:list")).content.decode()


def test_visitors_are_sent_to_sign_in(client, make_case):
    case = make_case(status="university")

    for address in ("/exemptions/", "/exemptions/new/", f"/exemptions/{case.pk}/", f"/exemptions/{case.pk}/complete/"):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in/")
