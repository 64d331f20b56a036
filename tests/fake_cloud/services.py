"""All operations there are; loading this module registers them."""

from __future__ import annotations

from functools import cache

from tests.fake_cloud import (
    apis,
    authorizers,
    certificates,
    ces,
    concurrency,
    csms,
    dependencies,
    domains,
    function_calls,
    functions,
    gateways,
    groups,
    lts,
    triggers,
    versions,
)
from tests.fake_cloud.operations import Operation
from tests.fake_cloud.operations import operations as registered

MODULES = (
    apis,
    authorizers,
    ces,
    certificates,
    concurrency,
    csms,
    dependencies,
    domains,
    function_calls,
    functions,
    gateways,
    groups,
    lts,
    triggers,
    versions,
)


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation, in the order in which paths are tried."""
    return tuple(registered())
