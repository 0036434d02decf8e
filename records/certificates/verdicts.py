"""Whether a file bears a signature of this installation and is as it was signed.

Anybody may upload one: nothing in it is unpacked and no PDF is parsed. A file of the office has one signature, which covers
everything but itself; where the file says that its signature stands is looked for in its bytes, and every other form is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import islice

from asn1crypto import cms, x509
from django.conf import settings
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

from records.certificates.signing import fingerprint_of

LARGEST_BYTES = 16 * 1024 * 1024
LARGEST_SIGNATURE_BYTES = 64 * 1024
MOST_SIGNATURES = 20
DIGEST = "sha256"
NUMBER = rb"\s{1,9}(\d{1,10})"
RANGES = re.compile(rb"/ByteRange\s{0,9}\[\s{0,9}(\d{1,10})" + NUMBER * 3 + rb"\s{0,9}\]")
FRAME = re.compile(rb"<([0-9A-F]*)>")


class State(StrEnum):
    """What a signature says of its file."""

    GENUINE = "genuine"
    ALTERED = "altered"
    FOREIGN = "foreign"
    UNSIGNED = "unsigned"


@dataclass(frozen=True)
class SignatureVerdict:
    """``state``, and for a genuine file the ``fingerprint`` of the certificate that signed it."""

    state: State
    fingerprint: str = ""

    @property
    def is_genuine(self) -> bool:
        """Signed by this installation, and not one byte changed."""
        return self.state is State.GENUINE


@dataclass(frozen=True)
class _Place:
    """A signature as a file places it: what stands there, what it covers, and whether nothing is left over."""

    signature: bytes
    covered: tuple[bytes, bytes]
    is_whole: bool


def verify_signature(pdf: bytes) -> SignatureVerdict:
    """The verdict on any bytes whatever; never raises. What is larger than ``LARGEST_BYTES`` is not the office's.

    GENUINE: signed by this installation (now or formerly), unchanged. ALTERED: bears such a signature, but not of these bytes.
    FOREIGN: signed by others only. UNSIGNED: no signature, also what is no PDF at all.
    """
    if b"/ByteRange" not in pdf:
        return SignatureVerdict(State.UNSIGNED)
    if len(pdf) > LARGEST_BYTES:
        return SignatureVerdict(State.FOREIGN)
    places = list(_places(pdf))
    if not any(_is_named_in(place.signature) for place in places):
        return SignatureVerdict(State.FOREIGN)
    signer = _signer_of(places[0]) if len(places) == 1 and places[0].is_whole else None
    return SignatureVerdict(State.GENUINE, fingerprint_of(signer)) if signer else SignatureVerdict(State.ALTERED)


def _places(pdf: bytes) -> Iterator[_Place]:
    for found in islice(RANGES.finditer(pdf), MOST_SIGNATURES):
        start, length, behind, rest = (int(number) for number in found.groups())
        frame = FRAME.fullmatch(pdf, start + length, behind)
        if frame and len(frame[1]) % 2 == 0 and len(frame[1]) <= 2 * LARGEST_SIGNATURE_BYTES:
            covered = pdf[start : start + length], pdf[behind : behind + rest]
            yield _Place(bytes.fromhex(frame[1].decode()), covered, start == 0 and behind + rest == len(pdf))


def _is_named_in(signature: bytes) -> bool:
    return any(certificate in signature for certificate in _known())


def _signer_of(place: _Place) -> bytes | None:
    """The certificate (DER) whose key signed exactly this, else None."""
    try:
        return _checked(place)
    except Exception:  # noqa: BLE001 - these bytes are a stranger's; whatever the parser stumbles over is not what we signed
        return None


def _checked(place: _Place) -> bytes | None:
    message = cms.ContentInfo.load(place.signature)
    encoded = message.dump()
    signed = message["content"]
    (signer,) = signed["signer_infos"]
    certificate = _certificate_of(signer["sid"].chosen)
    if certificate is None or not _is_in_our_form(signed) or not _is_strict(message, encoded, place.signature):
        return None
    digest = hashlib.new(DIGEST)
    for part in place.covered:
        digest.update(part)
    intact, valid = validate_sig_integrity(signer, certificate, "data", digest.digest())
    return certificate.dump() if intact and valid else None


def _certificate_of(sid: cms.IssuerAndSerialNumber) -> x509.Certificate | None:
    for der in _known():
        certificate = x509.Certificate.load(der)
        issued = (certificate.issuer.dump(), certificate.serial_number)
        if issued == (sid["issuer"].dump(), sid["serial_number"].native) and not certificate.ca:
            return certificate
    return None


def _is_in_our_form(signed: cms.SignedData) -> bool:
    """What the signature does not cover says what ``signing.py`` writes there and nothing else."""
    (signer,) = signed["signer_infos"]
    digests = [algorithm.dump() for algorithm in signed["digest_algorithms"]]
    return (
        {signed["version"].native, signer["version"].native} == {"v1"}
        and digests == [signer["digest_algorithm"].dump()]
        and signer["digest_algorithm"].native == {"algorithm": DIGEST, "parameters": None}
        and signed["encap_content_info"].native == {"content_type": "data", "content": None}
        and signed["crls"].native is None
        and all(certificate.chosen.dump() in _known() for certificate in signed["certificates"])
    )


def _is_strict(message: cms.ContentInfo, encoded: bytes, signature: bytes) -> bool:
    """One encoding only, and behind it nothing but zeros."""
    return not signature[len(encoded) :].strip(b"\0") and message.copy().dump(force=True) == encoded


@cache
def _known() -> tuple[bytes, ...]:
    """The certificates, DER, of the key that signs, of its authority, and of the keys that signed formerly."""
    key = settings.SIGNING_KEY
    return (key.certificate, *key.chain, *settings.FORMER_CERTIFICATES)
