"""How an API is published, and what a test expects of a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import huaweicloudsdkapig.v2 as model

from tests.fake_cloud import RELEASE
from tests.fake_cloud.state import Gateway

Refused = Callable[[int], Any]


def act(apig: Any, gateway: Gateway, api_id: str, action: str) -> None:
    """Publish an API or take it off."""
    body = model.ApiActionInfo(action=action, env_id=RELEASE, api_id=api_id)
    apig.create_or_delete_publish_record_for_api_v2(model.CreateOrDeletePublishRecordForApiV2Request(gateway.id, body))
