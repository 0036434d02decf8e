"""The key with which the office signs its documents: made once for an installation of its own, or read from the office's file.

Knows nothing of Django, because the settings read it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

OWN_NAME = "考籍（本机自制证书）"
OWN_YEARS = 30  # a certificate that is kept must not run out before the paper does
BEGIN = b"-----BEGIN"


@dataclass(frozen=True)
class SigningKey:
    """A private key and its certificate, each DER; ``chain`` are the certificates above it, the nearest first."""

    private: bytes
    certificate: bytes
    chain: tuple[bytes, ...] = ()


def make() -> str:
    """A new P-256 key with a certificate that it signed itself, both as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return (_pem_of(key) + _own_certificate(key).public_bytes(serialization.Encoding.PEM)).decode()


def read(file: bytes, password: str = "") -> SigningKey:
    """What a PKCS#12 file, or a PEM file of key, certificate and chain, holds. ValueError says what is wrong with it."""
    try:
        key, certificates = _from_pem(file, password) if BEGIN in file else _from_pkcs12(file, password)
    except TypeError as error:
        raise ValueError("needs a password, or needs none") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("holds no P-256 key")
    own = [certificate for certificate in certificates if certificate.public_key() == key.public_key()]
    if not own:
        raise ValueError("holds no certificate of its key")
    chain = [certificate for certificate in certificates if certificate != own[0]]
    return SigningKey(_der_of(key), _certificate_der(own[0]), tuple(_certificate_der(certificate) for certificate in chain))


def read_certificates(file: bytes) -> tuple[bytes, ...]:
    """The certificates of a PEM file, DER, for those with which the office signed formerly. ValueError if it holds none."""
    return tuple(_certificate_der(certificate) for certificate in x509.load_pem_x509_certificates(file))


def _from_pem(file: bytes, password: str) -> tuple[object, list[x509.Certificate]]:
    key = serialization.load_pem_private_key(file, password.encode() or None)
    return key, x509.load_pem_x509_certificates(file)


def _from_pkcs12(file: bytes, password: str) -> tuple[object, list[x509.Certificate]]:
    key, certificate, others = pkcs12.load_key_and_certificates(file, password.encode() or None)
    return key, [*([certificate] if certificate else []), *others]


def _own_certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"), x509.NameAttribute(NameOID.COMMON_NAME, OWN_NAME)])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    usage = dict.fromkeys(_USAGES, False) | {"digital_signature": True, "content_commitment": True}
    return (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=OWN_YEARS * 365))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _der_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _certificate_der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
