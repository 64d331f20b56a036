from __future__ import annotations

import pytest

from koogallery_signing import errors
from koogallery_signing.errors import Fault, SignatureRejected, SigningError


def test_the_text_of_a_refusal_is_the_same_for_every_fault() -> None:
    texts = {str(SignatureRejected(f"because of {fault}", fault)) for fault in Fault}
    shown = {repr(SignatureRejected(f"because of {fault}", fault)) for fault in Fault}
    assert len(texts) == 1
    assert len(shown) == 1


def test_reason_and_fault_are_there_for_the_log() -> None:
    rejected = SignatureRejected("the nonce is missing", Fault.MISSING_PARAMETER)
    assert (rejected.reason, rejected.fault) == ("the nonce is missing", Fault.MISSING_PARAMETER)
    assert "nonce" not in str(rejected)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SignatureRejected", "signature_rejected"),
        ("MalformedKey", "malformed_key"),
        ("EmptyKeyring", "empty_keyring"),
        ("WeakPrivateKey", "weak_private_key"),
        ("UndecryptableField", "undecryptable_field"),
        ("UndecryptableClientSecret", "undecryptable_client_secret"),
        ("FieldTooLong", "field_too_long"),
        ("UnsignableContent", "unsignable_content"),
    ],
)
def test_every_error_has_its_own_stable_code(name: str, code: str) -> None:
    error = getattr(errors, name)
    assert issubclass(error, SigningError)
    assert error.code == code
