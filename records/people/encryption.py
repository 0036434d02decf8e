"""Short secret texts (identity and phone numbers): encrypted where they are stored, found again by a keyed hash.

Keys are settings: ``FIELD_KEYS`` (id to 32 bytes; the highest id encrypts, all decrypt, so that keys can be rotated)
and ``LOOKUP_KEY`` (cannot be rotated without computing every hash again).
"""

from __future__ import annotations

import hmac
import os
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import IsNull, Lookup

VERSION = 1
HEADER = struct.Struct(">BH")  # version, key id
NONCE_BYTES = 12
TAG_BYTES = 16


if TYPE_CHECKING:
    _TextInPython = models.Field[str, str]
else:
    _TextInPython = models.Field


class CannotDecryptError(ValueError):
    """The bytes were altered, belong elsewhere, or their key is not at hand. Says nothing of the content."""


def encrypt(text: str, context: bytes) -> bytes:
    """Version, key id, nonce, ciphertext with tag (AES-256-GCM): 31 bytes more than the text in UTF-8.

    ``context`` says what the text is (``b"candidate.identity"``); under another context it cannot be decrypted.
    """
    key_id = max(settings.FIELD_KEYS)
    header = HEADER.pack(VERSION, key_id)
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + _cipher(settings.FIELD_KEYS[key_id]).encrypt(nonce, text.encode(), header + context)


def decrypt(blob: bytes, context: bytes) -> str:
    """The text that ``encrypt`` was given under the same context. CannotDecryptError if that is not possible."""
    if len(blob) < HEADER.size + NONCE_BYTES + TAG_BYTES:
        raise CannotDecryptError("too short")
    version, key_id = HEADER.unpack_from(blob)
    if version != VERSION or key_id not in settings.FIELD_KEYS:
        raise CannotDecryptError(f"version {version}, key {key_id}: no such key")
    header, nonce, sealed = (
        blob[: HEADER.size],
        blob[HEADER.size : HEADER.size + NONCE_BYTES],
        blob[HEADER.size + NONCE_BYTES :],
    )
    try:
        return _cipher(settings.FIELD_KEYS[key_id]).decrypt(nonce, sealed, header + context).decode()
    except InvalidTag:
        raise CannotDecryptError(f"altered, or of another context than {context.decode()}") from None


def lookup_hash(text: str, context: bytes) -> bytes:
    """32 bytes (HMAC-SHA256 under ``LOOKUP_KEY``), equal for equal texts of one context. Give it normalised text."""
    return hmac.digest(settings.LOOKUP_KEY, struct.pack(">H", len(context)) + context + text.encode(), "sha256")


@lru_cache(maxsize=64)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


class EncryptedTextField(_TextInPython):
    """A text in Python, ciphertext in the database (bytea). The empty text is stored as no bytes.

    Cannot be searched, because every encryption differs: store ``lookup_hash`` beside it. Asking raises FieldError.
    """

    def __init__(self, *args: Any, context: bytes, **kwargs: Any) -> None:
        self.context = context
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "context": self.context}

    def get_internal_type(self) -> str:
        """The column is that of a BinaryField."""
        return "BinaryField"

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        """Only ``isnull``."""
        if lookup_name == "isnull":
            return IsNull
        raise FieldError(f"{self.name} is encrypted and cannot be searched ({lookup_name}); search its hash")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Encrypt on the way in, every time anew."""
        if value is None:
            return None
        return connection.Database.Binary(encrypt(value, self.context) if value else b"")

    def from_db_value(self, value: memoryview | bytes | None, expression: Any, connection: Any) -> str | None:
        """Decrypt on the way out. CannotDecryptError if somebody altered or swapped the bytes."""
        if value is None:
            return None
        return decrypt(bytes(value), self.context) if value else ""
