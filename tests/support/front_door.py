"""The bundle with every callback through the front door, and a world that answers each callback both ways."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from typing import Any
from unittest import mock

from bundle_template.bundle import Bundle, Route
from bundle_template.reading import PROJECT_TEMPLATE, read_template
from koogallery_signing import sensitive_fields
from tests.support.mortal import Life
from tests.support.world import World

SELLERS_OWN = ("/seller/", "/login", "/logout")


def is_callback(route: Route) -> bool:
    """Does the marketplace call it?"""
    return not route.path.startswith(SELLERS_OWN)


@lru_cache
def front_door_bundle() -> Bundle:
    """The project's template with ``through: front_door`` on every route of the marketplace."""
    bundle = read_template(PROJECT_TEMPLATE)
    routes = tuple(replace(route, through="front_door") if is_callback(route) else route for route in bundle.routes)
    return replace(bundle, routes=routes)


@lru_cache
def callback_functions() -> frozenset[str]:
    """Every function that the marketplace's routes name."""
    routes = [route for route in read_template(PROJECT_TEMPLATE).routes if is_callback(route)]
    return frozenset(name for route in routes for name in (route.function, *(one.function for one in route.policies)))


class BothWays(World):
    """Answers every callback twice from the same state, directly and through the front door; the replies are equal.

    Mixed into a world in memory, in front of it. ``compared`` are the functions that were called.
    """

    compared: set[str]

    def call(self, function: str, event: object, life: Life | None = None) -> Any:
        """The reply both ways have in common."""
        if function not in callback_functions():
            return super().call(function, event, life)
        before = copy.deepcopy(self.state)
        with mock.patch.object(sensitive_fields, "random_iv", return_value="0123456789abcdef"):
            direct = super().call(function, event, life)
            after, self.state = self.state, before
            through = super().call("front_door", event, life)
        assert through == direct
        assert _written(self.state) == _written(after)
        self.compared = {*getattr(self, "compared", ()), function}
        return through


def _written(state: Any) -> Counter[tuple[str, int]]:
    """How many items of each kind there are in which version; some keys are drawn at random."""
    return Counter((item.key.partition.partition("#")[0], item.version) for item in state.all_items())
