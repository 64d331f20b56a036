"""authSync as one would write it with aws-lambda-powertools: parser, idempotency, users kept encrypted.

A rival to measure against, not a part of the bundle. It verifies, reads and stores the users of a call once; it knows
no order of calls, no deletions and no events for the product.
"""

from __future__ import annotations

import base64
import os
import time
from typing import Any, Literal

from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.parser import BaseModel, ValidationError, parse
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Field

from koogallery_signing import canonical_json, kit_signature
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

CONFIG = IdempotencyConfig(event_key_jmespath="[instanceId, tenantId, appId, timeStamp]", expires_after_seconds=86_400)
CIPHER = AESGCM(base64.b64decode(os.environ["STATE_ENCRYPTION_KEY"]))


class User(BaseModel):
    """A user of the list."""

    user_name: str = Field(alias="userName", min_length=1, max_length=64)
    name: str = Field("", max_length=64)
    org_code: str = Field("", alias="orgCode", max_length=64)
    role: str = Field("", max_length=32)
    enable: Literal["true", "false"] = "true"


class AuthSync(BaseModel):
    """The message, with the fields of the kit's guide that matter here."""

    instance_id: str = Field(alias="instanceId", max_length=64)
    tenant_id: str = Field(alias="tenantId", min_length=1, max_length=64)
    app_id: str = Field(alias="appId", min_length=1, max_length=64)
    user_list: list[User] = Field(alias="userList", max_length=500)
    flag: Literal[0, 1, 2, 3]
    time_stamp: str = Field(alias="timeStamp", pattern=r"^[0-9]{17}$")


@idempotent_function(  # type: ignore[untyped-decorator, unused-ignore]
    data_keyword_argument="message", config=CONFIG, persistence_store=STORE
)
def _store(*, message: dict[str, Any]) -> dict[str, str]:
    sync = parse(event=message, model=AuthSync)
    for user in sync.user_list:
        key = f"user#{sync.tenant_id}#{sync.app_id}#{user.user_name}"
        nonce = os.urandom(12)
        sealed = CIPHER.encrypt(nonce, user.model_dump_json().encode(), key.encode())
        CLIENT.put_item(TableName=TABLE, Item={"id": {"S": key}, "user": {"B": nonce + sealed}})
    return {"resultCode": "000000", "resultMsg": "success"}


def handler(event: dict[str, Any], _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    body, headers = base64.b64decode(event["body"]), event["headers"]
    try:
        message = canonical_json.parse_object(body)
        kit_signature.verify(
            keyring=KEYS,
            signature=headers.get("x-sign"),
            timestamp=headers.get("x-timestamp"),
            nonce=headers.get("x-nonce"),
            raw_body=body,
            parsed_body=message,
            now_ms=int(time.time() * 1000),
        )
        CONFIG.register_lambda_context(LambdaContext(4))  # type: ignore[arg-type]
        answer = _store(message=message)
    except SignatureRejected:
        answer = AUTHENTICATION_FAILED
    except ValidationError:
        answer = ILLEGAL_PARAMETER
    return replied(answer)
