"""Where the calls of licences, of order notifications and of /seller/licenses go."""

from __future__ import annotations

import pytest

from bundle_template.reading import read_template
from koogallery.activities import LICENSE_ACTIVITIES, NOTIFICATIONS
from koogallery.dialects import license_v1
from local_cloud.policies import choose_function
from local_cloud.routing import find_route

BUNDLE = read_template()
LICENSE_KEYS = {"MARKETPLACE_LICENSE_KEYS", "MARKETPLACE_ACCESS_KEYS"}


@pytest.mark.parametrize("activity", [*LICENSE_ACTIVITIES, "", "somethingElse"])
def test_a_posted_activity_goes_to_the_function_that_serves_it(activity: str) -> None:
    match, _ = find_route(BUNDLE.routes, "POST", "/license")
    assert match is not None
    served = LICENSE_ACTIVITIES[activity].function if activity in LICENSE_ACTIVITIES else "get_license"
    assert choose_function(match.route, {"activity": activity}, {}) == served


@pytest.mark.parametrize("activity", [*license_v1.ACTIVITIES, "", "somethingElse"])
def test_an_activity_of_the_old_guide_goes_to_the_function_that_serves_it(activity: str) -> None:
    match, _ = find_route(BUNDLE.routes, "GET", "/license")
    assert match is not None
    known = license_v1.ACTIVITIES
    served = known[activity].function if activity in known else "get_license"
    assert choose_function(match.route, {}, {"activity": activity}) == served


def test_an_order_notification_has_an_address_of_its_own() -> None:
    match, _ = find_route(BUNDLE.routes, "POST", "/order-notify")
    assert match is not None
    assert match.route.function == NOTIFICATIONS["orderNotify"].function


@pytest.mark.parametrize("function", sorted({one.function for one in LICENSE_ACTIVITIES.values()}))
def test_a_function_may_read_the_keys_of_its_activities(function: str) -> None:
    assert BUNDLE.components[function].readable_settings >= LICENSE_KEYS


@pytest.mark.parametrize("function", sorted({one.function for one in license_v1.ACTIVITIES.values()}))
def test_a_function_may_read_the_keys_of_the_old_guide(function: str) -> None:
    assert "MARKETPLACE_V1_KEYS" in BUNDLE.components[function].readable_settings


@pytest.mark.parametrize(
    ("method", "path", "parameters"),
    [
        ("POST", "/seller/licenses/activate", {}),
        ("POST", "/seller/licenses/heartbeat", {}),
        ("POST", "/seller/licenses/usage", {}),
        ("GET", "/seller/licenses/ev-1", {"license_id": "ev-1"}),
        ("PUT", "/seller/licenses/ev-1", {"license_id": "ev-1"}),
    ],
)
def test_the_sellers_calls_about_licences_are_routed(method: str, path: str, parameters: dict[str, str]) -> None:
    match, _ = find_route(BUNDLE.routes, method, path)
    assert match is not None
    assert (match.route.function, match.path_parameters) == ("seller_licenses", parameters)
