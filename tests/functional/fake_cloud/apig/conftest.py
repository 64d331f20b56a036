"""A gateway with a group, a function, and an API that is not published."""

from __future__ import annotations

from typing import Any

import huaweicloudsdkapig.v2 as model
import pytest

from tests.fake_cloud import FakeCloud, examples
from tests.fake_cloud.state import Gateway


@pytest.fixture
def gateway(cloud: FakeCloud) -> Gateway:
    """A gateway of the account."""
    return cloud.add_gateway("gateway")


@pytest.fixture
def group(apig: Any, gateway: Gateway) -> str:
    """The id of a group."""
    request = model.CreateApiGroupV2Request(gateway.id, model.ApiGroupCreate("koogallery_prod"))
    return str(apig.create_api_group_v2(request).id)


@pytest.fixture
def urn(cloud: FakeCloud) -> str:
    """The URN of a function."""
    return cloud.add_function("new_instance").urn


@pytest.fixture
def api_id(apig: Any, gateway: Gateway, group: str, urn: str) -> str:
    """The id of an API that is not published."""
    return str(apig.create_api_v2(model.CreateApiV2Request(gateway.id, examples.api(group, urn))).id)
