"""What somebody keyed, read by the rules of a file's cells: the same signs, the same faults (``reading.py``, ``checking.py``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from records.imports.cells import UNSTORABLE, normalised
from scores.entry.reading import DEFERRED, FULL_MARKS, GRADES, IN_RANGE, OLD_NOTATION
from scores.models import Mark

LONGEST_MARK, LONGEST_FLAG = 20, 10  # as the columns of KeyedMark hold them
Meaning = tuple[Decimal | None, str, str]
"""Points, grade and flag."""

_RANGE = re.compile(IN_RANGE, re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_FINE = re.compile(r"0{0,3}[0-9]{1,2}\.[0-9]+", re.ASCII)


@dataclass(frozen=True)
class Keyed:
    """The texts of a line: mark and flag, of which either may be empty; as a file's cells they lose blanks and wide signs."""

    mark: str = ""
    flag: str = ""

    @classmethod
    def typed(cls, mark: str, flag: str) -> Keyed:
        """The texts as a file's cells would be read."""
        return cls(normalised(mark), normalised(flag))

    @property
    def is_empty(self) -> bool:
        """Nothing has been keyed."""
        return not (self.mark or self.flag)

    @property
    def given_flag(self) -> str:
        """The flag field as it reads: empty is 正常, 缓考 is 缺考."""
        return {"": Mark.Flag.NORMAL.value, DEFERRED: Mark.Flag.ABSENT.value}.get(self.flag, self.flag)

    @property
    def old_flag(self) -> str:
        """The flag that an old sign in the mark field means; empty where there is none."""
        flag = OLD_NOTATION.get(self.mark)
        return flag.value if flag else ""

    @property
    def points(self) -> Decimal | None:
        """The number, where the mark is one from 0 to 100 with one decimal at most."""
        if self.mark == FULL_MARKS:
            return Decimal(100)
        return Decimal(self.mark) if _RANGE.fullmatch(self.mark) else None

    @property
    def grade(self) -> str:
        """The grade, where the mark is one."""
        return self.mark if self.mark in GRADES else ""

    @property
    def means(self) -> Meaning:
        """What will be entered, of values that are right."""
        return self.points, self.grade, self.old_flag or self.given_flag


def wrong_with(keyed: Keyed, *, practical: bool) -> str:
    """What is wrong with a line, in words that do not repeat it; empty when it can be taken."""
    return _cells(keyed) or _flag(keyed) or _mark(keyed, practical=practical)


def _cells(keyed: Keyed) -> str:
    if len(keyed.mark) > LONGEST_MARK or len(keyed.flag) > LONGEST_FLAG or UNSTORABLE.search(keyed.mark + keyed.flag):
        return _("太长，或者有不能保存的字符。")
    return ""


def _flag(keyed: Keyed) -> str:
    normal = Mark.Flag.NORMAL
    if keyed.given_flag not in Mark.Flag.values:
        return _("不认识的标记。应为正常、缺考、违纪、作弊、取消之一，留空就是正常。")
    if keyed.old_flag and keyed.given_flag not in (normal, keyed.old_flag):
        return _("标记与成绩栏的旧记号不一致。")
    if keyed.mark and not keyed.old_flag and keyed.given_flag != normal:
        return _("标记不是“正常”时成绩留空。")
    if not keyed.mark and keyed.given_flag == normal:
        return _("没有成绩。没有到考请选缺考。")
    return ""


def _mark(keyed: Keyed, *, practical: bool) -> str:
    if keyed.grade:
        return "" if practical else _("笔试成绩不用等第。应为0至100的数字。")
    if not keyed.mark or keyed.old_flag or keyed.points is not None:
        return ""
    if _FINE.fullmatch(keyed.mark):
        return _("小数太多。应为0至100，最多一位小数。")
    if _NUMBER.fullmatch(keyed.mark):
        return _("超出范围。应为0至100，最多一位小数。")
    return _("不是数字。应为0至100，最多一位小数。")
