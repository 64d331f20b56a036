"""What cold starts are measured against really answers the callbacks: every rival in one process, moto's DynamoDB."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

import boto3
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from koogallery_signing import body_sign
from measures.callbacks import KEY, settings, signed_event
from measures.more_callbacks import every_callback
from measures.rivals import ACCESS_KEY, REGION, SECRET_KEY, TABLE, environment, module_of

CALLBACKS = every_callback()
ABOUT_AN_INSTANCE = (
    "query_instance",
    "refresh_instance",
    "update_instance_status",
    "release_instance",
    "upgrade_instance",
    "get_license",
)
APP_INFO = {"frontEndUrl": "https://app.example", "userName": "admin", "password": "password-of-the-product"}
SECRETS = ("Li Si", "Department", "client-secret-in-the-clear-0001", APP_INFO["password"])
"""What the messages of the syncs, and the access data, hold."""

Event = dict[str, Any]

_CALLS = """
import importlib, json, sys
for module, event in json.load(sys.stdin):
    print(json.dumps(importlib.import_module(module).handler(event, None)))
"""


class Asked(NamedTuple):
    """What every rival said to its callback, signed and forged, with a table that has the instance, and one without."""

    signed: dict[str, Event]
    forged: dict[str, Event]
    unknown: dict[str, Event]
    told_twice: list[Event]
    stored: str


@pytest.fixture(scope="module")
def asked(moto_endpoint: str) -> Asked:
    client = boto3.client(
        "dynamodb",
        endpoint_url=moto_endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    events = {name: make()[0] for name, make in CALLBACKS.items()}
    for name in ABOUT_AN_INSTANCE:
        client.put_item(TableName=TABLE, Item=_active(_message(events[name])["instanceId"]))
    unknown = {name: CALLBACKS[name]()[0] for name in ABOUT_AN_INSTANCE}
    again = {**_message(events["new_instance"]), "businessId": "another-business-id"}
    replies = _answers(
        moto_endpoint,
        [
            *events.items(),
            *((name, _forged(event)) for name, event in events.items()),
            *unknown.items(),
            ("new_instance", events["new_instance"]),
            ("new_instance", signed_event(again)),
        ],
    )
    split = len(events)
    return Asked(
        dict(zip(events, replies[:split], strict=True)),
        dict(zip(events, replies[split : 2 * split], strict=True)),
        dict(zip(unknown, replies[2 * split : -2], strict=True)),
        replies[-2:],
        _all_text(client.scan(TableName=TABLE)["Items"]),
    )


def _answers(endpoint: str, calls: Iterable[tuple[str, Event]]) -> list[Event]:
    """Replies of a process of its own: the rivals read their environment when they are loaded."""
    variables = environment(CALLBACKS["sync_application"]()[1], endpoint)
    done = subprocess.run(
        [sys.executable, "-c", _CALLS],
        input=json.dumps([(module_of(name), event) for name, event in calls]),
        env={"PATH": os.defpath, "AWS_EC2_METADATA_DISABLED": "true", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def _active(instance_id: str) -> dict[str, Any]:
    """An instance whose access data is there, encrypted as the seller's product left it."""
    key, nonce = f"instance#{instance_id}", bytes(12)
    cipher = AESGCM(base64.b64decode(settings()["STATE_ENCRYPTION_KEY"]))
    access = nonce + cipher.encrypt(nonce, json.dumps(APP_INFO).encode(), key.encode())
    return {"id": {"S": key}, "status": {"S": "active"}, "access": {"B": access}}


def _message(event: Event) -> dict[str, str]:
    message: dict[str, str] = json.loads(base64.b64decode(event["body"]))
    return message


def _forged(event: Event) -> Event:
    """The same call, signed with nothing that is known."""
    wrong = "0" * 64
    if "x-sign" in event["headers"]:
        return {**event, "headers": {**event["headers"], "x-sign": wrong}}
    return {**event, "queryStringParameters": {**event["queryStringParameters"], "signature": wrong}}


def _all_text(items: Iterable[dict[str, Any]]) -> str:
    return " ".join(str(value) for item in items for attribute in item.values() for value in attribute.values())


def _body(reply: Event) -> Event:
    body: Event = json.loads(reply["body"])
    return body


@pytest.mark.parametrize("name", CALLBACKS)
def test_every_callback_has_a_rival_that_answers_it_with_success(asked: Asked, name: str) -> None:
    reply = asked.signed[name]
    assert (reply["statusCode"], reply["headers"]["Content-Type"]) == (200, "application/json")
    assert _body(reply)["resultCode"] == ("000004" if name == "new_instance" else "000000")
    body_sign.verify(key=KEY, body=reply["body"].encode(), header_value=reply["headers"]["Body-Sign"])


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_rival_refuses_a_wrong_signature(asked: Asked, name: str) -> None:
    assert _body(asked.forged[name])["resultCode"] == "000001"


@pytest.mark.parametrize("name", ABOUT_AN_INSTANCE)
def test_a_rival_knows_no_instance_that_was_never_created(asked: Asked, name: str) -> None:
    assert _body(asked.unknown[name])["resultCode"] == "000003"


def test_a_rival_creates_one_instance_for_an_order_line(asked: Asked) -> None:
    first = _body(asked.signed["new_instance"])["instanceId"]
    assert [_body(reply)["instanceId"] for reply in asked.told_twice] == [first, first]
    assert "another-business-id" not in asked.stored


def test_a_rival_opens_the_access_data_for_the_answer(asked: Asked) -> None:
    (info,) = _body(asked.signed["query_instance"])["info"]
    assert info["appInfo"] == APP_INFO


def test_rivals_keep_what_the_bundle_keeps_encrypted_encrypted(asked: Asked) -> None:
    for kind in ("license", "application", "user", "department", "tenant"):
        assert f" {kind}#" in f" {asked.stored}", f"no {kind} was stored"
    assert not [secret for secret in SECRETS if secret in asked.stored]
