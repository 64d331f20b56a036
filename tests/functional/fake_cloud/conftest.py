"""An account on loopback and the SDK's own clients for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fake_cloud import FakeCloud


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
