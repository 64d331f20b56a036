from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koogallery_signing import body_sign
from koogallery_signing.errors import Fault, SignatureRejected
from tests.unit.signing.known_answers import listed, vectors


def _fault(key: str, body: bytes, header_value: str) -> Fault:
    with pytest.raises(SignatureRejected) as caught:
        body_sign.verify(key=key, body=body, header_value=header_value)
    return caught.value.fault


@pytest.mark.parametrize("vector", vectors("v1-body-sign"))
def test_the_header_of_every_known_answer(vector: dict[str, Any]) -> None:
    key, body = vector["input"]["key"], vector["input"]["body"].encode()
    assert len(body) == vector["steps"]["bodyUtf8Length"]
    header_value = body_sign.sign(key, body)
    assert f"{body_sign.HEADER_NAME}: {header_value}" == vector["expect"]["header"]
    assert body_sign.parse(header_value) == vector["expect"]["signature"]
    body_sign.verify(key=key, body=body, header_value=header_value)


@pytest.mark.parametrize(("vector", "header"), listed("v1-body-sign", "acceptAlso"))
def test_the_other_printed_form_is_understood(vector: dict[str, Any], header: str) -> None:
    value = header.removeprefix("Body-Sign:")
    assert body_sign.parse(value) == vector["expect"]["signature"]
    body_sign.verify(key=vector["input"]["key"], body=vector["input"]["body"].encode(), header_value=value)


@pytest.mark.parametrize(("vector", "signature"), listed("v1-body-sign", "reject"))
def test_common_mistakes_are_refused(vector: dict[str, Any], signature: str) -> None:
    header_value = f'sign_type="HMAC-SHA256", signature="{signature}"'
    fault = _fault(vector["input"]["key"], vector["input"]["body"].encode(), header_value)
    assert fault in {Fault.MISMATCH, Fault.MALFORMED_PARAMETER}
    assert body_sign.sign(vector["input"]["key"], vector["input"]["body"].encode()).find(signature) == -1


@pytest.mark.parametrize(
    "form",
    [
        'sign_type="HMAC-SHA256",signature="{}"',
        ' sign_type = "HMAC-SHA256" , signature = "{}" ',
        'sign_type="HMAC-SHA256",\tsignature=\t"{}"',
    ],
)
def test_blanks_around_comma_and_equals_sign_do_not_matter(form: str) -> None:
    signature = body_sign.parse(body_sign.sign("key", b"{}"))
    body_sign.verify(key="key", body=b"{}", header_value=form.format(signature))


@pytest.mark.parametrize(
    "form",
    [
        "",
        "{}",
        "sign_type=HMAC-SHA256, signature={}",
        'sign_type="HMAC-SHA1", signature="{}"',
        'signature="{}", sign_type="HMAC-SHA256"',
        'sign_type="HMAC-SHA256", signature="{}", more="x"',
        'sign_type="HMAC-SHA256", signature="{}"' + " " * 300,
    ],
)
def test_headers_of_another_form_are_refused(form: str) -> None:
    signature = body_sign.parse(body_sign.sign("key", b"{}"))
    assert _fault("key", b"{}", form.format(signature)) is Fault.MALFORMED_PARAMETER


def test_white_space_around_the_body_is_signed() -> None:
    assert _fault("key", b"{}\n", body_sign.sign("key", b"{}")) is Fault.MISMATCH
    assert _fault("other", b"{}", body_sign.sign("key", b"{}")) is Fault.MISMATCH


@given(st.text(max_size=120))
def test_nothing_but_the_one_error_is_ever_raised(header_value: str) -> None:
    assert _fault("key", b"{}", header_value) in set(Fault)
