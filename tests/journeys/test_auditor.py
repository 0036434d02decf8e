"""Nothing is done unseen: the auditor searches the trail, takes an export along, and holds a printed seal against it."""

import zipfile
from pathlib import Path

import pytest

from audit import proofs, seals
from records.models import Office
from tests.factories import PASSWORD, UserFactory
from tests.journeys.city import LEARNER
from tests.journeys.scenes import sign_in
from tests.patience import until

pytestmark = pytest.mark.browser


@pytest.fixture
def auditor(city) -> None:
    office = Office.objects.municipality()
    UserFactory(username="auditor", full_name="祁望舒", office=office, roles=["OA"], password=PASSWORD)


def newest_seal() -> seals.Sealed | None:
    """The newest seal, once nothing is left to be sealed."""
    sealed = seals.seal_trail()
    return sealed if sealed.number and not sealed.entries else None


def test_an_auditor_searches_exports_and_checks(auditor, city, arrive, worker, tmp_path: Path):
    clerk = arrive("clerk")
    sign_in(clerk, "clerk")
    clerk.open(f"/candidates/{LEARNER.record().pk}/")
    clerk.page.get_by_label("核对考籍材料").check()
    clerk.page.locator("main form button[type=submit]").click()
    clerk.page.get_by_role("heading", name=LEARNER.name).first.wait_for()

    visitor = arrive("auditor", themes=("light", "dark"))
    sign_in(visitor, "auditor")
    visitor.open("/trail/")
    visitor.stop("purpose")
    visitor.page.get_by_label("例行检查").check()
    visitor.press("继续")
    visitor.page.get_by_role("heading", name="留痕查询").wait_for()
    visitor.stop("search")
    visitor.field("考籍号、准考证号、报名号或案卷号").fill(LEARNER.ticket)
    visitor.field("种类").select_option("read")
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_text("钱文静").first.wait_for()
    visitor.stop("found")
    assert "核对考籍材料" in visitor.text()
    assert LEARNER.identity not in visitor.page.content()

    sealed = until(newest_seal)
    assert sealed is not None
    visitor.open("/trail/seals/")
    visitor.field("封存号").fill(str(sealed.number))
    visitor.field("纸上的校验值").fill(sealed.hash.hex())
    visitor.press("核对")
    visitor.stop("seal-stands")
    visitor.field("封存号").fill(str(sealed.number))
    visitor.field("纸上的校验值").fill("0" * 64)
    visitor.press("核对")
    visitor.stop("seal-does-not-stand")

    visitor.open("/trail/exports/new/")
    visitor.field("用途").fill("例行检查：本月查阅记录。")
    visitor.stop("export")
    visitor.press("开始导出")
    worker.finish()
    visitor.page.reload()
    visitor.stop("exported")
    with visitor.page.expect_download() as download:
        visitor.follow("下载压缩包")
    archive = tmp_path / "trail.zip"
    download.value.save_as(archive)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "out")
    folder = next(path.parent for path in (tmp_path / "out").rglob(proofs.SEALS))
    assert proofs.check(folder, printed=f"{sealed.number}:{sealed.hash.hex()}") == []
