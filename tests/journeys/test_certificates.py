"""A candidate fetches a transcript by phone; a visitor verifies it in every way, before and after the mark changed."""

import re

import pytest

from records.certificates.revoking import revoke
from records.models import Certificate, Office
from tests.factories import UserFactory
from tests.journeys.city import LEARNER, UNIVERSITY
from tests.journeys.scenes import account_of, sign_in
from tests.journeys.visiting import Visitor
from tests.proofs import PDF
from tests.records.certifying import passed

pytestmark = pytest.mark.browser


def fetch(candidate: Visitor) -> Certificate:
    """The transcript of all courses, from the list of one's own certificates."""
    candidate.open("/space/certificates/")
    candidate.stop("own-empty")
    candidate.follow("课程合格成绩证明")
    candidate.stop("choose")
    candidate.press("出具课程合格成绩证明")
    candidate.page.get_by_role("heading", name="我的证明").wait_for()
    return Certificate.objects.in_force().latest("pk")


def answer(visitor: Visitor) -> str:
    """The word on the page of the answer."""
    visitor.page.locator("#answer").wait_for()
    return visitor.page.locator("#answer .kj-state").first.inner_text().strip()


def by_name(visitor: Visitor, name: str, number: str) -> str:
    visitor.open("/verify/")
    visitor.field("姓名").fill(name)
    visitor.field("证明编号或验证码").fill(number)
    visitor.press("查验")
    return answer(visitor)


def by_file(visitor: Visitor, content: bytes) -> str:
    visitor.open("/verify/")
    visitor.follow("上传文件比对")
    visitor.field("证明文件").set_input_files({"name": "证明.pdf", "mimeType": "application/pdf", "buffer": content})
    visitor.press("比对文件")
    return answer(visitor)


def test_a_transcript_is_fetched_and_verified_in_every_way_and_its_end_is_seen(city, arrive):
    candidate = arrive("candidate", phone=True)
    account_of(LEARNER)
    sign_in(candidate, LEARNER.ticket)
    made = fetch(candidate)
    candidate.stop("own")
    with candidate.page.expect_download() as download:
        candidate.page.get_by_role("link", name=re.compile("下载")).first.click()
    content = download.value.path().read_bytes()
    assert download.value.suggested_filename == f"{made.number}.pdf"

    visitor = arrive("visitor", phone=True, themes=("light", "dark"))
    visitor.open("/")
    visitor.follow("证明验证", within="header")
    visitor.stop("verify")
    visitor.open(f"/verify/?n={made.number}&c={made.code}")
    assert answer(visitor) == "现行"
    visitor.stop("in-force")
    assert LEARNER.name not in visitor.text()
    assert LEARNER.identity[-4:] in visitor.text()
    assert by_name(visitor, LEARNER.name, made.number) == "现行"
    assert by_file(visitor, content) == "现行"

    passed(LEARNER.record(), "13000", "82")
    assert by_name(visitor, LEARNER.name, made.number) == "已被替换"
    visitor.stop("superseded")
    candidate.open("/space/certificates/")
    renewed = fetch_again(candidate)
    assert by_name(visitor, LEARNER.name, renewed.number) == "现行"

    head = UserFactory(office=Office.objects.get(code=UNIVERSITY), roles=["UH"])
    revoke(renewed, "盖章有误", by=head)
    assert by_name(visitor, LEARNER.name, renewed.number) == "已撤销"
    visitor.stop("revoked")

    assert by_name(visitor, "林知薇", made.number) == "查无此证"
    visitor.stop("unknown")
    assert by_file(visitor, PDF) == "查无此证"
    forged = bytearray(content)
    forged[len(forged) // 2] ^= 1
    assert by_file(visitor, bytes(forged)) == "查无此证"
    assert "内容已经改动" in visitor.text()
    candidate.open("/space/certificates/")
    candidate.stop("own-in-all-states")
    assert all(word in candidate.text() for word in ("已被替换", "已撤销", "盖章有误"))


def fetch_again(candidate: Visitor) -> Certificate:
    candidate.follow("课程合格成绩证明")
    candidate.press("出具课程合格成绩证明")
    candidate.page.get_by_role("heading", name="我的证明").wait_for()
    return Certificate.objects.in_force().latest("pk")
