"""Why an uploaded file is not taken."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _


class Unacceptable(Exception):
    """A file that is not taken: ``code`` for tests and clients, ``message`` in words for who uploaded it."""

    def __init__(self, code: str, message: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def broken() -> Unacceptable:
    """For a file that begins as what it says and then is not."""
    return Unacceptable("document.broken", _("文件不完整或已损坏，请重新扫描或导出后再传。"))


def two_in_one() -> Unacceptable:
    """For a file behind whose end something else follows."""
    return Unacceptable("document.appended", _("文件末尾附有别的内容，不能接收。请另存为普通的PDF、JPEG或PNG后再传。"))
