"""The one table of tone and icon by state word, and the states that follow from dates.

A state is always a word, a colour and an icon together. The words are the labels of the ``Status`` enumerations and the few
that follow from dates or counts; whatever is missing here is shown at rest, so that a page never fails over a word.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

YOUR_TURN: Final = "you"
OVERDUE: Final = "late"
UNDER_WAY: Final = "flow"
IN_FAVOUR: Final = "ok"
REFUSED: Final = "no"
AT_REST: Final = ""

SOON_DAYS: Final = 7
"""A deadline or the end of a window is near from this many days before it."""


class State(NamedTuple):
    """What a state tag shows: the word, the tone (a suffix of ``kj-state--``, empty at rest) and the name of an icon."""

    word: str
    tone: str = AT_REST
    icon: str = "minus"


# fmt: off
TABLE: Final[tuple[tuple[str | Promise, str, str], ...]] = (
    (gettext_lazy("退回补正"),       YOUR_TURN, "back"),
    (gettext_lazy("临近截止"),       YOUR_TURN, "warn"),
    (gettext_lazy("请人工看"),       YOUR_TURN, "eye"),
    (gettext_lazy("紧急查阅，待复核"), YOUR_TURN, "eye"),
    (gettext_lazy("待复核"),         YOUR_TURN, "eye"),
    (gettext_lazy("差异大"),         YOUR_TURN, "warn"),
    (gettext_lazy("有警告"),         YOUR_TURN, "warn"),
    (gettext_lazy("还差"),           YOUR_TURN, "open"),
    (gettext_lazy("未读"),           YOUR_TURN, "open"),
    (gettext_lazy("已答复"),         IN_FAVOUR, "check"),
    (gettext_lazy("号码未登记"),     AT_REST,   "minus"),
    (gettext_lazy("看不懂"),         AT_REST,   "minus"),
    (gettext_lazy("次数过多"),       AT_REST,   "lock"),
    (gettext_lazy("待归档"),         YOUR_TURN, "tray"),
    (gettext_lazy("未上架"),         YOUR_TURN, "tray"),
    (gettext_lazy("未上报"),         YOUR_TURN, "warn"),
    (gettext_lazy("部分上报"),       YOUR_TURN, "half"),
    (gettext_lazy("移交途中"),       UNDER_WAY, "out"),
    (gettext_lazy("已上报，待签收"), UNDER_WAY, "up"),
    (gettext_lazy("主考院校初审中"), UNDER_WAY, "desk"),
    (gettext_lazy("市自考办审定中"), UNDER_WAY, "seal"),
    (gettext_lazy("负责人审批中"),   UNDER_WAY, "seal"),
    (gettext_lazy("主考院校核对原件中"), UNDER_WAY, "desk"),
    (gettext_lazy("市自考办核定中"), UNDER_WAY, "seal"),
    (gettext_lazy("市自考办负责人审批中"), UNDER_WAY, "seal"),
    (gettext_lazy("主考院校核对中"), UNDER_WAY, "desk"),
    (gettext_lazy("市自考办复核中"), UNDER_WAY, "seal"),
    (gettext_lazy("复核结果待确认"), UNDER_WAY, "lock"),
    (gettext_lazy("维持原成绩"),     IN_FAVOUR, "check"),
    (gettext_lazy("成绩已更正"),     IN_FAVOUR, "check"),
    (gettext_lazy("不予复核"),       REFUSED,   "cross"),
    (gettext_lazy("待专人更改"),     UNDER_WAY, "lock"),
    (gettext_lazy("待盖章"),         UNDER_WAY, "seal"),
    (gettext_lazy("开放中"),         UNDER_WAY, "half"),
    (gettext_lazy("校验中"),         UNDER_WAY, "half"),
    (gettext_lazy("进行中"),         UNDER_WAY, "half"),
    (gettext_lazy("待确认"),         UNDER_WAY, "half"),
    (gettext_lazy("已入库，未公布"), UNDER_WAY, "lock"),
    (gettext_lazy("录入中"),         UNDER_WAY, "half"),
    (gettext_lazy("两人不一致，重录中"), YOUR_TURN, "warn"),
    (gettext_lazy("已转成批次"),     IN_FAVOUR, "check"),
    (gettext_lazy("录入表已作废"),   REFUSED,   "cross"),
    (gettext_lazy("待第二人确认"),   UNDER_WAY, "lock"),
    (gettext_lazy("待按时公布"),     UNDER_WAY, "clock"),
    (gettext_lazy("已安排"),         UNDER_WAY, "half"),
    (gettext_lazy("名单已确认"),     UNDER_WAY, "list"),
    (gettext_lazy("已送市自考办"),   UNDER_WAY, "seal"),
    (gettext_lazy("已取消"),         AT_REST,   "minus"),
    (gettext_lazy("核对中"),         UNDER_WAY, "half"),
    (gettext_lazy("入库中"),         UNDER_WAY, "half"),
    (gettext_lazy("撤销中"),         UNDER_WAY, "half"),
    (gettext_lazy("已入库"),         IN_FAVOUR, "check"),
    (gettext_lazy("有错，未导入"),   REFUSED,   "cross"),
    (gettext_lazy("已放弃"),         AT_REST,   "minus"),
    (gettext_lazy("待判断"),         YOUR_TURN, "eye"),
    (gettext_lazy("同一人"),         IN_FAVOUR, "check"),
    (gettext_lazy("不是同一人"),     AT_REST,   "minus"),
    (gettext_lazy("已合并"),         IN_FAVOUR, "check"),
    (gettext_lazy("不予合并"),       REFUSED,   "cross"),
    (gettext_lazy("条件已核对"),     IN_FAVOUR, "check"),
    (gettext_lazy("条件待补"),       YOUR_TURN, "open"),
    (gettext_lazy("已更改"),         IN_FAVOUR, "check"),
    (gettext_lazy("已批准"),         IN_FAVOUR, "check"),
    (gettext_lazy("已复核"),         IN_FAVOUR, "check"),
    (gettext_lazy("符合"),           IN_FAVOUR, "check"),
    (gettext_lazy("已满足"),         IN_FAVOUR, "check"),
    (gettext_lazy("已核验"),         IN_FAVOUR, "check"),
    (gettext_lazy("在卷"),           IN_FAVOUR, "file"),
    (gettext_lazy("在架"),           IN_FAVOUR, "check"),
    (gettext_lazy("已签收"),         IN_FAVOUR, "check"),
    (gettext_lazy("在籍"),           IN_FAVOUR, "check"),
    (gettext_lazy("尚未建立考籍"),    AT_REST, "minus"),
    (gettext_lazy("在籍，无有效学分"), AT_REST, "minus"),
    (gettext_lazy("现行"),           IN_FAVOUR, "check"),
    (gettext_lazy("已公布"),         IN_FAVOUR, "check"),
    (gettext_lazy("已完成"),         IN_FAVOUR, "check"),
    (gettext_lazy("已发送"),         IN_FAVOUR, "check"),
    (gettext_lazy("更有利"),         IN_FAVOUR, "check"),
    (gettext_lazy("正常"),           IN_FAVOUR, "check"),
    (gettext_lazy("可以打印"),       IN_FAVOUR, "check"),
    (gettext_lazy("字库缺字"),       YOUR_TURN, "warn"),
    (gettext_lazy("照片待审核"),     UNDER_WAY, "desk"),
    (gettext_lazy("照片已采用"),     IN_FAVOUR, "check"),
    (gettext_lazy("照片不合格"),     REFUSED,   "cross"),
    (gettext_lazy("尚无照片"),       YOUR_TURN, "open"),
    (gettext_lazy("开考"),           IN_FAVOUR, "check"),
    (gettext_lazy("一致"),           IN_FAVOUR, "check"),
    (gettext_lazy("不予更改"),       REFUSED,   "cross"),
    (gettext_lazy("不予批准"),       REFUSED,   "cross"),
    (gettext_lazy("不符合"),         REFUSED,   "cross"),
    (gettext_lazy("有错误，未入库"), REFUSED,   "cross"),
    (gettext_lazy("已撤销"),         REFUSED,   "cross"),
    (gettext_lazy("成绩取消"),       REFUSED,   "cross"),
    (gettext_lazy("失败"),           REFUSED,   "cross"),
    (gettext_lazy("发送失败"),       REFUSED,   "cross"),
    (gettext_lazy("无权，未执行"),   REFUSED,   "cross"),
    (gettext_lazy("草稿"),           AT_REST,   "draft"),
    (gettext_lazy("未开始"),         AT_REST,   "clock"),
    (gettext_lazy("排队中"),         AT_REST,   "clock"),
    (gettext_lazy("待发送"),         AT_REST,   "clock"),
    (gettext_lazy("毕业时办"),       AT_REST,   "clock"),
    (gettext_lazy("已停止"),         AT_REST,   "minus"),
    (gettext_lazy("已截止"),         AT_REST,   "minus"),
    (gettext_lazy("已取出"),         AT_REST,   "out"),
    (gettext_lazy("已撤回"),         AT_REST,   "minus"),
    (gettext_lazy("已收回"),         AT_REST,   "minus"),
    (gettext_lazy("已到期"),         AT_REST,   "clock"),
    (gettext_lazy("不适用"),         AT_REST,   "minus"),
    (gettext_lazy("不需要"),         AT_REST,   "minus"),
    (gettext_lazy("停考"),           AT_REST,   "minus"),
    (gettext_lazy("缺考"),           AT_REST,   "minus"),
    (gettext_lazy("在任"),           IN_FAVOUR, "check"),
    (gettext_lazy("在用"),           IN_FAVOUR, "check"),
    (gettext_lazy("未到任"),         AT_REST,   "clock"),
    (gettext_lazy("已停用"),         AT_REST,   "lock"),
    (gettext_lazy("待启用"),         AT_REST,   "clock"),
    (gettext_lazy("没有负责人"),     YOUR_TURN, "warn"),
    (gettext_lazy("未通过"),         AT_REST,   "minus"),
    (gettext_lazy("已被替换"),       AT_REST,   "minus"),
    (gettext_lazy("查无此证"),       AT_REST,   "minus"),
    (gettext_lazy("还不能申请"),     AT_REST,   "lock"),
    (gettext_lazy("还不能考"),       AT_REST,   "lock"),
)
# fmt: on


@lru_cache(maxsize=8)
def _by_word(language: str | None) -> Mapping[str, State]:
    """The table keyed by the words of ``language``, which must be the active one."""
    return MappingProxyType({str(word): State(str(word), tone, icon) for word, tone, icon in TABLE})


def state_of(label: object) -> State:
    """The state whose word ``label`` shows; a word that the table does not have is at rest."""
    word = str(label)
    return _by_word(get_language()).get(word, State(word))


def is_known(label: object) -> bool:
    """Whether the table has this word."""
    return str(label) in _by_word(get_language())


def deadline(due_on: date, today: date) -> State:
    """How long a file may still lie: overdue, near (from ``SOON_DAYS`` before, the last day included) or at rest."""
    days = (due_on - today).days
    if days < 0:
        return State(ngettext("逾期{days}天", "逾期{days}天", -days).format(days=-days), OVERDUE, "warn")
    word = ngettext("还有{days}天", "还有{days}天", days).format(days=days) if days else _("今天截止")
    return State(word, YOUR_TURN if days <= SOON_DAYS else AT_REST, "clock")


def window(opens_on: date, closes_on: date, today: date) -> tuple[State, str]:
    """The state of a period, both days included, and in words how long it still takes ("" once it is over)."""
    if today < opens_on:
        days = (opens_on - today).days
        return state_of(_("未开始")), ngettext("{days}天后开始", "{days}天后开始", days).format(days=days)
    if today > closes_on:
        return state_of(_("已截止")), ""
    days = (closes_on - today).days
    left = ngettext("还有{days}天", "还有{days}天", days).format(days=days) if days else _("今天截止")
    return state_of(_("临近截止") if days <= SOON_DAYS else _("开放中")), left


def lacking(count: int) -> State:
    """How many requirements of a plan are missing; none missing is fulfilled."""
    if count == 0:
        return state_of(_("已满足"))
    return State(ngettext("还差{count}项", "还差{count}项", count).format(count=count), YOUR_TURN, "half")
