"""The font in which documents are set: it comes as a package, so that every machine sets the same lines."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import typst
from fontTools.ttLib import TTFont

PACKAGES = ("cvttf_NotoSansCJK_Regular", "cvttf_NotoSansCJK_Bold")


@cache
def folders() -> tuple[Path, ...]:
    """The folders of the font packages, regular first."""
    return tuple(_folder_of(package) for package in PACKAGES)


@cache
def loaded() -> typst.Fonts:
    """Both weights for the compiler, and no font of the machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders()))


@cache
def characters() -> frozenset[int]:
    """The code points for which both weights have a glyph."""
    regular, bold = (frozenset(_opened(folder).getBestCmap()) for folder in folders())
    return regular & bold


@cache
def variants() -> frozenset[tuple[int, int]]:
    """(code point, variation selector) for which the font knows which shape is meant."""
    tables = (table for table in _opened(folders()[0])["cmap"].tables if table.format == 14)
    return frozenset((point, selector) for table in tables for selector, pairs in table.uvsDict.items() for point, _ in pairs)


def _opened(folder: Path) -> TTFont:
    return TTFont(next(folder.glob("*.otf")), lazy=True)


def _folder_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the font package {package} is not installed")
    return Path(spec.origin).parent
