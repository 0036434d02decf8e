"""Names by their sound: the keys by which lists of candidates are sorted and searched, stored beside the name.

pypinyin knows the readings of words, not of surnames; those that differ as a surname stand here (现代汉语词典, 姓 readings).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

SORT_KEY_LENGTH = 400
INITIALS_LENGTH = 100
UNKNOWN = "~"  # a character without a reading; sorts behind every syllable
SURNAMES = {
    "单": "shan4", "解": "xie4", "仇": "qiu2", "曾": "zeng1", "查": "zha1", "区": "ou1", "朴": "piao2", "盖": "ge3",
    "乐": "yue4", "缪": "miao4", "覃": "qin2", "员": "yun4", "召": "shao4", "繁": "po2", "种": "chong2", "折": "she2",
    "秘": "bi4", "翟": "zhai2", "佴": "nai4", "那": "na1", "阚": "kan4", "句": "gou1", "洗": "xian3", "薄": "bo2",
    "祭": "zhai4", "哈": "ha3", "藏": "zang4", "相": "xiang4", "要": "yao1", "乜": "nie4", "能": "nai4", "过": "guo1",
    "燕": "yan1", "葛": "ge3", "黑": "he4", "卜": "bu3", "都": "du1", "郇": "xun2", "任": "ren2", "华": "hua4",
    "尉": "wei4", "宁": "ning4", "晟": "cheng2", "盛": "sheng4", "應": "ying1", "应": "ying1", "撒": "sa4",
}  # fmt: skip
COMPOUND_SURNAMES = {
    "万俟": ["mo4", "qi2"],
    "尉迟": ["yu4", "chi2"],
    "长孙": ["zhang3", "sun1"],
    "澹台": ["tan2", "tai2"],
    "令狐": ["ling2", "hu2"],
    "夏侯": ["xia4", "hou2"],
}


def sort_key(name: str) -> str:
    """``zhang1 wei3`` for 张伟: syllables with tones, in the order of a dictionary when compared byte by byte.

    At most 400 characters. Letters stay as they are, in lower case; signs such as · are left out; ü is written v.
    """
    return " ".join(_syllables(name))[:SORT_KEY_LENGTH]


def initials(name: str) -> str:
    """``zw`` for 张伟: the first letter of every syllable or foreign word, at most 100."""
    return "".join(syllable[0] for syllable in _syllables(name))[:INITIALS_LENGTH]


def _syllables(name: str) -> list[str]:
    name = unicodedata.normalize("NFKC", name).strip()
    surname = _surname(name)
    return surname + _read(name[len(surname) :])


def _surname(name: str) -> list[str]:
    """The reading of the surname where it is a reading of its own; a transcribed name (with ·) has no surname."""
    if "·" in name:
        return []
    if len(name) > 2 and name[:2] in COMPOUND_SURNAMES:
        return COMPOUND_SURNAMES[name[:2]]
    return [SURNAMES[name[0]]] if name[:1] in SURNAMES else []


@lru_cache(maxsize=1 << 15)  # given names repeat; a file of candidates asks for each twice
def _read(text: str) -> list[str]:
    # pypinyin takes a list for a run it cannot read; its annotation leaves that out
    return lazy_pinyin(text, style=Style.TONE3, errors=_without_reading)  # type: ignore[arg-type]


def _without_reading(run: str) -> list[str]:
    """A run of what has no reading: foreign words, signs, ideographs that the dictionary lacks."""
    return list(_words(run))


def _words(run: str) -> Iterator[str]:
    word = ""
    for sign in [*run, " "]:
        if sign.isalnum() and unicodedata.category(sign) != "Lo":
            word += sign.lower()
            continue
        if word:
            yield word
        word = ""
        if unicodedata.category(sign) in {"Lo", "Co", "Cn"}:
            yield UNKNOWN
