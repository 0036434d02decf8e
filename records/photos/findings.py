"""What was found of a photo: each point with the measured value, the expected one, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Finding:
    """One point that was looked at. ``code`` is for tests and clients; ``advice`` says what to do, empty where all is well."""

    code: str
    label: Any
    measured: Any
    expected: Any
    advice: Any = ""

    @property
    def is_good(self) -> bool:
        return not self.advice

    @property
    def word(self) -> Any:
        """The verdict as a state of ``config/states.py``."""
        return _("符合") if self.is_good else _("不符合")

    @property
    def sentence(self) -> str:
        """The point in one line: what it is, what was found, what is expected, what to do."""
        words = {"label": self.label, "measured": self.measured, "expected": self.expected, "advice": self.advice}
        return str(_("%(label)s：%(measured)s，要求%(expected)s。%(advice)s")) % words


@dataclass(frozen=True)
class Verdict:
    """All that was found, and the picture as it would be kept (JPEG, upright, without metadata): b"" for one that is refused."""

    findings: Sequence[Finding]
    picture: bytes = field(default=b"", repr=False)

    @property
    def is_good(self) -> bool:
        return all(finding.is_good for finding in self.findings)

    @property
    def faults(self) -> list[Finding]:
        """What keeps the photo from being taken."""
        return [finding for finding in self.findings if not finding.is_good]
