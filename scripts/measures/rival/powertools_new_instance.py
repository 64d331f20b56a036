"""newInstance as one would write it with aws-lambda-powertools: parser, idempotency over DynamoDB, the signing layer.

A rival to measure against, not a part of the bundle. It verifies, reads, stores the instance of an order line once
and answers; it knows no other dialect, no debug calls and no events for the product.
"""

from __future__ import annotations

import base64
import time
from typing import Any, Literal

from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.parser import BaseModel, ValidationError, parse
from pydantic import Field

from koogallery_signing import body_signature, canonical_json
from koogallery_signing.errors import SignatureRejected
from measures.rival.common import (
    AUTHENTICATION_FAILED,
    CLIENT,
    ILLEGAL_PARAMETER,
    KEYS,
    STORE,
    TABLE,
    LambdaContext,
    Reply,
    replied,
)

CONFIG = IdempotencyConfig(event_key_jmespath="[orderId, orderLineId]", expires_after_seconds=86_400)


class NewInstance(BaseModel):
    """The message, with the fields of the basic guide."""

    activity: Literal["newInstance"]
    order_id: str = Field(alias="orderId", min_length=1, max_length=64)
    order_line_id: str = Field(alias="orderLineId", min_length=1, max_length=64)
    business_id: str = Field(alias="businessId", min_length=1, max_length=64)


@idempotent_function(  # type: ignore[untyped-decorator, unused-ignore]
    data_keyword_argument="message", config=CONFIG, persistence_store=STORE
)
def _create(*, message: dict[str, Any]) -> dict[str, str]:
    order = parse(event=message, model=NewInstance)
    item = {
        "id": {"S": f"instance#{order.business_id}"},
        "order": {"S": f"{order.order_id}#{order.order_line_id}"},
        "status": {"S": "creating"},
    }
    CLIENT.put_item(TableName=TABLE, Item=item)
    return {"resultCode": "000004", "resultMsg": "in process", "instanceId": order.business_id}


def handler(event: dict[str, Any], _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    body, query = base64.b64decode(event["body"]), event["queryStringParameters"]
    try:
        message = canonical_json.parse_object(body)
        body_signature.verify(
            keyring=KEYS,
            signature=query.get("signature"),
            timestamp=query.get("timestamp"),
            nonce=query.get("nonce"),
            raw_body=body,
            parsed_body=message,
            now_ms=int(time.time() * 1000),
        )
        CONFIG.register_lambda_context(LambdaContext(4))  # type: ignore[arg-type]
        answer = _create(message=message)
    except SignatureRejected:
        answer = AUTHENTICATION_FAILED
    except ValidationError:
        answer = ILLEGAL_PARAMETER
    return replied(answer)
