"""Which functions are kept warm follows from what the gateway calls as the routes stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bundle_template import Bundle, read_template
from bundle_template.gateway import kept_warm


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """The project's template with one instance of everything kept warm."""
    read = read_template()
    components = {name: replace(one, reserved_instances=1) for name, one in read.components.items()}
    return replace(read, components=components)


def warm(bundle: Bundle) -> set[str]:
    return {one.name for one in kept_warm(bundle)}


def test_behind_policies_the_front_door_is_not_kept_warm(bundle: Bundle) -> None:
    assert set(bundle.components) - warm(bundle) == {"front_door"}


def test_behind_the_front_door_neither_authorizer_nor_callback_functions_are_kept_warm(bundle: Bundle) -> None:
    through = tuple(
        replace(route, through="front_door") if route.path in ("/saas", "/", "/license") else route
        for route in bundle.routes
    )
    idle = set(bundle.components) - warm(replace(bundle, routes=through))
    assert idle >= {"route_activity", "new_instance", "get_license", "upgrade_instance"}
    assert not idle & {"front_door", "notify_order", "sync_users", "push_usage", "publish_metrics", "prepare_state"}


def test_nothing_is_kept_warm_that_does_not_ask_for_it(bundle: Bundle) -> None:
    components = {name: replace(one, reserved_instances=0) for name, one in bundle.components.items()}
    assert warm(replace(bundle, components=components)) == set()
