"""The office's signature: others accept it, one changed byte is found out, and strangers' files bring nothing down."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from hypothesis import example, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from records.certificates import keys, signing, verdicts
from records.certificates.signing import certificate_fingerprint, sign
from records.certificates.typesetting import typeset
from records.certificates.verdicts import State, verify_signature
from tests.records.papers import content, pdfsig_of, text_of

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
UNENCRYPTED = serialization.NoEncryption()


KEPT = (signing._signer, verdicts._known)
unhurried = example_settings(deadline=None)  # a machine with other work is no fault


def forget() -> None:
    """The loaded key and the known certificates are kept by the process."""
    for kept in KEPT:
        kept.cache_clear()


@cache
def plain() -> bytes:
    return typeset("transcript", content())


@cache
def signed_file() -> bytes:
    return sign(plain(), reason="出具课程合格成绩证明", office="南京师范大学自学考试办公室")


@pytest.fixture(autouse=True)
def loaded_anew() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture(scope="module")
def signed() -> bytes:
    return signed_file()


def own_key() -> keys.SigningKey:
    return keys.read(keys.make().encode())


def changed(pdf: bytes, position: int, bit: int = 0) -> bytes:
    copy = bytearray(pdf)
    copy[position] ^= 1 << bit
    return bytes(copy)


def pyhanko_accepts(pdf: bytes, settings) -> bool:
    try:
        (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        trusted = ValidationContext(trust_roots=[asn1.Certificate.load(settings.SIGNING_KEY.certificate)])
        status = validate_pdf_signature(signature, trusted)
    except Exception:  # noqa: BLE001 - whatever it cannot read it does not accept
        return False
    return status.bottom_line and status.coverage is SignatureCoverageLevel.ENTIRE_FILE


def test_pyhanko_and_poppler_accept_the_signature(signed, settings, tmp_path):
    said = pdfsig_of(signed, tmp_path)

    assert pyhanko_accepts(signed, settings)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert verify_signature(signed) == verdicts.SignatureVerdict(State.GENUINE, certificate_fingerprint())


def test_reason_and_office_stand_in_the_signature(signed):
    (signature,) = PdfFileReader(io.BytesIO(signed)).embedded_signatures

    assert signature.sig_object["/Reason"] == "出具课程合格成绩证明"
    assert signature.sig_object["/Location"] == "南京师范大学自学考试办公室"


def test_the_document_stays_what_it_was(signed):
    """Rules for PDF/A-2 of a signature: no other version, no other metadata, a field that shows nothing but would print."""
    reader = PdfFileReader(io.BytesIO(signed))
    field = reader.root["/AcroForm"]["/Fields"][0]

    assert signed.startswith(plain())
    assert signed.count(b"/Type/Metadata") + signed.count(b"/Type /Metadata") == 1
    assert not {"/Version", "/Extensions"} & set(reader.root)
    assert reader.root["/StructTreeRoot"]["/K"]
    assert field["/F"] & 0b111 == 0b100
    assert list(field["/Rect"]) == [0, 0, 0, 0]
    assert text_of(signed) == text_of(plain())


@pytest.mark.parametrize("share", [0.001, 0.1, 0.35, 0.6, 0.85, 0.999])
def test_everybody_refuses_a_copy_with_one_byte_changed(signed, share, settings, tmp_path):
    start, length, behind, rest = PdfFileReader(io.BytesIO(signed)).embedded_signatures[0].byte_range
    covered = [*range(start, length), *range(behind, behind + rest)]
    copy = changed(signed, covered[int(share * len(covered))])

    assert not verify_signature(copy).is_genuine
    assert not pyhanko_accepts(copy, settings)
    assert "Signature is Valid" not in pdfsig_of(copy, tmp_path)


@unhurried
@given(st.integers(0, 10**6), st.integers(0, 7))
def test_no_byte_at_all_can_be_changed(place, bit):
    signed = signed_file()

    assert not verify_signature(changed(signed, place % len(signed), bit)).is_genuine


def test_no_byte_of_the_signature_itself_can_be_changed(signed):
    (place,) = verdicts._places(signed)
    start = signed.index(place.signature.hex().upper().encode())
    written = 2 * len(place.signature.rstrip(b"\0"))
    positions = [
        *range(start - 1, start + written + 4, 23),
        start + 2 * len(place.signature) - 1,
        start + 2 * len(place.signature),
    ]

    assert [position for position in positions if verify_signature(changed(signed, position)).is_genuine] == []


def test_what_is_added_behind_is_noticed(signed, settings):
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    writer.root["/PageMode"] = writer.root["/Lang"]
    writer.update_root()
    added = io.BytesIO()
    writer.write(added)

    assert verify_signature(added.getvalue()).state is State.ALTERED
    assert verify_signature(signed + b"\n").state is State.ALTERED
    assert verify_signature(signed[:-1]).state is State.ALTERED


def test_a_second_signature_of_ours_is_not_what_we_issue(signed):
    assert not verify_signature(signed + signed).is_genuine


def test_a_signature_of_somebody_else_is_foreign(signed, settings):
    settings.SIGNING_KEY = own_key()
    forget()

    assert verify_signature(signed).state is State.FOREIGN
    assert verify_signature(sign(plain(), reason="出具证明")).is_genuine


def test_the_name_of_our_certificate_in_a_strangers_signature_does_not_help(settings):
    ours = settings.SIGNING_KEY
    strangers = own_key()
    settings.SIGNING_KEY = keys.SigningKey(strangers.private, strangers.certificate, (ours.certificate,))
    forget()
    forged = sign(plain(), reason="出具证明")
    settings.SIGNING_KEY = ours
    forget()

    assert ours.certificate.hex().upper().encode() in forged
    assert verify_signature(forged).state is State.ALTERED


def test_a_former_certificate_stays_ours_and_is_named(signed, settings):
    former = settings.SIGNING_KEY.certificate
    settings.SIGNING_KEY = own_key()
    settings.FORMER_CERTIFICATES = (former,)
    forget()

    assert verify_signature(signed) == verdicts.SignatureVerdict(State.GENUINE, signing.fingerprint_of(former))
    assert not verify_signature(changed(signed, 5000)).is_genuine


def test_what_bears_no_signature_is_unsigned():
    assert verify_signature(plain()).state is State.UNSIGNED
    assert verify_signature(b"").state is State.UNSIGNED


@unhurried
@given(st.binary(max_size=300), st.binary(max_size=300), st.lists(st.integers(0, 10**10), min_size=4, max_size=4))
@example(b"", b"", [0, 0, 10**9, 10**9])
@example(b"<" + b"0" * 200, b"\x30\x80" * 100, [0, 0, 0, 0])
def test_garbage_is_never_ours_and_never_an_error(before, behind, ranges):
    listed = "/ByteRange [{} {} {} {}]".format(*ranges).encode()

    assert verify_signature(before + behind).state is State.UNSIGNED
    assert verify_signature(before + listed + behind).state is State.FOREIGN


@unhurried
@given(st.binary(min_size=1, max_size=600))
@example(b"\x30\x80" * 300)
@example(b"\x30\x84\xff\xff\xff\xff")
def test_garbage_in_the_place_of_our_signature_is_no_error(garbage):
    signed = signed_file()
    (place,) = verdicts._places(signed)
    own = place.signature
    certificate = verdicts._known()[0]
    replaced = (garbage + certificate)[: len(own)].ljust(len(own), b"\0")

    copy = signed.replace(own.hex().upper().encode(), replaced.hex().upper().encode())

    assert verify_signature(copy).state is State.ALTERED


def test_what_is_too_large_is_not_looked_into(signed):
    assert verify_signature(signed + b"0" * verdicts.LARGEST_BYTES).state is State.FOREIGN


def test_threads_sign_at_once():
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda number: sign(plain(), reason=f"第{number}份"), range(12)))

    assert {verify_signature(pdf).state for pdf in made} == {State.GENUINE}
    assert len(set(made)) == 12


def test_a_device_that_keeps_its_key_takes_the_place_of_the_file(settings, monkeypatch):
    class Token:
        digest, algorithm = "sha256", "sha256_ecdsa"
        certificate, chain = settings.SIGNING_KEY.certificate, ()
        asked: list[bytes] = []

        def sign(self, message: bytes) -> bytes:
            self.asked.append(message)
            return signing.KeyInMemory(settings.SIGNING_KEY).sign(message)

    token = Token()
    monkeypatch.setattr(signing, "_signer", lambda: signing._Signer(token))

    assert verify_signature(sign(plain(), reason="出具证明")).is_genuine
    assert len(token.asked) == 1


def test_the_own_certificate_outlives_the_paper_and_is_no_authority():
    certificate = x509.load_der_x509_certificate(own_key().certificate)

    assert certificate.not_valid_after_utc - dt.datetime.now(dt.UTC) > dt.timedelta(days=29 * 365)
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.extensions.get_extension_for_class(x509.KeyUsage).value.content_commitment


def issued(key: ec.EllipticCurvePrivateKey, name: str, issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None = None):
    """A certificate for ``key``, by an authority or by itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    authority, signer = issuer or (subject, key)
    now = dt.datetime.now(dt.UTC)
    built = x509.CertificateBuilder(authority, subject, key.public_key(), 7, now, now + dt.timedelta(days=9))
    return built.add_extension(x509.BasicConstraints(issuer is None, None), critical=True).sign(signer, hashes.SHA256())


@pytest.fixture
def authority():
    key = ec.generate_private_key(ec.SECP256R1())
    return key, issued(key, "发证机构")


@pytest.fixture
def office(authority):
    key = ec.generate_private_key(ec.SECP256R1())
    return key, issued(key, "市自考办", (authority[1].subject, authority[0]))


def pkcs12_of(office, authority, password: bytes) -> bytes:
    encryption = serialization.BestAvailableEncryption(password)
    return pkcs12.serialize_key_and_certificates(b"office", office[0], office[1], [authority[1]], encryption)


def pem_of(office, authority) -> bytes:
    key = office[0].private_bytes(PEM, serialization.PrivateFormat.PKCS8, UNENCRYPTED)
    return key + authority[1].public_bytes(PEM) + office[1].public_bytes(PEM)


def test_the_offices_key_is_read_from_either_form_with_its_chain(office, authority):
    from_pkcs12 = keys.read(pkcs12_of(office, authority, b"secret"), "secret")
    from_pem = keys.read(pem_of(office, authority))

    assert from_pkcs12 == from_pem
    assert from_pem.certificate == office[1].public_bytes(DER)
    assert from_pem.chain == (authority[1].public_bytes(DER),)


def test_the_chain_goes_into_the_signature(office, authority, settings, tmp_path):
    settings.SIGNING_KEY = keys.read(pem_of(office, authority))
    forget()
    pdf = sign(plain(), reason="出具证明")

    assert authority[1].public_bytes(DER).hex().upper().encode() in pdf
    assert verify_signature(pdf).fingerprint == signing.fingerprint_of(office[1].public_bytes(DER))
    assert "Signature is Valid" in pdfsig_of(pdf, tmp_path)


@pytest.mark.parametrize("password", ["", "wrong"])
def test_a_wrong_password_is_said_in_a_word(office, authority, password):
    with pytest.raises(ValueError, match=r"(?i)password|PKCS"):
        keys.read(pkcs12_of(office, authority, b"secret"), password)


def test_a_key_without_its_certificate_is_refused(office, authority):
    lone = office[0].private_bytes(PEM, serialization.PrivateFormat.PKCS8, UNENCRYPTED)

    for file in (lone + authority[1].public_bytes(PEM), b"nothing", b"-----BEGIN nothing"):
        with pytest.raises(ValueError, match=r"."):
            keys.read(file)


def test_only_a_p256_key_is_taken(office):
    other = rsa.generate_private_key(65537, 2048).private_bytes(PEM, serialization.PrivateFormat.PKCS8, UNENCRYPTED)

    with pytest.raises(ValueError, match="P-256"):
        keys.read(other + office[1].public_bytes(PEM))
