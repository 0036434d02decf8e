"""Encrypted fields: readable with their key and in their place only, never searchable, never twice the same."""

from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from django.test import override_settings
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from records.candidates.models import Candidate
from records.people.encryption import CannotDecryptError, EncryptedTextField, decrypt, encrypt, lookup_hash

IDENTITY, PHONE = b"candidate.identity", b"candidate.phone"
OLD, NEW = {1: b"o" * 32}, {1: b"o" * 32, 7: b"n" * 32}
texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts)
def test_what_is_encrypted_can_be_read(text: str) -> None:
    blob = encrypt(text, IDENTITY)

    assert decrypt(blob, IDENTITY) == text
    assert len(blob) == len(text.encode()) + 31


@given(texts.filter(lambda text: len(text.encode()) > 3))
def test_the_text_does_not_show(text: str) -> None:
    assert text.encode() not in encrypt(text, IDENTITY)


@given(texts, st.data())
def test_every_altered_bit_is_noticed(text: str, data: st.DataObject) -> None:
    blob = bytearray(encrypt(text, IDENTITY))
    bit = data.draw(st.integers(0, len(blob) * 8 - 1))
    blob[bit // 8] ^= 1 << bit % 8

    with pytest.raises(CannotDecryptError):
        decrypt(bytes(blob), IDENTITY)


@given(texts, st.data())
def test_shortened_bytes_are_noticed(text: str, data: st.DataObject) -> None:
    blob = encrypt(text, IDENTITY)

    with pytest.raises(CannotDecryptError):
        decrypt(blob[: data.draw(st.integers(0, len(blob) - 1))], IDENTITY)


def test_a_phone_number_cannot_take_the_place_of_an_identity_number() -> None:
    with pytest.raises(CannotDecryptError) as refused:
        decrypt(encrypt("13812345678", PHONE), IDENTITY)

    assert "138" not in str(refused.value)


def test_the_same_text_is_never_encrypted_twice_alike() -> None:
    assert len({encrypt("11010519491231002X", IDENTITY) for _time in range(200)}) == 200


def test_after_a_new_key_the_old_texts_are_still_read() -> None:
    with override_settings(FIELD_KEYS=OLD):
        before = encrypt("旧", IDENTITY)
    with override_settings(FIELD_KEYS=NEW):
        after = encrypt("新", IDENTITY)

        assert decrypt(before, IDENTITY) == "旧"
        assert decrypt(after, IDENTITY) == "新"
    with override_settings(FIELD_KEYS=OLD), pytest.raises(CannotDecryptError, match="key 7"):
        decrypt(after, IDENTITY)


def test_another_key_under_the_same_id_reads_nothing() -> None:
    with override_settings(FIELD_KEYS={1: b"o" * 32}):
        blob = encrypt("x", IDENTITY)

    with override_settings(FIELD_KEYS={1: b"p" * 32}), pytest.raises(CannotDecryptError):
        decrypt(blob, IDENTITY)


@given(texts, texts)
def test_the_hash_tells_equal_texts_and_nothing_else(one: str, other: str) -> None:
    assert len(lookup_hash(one, IDENTITY)) == 32
    assert (lookup_hash(one, IDENTITY) == lookup_hash(other, IDENTITY)) == (one == other)
    assert lookup_hash(one, IDENTITY) != lookup_hash(one, PHONE)


def test_the_hash_depends_on_the_key_and_on_where_the_context_ends() -> None:
    with override_settings(LOOKUP_KEY=b"a" * 32):
        one = lookup_hash("x", IDENTITY)
    with override_settings(LOOKUP_KEY=b"b" * 32):
        assert lookup_hash("x", IDENTITY) != one
    assert lookup_hash("bc", b"a") != lookup_hash("c", b"ab")


@pytest.mark.parametrize("lookup", ["", "__exact", "__contains", "__in", "__gt", "__startswith", "__regex"])
def test_an_encrypted_field_cannot_be_searched(lookup: str) -> None:
    with pytest.raises(FieldError, match="encrypted"):
        Candidate.objects.filter(**{f"identity_number{lookup}": ["x"] if lookup == "__in" else "x"})


def test_whether_there_is_a_value_may_be_asked() -> None:
    assert "IS NULL" in str(Candidate.objects.filter(identity_number__isnull=True).query)


def test_the_field_says_how_it_is_made_again() -> None:
    _name, path, arguments, options = EncryptedTextField(context=PHONE, blank=True).deconstruct()

    assert path == "records.people.encryption.EncryptedTextField"
    assert arguments == []
    assert options == {"context": PHONE, "blank": True}


with isolate_apps("records"):  # not a table of the house: no other test may meet it

    class Secret(models.Model):
        """A row with an encrypted field, in a table of the test."""

        text = EncryptedTextField(context=PHONE, null=True)

        class Meta:
            app_label = "records"
            managed = False
            db_table = "test_secret"

        def __str__(self) -> str:
            return f"secret {self.pk}"


@pytest.fixture
def table(db: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE test_secret (id bigserial PRIMARY KEY, text bytea)")


def stored() -> list[bytes | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM test_secret ORDER BY id")
        return [None if value is None else bytes(value) for (value,) in cursor.fetchall()]


@pytest.mark.usefixtures("table")
def test_the_database_never_sees_the_text() -> None:
    for text in ["13812345678", "", None]:
        Secret.objects.create(text=text)
    Secret.objects.filter(pk=1).update(text="13912345678")

    assert list(Secret.objects.order_by("pk").values_list("text", flat=True)) == ["13912345678", "", None]
    first, empty, nothing = stored()
    assert first is not None
    assert b"139" not in first
    assert len(first) == 11 + 31
    assert (empty, nothing) == (b"", None)


@pytest.mark.usefixtures("table")
def test_bytes_altered_in_the_database_are_noticed() -> None:
    Secret.objects.create(text="13812345678")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE test_secret SET text = set_byte(text, 20, 255 - get_byte(text, 20))")

    with pytest.raises(CannotDecryptError):
        Secret.objects.get()
