"""The template sends every path of the joint kit to its function."""

from __future__ import annotations

import pytest

from bundle_template.reading import read_template
from local_cloud.routing import find_route
from tests.support.kit import FUNCTIONS

BUNDLE = read_template()


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("head", ["/saas/produceAPI/v2/", "/saas/produceAPI/", "/produceAPI/v2/", "/produceAPI/"])
def test_a_sync_goes_to_its_function(head: str, name: str) -> None:
    match, _ = find_route(BUNDLE.routes, "POST", head + name)
    assert match is not None
    assert match.route.function == FUNCTIONS[name]
    assert match.route.authorizer is None
    assert find_route(BUNDLE.routes, "GET", head + name) == (None, True)


@pytest.mark.parametrize("path", ["/seller/tenants", "/seller/tenants/t-1/users", "/seller/tenants/t-1/departments"])
def test_the_directory_is_read_through_one_function(path: str) -> None:
    match, _ = find_route(BUNDLE.routes, "GET", path)
    assert match is not None
    assert match.route.function == "seller_tenants"


def test_what_was_not_finished_is_taken_up_every_minute() -> None:
    timer = BUNDLE.timer_of("apply_syncs")
    assert timer is not None
    assert (timer.schedule_type, timer.schedule) == ("Rate", "1m")


def test_only_the_function_that_decrypts_and_the_door_in_front_of_it_have_the_private_key() -> None:
    holders = {name for name, one in BUNDLE.components.items() if "KIT_PRIVATE_KEY" in one.readable_settings}
    assert holders == {"sync_application", "front_door"}
