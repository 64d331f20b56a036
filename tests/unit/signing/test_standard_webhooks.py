from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from koogallery_signing import standard_webhooks
from koogallery_signing.errors import Fault, MalformedKey, SignatureRejected, UnsignableContent

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
NOW = 1_780_000_000
BODY = '{"type":"instance.created","data":{"name":"示例"}}'.encode()


def _secret(length: int) -> str:
    return "whsec_" + base64.b64encode(bytes(length)).decode()


def _fault(headers: Mapping[str, str], body: bytes = BODY, now_seconds: int = NOW) -> Fault:
    with pytest.raises(SignatureRejected) as caught:
        standard_webhooks.verify(secret=SECRET, headers=headers, body=body, now_seconds=now_seconds)
    return caught.value.fault


def test_the_example_of_the_specification() -> None:
    headers = standard_webhooks.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_signed_event_is_accepted_by_the_receiver() -> None:
    headers = standard_webhooks.sign(SECRET, "msg_1", NOW, BODY)
    standard_webhooks.verify(secret=SECRET, headers=headers, body=BODY, now_seconds=NOW)
    shouted = {name.upper(): value for name, value in headers.items()}
    standard_webhooks.verify(secret=SECRET, headers=shouted, body=BODY, now_seconds=NOW)


def test_one_fitting_signature_of_several_is_enough() -> None:
    headers = standard_webhooks.sign(SECRET, "msg_1", NOW, BODY)
    rotated = headers | {"webhook-signature": f"v1,AAAA v1a,é {headers['webhook-signature']}"}
    standard_webhooks.verify(secret=SECRET, headers=rotated, body=BODY, now_seconds=NOW)
    too_many = headers | {"webhook-signature": "v1,AAAA " * 8 + headers["webhook-signature"]}
    assert _fault(too_many) is Fault.MISMATCH


@pytest.mark.parametrize("offset", [-300, 0, 300])
def test_five_minutes_both_ways_are_accepted(offset: int) -> None:
    headers = standard_webhooks.sign(SECRET, "msg_1", NOW + offset, BODY)
    standard_webhooks.verify(secret=SECRET, headers=headers, body=BODY, now_seconds=NOW)


@pytest.mark.parametrize("offset", [-301, 301])
def test_one_second_more_is_refused(offset: int) -> None:
    assert _fault(standard_webhooks.sign(SECRET, "msg_1", NOW + offset, BODY)) is Fault.OUTSIDE_WINDOW


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"webhook-id": ""}, Fault.MISSING_PARAMETER),
        ({"webhook-timestamp": ""}, Fault.MISSING_PARAMETER),
        ({"webhook-signature": ""}, Fault.MISSING_SIGNATURE),
        ({"webhook-id": "a.b"}, Fault.MALFORMED_PARAMETER),
        ({"webhook-timestamp": "1.78e9"}, Fault.MALFORMED_PARAMETER),
        (
            {"webhook-timestamp": "1\uff17\uff18" + "\uff10" * 7},
            Fault.MALFORMED_PARAMETER,
        ),
        ({"webhook-timestamp": str(NOW + 1)}, Fault.MISMATCH),
        ({"webhook-id": "msg_2"}, Fault.MISMATCH),
        ({"webhook-signature": "v1"}, Fault.MISMATCH),
    ],
)
def test_changed_headers_are_refused(change: dict[str, str], fault: Fault) -> None:
    assert _fault(standard_webhooks.sign(SECRET, "msg_1", NOW, BODY) | change) is fault


def test_a_changed_body_is_refused() -> None:
    headers = standard_webhooks.sign(SECRET, "msg_1", NOW, BODY)
    assert _fault(headers, BODY + b" ") is Fault.MISMATCH
    assert _fault(headers, b"\xff") is Fault.MALFORMED_BODY


@pytest.mark.parametrize("secret", [_secret(24), _secret(64)])
def test_secrets_of_24_to_64_bytes_are_accepted(secret: str) -> None:
    standard_webhooks.check_secret(secret)


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", SECRET.removeprefix("whsec_"), "whsec_***", SECRET[:-1], _secret(23), _secret(65), "whsec_é"],
)
def test_other_secrets_are_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(MalformedKey) as caught:
        standard_webhooks.sign(secret, "msg_1", NOW, BODY)
    assert len(secret) < 8 or secret not in str(caught.value)


@pytest.mark.parametrize(
    ("message_id", "timestamp", "body"),
    [
        ("", NOW, BODY),
        ("a.b", NOW, BODY),
        ("a b", NOW, BODY),
        ("m" * 129, NOW, BODY),
        ("msg", 0, BODY),
        ("msg", -1, BODY),
        ("msg", 999_999_999_999, BODY),
        ("msg", NOW, b"\xff"),
    ],
)
def test_events_that_cannot_be_signed_are_refused(message_id: str, timestamp: int, body: bytes) -> None:
    with pytest.raises(UnsignableContent):
        standard_webhooks.sign(SECRET, message_id, timestamp, body)


class _Frozen(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> _Frozen:
        return cls.fromtimestamp(NOW, tz)


def test_the_receivers_own_package_accepts_the_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", _Frozen)
    headers = standard_webhooks.sign(SECRET, "msg_1", NOW, BODY)
    assert Webhook(SECRET).verify(BODY, headers)["type"] == "instance.created"


_header = st.text(max_size=20)


@given(
    st.fixed_dictionaries({"webhook-id": _header, "webhook-timestamp": _header, "webhook-signature": _header}),
    st.binary(),
)
def test_nothing_but_the_one_error_is_ever_raised(headers: dict[str, Any], body: bytes) -> None:
    assert _fault(headers, body) in set(Fault)
    near = headers | {
        "webhook-id": "m",
        "webhook-timestamp": str(NOW),
        "webhook-signature": headers["webhook-id"] + "x",
    }
    assert _fault(near, body) in {Fault.MISMATCH, Fault.MALFORMED_BODY}
