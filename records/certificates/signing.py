"""Signs documents (PAdES baseline B, with a timestamp where an authority for it is named).

The signature is added behind the file and covers all of it; ``verdicts.py`` reads it again.
"""

from __future__ import annotations

import hashlib
import io
from functools import cache
from typing import Any, Protocol

from asn1crypto import pem, x509
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from records.certificates.keys import SigningKey

FIELD = "Signature"
ROOM_BYTES = 2048  # for a signature without its certificates
TIMESTAMP_ROOM_BYTES = 12288


class Device(Protocol):
    """What signs: a key in memory, or a device that keeps its key to itself (an SM2 token names sm3 and its own algorithm)."""

    digest: str
    algorithm: str
    certificate: bytes
    chain: tuple[bytes, ...]

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``, hashed with ``digest``, as ``algorithm`` encodes it; threads may ask at once."""


class KeyInMemory:
    """The P-256 key of the settings, loaded once."""

    digest = "sha256"
    algorithm = "sha256_ecdsa"

    def __init__(self, key: SigningKey) -> None:
        self.certificate = key.certificate
        self.chain = key.chain
        self._private = _private_key(key.private)

    def sign(self, message: bytes) -> bytes:
        """DER of the two numbers."""
        return self._private.sign(message, ec.ECDSA(hashes.SHA256()))


class _Signer(signers.Signer):
    """Lets pyHanko sign by a device."""

    def __init__(self, device: Device) -> None:
        self.device = device
        store = SimpleCertificateStore()
        store.register_multiple(x509.Certificate.load(der) for der in device.chain)
        super().__init__(
            signing_cert=x509.Certificate.load(device.certificate),
            cert_registry=store,
            signature_mechanism=SignedDigestAlgorithm({"algorithm": device.algorithm}),
        )

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return self.device.sign(data)


class _Update(IncrementalPdfFileWriter):
    """Adds the signature only: pyHanko would also call the file PDF 2.0 and rewrite its metadata, which ends PDF/A-2."""

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """It stays what it is."""

    def register_extension(self, ext: Any) -> None:
        """Readers know ECDSA and PAdES without being told."""

    def _update_meta(self) -> None:
        """The document was made when it was typeset."""


def sign(pdf: bytes, *, reason: str, office: str = "") -> bytes:
    """``pdf`` with a signature of this installation; ``reason`` and ``office`` are what readers of the signature are shown."""
    written = io.BytesIO()
    update = _Update(io.BytesIO(pdf))
    _pdf_signer(reason, office).sign_pdf(update, output=written, bytes_reserved=_room())
    return written.getvalue()


def sign_bytes(content: bytes) -> tuple[bytes, str]:
    """The bare signature of this installation over ``content`` (for a P-256 key DER of two numbers), and the digest's name."""
    device = _signer().device
    return device.sign(content), device.digest


def certificate_pem() -> bytes:
    """The certificate that signs now."""
    return bytes(pem.armor("CERTIFICATE", _signer().device.certificate))


def certificate_fingerprint() -> str:
    """SHA-256 of the certificate that signs now, in hexadecimal."""
    return fingerprint_of(_signer().device.certificate)


def fingerprint_of(certificate: bytes) -> str:
    """SHA-256 of a certificate (DER), in hexadecimal."""
    return hashlib.sha256(certificate).hexdigest()


@cache
def _signer() -> _Signer:
    return _Signer(KeyInMemory(settings.SIGNING_KEY))


def _room() -> int:
    """How many hexadecimal digits are left free for the signature."""
    device = _signer().device
    certificates = sum(len(der) for der in (device.certificate, *device.chain))
    return 2 * (ROOM_BYTES + certificates + (TIMESTAMP_ROOM_BYTES if settings.TIMESTAMP_URL else 0))


def _pdf_signer(reason: str, office: str) -> signers.PdfSigner:
    signer = _signer()
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=signer.device.digest,
        reason=reason,
        location=office or None,
        name=signer.subject_name,
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    stamper = HTTPTimeStamper(settings.TIMESTAMP_URL) if settings.TIMESTAMP_URL else None
    return signers.PdfSigner(metadata, signer, timestamper=stamper)


def _private_key(der: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_der_private_key(der, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("signing takes an elliptic key")
    return key
