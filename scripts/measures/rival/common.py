"""The frame of every rival: settings from the environment, the client made when loaded, verify, parse, act, answer."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import boto3
from aws_lambda_powertools.utilities.parser import BaseModel, ValidationError, parse
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from koogallery_signing import body_sign, body_signature, canonical_json, kit_signature
from koogallery_signing.errors import SignatureRejected, UndecryptableClientSecret
from koogallery_signing.keyring import Keyring

Event = dict[str, Any]
Reply = dict[str, Any]
Answer = dict[str, Any]
Id = Annotated[str, Field(min_length=1, max_length=64)]
OptionalId = Annotated[str, Field(max_length=64)]
WireTime = Annotated[str, Field(pattern=r"^[0-9]{14}([0-9]{3})?$")]
"""``yyyyMMddHHmmss`` with or without milliseconds."""

TABLE = os.environ["TABLE"]
"""Its key is the text ``id``, as the idempotency of powertools expects it."""
KEYS = Keyring.parse(os.environ["ACCESS_KEYS"])
"""Those of the callback's interface class."""
CLIENT = boto3.client("dynamodb", region_name=os.environ["REGION"], endpoint_url=os.environ["ENDPOINT"])

SUCCESS = {"resultCode": "000000", "resultMsg": "success"}
AUTHENTICATION_FAILED = {"resultCode": "000001", "resultMsg": "authentication failed"}
ILLEGAL_PARAMETER = {"resultCode": "000002", "resultMsg": "illegal request parameter"}
NOT_FOUND = {"resultCode": "000003", "resultMsg": "the instance does not exist"}
PROCESSING = {"resultCode": "000004", "resultMsg": "in process"}


class Message(BaseModel):
    """A message; its members have the guide's names in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)


Read = TypeVar("Read", bound=Message)


class UnknownInstance(Exception):
    """There is no such instance, or it was released."""


def basic_message(event: Event) -> dict[str, Any]:
    """The message of a call that is signed in the query, and its nonce, which tells a replay from a second call."""
    query = event["queryStringParameters"]
    message = _verified(body_signature.verify, event, [query.get(name) for name in ("signature", "timestamp", "nonce")])
    return {**message, "nonce": query["nonce"]}


def kit_message(event: Event) -> dict[str, Any]:
    """The message of a call that is signed in the headers: the joint kit."""
    headers = event["headers"]
    return _verified(kit_signature.verify, event, [headers.get(f"x-{name}") for name in ("sign", "timestamp", "nonce")])


def respond(
    event: Event, received: Callable[[Event], dict[str, Any]], model: type[Read], act: Callable[[Read], Answer]
) -> Reply:
    """Verify with ``received``, parse into ``model``, act, and answer in the gateway's form, signed."""
    try:
        answer = act(parse(event=received(event), model=model))
    except SignatureRejected:
        answer = AUTHENTICATION_FAILED
    except (ValidationError, UndecryptableClientSecret):
        answer = ILLEGAL_PARAMETER
    except UnknownInstance:
        answer = NOT_FOUND
    content = json.dumps(answer)
    headers = {"Content-Type": "application/json", "Body-Sign": body_sign.sign(KEYS.current, content.encode())}
    return {"statusCode": 200, "headers": headers, "isBase64Encoded": False, "body": content}


def write(item: dict[str, Any]) -> None:
    """Store an item, whatever was there."""
    CLIENT.put_item(TableName=TABLE, Item=item)


def _verified(verify: Callable[..., object], event: Event, signed: list[str | None]) -> dict[str, Any]:
    body = base64.b64decode(event["body"])
    message = canonical_json.parse_object(body)
    signature, timestamp, nonce = signed
    verify(
        keyring=KEYS,
        signature=signature,
        timestamp=timestamp,
        nonce=nonce,
        raw_body=body,
        parsed_body=message,
        now_ms=int(time.time() * 1000),
    )
    return message
