"""A passkey in software: makes itself and signs challenges as an authenticator does (WebAuthn, ES256, no attestation)."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One passkey for ``host``; what it says of itself can be bent for tests: ``flags``, ``counter``, ``origin``."""

    host: str = "testserver"
    origin: str = "https://testserver"
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    name: bytes = field(default_factory=lambda: os.urandom(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def made(self, options: dict[str, Any]) -> str:
        """The answer to ``navigator.credentials.create``."""
        data = self._data(ATTESTED) + bytes(16) + struct.pack(">H", len(self.name)) + self.name + self._public_key()
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer("webauthn.create", options, attestationObject=attested)

    def signed(self, options: dict[str, Any]) -> str:
        """The answer to ``navigator.credentials.get``; the counter rises."""
        self.counter += 1
        data = self._data()
        told = self._told("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer("webauthn.get", options, authenticatorData=data, signature=signature)

    def _data(self, more: int = 0) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", self.flags | more, self.counter)

    def _public_key(self) -> bytes:
        point = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})

    def _told(self, deed: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": deed, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _answer(self, deed: str, options: dict[str, Any], **parts: bytes) -> str:
        named = bytes_to_base64url(self.name)
        response = {name: bytes_to_base64url(part) for name, part in parts.items()}
        response["clientDataJSON"] = bytes_to_base64url(self._told(deed, options))
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": response})
