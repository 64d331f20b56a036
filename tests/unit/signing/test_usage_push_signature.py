from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koogallery_signing import usage_push_signature
from koogallery_signing.canonical_json import sorted_compact
from koogallery_signing.errors import UnsignableContent
from tests.unit.signing.known_answers import listed, vectors


def _sign(vector: dict[str, Any], body: bytes) -> dict[str, str]:
    given_input = vector["input"]
    return usage_push_signature.sign(given_input["key"], int(given_input["ts"]), given_input["nonce"], body)


@pytest.mark.parametrize("vector", vectors("usage-push-signature"))
def test_the_headers_of_every_known_answer(vector: dict[str, Any]) -> None:
    body = sorted_compact(vector["input"]["request"])
    headers = _sign(vector, body)
    assert headers == vector["expect"]["headers"]
    assert headers["signature"] == vector["expect"]["signature"]
    assert f"ts={headers['ts']}&nonce={headers['nonce']}&body={body.decode()}" == vector["steps"]["message"]


@pytest.mark.parametrize(("vector", "mistaken"), listed("usage-push-signature", "reject"))
def test_common_mistakes_are_not_made(vector: dict[str, Any], mistaken: str) -> None:
    assert _sign(vector, sorted_compact(vector["input"]["request"]))["signature"] != mistaken


@given(st.binary(min_size=1, max_size=40), st.data())
def test_any_other_byte_gives_another_signature(body: bytes, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(body) - 1))
    changed = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
    one, other = (usage_push_signature.sign("key", 1, "n", text)["signature"] for text in (body, changed))
    assert one != other


def test_every_part_of_the_message_is_signed() -> None:
    signed = {
        usage_push_signature.sign(key, ts, nonce, b"{}")["signature"]
        for key, ts, nonce in [("key", 1, "n"), ("other", 1, "n"), ("key", 2, "n"), ("key", 1, "m")]
    }
    assert len(signed) == 4


@pytest.mark.parametrize(
    ("ts", "nonce"), [(0, "n"), (-1, "n"), (1, ""), (1, "n" * 65), (1, "a b"), (1, "é"), (1, "n\n")]
)
def test_headers_that_could_not_be_sent_are_refused(ts: int, nonce: str) -> None:
    with pytest.raises(UnsignableContent):
        usage_push_signature.sign("key", ts, nonce, b"{}")
