"""A certificate as the tests have it set, and what poppler finds in it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from records.certificates.typesetting import qr_code

MADE_AT = "2026-11-23T10:00:00+08:00"
COLUMNS = [
    {"label": "序号"},
    {"label": "课程代码"},
    {"label": "课程名称", "width": "1fr", "align": "left"},
    {"label": "学分"},
    {"label": "成绩"},
    {"label": "考试年月"},
]


def content(name: str = "林疏桐", courses: int = 3) -> dict[str, Any]:
    """What a transcript of ``courses`` courses holds."""
    rows = [[row, f"{537 + row:05}", "中国现代文学史", "6", "88", "2023年10月"] for row in range(1, courses + 1)]
    return {
        "title": "课程合格成绩证明",
        "number": "合证 10319 2026 004172",
        "made_at": MADE_AT,
        "under": ["高等教育自学考试", "编号：合证 10319 2026 004172"],
        "facts": [[["姓名", name], ["性别", "女"]], [["考籍号", "2041 826 753"]]],
        "courses": {"columns": COLUMNS, "rows": rows, "total": [f"合计{courses}门（以下空白）", "18", "", ""]},
        "closing": "以上课程经高等教育自学考试合格，特此证明。",
        "verification": {"qr": qr_code("https://kaoji.example/verify"), "code": "7K4M-9Q2D-XH83", "words": "扫码可查本证明。"},
        "issuer": {"office": ["南京师范大学", "自学考试办公室"], "date": "2026年11月23日"},
    }


def text_of(pdf: bytes) -> str:
    """What pdftotext reads, without blanks and line breaks."""
    return "".join(_poppler("pdftotext", pdf, "-raw", "-enc", "UTF-8", "-", "-").split())


def pages_of(pdf: bytes) -> list[str]:
    """The same page by page."""
    pages = _poppler("pdftotext", pdf, "-raw", "-enc", "UTF-8", "-", "-").split("\f")
    return ["".join(page.split()) for page in pages[:-1]]


def fonts_of(pdf: bytes) -> list[list[str]]:
    """A line of words for each font: name, type, encoding, embedded, subset, with the characters' names."""
    return [line.split() for line in _poppler("pdffonts", pdf, "-").splitlines()[2:]]


def pdfsig_of(pdf: bytes, folder: Path) -> str:
    """What pdfsig says of the signatures."""
    path = folder / "signed.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=False, timeout=60).stdout


def _poppler(program: str, pdf: bytes, *arguments: str) -> str:
    return subprocess.run([program, *arguments], input=pdf, capture_output=True, check=True, timeout=60).stdout.decode()
