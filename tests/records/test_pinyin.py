"""Search keys of names: as the office pronounces them, whatever somebody is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.candidates.pinyin import initials, sort_key


@pytest.mark.parametrize(
    ("name", "key", "letters"),
    [
        ("张伟", "zhang1 wei3", "zw"),
        ("吕布", "lv3 bu4", "lb"),
        ("单雪", "shan4 xue3", "sx"),
        ("单于飞", "shan4 yu2 fei1", "syf"),
        ("简单", "jian3 dan1", "jd"),
        ("曾乐", "zeng1 le4", "zl"),
        ("欧阳修", "ou1 yang2 xiu1", "oyx"),
        ("尉迟恭", "yu4 chi2 gong1", "ycg"),
        ("尉迟", "wei4 chi2", "wc"),
        ("长孙无忌", "zhang3 sun1 wu2 ji4", "zswj"),
        ("阿依古丽·买买提", "a1 yi1 gu3 li4 mai3 mai3 ti2", "ayglmmt"),
        ("查干·巴特尔", "cha2 gan4 ba1 te4 er3", "cgbte"),
        ("John Smith", "john smith", "js"),
        ("李 Ａnna", "li3 anna", "la"),
        ("王\U00020bb7", "wang2 ~", "w~"),
        ("王\ue000明", "wang2 ~ ming2", "w~m"),
        ("", "", ""),
        (" 张伟 ", "zhang1 wei3", "zw"),
    ],
)
def test_a_name_is_read_as_the_office_reads_it(name: str, key: str, letters: str) -> None:
    assert sort_key(name) == key
    assert initials(name) == letters


def test_names_sort_as_in_a_dictionary() -> None:
    names = ["赵六", "王\U00020bb7", "李四", "张三", "王五", "连胜", "安娜", "李安"]

    assert sorted(names, key=sort_key) == ["安娜", "李安", "李四", "连胜", "王五", "王\U00020bb7", "张三", "赵六"]


@given(st.text(max_size=300))
def test_every_name_has_keys_that_fit_their_columns(name: str) -> None:
    assert len(sort_key(name)) <= 400
    assert len(initials(name)) <= 100
    assert sort_key(name).isprintable()
    assert sort_key(name) == sort_key(name).lower()


def test_a_long_name_is_cut() -> None:
    assert len(sort_key("张" * 200)) == 400
    assert len(initials("张" * 200)) == 100
