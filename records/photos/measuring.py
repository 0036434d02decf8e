"""The points of a photo that the office sets: width, height, their ratio, and the colour of the background."""

from __future__ import annotations

from statistics import median

from django.utils.translation import gettext as _
from PIL import Image

from records.photos.findings import Finding
from records.settings.values import value_of

BORDER = 0.04
"""How thick the border is along which the background is looked at, as a share of the width."""
SIDES_DOWN_TO = 0.5
"""How far down the sides belong to the background, as a share of the height: below are the shoulders."""
SAMPLES = 160
"""Points along a border of which the colour is taken, each the mean of what lies there, so that noise does not matter."""

Colour = tuple[int, int, int]


def findings_of(picture: Image.Image) -> list[Finding]:
    """The points for an upright picture in RGB, in the order in which they are shown."""
    return [_width(picture.width), _height(picture.height), _ratio(picture), _background(picture)]


def _width(width: int) -> Finding:
    return _at_least("photo.width", _("宽度"), width, int(value_of("photo.min_width")))


def _height(height: int) -> Finding:
    return _at_least("photo.height", _("高度"), height, int(value_of("photo.min_height")))


def _at_least(code: str, label: str, pixels: int, least: int) -> Finding:
    shown, expected = _("%(count)s像素") % {"count": pixels}, _("不少于%(least)s像素") % {"least": least}
    advice = "" if pixels >= least else _("请用更大、更清楚的原图，不要放大小图。")
    return Finding(code, label, shown, expected, advice)


def _ratio(picture: Image.Image) -> Finding:
    """Height to width, within so many per cent of what the office expects."""
    wanted = str(value_of("photo.ratio"))
    tolerance = float(value_of("photo.ratio_tolerance"))
    upper, _colon, lower = wanted.partition(":")
    target, ratio = float(upper) / float(lower), picture.height / picture.width
    shown = _("%(height)s:%(width)s（约%(ratio)s）") % {
        "height": picture.height,
        "width": picture.width,
        "ratio": f"{ratio:.2f}",
    }
    expected = _("%(wanted)s（约%(target)s），偏差不超过%(tolerance)s%%") % {
        "wanted": wanted,
        "target": f"{target:.2f}",
        "tolerance": f"{tolerance:g}",
    }
    advice = "" if abs(ratio / target - 1) * 100 <= tolerance else _("请按这个比例裁剪，不要拉伸。")
    return Finding("photo.ratio", _("高与宽之比"), shown, expected, advice)


def _background(picture: Image.Image) -> Finding:
    """Of the border's colours enough are near the one that the office sets."""
    wanted = tuple(int(part) for part in value_of("photo.background"))
    tolerance, share = int(value_of("photo.background_tolerance")), int(value_of("photo.background_share"))
    colours = border_colours(picture)
    near = sum(all(abs(part - aim) <= tolerance for part, aim in zip(colour, wanted, strict=True)) for colour in colours)
    shown = _("约RGB %(colour)s，边缘有%(near)s%%合格") % {
        "colour": "、".join(str(round(median(parts))) for parts in zip(*colours, strict=True)),
        "near": near * 100 // len(colours),
    }
    expected = _("RGB %(wanted)s，各分量相差不超过%(tolerance)s，边缘至少%(share)s%%合格") % {
        "wanted": "、".join(map(str, wanted)),
        "tolerance": tolerance,
        "share": share,
    }
    advice = "" if near * 100 >= share * len(colours) else _("请在这种颜色的纯色背景前拍，头顶和两侧留出背景，不要有阴影或边框。")
    return Finding("photo.background", _("背景颜色"), shown, expected, advice)


def border_colours(picture: Image.Image) -> list[Colour]:
    """Colours along the top and, above the shoulders, along both sides."""
    width, height = picture.size
    thick, down = max(1, round(width * BORDER)), max(1, round(height * SIDES_DOWN_TO))
    top = picture.crop((0, 0, width, thick)).resize((SAMPLES, 2), Image.Resampling.BOX)
    sides = [
        picture.crop(box).resize((2, SAMPLES), Image.Resampling.BOX)
        for box in ((0, 0, thick, down), (width - thick, 0, width, down))
    ]
    return [_colour(strip, x, y) for strip in (top, *sides) for x in range(strip.width) for y in range(strip.height)]


def _colour(strip: Image.Image, x: int, y: int) -> Colour:
    """A strip in RGB answers with three parts."""
    parts = strip.getpixel((x, y))
    assert isinstance(parts, tuple)
    return parts[0], parts[1], parts[2]
