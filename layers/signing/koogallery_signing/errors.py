"""Everything the signing layer raises.

::

    SigningError
    ├── SignatureRejected            a received signature, or what it covers, is not right
    ├── MalformedKey                 a configured key cannot be used
    │   ├── EmptyKeyring             … there is none
    │   └── WeakPrivateKey           … it is too short
    ├── UndecryptableField           a 1.0 field does not decrypt
    ├── UndecryptableClientSecret    a kit client secret does not decrypt
    ├── FieldTooLong                 an encrypted field would not fit its wire length
    └── UnsignableContent            something to be sent cannot be signed as it is

All are permanent: the same input fails again. No message holds a key, a signature or a part of a body.
"""

from __future__ import annotations

from enum import Enum


class SigningError(Exception):
    """Base of the tree. ``code`` is stable and safe to show."""

    code = "signing_error"


class Fault(Enum):
    """What is wrong with a received request, for the choice of the answer and for the log."""

    MISSING_SIGNATURE = "missing_signature"
    """The 2.0 signature itself is absent: authentication failed."""

    MISSING_PARAMETER = "missing_parameter"
    """A timestamp, nonce, authToken or another required parameter is absent: illegal parameter."""

    MALFORMED_PARAMETER = "malformed_parameter"
    """A parameter is there but cannot be one: illegal parameter."""

    OUTSIDE_WINDOW = "outside_window"
    """The timestamp is too old or too far ahead: illegal parameter."""

    MISMATCH = "mismatch"
    """No key gives this signature: authentication failed."""

    MALFORMED_BODY = "malformed_body"
    """The body is not the JSON object it has to be: illegal parameter."""


class SignatureRejected(SigningError):
    """A received request is not accepted.

    ``fault`` chooses the answer; ``reason`` is for the log only. ``str()`` is the same for every fault, so that
    an answer built from it tells a forger nothing.
    """

    code = "signature_rejected"

    def __init__(self, reason: str, fault: Fault) -> None:
        super().__init__("the request was not accepted")
        self.reason = reason
        self.fault = fault


class MalformedKey(SigningError):
    """A configured key has not the form it needs."""

    code = "malformed_key"


class EmptyKeyring(MalformedKey):
    """A list of keys holds no key."""

    code = "empty_keyring"


class WeakPrivateKey(MalformedKey):
    """A private key is shorter than the marketplace allows."""

    code = "weak_private_key"


class UndecryptableField(SigningError):
    """A value of the 1.0 field encryption does not decrypt with the key."""

    code = "undecryptable_field"


class UndecryptableClientSecret(SigningError):
    """A kit client secret does not decrypt with any private key."""

    code = "undecryptable_client_secret"


class FieldTooLong(SigningError):
    """A text does not fit into its field once it is encrypted."""

    code = "field_too_long"


class UnsignableContent(SigningError):
    """Something to be sent cannot be signed: the caller passed what the wire cannot carry."""

    code = "unsignable_content"
