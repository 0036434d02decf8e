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
DIGEST, ALGORITHM = "sha256", "sha256_ecdsa"
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
    (signer,) = message["content"]["signer_infos"]
    certificate = _certificate_of(signer["sid"].chosen)
    if certificate is None or place.signature[len(encoded) :].strip(b"\0"):
        return None
    digest = hashlib.new(DIGEST)
    for part in place.covered:
        digest.update(part)
    intact, valid = validate_sig_integrity(signer, certificate, "data", digest.digest())
    return certificate.dump() if intact and valid and _as_we_write_it(message["content"], certificate) == encoded else None


def _certificate_of(sid: cms.IssuerAndSerialNumber) -> x509.Certificate | None:
    for der in _known():
        certificate = x509.Certificate.load(der)
        issued = (certificate.issuer.dump(), certificate.serial_number)
        if issued == (sid["issuer"].dump(), sid["serial_number"].native) and not certificate.ca:
            return certificate
    return None


def _as_we_write_it(signed: cms.SignedData, certificate: x509.Certificate) -> bytes:
    """The message made anew from the parts that the signature secures: what else it says must be what ``signing.py`` writes."""
    (given,) = signed["signer_infos"]
    digest = {"algorithm": DIGEST}
    signer = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": certificate.issuer, "serial_number": certificate.serial_number}},
        "digest_algorithm": digest,
        "signed_attrs": given["signed_attrs"],
        "signature_algorithm": {"algorithm": ALGORITHM},
        "signature": given["signature"].native,
    }
    if given["unsigned_attrs"]:  # a timestamp, which brings a signature of its own
        signer["unsigned_attrs"] = given["unsigned_attrs"]
    anew = {
        "version": "v1",
        "digest_algorithms": [digest],
        "encap_content_info": {"content_type": "data"},
        "certificates": [each for each in signed["certificates"] if each.chosen.dump() in _known()],
        "signer_infos": [signer],
    }
    made: bytes = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(anew)}).dump()
    return made


@cache
def _known() -> tuple[bytes, ...]:
    """The certificates, DER, of the key that signs, of its authority, and of the keys that signed formerly."""
    key = settings.SIGNING_KEY
    return (key.certificate, *key.chain, *settings.FORMER_CERTIFICATES)
