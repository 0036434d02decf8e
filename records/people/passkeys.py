"""The second factor by a passkey (WebAuthn): the browser signs a challenge with a key that never leaves the machine.

A passkey belongs to the host at which it was made. The machine must have verified its holder (finger, face, PIN); the counter of
a passkey that counts must rise.
"""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import webauthn
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils import timezone
from django.utils.translation import gettext as _
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)

from records.people.encryption import lookup_hash
from records.people.models import SecondFactor, User
from records.people.sign_in_trail import FACTOR_ADDED, note

CHALLENGE = "passkey-challenge"
LONGEST_ANSWER = 20_000
REQUIRED = UserVerificationRequirement.REQUIRED


class WrongPasskey(Exception):
    """What the browser sent does not prove a passkey of this person at this host, or the challenge is used up."""


def host_of(request: HttpRequest) -> str:
    """The name to which passkeys are bound: the host without its port."""
    return split_domain_port(request.get_host())[0]


def work_at(request: HttpRequest) -> bool:
    """Whether browsers make passkeys for this host: they do for names, not for addresses."""
    try:
        ipaddress.ip_address(host_of(request).strip("[]"))
    except ValueError:
        return True
    return False


def creation_options(request: HttpRequest, person: User) -> str:
    """What ``navigator.credentials.create`` needs, as JSON; the challenge waits in the session."""
    options = webauthn.generate_registration_options(
        rp_id=host_of(request),
        rp_name=_("考籍"),
        user_id=lookup_hash(str(person.pk), b"passkey.holder"),
        user_name=person.username,
        user_display_name=person.full_name or person.username,
        authenticator_selection=AuthenticatorSelectionCriteria(user_verification=REQUIRED),
        exclude_credentials=_described(person),
    )
    request.session[CHALLENGE] = bytes_to_base64url(options.challenge)
    return webauthn.options_to_json(options)


def request_options(request: HttpRequest, person: User) -> str:
    """What ``navigator.credentials.get`` needs, as JSON; the challenge waits in the session."""
    options = webauthn.generate_authentication_options(
        rp_id=host_of(request), allow_credentials=_described(person), user_verification=REQUIRED
    )
    request.session[CHALLENGE] = bytes_to_base64url(options.challenge)
    return webauthn.options_to_json(options)


def enrol(request: HttpRequest, person: User, answer: str, *, label: str = "") -> SecondFactor:
    """Keep the passkey that the browser has made. Raises ``WrongPasskey``."""
    try:
        made = webauthn.verify_registration_response(
            credential=_read(answer), require_user_verification=True, **_expected(request)
        )
    except WebAuthnException as error:
        raise WrongPasskey from error
    return _kept(person, made, label)


@transaction.atomic
def accept(request: HttpRequest, person: User, answer: str) -> SecondFactor:
    """The person's passkey that has signed the challenge. Raises ``WrongPasskey``."""
    expected, credential = _expected(request), _read(answer)
    factor = _named_by(person, credential)
    try:
        signed = webauthn.verify_authentication_response(
            credential=credential,
            credential_public_key=bytes(factor.public_key or b""),
            credential_current_sign_count=factor.sign_count,
            require_user_verification=True,
            **expected,
        )
    except WebAuthnException as error:
        raise WrongPasskey from error
    factor.sign_count, factor.used_at = signed.new_sign_count, timezone.now()
    factor.save(update_fields=["sign_count", "used_at"])
    return factor


def _kept(person: User, made: Any, label: str) -> SecondFactor:
    try:
        with transaction.atomic():
            factor = SecondFactor.objects.create(
                person=person,
                kind=SecondFactor.Kind.PASSKEY,
                label=label,
                credential_id=made.credential_id,
                public_key=made.credential_public_key,
                sign_count=made.sign_count,
                used_at=timezone.now(),
            )
            note(FACTOR_ADDED, person, factor=factor.kind)
    except IntegrityError as error:  # somebody has this very passkey already
        raise WrongPasskey from error
    return factor


def _expected(request: HttpRequest) -> dict[str, Any]:
    """Challenge, host and origin; the challenge leaves the session, it is good once."""
    challenge = request.session.pop(CHALLENGE, "")
    if not challenge:
        raise WrongPasskey
    return {
        "expected_challenge": base64url_to_bytes(challenge),
        "expected_rp_id": host_of(request),
        "expected_origin": f"{request.scheme}://{request.get_host()}",
    }


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST_ANSWER:
        raise WrongPasskey
    try:
        credential = json.loads(answer)
    except ValueError as error:
        raise WrongPasskey from error
    if not isinstance(credential, dict):
        raise WrongPasskey
    return credential


def _named_by(person: User, credential: dict[str, Any]) -> SecondFactor:
    """The row of the passkey that has answered, locked: two answers are counted one after the other."""
    try:
        named = base64url_to_bytes(str(credential.get("id", "")))
        return SecondFactor.objects.select_for_update().get(person=person, credential_id=named)
    except (ValueError, SecondFactor.DoesNotExist) as error:
        raise WrongPasskey from error


def _described(person: User) -> list[PublicKeyCredentialDescriptor]:
    passkeys = person.second_factors.filter(kind=SecondFactor.Kind.PASSKEY).order_by("pk")
    return [PublicKeyCredentialDescriptor(id=bytes(each.credential_id or b"")) for each in passkeys]
