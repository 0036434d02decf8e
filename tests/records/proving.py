"""What a browser, or a person without script, sends along to pass the human check."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re

from django.test import Client

FIELD = re.compile(r'name="(proof(?:-stamp)?)"(?: data-proof="([^"]*)")?(?: value="([^"]*)")?')


def page_fields(page: str) -> tuple[dict[str, str], str]:
    """The challenge and the stamp that a page carries."""
    found = {name: (challenge, value) for name, challenge, value in FIELD.findall(page)}
    return json.loads(html.unescape(found["proof"][0])), found["proof-stamp"][1]


def solved(challenge: dict[str, object]) -> str:
    """What the script computes: the number behind the challenge, as it sends it."""
    number = next(
        n
        for n in range(int(str(challenge["maxNumber"])) + 1)
        if hashlib.sha256(f"{challenge['salt']}{n}".encode()).hexdigest() == challenge["challenge"]
    )
    answer = {key: challenge[key] for key in ("algorithm", "challenge", "salt", "signature")} | {"number": number}
    return base64.b64encode(json.dumps(answer).encode()).decode()


def proof_of(client: Client, url: str) -> dict[str, str]:
    """Open the form at ``url`` and compute what its script would."""
    challenge, stamp = page_fields(client.get(url).content.decode())
    return {"proof": solved(challenge), "proof-stamp": stamp}
