"""A world that is called as SaaS 1.0 calls, and every activity in turn."""

from __future__ import annotations

import pytest

from tests.functional.functions.saas_v1.calls import CALLS
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState
from tests.support.saas_v1 import V1World


@pytest.fixture
def world() -> V1World:
    """An empty state that counts."""
    return V1World(CountingState(MemoryState()))


@pytest.fixture(params=CALLS)
def activity(request: pytest.FixtureRequest) -> str:
    """Each activity."""
    return str(request.param)
