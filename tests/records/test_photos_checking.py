"""What is said of a photo before anybody looks at it: measured, compared with the settings, hostile files turned away."""

from __future__ import annotations

import datetime as dt
import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from config.city.portraying import silhouette
from records.models import Setting
from records.photos.checking import examine, measured
from tests.records.portraits import BLUE, GOOD, GOOD_PNG, archive, as_file, png_of, portrait, with_chunk, with_comment

pytestmark = pytest.mark.django_db


def codes(content: bytes) -> list[str]:
    return [finding.code for finding in examine(content).faults]


def put(key: str, value: object) -> None:
    Setting.objects.create(key=key, value=value, in_force_from=dt.date(2026, 1, 1))


@pytest.mark.parametrize("content", [GOOD, GOOD_PNG, as_file(portrait((960, 1280))), as_file(portrait((240, 320)))])
def test_a_good_photo_is_taken(content):
    verdict = examine(content)

    assert verdict.is_good
    assert [finding.word for finding in verdict.findings] == ["符合"] * 6
    assert measured(verdict.picture).is_good


@pytest.mark.parametrize(
    ("size", "faults"),
    [
        ((240, 320), []),
        ((239, 320), ["photo.width"]),
        ((240, 319), ["photo.height"]),
        ((480, 640), []),
        ((480, 659), []),
        ((480, 660), ["photo.ratio"]),
        ((480, 621), []),
        ((480, 620), ["photo.ratio"]),
        ((640, 480), ["photo.ratio"]),
    ],
)
def test_size_and_ratio_on_both_sides_of_the_limit(size, faults):
    assert codes(as_file(portrait(size))) == faults


@pytest.mark.parametrize(
    ("background", "faults"),
    [
        (BLUE, []),
        ((160, 197, 255), []),
        ((165, 197, 255), ["photo.background"]),
        ((40, 137, 195), []),
        ((40, 130, 195), ["photo.background"]),
        ("white", ["photo.background"]),
        ("red", ["photo.background"]),
    ],
)
def test_the_background_is_what_the_office_asks_for(background, faults):
    assert codes(as_file(portrait(background=background), "PNG")) == faults


def test_shoulders_may_touch_the_sides_and_a_frame_may_not():
    broad = portrait()
    broad.paste((45, 55, 75), (0, 480, 480, 640))
    framed = portrait()
    framed.paste("white", (0, 0, 60, 640))

    assert codes(as_file(broad)) == []
    assert codes(as_file(framed)) == ["photo.background"]


def test_a_refusal_says_what_was_measured_what_is_expected_and_what_to_do():
    (fault,) = examine(as_file(portrait((150, 200), background=BLUE))).faults[:1]

    assert (fault.measured, fault.expected) == ("150像素", "不少于240像素")
    assert fault.sentence == "宽度：150像素，要求不少于240像素。请用更大、更清楚的原图，不要放大小图。"
    (colour,) = examine(as_file(portrait(background="white"))).faults
    assert "约RGB 255、255、255" in colour.measured
    assert "RGB 100、197、255" in colour.expected


def test_what_the_office_sets_holds_from_its_day():
    put("photo.background", [255, 255, 255])
    put("photo.ratio", "7:5")
    put("photo.min_width", 300)

    assert codes(as_file(portrait((300, 420), background="white"))) == []
    assert codes(as_file(portrait((480, 640), background="white"))) == ["photo.ratio"]
    assert codes(as_file(portrait((299, 419), background="white"))) == ["photo.width"]


def test_too_large_a_file_is_not_even_opened():
    put("photo.max_kilobytes", 20)
    content = b"\xff\xd8\xff" + b"\x00" * 20_000

    (fault,) = examine(content).faults

    assert (fault.code, fault.measured, fault.expected) == ("photo.size", "21 KB", "不超过20 KB")
    assert codes(content[:20_000]) == ["photo.file"]


def test_what_is_kept_stays_below_the_limit_and_below_what_is_printed():
    put("photo.max_kilobytes", 200)
    picture = Image.effect_noise((1200, 1600), 20).convert("RGB")
    smooth = Image.blend(picture, Image.new("RGB", picture.size, BLUE), 0.93)

    verdict = examine(as_file(smooth, quality=30))

    assert verdict.is_good
    assert len(verdict.picture) <= 200_000
    assert Image.open(io.BytesIO(verdict.picture)).size == (960, 1280)


def test_a_photo_taken_sideways_is_turned_and_its_metadata_go():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Kamera"
    exif.get_ifd(0x8825)[1] = "N"
    turned = as_file(portrait().rotate(90, expand=True), exif=exif, comment=b"made by nobody")

    verdict = examine(turned)
    kept = Image.open(io.BytesIO(verdict.picture))

    assert verdict.is_good
    assert kept.size == (480, 640)
    assert not kept.getexif()
    assert "comment" not in kept.info
    assert b"Kamera" not in verdict.picture


def test_transparency_lies_on_white_and_grey_is_no_background():
    clear = portrait(mode="RGBA")
    clear.putalpha(Image.new("L", clear.size, 0))
    palette = portrait().quantize(64)

    assert codes(as_file(clear, "PNG")) == ["photo.background"]
    assert codes(as_file(palette, "PNG")) == []
    assert codes(as_file(portrait(mode="RGBA"), "PNG")) == []
    assert codes(as_file(portrait(mode="L"))) == ["photo.background"]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\nstartxref\n9\n%%EOF\n"
FLOOD = zlib.compress(b"\x00" * 3_000_000, 9)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "photo.size", id="empty"),
        pytest.param(SVG, "photo.file", id="SVG with a script"),
        pytest.param(HTML, "photo.file", id="a page renamed .jpg"),
        pytest.param(as_file(portrait((30, 40)), "GIF"), "photo.file", id="GIF"),
        pytest.param(as_file(portrait(), "WEBP"), "photo.file", id="WebP"),
        pytest.param(as_file(portrait((30, 40)), "BMP"), "photo.file", id="BMP"),
        pytest.param(as_file(portrait((30, 40)), "TIFF"), "photo.file", id="TIFF"),
        pytest.param(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 500, "photo.file", id="HEIC"),
        pytest.param(archive(a=GOOD), "photo.file", id="an archive"),
        pytest.param(PDF, "photo.kind", id="PDF"),
        pytest.param(GOOD + archive(a=b"x"), "photo.file", id="JPEG and archive"),
        pytest.param(GOOD_PNG + HTML, "photo.file", id="PNG and page behind"),
        pytest.param(PDF + GOOD, "photo.file", id="PDF in front of JPEG"),
        pytest.param(GOOD + PDF, "photo.file", id="JPEG in front of PDF"),
        pytest.param(with_comment(GOOD, PDF), "photo.hidden", id="JPEG with PDF in its comment"),
        pytest.param(with_comment(GOOD, archive(a=b"x")), "photo.hidden", id="JPEG with archive in its comment"),
        pytest.param(with_chunk(GOOD_PNG, b"tEXt", b"Comment\x00" + HTML), "photo.hidden", id="PNG with page in its text"),
        pytest.param(with_chunk(GOOD_PNG, b"prIv", SVG), "photo.hidden", id="PNG with SVG in a chunk of its own"),
        pytest.param(GOOD[: len(GOOD) // 2], "photo.file", id="cut off JPEG"),
        pytest.param(GOOD_PNG[: len(GOOD_PNG) // 2], "photo.file", id="cut off PNG"),
        pytest.param(GOOD[:3], "photo.file", id="three bytes"),
        pytest.param(png_of(50_000, 50_000, FLOOD), "photo.file", id="flood of pixels in the header"),
        pytest.param(png_of(6_000, 5_000, FLOOD), "photo.pixels", id="more pixels than memory is given for"),
        pytest.param(
            png_of(480, 640, zlib.compress(b"\x00" * 40_000_000, 9)), "photo.background", id="IDAT that unpacks to more"
        ),
        pytest.param(png_of(480, 640, zlib.compress(b"\x00")), "photo.broken", id="IDAT that unpacks to less"),
        pytest.param(png_of(480, 640, b"no deflate"), "photo.broken", id="IDAT in disorder"),
        pytest.param(png_of(0, 640, zlib.compress(b"")), "photo.file", id="no pixels"),
        pytest.param(png_of(480, 640, b"", depth=3, colour=9), "photo.broken", id="no such colours"),
        pytest.param(as_file(portrait(mode="CMYK")), "photo.colours", id="CMYK"),
        pytest.param(as_file(Image.new("I;16", (480, 640)), "PNG"), "photo.colours", id="16-bit grey"),
        pytest.param(
            as_file(portrait(), "PNG", save_all=True, append_images=[portrait(background="red")]), "photo.animated", id="animated"
        ),
    ],
)
def test_hostile_and_wrong_files_are_turned_away(content, code):
    verdict = examine(content)

    assert [finding.code for finding in verdict.faults] == [code]
    assert verdict.picture == b""
    assert all(finding.advice for finding in verdict.faults)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=2000),
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-1.4\n", GOOD[:600], GOOD_PNG[:200]]),
)
def test_no_bytes_bring_the_checker_down(noise, head):
    verdict = examine(head + noise)

    assert not verdict.is_good


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([GOOD, GOOD_PNG]), st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=6))
def test_no_damage_brings_the_checker_down(content, blows):
    damaged = bytearray(content)
    for place, octets in blows:
        at = int(place * (len(damaged) - len(octets)))
        damaged[at : at + len(octets)] = octets

    verdict = examine(bytes(damaged))

    assert verdict.is_good == bool(verdict.picture)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 700), st.integers(1, 700), st.tuples(*[st.integers(0, 255)] * 3))
def test_every_size_and_colour_has_an_answer(width, height, colour):
    verdict = examine(as_file(Image.new("RGB", (width, height), colour), "PNG"))

    assert verdict.is_good == (
        width >= 240
        and height >= 320
        and abs(height / width / (4 / 3) - 1) * 100 <= 3
        and all(abs(part - aim) <= 60 for part, aim in zip(colour, BLUE, strict=True))
    )


@pytest.mark.parametrize("number", range(12))
def test_the_drawn_people_of_the_demonstration_pass(number):
    assert codes(as_file(silhouette(number, BLUE))) == []
