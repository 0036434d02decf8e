"""The acts that are a violation, article by article, in short words (国家教育考试违规处理办法, 令33号, articles 5 to 9).

An act of article 5 (违纪) costs the mark of its course; the acts of articles 6 and 7 (作弊) and of article 8 (扰乱秩序) cost
every mark of the sitting. Four grave kinds alone (article 9) may also bring a suspension or a delay of graduation: ``Grave``.
They are not items of their own, so each act says of which of them it can be an instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

REGULATION = gettext_lazy("国家教育考试违规处理办法")


class Grave(models.TextChoices):
    """The four kinds of cheating of article 9 that may be punished beyond the marks."""

    GROUP = "group", gettext_lazy("组织团伙作弊")
    SENDING = "sending", gettext_lazy("向考场外发送、传递试题信息")
    RECEIVING = "receiving", gettext_lazy("使用设备接收信息作弊")
    IMPERSONATION = "impersonation", gettext_lazy("伪造证件材料，或代考、由他人代考")


@dataclass(frozen=True)
class Act:
    """An item of an article: ``words`` are short, ``grave`` the grave kinds of which it can be an instance."""

    article: int
    item: int
    words: Any
    grave: frozenset[str] = frozenset()

    @property
    def code(self) -> str:
        """``5.1``."""
        return f"{self.article}.{self.item}"

    @property
    def nature(self) -> Any:
        """What such an act is called: 违纪, 作弊, 扰乱考试秩序."""
        return NATURES[self.article]

    @property
    def flag(self) -> str:
        """The flag of a mark that such an act costs."""
        return FLAGS[self.article]

    @property
    def is_of_one_course(self) -> bool:
        """Whether it costs the mark of one course only, not the whole sitting."""
        return self.article == BREACH

    @property
    def basis(self) -> str:
        """第六条第四项."""
        return _("第%(article)s条第%(item)s项") % {"article": NUMERALS[self.article], "item": NUMERALS[self.item]}

    def __str__(self) -> str:
        return f"{self.basis}：{self.words}"


BREACH = 5
NUMERALS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")
NATURES: Mapping[int, Any] = {
    5: gettext_lazy("违纪"),
    6: gettext_lazy("作弊"),
    7: gettext_lazy("作弊"),
    8: gettext_lazy("扰乱考试秩序"),
}
FLAGS: Mapping[int, str] = {5: "违纪", 6: "作弊", 7: "作弊", 8: "取消"}
CLANDESTINE = frozenset({Grave.GROUP.value, Grave.SENDING.value, Grave.RECEIVING.value})
FORGED = frozenset({Grave.IMPERSONATION.value})

_TABLE = (
    Act(5, 1, gettext_lazy("带了规定以外的物品，或没有放在指定位置")),
    Act(5, 2, gettext_lazy("没有坐在规定的座位")),
    Act(5, 3, gettext_lazy("开考信号前答题，或结束信号后继续答题")),
    Act(5, 4, gettext_lazy("旁窥、交头接耳、打暗号或手势")),
    Act(5, 5, gettext_lazy("在禁止的范围内喧哗、吸烟，影响考场秩序")),
    Act(5, 6, gettext_lazy("未经同意离开考场")),
    Act(5, 7, gettext_lazy("把试卷、答卷、草稿纸等带出考场")),
    Act(5, 8, gettext_lazy("用规定以外的笔或纸答题，或在答卷上作标记")),
    Act(5, 9, gettext_lazy("其他违反考场规则、还不构成作弊的行为")),
    Act(6, 1, gettext_lazy("携带与考试内容有关的材料，或存有这类资料的设备")),
    Act(6, 2, gettext_lazy("抄袭，或协助他人抄袭"), CLANDESTINE),
    Act(6, 3, gettext_lazy("抢夺、窃取他人试卷、答卷，或胁迫他人让自己抄袭")),
    Act(6, 4, gettext_lazy("携带能收发信息的设备")),
    Act(6, 5, gettext_lazy("由他人冒名代替参加考试"), FORGED),
    Act(6, 6, gettext_lazy("故意销毁试卷、答卷或考试材料")),
    Act(6, 7, gettext_lazy("在答卷上填写与本人不符的姓名、考号")),
    Act(6, 8, gettext_lazy("传、接物品，或交换试卷、答卷、草稿纸")),
    Act(6, 9, gettext_lazy("其他以不正当手段取得或企图取得答案、成绩的行为"), CLANDESTINE | FORGED),
    Act(7, 1, gettext_lazy("伪造证件、证明、档案等材料取得考试资格或成绩"), FORGED),
    Act(7, 2, gettext_lazy("评卷中被认定为答案雷同")),
    Act(7, 3, gettext_lazy("考场秩序失控，出现大面积作弊")),
    Act(7, 4, gettext_lazy("考试工作人员协助作弊，事后查实"), CLANDESTINE),
    Act(7, 5, gettext_lazy("其他应当认定为作弊的行为"), CLANDESTINE | FORGED),
    Act(8, 1, gettext_lazy("故意扰乱考点、考场、评卷场所的秩序")),
    Act(8, 2, gettext_lazy("拒绝、妨碍考试工作人员履行职责")),
    Act(8, 3, gettext_lazy("威胁、侮辱、诽谤、诬陷考试工作人员或其他考生")),
    Act(8, 4, gettext_lazy("故意损坏考场设施设备")),
    Act(8, 5, gettext_lazy("其他扰乱考试管理秩序的行为")),
)
ACTS: Mapping[str, Act] = {act.code: act for act in _TABLE}


def choices() -> list[tuple[Any, list[tuple[str, str]]]]:
    """The acts by article, for a form's list."""
    titles = {
        article: _("第%(article)s条 %(nature)s") % {"article": NUMERALS[article], "nature": nature}
        for article, nature in NATURES.items()
    }
    return [(titles[article], [(a.code, f"{a.basis} {a.words}") for a in _TABLE if a.article == article]) for article in NATURES]
