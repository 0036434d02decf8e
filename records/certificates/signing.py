"""Signs documents (PAdES baseline B, with a timestamp where an authority for it is named).

The signature is added behind the file and covers all of it.
"""

from __future__ import annotations

import hashlib
import io
from functools import cache
from typing import Protocol

from asn1crypto import x509
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from records.certificates.keys import SigningKey

FIELD = "Signature"


class Device(Protocol):
    """What signs: a key in memory, or a device that keeps its key to itself (an SM2 token names sm3 and its own algorithm)."""

    digest: str
    algorithm: str
    certificate: bytes
    chain: tuple[bytes, ...]

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``, hashed with ``digest``, as ``algorithm`` encodes it."""


class KeyInMemory:
    """The P-256 key of the settings, loaded once."""

    digest = "sha256"
    algorithm = "sha256_ecdsa"

    def __init__(self, key: SigningKey) -> None:
        self.certificate = key.certificate
        self.chain = key.chain
        self._private = serialization.load_der_private_key(key.private, password=None)

    def sign(self, message: bytes) -> bytes:
        """DER of the two numbers."""
        assert isinstance(self._private, ec.EllipticCurvePrivateKey)
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


def sign(pdf: bytes, *, reason: str) -> bytes:
    """``pdf`` with the office's signature; ``reason`` is what readers of the signature are shown."""
    written = io.BytesIO()
    _pdf_signer(reason).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=written)
    return written.getvalue()


def certificate_fingerprint() -> str:
    """SHA-256 of the certificate that signs now, in hexadecimal."""
    return hashlib.sha256(_device().certificate).hexdigest()


@cache
def _device() -> Device:
    return KeyInMemory(settings.SIGNING_KEY)


@cache
def _signer() -> _Signer:
    return _Signer(_device())


def _pdf_signer(reason: str) -> signers.PdfSigner:
    signer = _signer()
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=signer.device.digest,
        reason=reason,
        name=signer.subject_name,
        location=_("考籍"),
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    stamper = HTTPTimeStamper(settings.TIMESTAMP_URL) if settings.TIMESTAMP_URL else None
    return signers.PdfSigner(metadata, signer, timestamper=stamper)
