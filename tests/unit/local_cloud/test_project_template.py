"""What the project's own template promises."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest

from bundle_template.addresses import service_address
from bundle_template.bundle import Timer
from bundle_template.gateway import answers_marketplace, backends_of
from bundle_template.reading import read_template
from bundle_template.schedules import next_time
from koogallery.metrics import METRICS
from koogallery.settings import Settings
from local_cloud.policies import choose_function
from local_cloud.routing import find_route

BUNDLE = read_template()
NEEDED = {name: "given" for name, parameter in BUNDLE.parameters.items() if parameter.default is None}


@pytest.mark.parametrize("path", ["/saas", "/"])
@pytest.mark.parametrize(
    ("activity", "function"),
    [
        ("newInstance", "new_instance"),
        ("queryInstance", "query_instance"),
        ("refreshInstance", "refresh_instance"),
        ("updateInstanceStatus", "update_instance_status"),
        ("releaseInstance", "release_instance"),
        ("upgradeInstance", "upgrade_instance"),
        ("changeInstanceCheck", "upgrade_instance"),
        ("", "new_instance"),
        ("somethingElse", "new_instance"),
    ],
)
def test_an_activity_goes_to_its_function(path: str, activity: str, function: str) -> None:
    match, _ = find_route(BUNDLE.routes, "POST", path)
    assert match is not None
    assert choose_function(match.route, {"activity": activity}, {}) == function


@pytest.mark.parametrize(
    ("method", "path", "function", "parameters"),
    [
        ("POST", "/seller/usage", "record_usage", {}),
        ("GET", "/seller/instances", "seller_instances", {}),
        ("GET", "/seller/instances/i-1", "seller_instances", {"instance_id": "i-1"}),
        ("PUT", "/seller/instances/i-1/access", "seller_instances", {"instance_id": "i-1"}),
    ],
)
def test_the_seller_interface_is_routed(method: str, path: str, function: str, parameters: dict[str, str]) -> None:
    match, _ = find_route(BUNDLE.routes, method, path)
    assert match is not None
    assert (match.route.function, match.path_parameters) == (function, parameters)


def test_the_production_address_hands_the_body_to_the_authorizer() -> None:
    routed = [route for route in BUNDLE.routes if route.method == "POST" and route.function == "new_instance"]
    assert routed
    assert all(route.authorizer and BUNDLE.authorizers[route.authorizer].need_body for route in routed)


def test_every_setting_exists_in_the_core() -> None:
    assert {name.lower() for name in BUNDLE.settings} <= set(Settings.fields())


def test_what_the_core_calls_secret_is_encrypted() -> None:
    for name, setting in BUNDLE.settings.items():
        assert setting.encrypted or not Settings.fields()[name.lower()].secret, name


def test_every_setting_is_read_by_a_function() -> None:
    read = {name for component in BUNDLE.components.values() for name in component.readable_settings}
    assert read == set(BUNDLE.settings)


def test_every_function_that_keeps_state_may_reach_it() -> None:
    state = {"STATE_URL", "STATE_ACCESS_KEY", "STATE_SECRET_KEY"}
    for component in BUNDLE.components.values():
        assert component.name in ("route_activity", "publish_metrics") or state <= component.readable_settings


def test_usage_is_pushed_several_times_early_in_the_hour_and_once_when_it_is_late() -> None:
    timer = BUNDLE.timer_of("push_usage")
    assert timer is not None
    assert (timer.schedule, timer.user_event) == ("0 1,5,9,13,21 * * * *", '{"share":"1 of 1"}')


def test_whoever_has_an_encrypted_setting_may_have_it_in_csms() -> None:
    holders = {name for name, component in BUNDLE.components.items() if component.encrypted_settings}
    assert holders == {name for name, one in BUNDLE.components.items() if "CSMS_ENDPOINT" in one.settings}


def test_no_route_goes_through_the_front_door_unless_the_seller_says_so() -> None:
    assert {route.through for route in BUNDLE.routes} == {"policies"}


def test_the_log_trigger_hands_its_lines_to_the_function_that_makes_metrics() -> None:
    assert BUNDLE.log_group is not None
    assert [trigger.function for trigger in BUNDLE.log_triggers] == ["publish_metrics"]
    assert not BUNDLE.components["publish_metrics"].in_vpc


def test_the_own_alarms_watch_metrics_that_are_made_and_every_metric_is_watched() -> None:
    watched = {alarm.metric for alarm in BUNDLE.alarms if alarm.function is None}
    assert watched == set(METRICS)


def test_sums_are_summed_and_the_largest_is_taken_of_the_rest() -> None:
    for alarm in BUNDLE.alarms:
        if alarm.function is None and alarm.name != "usage_late":
            assert alarm.statistic == METRICS[alarm.metric].combine, alarm.name


def test_resolved_no_parameter_is_left() -> None:
    assert "${" in repr(BUNDLE)
    assert "${" not in repr(BUNDLE.resolved(NEEDED))


def _shortest_gap(timer: Timer) -> timedelta:
    times = [datetime(2026, 11, 21, tzinfo=timezone.utc)]
    while len(times) < 30:
        times.append(next_time(timer.schedule_type, timer.schedule, times[-1]))
    return min(later - earlier for earlier, later in pairwise(times[1:]))


@pytest.mark.parametrize("timer", BUNDLE.timers, ids=lambda timer: str(timer.name))
def test_a_failed_run_is_kept_and_left_to_the_next_one(timer: Timer) -> None:
    failing = BUNDLE.components[timer.function].async_invoke
    assert failing is not None
    assert (failing.max_retries, failing.on_failure_prefix) == (0, "dead-letters/")
    assert timedelta(seconds=failing.max_age_seconds) <= _shortest_gap(timer)


def test_nothing_is_kept_warm_unless_the_seller_pays_for_it() -> None:
    assert all(component.reserved_instances == 0 for component in BUNDLE.components.values())


def test_whatever_answers_the_marketplace_can_be_kept_warm() -> None:
    bundle = BUNDLE.resolved({**NEEDED, "warmInstances": "2"})
    callbacks = {name for route in bundle.routes if answers_marketplace(bundle, route) for name in backends_of(route)}
    warm = {name for name, component in bundle.components.items() if component.reserved_instances == 2}
    assert warm == callbacks | bundle.authorizer_functions() | {"front_door"}
    assert callbacks >= {"new_instance", "get_license", "notify_order", "sync_users"}
    assert not callbacks & {"sign_in", "record_usage"}


def test_settings_have_the_addresses_of_the_region_by_default() -> None:
    assert BUNDLE.resolved({**NEEDED, "region": "ap-southeast-3"}).setting_defaults == {
        "CSMS_ENDPOINT": service_address("csms", "ap-southeast-3"),
        "CES_ENDPOINT": service_address("ces", "ap-southeast-3"),
    }


def test_the_archive_outlives_the_settled_usage_by_years() -> None:
    assert BUNDLE.bucket is not None
    assert (BUNDLE.bucket.expiration_days or 0) >= 3 * 365
