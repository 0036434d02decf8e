"""Invented content of the progress page: one candidate's requirements, as in the drawn prototype."""

from decimal import Decimal
from typing import Any


def leaf(word: str, code: str, name: str, by: str, credits: str) -> dict[str, str]:
    """One course or condition under a requirement."""
    return {"word": word, "code": code, "name": name, "by": by, "credits": credits}


def group(title: str, hint: str, word: str, total: str, leaves: list[dict[str, str]], *, is_open: bool = False) -> dict[str, Any]:
    """One requirement."""
    return {"title": title, "hint": hint, "word": word, "sum": total, "leaves": leaves, "is_open": is_open}


POLITICS = [
    leaf("已满足", "15040", "习近平新时代中国特色社会主义思想概论", "考试 2025年4月，81分", "3学分"),
    leaf(
        "已满足",
        "15043",
        "中国近现代史纲要",
        "由旧计划 03708 中国近现代史纲要顶替（2023年10月，77分）；按新计划计3学分",
        "3学分",
    ),
    leaf(
        "已满足",
        "15044",
        "马克思主义基本原理",
        "由旧计划 03709 马克思主义基本原理概论顶替（2023年10月，68分）；按新计划计3学分",
        "3学分",
    ),
]
ENGLISH = [
    leaf("还差", "13000", "英语(专升本)", "2026年10月54分，未通过。免考申请退回补正中；下次考试2027年4月17日", "7学分"),
    leaf("不需要", "14970", "日语(专升本)", "可代替英语(专升本)", "7学分"),
]
THESIS = [leaf("还不能考", "10196", "汉语言文学(本科)毕业论文", "还不能申请：外语未合格。申请期2027年6月1日起", "—")]
REQUIRED = [leaf("已满足", "00037", "美学", "考试 2024年4月，74分", "6学分")]
CHOICE = [leaf("不需要", "07827", "唐宋诗词鉴赏", "外语路径不需要；换考路径需要", "5学分")]
CONDITIONS = [leaf("已满足", "", "前置学历：专科", "已核验，2024年3月6日", "")]

PROGRESS = {
    "crumbs": [("个人空间", "/space/"), ("毕业进度", "")],
    "parts": [(9, 9), (46, 46), (15, 14), (0, 7)],
    "earned": Decimal("70.0"),
    "needed": Decimal("76.0"),
    "paths": [
        {
            "title": "外语路径",
            "text": "共需76学分，还差外语1门、7学分",
            "url": "?path=外语",
            "is_chosen": True,
            "is_better": True,
        },
        {"title": "换考路径", "text": "不考外语，选考课5门全考；还差2门、9学分", "url": "?path=换考"},
    ],
    "groups": [
        group("外语", "英语、日语选一门", "还差", "0/1门 · 0/7学分", ENGLISH, is_open=True),
        group("毕业论文", "其余课程全部合格后可申请", "还差", "0/1 · 不计学分", THESIS, is_open=True),
        group("思想政治理论", "3门全部必考", "已满足", "3/3门 · 9/9学分", POLITICS, is_open=True),
        group("专业必考课", "7门全部必考", "已满足", "7/7门 · 46/46学分", REQUIRED),
        group("选考课", "5门中至少3门、14学分", "已满足", "3门 · 15学分", CHOICE),
        group("毕业条件", "申请毕业时由主考院校核对", "毕业时办", "1/3项", CONDITIONS),
    ],
    "nearest": [
        {"title": "汉语言文学（专升本）", "earned": 70, "needed": 76},
        {"title": "学前教育（专升本）", "earned": 14, "needed": 73},
        {"title": "小学教育（专升本）", "earned": 14, "needed": 73},
        {"title": "行政管理（专升本）", "earned": 14, "needed": 74},
    ],
}
