"""An account on loopback and the SDK's own clients for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests.fake_cloud import FakeCloud
from tests.fake_cloud.examples import create_function


@pytest.fixture
def cloud() -> Iterator[FakeCloud]:
    """An account without anything in it."""
    with FakeCloud() as cloud:
        yield cloud


@pytest.fixture
def functiongraph(cloud: FakeCloud) -> Any:
    """The SDK's client."""
    return cloud.client("functiongraph")


@pytest.fixture
def apig(cloud: FakeCloud) -> Any:
    """The SDK's client."""
    return cloud.client("apig")


@pytest.fixture
def refused() -> Callable[[int], Any]:
    """What the SDK raises for a refusal of a status."""
    return lambda status: pytest.raises(ClientRequestException, match=rf"status_code:{status}")


@pytest.fixture
def urn(functiongraph: Any) -> str:
    """The URN of a new function, without a version."""
    created = functiongraph.create_function(create_function(user_data='{"A":"1"}'))
    return str(created.func_urn).removesuffix(":latest")
