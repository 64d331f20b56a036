"""Queries and kit bodies with an ``authToken``, as the tests of the 1.0 interfaces sign and check them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from koogallery_signing import auth_token
from koogallery_signing.canonical_json import parse_object
from koogallery_signing.errors import Fault, SignatureRejected
from koogallery_signing.keyring import Keyring

KEY = "00000000-0000-4000-8000-000000000000"
RING = Keyring(KEY)
PARAMETERS = {"activity": "releaseInstance", "instanceId": "inst-1", "testFlag": "1", "timeStamp": "20290101000000004"}


def query_of(parameters: dict[str, str], token: str | None = None) -> str:
    """The query string of these parameters, percent-encoded, with their own token unless another is given."""
    token = auth_token.sign(KEY, parameters) if token is None else token
    pairs = [*parameters.items(), ("authToken", token)]
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def fault_of(query_string: str) -> Fault:
    """Why a query string is refused."""
    with pytest.raises(SignatureRejected) as caught:
        auth_token.verify_query(keyring=RING, query_string=query_string)
    return caught.value.fault


def verify_body(raw_body: bytes, token: str | None, keyring: Keyring = RING) -> auth_token.VerifiedBody:
    """A kit body checked from its bytes, parsed as a function parses it."""
    parsed = parse_object(raw_body)
    return auth_token.verify_body(keyring=keyring, auth_token=token, raw_body=raw_body, parsed_body=parsed)


def body_fault(body: dict[str, Any], token: str | None) -> Fault:
    """Why a kit body is refused."""
    with pytest.raises(SignatureRejected) as caught:
        verify_body(json.dumps(body).encode(), token)
    return caught.value.fault
