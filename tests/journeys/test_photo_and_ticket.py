"""From a phone: a photo that is refused with its reason, a good one, the clerk's eyes, and the admission ticket."""

from __future__ import annotations

import re

import pytest

from records.models import PhotoSubmission
from tests.journeys.city import LEARNER
from tests.journeys.scenes import account_of, sign_in
from tests.records.portraits import as_file, portrait

pytestmark = pytest.mark.browser


@pytest.fixture
def photos(tmp_path):
    """One on white, one as the office wants it."""
    paths = {}
    for name, background in (("white", "white"), ("blue", (100, 197, 255))):
        paths[name] = tmp_path / f"{name}.jpg"
        paths[name].write_bytes(as_file(portrait(background=background)))
    return paths


def test_a_photo_and_the_ticket(city, arrive, photos):
    account_of(LEARNER)
    candidate = arrive("candidate", phone=True, themes=("light", "dark"))
    sign_in(candidate, LEARNER.ticket)
    candidate.open("/space/photo/")
    candidate.stop("no-photo")
    candidate.page.get_by_label("照片文件").set_input_files(photos["white"])
    candidate.press("上传并检查")
    candidate.page.get_by_text("背景颜色：约RGB").wait_for()
    candidate.stop("refused", status=422)
    candidate.page.get_by_label("照片文件").set_input_files(photos["blue"])
    candidate.press("上传并检查")
    candidate.page.get_by_role("heading", name="确认照片").wait_for()
    candidate.stop("preview")
    assert not PhotoSubmission.objects.exists()
    candidate.press("就用这张，提交")
    candidate.page.get_by_text("照片待审核").wait_for()
    candidate.stop("waits")

    clerk = arrive("clerk")
    sign_in(clerk, "clerk")
    clerk.open("/photos/")
    clerk.stop("queue")
    clerk.follow(LEARNER.name)
    clerk.stop("photo")
    assert "居民身份证" in clerk.text()
    clerk.press("采用")
    clerk.page.get_by_text("已采用，考生会收到消息。").wait_for()
    clerk.stop("accepted")

    assert LEARNER.record().photo is not None
    candidate.open("/space/photo/")
    candidate.page.get_by_text("照片已采用").wait_for()
    candidate.stop("counts")
    link = candidate.page.get_by_role("link", name="下载准考证").get_attribute("href")
    answer = candidate.context.request.get(link or "")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert re.match(rb"%PDF-1\.\d", answer.body())

    clerk.open(f"/photos/candidates/{LEARNER.record().pk}/")
    clerk.stop("one")
    clerk.open("/photos/batches/")
    clerk.stop("many")
    clerk.open("/tickets/")
    clerk.page.get_by_label(re.compile("^或者按准考证号")).fill(LEARNER.ticket)
    clerk.press("先看人数")
    clerk.page.get_by_role("button", name="打印1张").wait_for()
    clerk.stop("tickets")
    clerk.press("打印1张")
    clerk.page.get_by_text("下载1张准考证").wait_for()
    clerk.stop("tickets-printed")
    clerk.open("/rare-names/")
    clerk.stop("rare-names")
