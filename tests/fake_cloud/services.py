"""All operations there are; loading this module registers them."""

from __future__ import annotations

from functools import cache

from tests.fake_cloud import (
    apis,
    authorizers,
    concurrency,
    dependencies,
    function_calls,
    functions,
    gateways,
    groups,
    triggers,
    versions,
)
from tests.fake_cloud.operations import Operation
from tests.fake_cloud.operations import operations as registered

MODULES = (
    apis,
    authorizers,
    concurrency,
    dependencies,
    function_calls,
    functions,
    gateways,
    groups,
    triggers,
    versions,
)


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation, in the order in which paths are tried."""
    return tuple(registered())
