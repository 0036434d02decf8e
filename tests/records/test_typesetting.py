"""Pages of certificates: what stands on them, that it can be read by machines, and that content stays content."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import typst
from django.conf import settings
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from records.certificates import typesetting
from records.certificates.glyphs import MissingGlyphs
from records.certificates.typesetting import picture, qr_code, typeset
from tests.records.papers import content, fonts_of, pages_of, text_of

TEMPLATES = sorted((settings.BASE_DIR / "templates" / "certificates").glob("*.typ"))
A5_ACROSS = [595, 420]  # points


def set_source(source: str, **values: object) -> bytes:
    """The PDF of a template that stands nowhere but here."""
    given = {"title": "样张", "made_at": "2026-11-23T10:00:00+08:00"} | values
    return typesetting._set(source.encode(), given)


@pytest.fixture(scope="module")
def transcript() -> bytes:
    return typeset("transcript", content())


def test_a_transcript_says_what_it_was_given(transcript):
    text = text_of(transcript)

    for words in (
        "课程合格成绩证明",
        "林疏桐",
        "2041826753",
        "00538",
        "中国现代文学史",
        "2023年10月",
        "合计3门（以下空白）",
        "特此证明",
    ):
        assert words in text
    for words in (
        "合证103192026004172",
        "验证码7K4M-9Q2D-XH83",
        "南京师范大学",
        "自学考试办公室",
        "2026年11月23日",
        "第1页，共1页",
    ):
        assert words in text


@pytest.mark.parametrize("name", ["㙍䶮", "𬭚𠮷", "阿卜杜拉·买买提", "王鿍", "Zoë O'Hara"])
def test_names_come_out_with_exactly_their_characters(name):
    assert name.replace(" ", "") in text_of(typeset("transcript", content(name=name)))


def test_the_file_is_a_tagged_archive_document_with_title_and_language(transcript):
    root = PdfFileReader(io.BytesIO(transcript)).root
    metadata = root["/Metadata"].data.decode()

    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "课程合格成绩证明" in metadata
    assert root["/Lang"] == "zh-CN"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]


def test_the_fonts_are_inside_as_subsets(transcript):
    fonts = fonts_of(transcript)

    assert len(fonts) == 2
    assert {font[0].partition("+")[2] for font in fonts} == {"NotoSansCJKtc-Regular-Identity-H", "NotoSansCJKtc-Bold-Identity-H"}
    assert all(font[-5:-2] == ["yes", "yes", "yes"] for font in fonts)
    assert len(transcript) < 150_000


def test_the_same_content_gives_the_same_bytes(transcript):
    assert typeset("transcript", content()) == transcript
    assert typeset("transcript", content(name="林疏影")) != transcript


def test_threads_do_not_disturb_each_other():
    names = [f"林疏桐{number}" for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda name: typeset("transcript", content(name=name)), names))

    assert [name for name, pdf in zip(names, made, strict=True) if f"{name}性别" not in text_of(pdf)] == []


def test_sixty_courses_run_over_pages_with_the_head_on_each():
    pages = pages_of(typeset("transcript", content(courses=60)))
    courses = re.findall(r"(\d{5})中国现代文学史", "".join(pages))

    assert courses == [f"{537 + row:05}" for row in range(1, 61)]
    assert len(pages) == 2
    assert all("课程代码" in page for page in pages if "中国现代文学史" in page)
    assert [f"第{number}页，共2页" in page for number, page in enumerate(pages, 1)] == [True] * 2
    assert ["7K4M" in page for page in pages] == [False, True]


@pytest.mark.parametrize("courses", range(24, 32))
def test_no_page_holds_a_seal_alone(courses):
    last = pages_of(typeset("transcript", content(courses=courses)))[-1]

    assert "南京师范大学" in last
    assert "特此证明" in last


@pytest.mark.parametrize(
    "words",
    [
        '#import"other.typ":*',
        '#read("/etc/passwd")',
        "#{panic()}",
        "$x^2$",
        "*重*_点_`码`",
        "[方]括]号[",
        "\\反\\斜\\",
        '"引\'号"',
        "=标题",
        "-项",
        "//注/*释*/",
        "@签<标>",
        "~---...",
        '","title":"换',
        "%{0}{{x}}",
    ],
)
def test_content_is_never_read_as_markup(words):
    assert f"{words}性别" in text_of(typeset("transcript", content(name=words)))


def test_a_line_break_in_a_value_stays_one():
    assert "第一行第二行" in text_of(typeset("transcript", content(name="第一行\n第二行")))


@pytest.mark.parametrize("source", ['#read("/etc/passwd")', '#read("../base.html")', '#image("../../static/icon.svg")'])
def test_a_template_reaches_no_file_outside_its_folder(source):
    with pytest.raises(typst.TypstError):
        set_source(source)


@pytest.mark.parametrize("path", TEMPLATES, ids=[path.stem for path in TEMPLATES])
def test_templates_open_nothing_but_the_offices_paper(path):
    source = path.read_text()

    assert set(re.findall(r'#?(?:import|include)\s+"([^"]*)"', source)) <= {"office.typ"}
    assert not re.search(r"\b(read|plugin|csv|yaml|toml|xml|cbor|eval)\(", source)
    assert not re.search(r"\b(json|image)\((?!\s*bytes\()", source)


@pytest.mark.parametrize("name", ["../transcript", "transcript.typ", "/etc/passwd", "", "Transcript"])
def test_only_names_of_templates_are_taken(name):
    with pytest.raises(ValueError, match="no name of a template"):
        typeset(name, content())


def test_a_character_without_a_glyph_stops_before_anything_is_set():
    with pytest.raises(MissingGlyphs) as stopped:
        typeset("transcript", content(name="林\U000323af"))

    assert stopped.value.characters == ("\U000323af",)


def test_a_photo_and_a_ticket_of_half_a_page():
    drawn = io.BytesIO()
    Image.new("RGB", (100, 140), "navy").save(drawn, "JPEG")
    source = """#import "office.typ": *
        #show: paper.with(content, size: "ticket")
        #facts(content.facts, photo: photo(content.photo))
        #grouped(2041826753) #grouped("010123204817")"""

    pdf = set_source(source, facts=[[["姓名", "林疏桐"]], [["座位", 7]]], photo=picture(drawn.getvalue()))

    page = PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Kids"][0]
    assert [round(float(side)) for side in list(page["/MediaBox"])[2:]] == A5_ACROSS
    assert drawn.getvalue() in pdf
    assert "2041826753010123204817" in text_of(pdf)


def test_a_code_is_drawn_without_a_margin_and_with_modules_to_see():
    svg = qr_code("https://kaoji.example/verify?number=1&code=2")

    assert svg.startswith("<svg")
    assert "<path" in svg
    assert "script" not in svg
