"""Faulty tables of every kind, built by code: what an office sends by mistake, and what somebody could send on purpose."""

import struct
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from xlsxwriter import Workbook

from records.imports.tabular import TableShape

SHAPE = TableShape(
    required=("准考证号", "姓名", "成绩", "出生日期"),
    optional=("手机号码", "备注"),
    identifiers=frozenset({"准考证号", "手机号码"}),
    numbers=frozenset({"成绩"}),
    dates=frozenset({"出生日期"}),
)
HEADER = ",".join(SHAPE.required)
GOOD = "002610000017,张三,86.5,1990-01-02"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
WORKBOOK_XML = (
    f'<workbook xmlns="{NAMESPACE}" xmlns:r="{RELATIONS}"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
WORKBOOK_RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATIONS}/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>'
)


@dataclass(frozen=True)
class Faulty:
    """A faulty file: how it is built, the fault that it must get, and where. ``mention``: what the message must say."""

    name: str
    build: Callable[[Path], object]
    code: str
    row: int = 0
    column: str = ""
    mention: str = ""


def text_file(text: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    """A text as it stands."""
    return raw_file(text.encode(encoding))


def raw_file(content: bytes) -> Callable[[Path], object]:
    """Bytes as they stand."""

    def build(path: Path) -> None:
        path.write_bytes(content)

    return build


def workbook(*rows: Iterable[object], header: str = HEADER) -> Callable[[Path], object]:
    """A workbook as a spreadsheet program would write it; texts that start with = become formulas."""

    def build(path: Path) -> None:
        with Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for number, cells in enumerate([header.split(","), *rows]):
                sheet.write_row(number, 0, cells)

    return build


def crafted(sheet: str, **parts: str) -> Callable[[Path], object]:
    """A workbook of which every part is given as text: ``sheet`` is what stands inside <sheetData>."""

    def build(path: Path) -> None:
        contents = {
            "xl/workbook.xml": WORKBOOK_XML,
            "xl/_rels/workbook.xml.rels": WORKBOOK_RELATIONS,
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{NAMESPACE}"><sheetData>{sheet}</sheetData></worksheet>',
        } | {name.replace("__", "/") + ".xml": content for name, content in parts.items()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in contents.items():
                archive.writestr(name, content)

    return build


def inline_row(number: int, cells: Iterable[str], first: int = 0) -> str:
    """A row of texts as XML."""
    texts = (
        f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for place, cell in enumerate(cells, start=first)
    )
    return f'<row r="{number}">{"".join(texts)}</row>'


def million_blank_rows(path: Path) -> None:
    """Header, a row, a million rows without content, a row in the last corner of the sheet."""
    blank = "".join(f'<row r="{number}"><c r="A{number}" s="0"/></row>' for number in range(3, 1_048_576))
    crafted(inline_row(1, HEADER.split(",")) + inline_row(2, GOOD.split(",")) + blank + inline_row(1_048_576, GOOD.split(",")))(
        path
    )


def zip_bomb(path: Path) -> None:
    """A sheet that unpacks to 400 MB, a thousand times the size of the file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", WORKBOOK_XML)
        archive.writestr("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _megabyte in range(400):
                sheet.write(b" " * 2**20)


def lying_zip_bomb(path: Path) -> None:
    """The same, and the archive's directory says that it has 1,000 bytes."""
    zip_bomb(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<I", 400 * 2**20), struct.pack("<I", 1_000)))


FAULTY_FILES = [
    Faulty("empty.csv", raw_file(b""), "table.empty-file", mention="空"),
    Faulty("only-a-mark.csv", raw_file(b"\xef\xbb\xbf"), "table.empty-file", mention="空"),
    Faulty("header-only.csv", text_file(HEADER + "\n"), "table.no-rows", mention="第 2 行"),
    Faulty("header-only.xlsx", workbook(), "table.no-rows", mention="第 2 行"),
    Faulty("blank-header.csv", text_file(f"\n{HEADER}\n{GOOD}\n"), "table.no-header", 1, mention="准考证号"),
    Faulty("utf-16.csv", text_file(f"{HEADER}\n{GOOD}\n", "utf-16"), "table.encoding", mention="第 1 行"),
    Faulty(
        "mixed-encodings.csv",
        raw_file(f"{HEADER}\n{GOOD}\n".encode() + b"1,\xff\xff,60,\n"),
        "table.encoding",
        mention="第 3 行",
    ),
    Faulty(
        "marked-as-utf-8.csv",
        raw_file(b"\xef\xbb\xbf" + f"{HEADER}\n{GOOD}\n".encode("gb18030")),
        "table.encoding",
        mention="第 1 行",
    ),
    Faulty("big5.csv", text_file("准考證號,姓名\n1,王\n", "big5"), "table.missing-column", 1, "准考证号", "准考证号"),
    Faulty("missing.csv", text_file("准考证号,姓名,成绩\n1,a,60\n"), "table.missing-column", 1, "出生日期", "出生日期"),
    Faulty("unknown.csv", text_file(f"{HEADER},分数\n{GOOD},60\n"), "table.unknown-column", 1, "分数", "分数"),
    Faulty("repeated.csv", text_file(f"{HEADER},成绩\n{GOOD},60\n"), "table.repeated-column", 1, "成绩", "2 次"),
    Faulty("nameless.csv", text_file(f"备注,,{HEADER}\n,,{GOOD}\n"), "table.nameless-column", 1, mention="第 2 列"),
    Faulty("semicolons.csv", text_file(HEADER.replace(",", ";") + "\n1;a;60;\n"), "table.delimiter", 1, mention="逗号"),
    Faulty("tabs.csv", text_file(HEADER.replace(",", "\t") + "\n"), "table.delimiter", 1, mention="逗号"),
    Faulty("too-many.csv", text_file(f"{HEADER}\n{GOOD}\n{GOOD},7\n"), "table.too-many-cells", 3, mention="4 列"),
    Faulty("too-few.csv", text_file(f"{HEADER}\n\n{GOOD}\n1,a,60\n"), "table.too-few-cells", 4, mention="3 个"),
    Faulty("quotes.csv", text_file(f'{HEADER}\n1,"a"b,60,\n{GOOD}\n'), "table.quotes", 2, mention="双引号"),
    Faulty("unclosed.csv", text_file(f'{HEADER}\n{GOOD}\n1,"a,60,\n{GOOD}\n'), "table.unclosed-quote", 3, mention="第 3 行"),
    Faulty("endless.csv", text_file(HEADER + "a" * 2_000_000), "table.endless-line", mention="一百万字"),
    Faulty("nul.csv", text_file(f"{HEADER}\n{GOOD}\n1,张\0三,60,\n"), "table.control-character", 3, "姓名", "控制字符"),
    Faulty("formula.csv", text_file(f'{HEADER}\n"=""002610000017""",a,60,\n'), "table.formula", 2, "准考证号", "公式"),
    Faulty("not-a-date.csv", text_file(f"{HEADER}\n1,a,60,1990-02-30\n"), "table.date", 2, "出生日期", "2026-09-01"),
    Faulty("slashes.csv", text_file(f"{HEADER}\n1,a,60,1990/2/3\n"), "table.date", 2, "出生日期", "2026-09-01"),
    Faulty("float.csv", text_file(f"{HEADER}\n3.10104E+17,a,60,\n"), "table.float-identifier", 2, "准考证号", "3.10104E+17"),
    Faulty(
        "float.xlsx",
        workbook(GOOD.split(","), [310104199001011234, "a", 60, ""]),
        "table.float-identifier",
        3,
        "准考证号",
        "3.10104E+17",
    ),
    Faulty("half.xlsx", workbook([3101.5, "a", 60, ""]), "table.float-identifier", 2, "准考证号", "文本格式"),
    Faulty("formula.xlsx", workbook(["1", "a", "=A2*60", ""]), "table.formula", 2, "成绩", "公式"),
    Faulty("formula-in-header.xlsx", workbook(header="准考证号,姓名,成绩,=A1"), "table.formula", 1, "0", "第 4 列"),
    Faulty(
        "error.xlsx",
        crafted(inline_row(1, HEADER.split(",")) + '<row r="2"><c r="B2" t="e"><v>#N/A</v></c></row>'),
        "table.error-value",
        2,
        "姓名",
        "错误值",
    ),
    Faulty(
        "escaped-nul.xlsx",
        crafted(inline_row(1, HEADER.split(",")) + inline_row(2, ["1", "张_x0000_三"])),
        "table.control-character",
        2,
        "姓名",
        "控制字符",
    ),
    Faulty(
        "far-corner.xlsx",
        crafted(inline_row(1, HEADER.split(",")) + '<row r="2"><c r="XFD2"><v>1</v></c></row>'),
        "table.too-many-columns",
        2,
        mention="16384",
    ),
    Faulty(
        "stray-cell.xlsx",
        crafted(inline_row(1, HEADER.split(",")) + inline_row(2, GOOD.split(",")) + inline_row(3, ["x"], first=9)),
        "table.too-many-cells",
        3,
        mention="列名",
    ),
    Faulty(
        "too-many-rows.xlsx",
        crafted(inline_row(1, HEADER.split(",")) + "<row><c><v>1</v></c></row>" * 200_001),
        "table.too-many-rows",
        mention=".csv",
    ),
    Faulty("zip-bomb.xlsx", zip_bomb, "table.too-large", mention=".csv"),
    Faulty("lying-zip-bomb.xlsx", lying_zip_bomb, "table.damaged", mention="损坏"),
    Faulty(
        "entities.xlsx",
        crafted("", xl__workbook='<!DOCTYPE a [<!ENTITY b "c">]>' + WORKBOOK_XML),
        "table.not-xlsx",
        mention="DTD",
    ),
    Faulty("broken-xml.xlsx", crafted("<row><c>"), "table.damaged", mention="损坏"),
    Faulty("no-such-text.xlsx", crafted('<row><c t="s"><v>7</v></c></row>'), "table.damaged", mention="损坏"),
    Faulty("no-zip.xlsx", text_file(f"{HEADER}\n{GOOD}\n"), "table.not-xlsx", mention=".xlsx"),
    Faulty("old.xlsx", raw_file(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)), "table.not-xlsx", mention="密码"),
    Faulty("renamed.csv", workbook(GOOD.split(",")), "table.wrong-suffix", mention=".xlsx"),
    Faulty("table.xls", raw_file(b"\xd0\xcf\x11\xe0"), "table.unknown-suffix", mention=".csv、.xlsx"),
    Faulty("table.pdf", raw_file(b"%PDF-1.7"), "table.unknown-suffix", mention=".csv、.xlsx"),
    Faulty("table", text_file(f"{HEADER}\n{GOOD}\n"), "table.unknown-suffix", mention=".csv、.xlsx"),
]
