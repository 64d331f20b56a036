"""What the rivals share: settings from the environment, client and idempotency store made when loaded, the reply."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import boto3
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

from koogallery_signing import body_sign
from koogallery_signing.keyring import Keyring

Reply = dict[str, Any]

TABLE = os.environ["TABLE"]
KEYS = Keyring.parse(os.environ["MARKETPLACE_ACCESS_KEYS"])
CLIENT = boto3.client("dynamodb", region_name=os.environ["REGION"], endpoint_url=os.environ["ENDPOINT"])
STORE = DynamoDBPersistenceLayer(table_name=TABLE, boto3_client=CLIENT)
AUTHENTICATION_FAILED = {"resultCode": "000001", "resultMsg": "authentication failed"}
ILLEGAL_PARAMETER = {"resultCode": "000002", "resultMsg": "illegal request parameter"}


class LambdaContext:
    """What the library asks a context: the time that is left."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds."""
        return int((self._ends - time.monotonic()) * 1000)


def replied(answer: dict[str, str]) -> Reply:
    """The gateway's form of an answer, signed."""
    content = json.dumps(answer)
    headers = {"Content-Type": "application/json", "Body-Sign": body_sign.sign(KEYS.current, content.encode())}
    return {"statusCode": 200, "headers": headers, "isBase64Encoded": False, "body": content}
