"""Certificates: how many a second one core sets and signs, and what the signature of a file costs to check.

Times are of the processor, so that other work on the machine does not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from records.certificates.signing import sign
from records.certificates.typesetting import qr_code, typeset
from records.certificates.verdicts import verify_signature

GOAL = 30  # a second and core, signature included
NUMBER = 60
COURSES = 12
COLUMNS = ("序号", "课程代码", "课程名称", "方式", "学分", "成绩", "考试年月")


def run() -> None:
    """Print certificates per second and core, and the ratio to the goal."""
    _issued(0)  # loads fonts, templates and key
    setting = _seconds_each(_typeset_one)
    whole = _seconds_each(_issued)
    long = _seconds_each(_issued_long, NUMBER // 10)
    file = _issued(1)
    checking = _seconds_each(lambda _number: verify_signature(file))
    rate = 1 / whole
    print(f"typeset: {setting * 1000:.1f} ms; signed: {(whole - setting) * 1000:.1f} ms; {len(file) / 1024:.0f} kB")
    print(f"certificates of {COURSES} courses: {rate:.0f} a second and core (goal {GOAL}); ratio to the goal {rate / GOAL:.2f}")
    print(f"of 60 courses: {1 / long:.0f} a second and core; ratio to {COURSES} courses {long / whole:.1f}")
    print(f"check of a signature: {checking * 1000:.1f} ms; ratio to making the certificate {checking / whole:.2f}")


def _issued(number: int, courses: int = COURSES) -> bytes:
    return sign(typeset("transcript", _content(number, courses)), reason="出具课程合格成绩证明", office="自学考试办公室")


def _issued_long(number: int) -> bytes:
    return _issued(number, 60)


def _typeset_one(number: int) -> bytes:
    return typeset("transcript", _content(number, COURSES))


def _content(number: int, courses: int) -> dict[str, Any]:
    """Of somebody else each time: the compiler must not know the page already."""
    rows = [
        [row, f"{(number * 61 + row) % 100000:05}", "中国现代文学史", "笔试", 6, 60 + row % 40, "2023年10月"]
        for row in range(courses)
    ]
    code = f"7K4M-{number:08}"
    return {
        "title": "课程合格成绩证明",
        "number": f"合证 10319 2026 {number:06}",
        "under": ["高等教育自学考试", f"编号：合证 10319 2026 {number:06}"],
        "facts": [[["姓名", f"林{chr(0x6674 + number)}"], ["性别", "女"]], [["准考证号", f"0101 2320 {number:04}"]]],
        "courses": {"columns": [{"label": label} for label in COLUMNS], "rows": rows},
        "closing": "以上课程经高等教育自学考试合格，特此证明。",
        "verification": {"qr": qr_code(f"https://kaoji.example/{code}"), "code": code, "words": "扫码可查本证明。"},
        "issuer": {"office": ["自学考试办公室"], "date": "2026年11月23日"},
    }


def _seconds_each(work: Callable[[int], object], times: int = NUMBER) -> float:
    begun = time.process_time()
    for number in range(times):
        work(number + 1000)
    return (time.process_time() - begun) / times
