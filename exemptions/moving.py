"""How exemption cases move when two records of one person become one: what was decided goes along, with its credentials."""

from __future__ import annotations

from records.merging.moving import moves_as_it_is

moves_as_it_is(
    "exemptions.ExemptionApplication.candidate",
    "exemptions.Credential.candidate",
    "exemptions.Submission.candidate",
)
