"""What the municipal office has announced: the notices of the home page, dated from today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.city.calendar import Term
from records.notices.models import Notice
from records.offices.models import Office

BEFORE_RESULTS = _("成绩经复核后统一公布。公布前任何单位和个人都查不到成绩，请勿相信收费查分的信息。")
RESULTS = _("可凭准考证号和证件号码查询，不收任何费用。对成绩有疑问的，可在规定时间内申请复核。")
GRADUATION = _("申请人登录个人空间提交申请，到主考院校核验证件和前置学历证书原件。\n\n逾期的可在下一期办理。")
EXEMPTION = _("凭国家承认的学历证书或等级证书申请，一门课程一件。原件由主考院校核对。")
LOOKUP = _("凭姓名和证件号码即可查到考籍号；尚未建立考籍的，可查报名号。")
NOTICES = (  # days from today, pinned, title, body
    (-3, True, _("%(next)s自学考试成绩公布安排"), BEFORE_RESULTS),
    (-9, False, _("本期毕业申请须知"), GRADUATION),
    (-13, False, _("课程免考申请开始受理"), EXEMPTION),
    (-120, False, _("%(last)s自学考试成绩已公布"), RESULTS),
    (-200, False, _("考籍号查询改由自助办理"), LOOKUP),
)


def announce(terms: Sequence[Term], today: dt.date) -> None:
    """Publish the notices that are not there yet."""
    words = {"next": _in_words(terms[-1]), "last": _in_words(terms[-2])}
    city = Office.objects.municipality()
    for days, pinned, title, body in NOTICES:
        out_at = timezone.make_aware(dt.datetime.combine(today + dt.timedelta(days=days), dt.time(9)))
        Notice.objects.get_or_create(
            title=title % words, defaults={"body": str(body), "office": city, "pinned": pinned, "published_at": out_at}
        )


def _in_words(term: Term) -> str:
    return str(_("%(year)s年%(month)s月")) % {"year": term.first_day.year, "month": term.first_day.month}
