"""A plan shows every drift with a reason, costs few calls while nothing was touched, and changes nothing."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deployment.diff import Action
from deployment.errors import ForeignResource
from tests.fake_cloud import FakeCloud
from tests.functional.deployment.conftest import forget
from tests.support.deployments import Rig

DOOR, PREPARE = "koogallery_prod_new_instance", "koogallery_prod_prepare_state"
ROUTE = "koogallery_prod_saas_post"
MAX_CALLS = 60


def shown(rig: Rig) -> dict[str, str]:
    """Kind and name to reasons, without the confirmation that every drift brings along."""
    return {
        f"{one.resource.kind} {one.resource.name}": "; ".join(one.reasons)
        for one in rig.plan()
        if one.resource.kind != "publication"
    }


def config(name: str, member: str, value: Any) -> Callable[[FakeCloud], None]:
    def change(cloud: FakeCloud) -> None:
        latest = cloud.function(name).latest
        latest.config[member] = value
        latest.modified = cloud.state.tick()

    return change


def packages(cloud: FakeCloud) -> None:
    cloud.function(DOOR).latest.depend_version_list.clear()
    cloud.function(DOOR).latest.modified = cloud.state.tick()


def code(cloud: FakeCloud) -> None:
    cloud.function(DOOR).latest.code = b"by hand"


def alias(cloud: FakeCloud) -> None:
    function = cloud.function(DOOR)
    function.versions["by-hand"] = function.latest
    function.aliases["live"].version = "by-hand"


def share(cloud: FakeCloud) -> None:
    function = cloud.function(DOOR)
    function.versions["by-hand"] = function.latest
    function.aliases["live"].additional_version_weights = {"by-hand": 50}


def policy(cloud: FakeCloud) -> None:
    cloud.api(ROUTE).body["policy_functions"][0]["conditions"][0]["condition_value"] = "releaseInstance"


def backend(cloud: FakeCloud) -> None:
    api = cloud.api("koogallery_prod_order_get")
    api.body["func_info"]["alias_urn"] = api.body["func_info"]["alias_urn"].replace("!live", "!test")
    api.modified = cloud.state.tick()


def offline(cloud: FakeCloud) -> None:
    cloud.api(ROUTE).live.clear()


def no_authorizer(cloud: FakeCloud) -> None:
    cloud.api(ROUTE).body["auth_type"] = "NONE"


def authorizer(cloud: FakeCloud) -> None:
    (one,) = cloud.state.authorizers.values()
    one.body["ttl"] = 60


def debug_domain(cloud: FakeCloud) -> None:
    next(iter(cloud.state.groups.values())).sl_domain_access_enabled = True


def domain(cloud: FakeCloud) -> None:
    next(iter(cloud.state.groups.values())).domains.clear()


def certificate(cloud: FakeCloud) -> None:
    next(iter(next(iter(cloud.state.groups.values())).domains.values())).certificates.clear()


def answers(cloud: FakeCloud) -> None:
    (one,) = next(iter(cloud.state.groups.values())).responses.values()
    one["responses"]["THROTTLED"]["status"] = 429


def timer(cloud: FakeCloud) -> None:
    cloud.function(PREPARE).triggers.clear()


def reserved(cloud: FakeCloud) -> None:
    cloud.function(DOOR).reserved["!live"]["count"] = 5


def retries(cloud: FakeCloud) -> None:
    cloud.function(PREPARE).async_invoke["!live"]["max_async_retry_attempts"] = 3


def retention(cloud: FakeCloud) -> None:
    next(iter(cloud.state.log_groups.values())).ttl_in_days = 3


def alarm(cloud: FakeCloud) -> None:
    next(iter(cloud.state.alarms.values())).body["enabled"] = False


def threshold(cloud: FakeCloud) -> None:
    next(iter(cloud.state.alarms.values())).body["policies"][0]["value"] = 99


def no_function(cloud: FakeCloud) -> None:
    del cloud.state.functions[cloud.function(PREPARE).urn]


DRIFTS: list[tuple[Callable[[FakeCloud], None], str, str]] = [
    (config(DOOR, "memory_size", 128), "function new_instance", "memory size: 128 → 512"),
    (config(DOOR, "timeout", 3), "function new_instance", "timeout: 3 → 10"),
    (config(DOOR, "user_data", '{"STATE_URL":"elsewhere"}'), "function new_instance", "settings: STATE_URL differs"),
    (config(DOOR, "app_xrole", "admin"), "function new_instance", "app xrole: admin → run"),
    (config(DOOR, "func_vpc", {"vpc_id": "vpc-1", "subnet_id": "net-9"}), "function new_instance", "subnet id: net-9"),
    (config(DOOR, "strategy_config", {"concurrency": 1, "concurrent_num": 1}), "function new_instance", "concurrency"),
    (config(DOOR, "description", "koogallery-bundle=prod"), "function new_instance", "encrypted settings differ"),
    (packages, "function new_instance", "dependency packages: core"),
    (code, "function new_instance", "the code differs"),
    (no_function, "function prepare_state", "is not there"),
    (alias, "alias new_instance", "version: by-hand"),
    (share, "alias new_instance", "other versions"),
    (policy, "API saas_post", "policy backends: prepare_state"),
    (backend, "API order_get", "function urn"),
    (offline, "API saas_post", "it is not published"),
    (no_authorizer, "API saas_post", "authorizer: none → route_activity"),
    (authorizer, "authorizer route_activity", "ttl: 60 → 0"),
    (debug_domain, "API group koogallery", "debug domain: true → false"),
    (domain, "API group koogallery", "domain: none → shop.example.test"),
    (certificate, "API group koogallery", "certificate id"),
    (answers, "gateway responses marketplace", "responses"),
    (timer, "timer every_minute_", "fires prepare_state"),
    (reserved, "reserved instances new_instance", "count: 5 → 1"),
    (retries, "async configuration prepare_state", "max retries: 3 → 1"),
    (retention, "log group koogallery", "ttl days: 3 → 30"),
    (alarm, "alarm fails", "enabled: false → true"),
    (threshold, "alarm fails", "threshold: 99"),
]


def shows(found: dict[str, str], what: str, why: str) -> bool:
    return any(name.startswith(what) and why in reason for name, reason in found.items())


def test_every_drift_is_shown_with_its_reason(deployed: Rig) -> None:
    kept = pickle.dumps(deployed.cloud.state)
    for drift, what, why in DRIFTS:
        deployed.cloud.state = pickle.loads(kept)  # noqa: S301 - our own state
        drift(deployed.cloud)
        assert shows(found := shown(deployed), what, why), (what, why, found)


def test_all_drifts_at_once_are_mended(deployed: Rig) -> None:
    for drift, _, _ in DRIFTS:
        if drift not in {no_function, certificate}:
            drift(deployed.cloud)
    deployed.apply()
    assert deployed.plan(full=True) == []


def test_a_bucket_rule_of_the_bundle_is_mended_and_others_stay(deployed: Rig) -> None:
    rules = deployed.objects.buckets["example-archive"]["rules"]
    foreign = {"ID": "mine", "Status": "Enabled", "Filter": {"Prefix": "x"}, "Expiration": {"Days": 1}}
    rules[:] = [foreign]
    assert shown(deployed) == {"bucket example-archive": "expiration days: null → 400"}
    deployed.apply()
    assert foreign in deployed.objects.buckets["example-archive"]["rules"]
    assert deployed.plan() == []


def test_a_plan_changes_nothing(deployed: Rig) -> None:
    deployed.text = "2"
    deployed.plan(full=True)
    assert deployed.cloud.count(writes=True) == 0
    assert deployed.objects.writes == []


def test_an_unchanged_deployment_of_the_whole_template_costs_few_calls(whole: Rig) -> None:
    whole.parameters["warmInstances"] = "1"
    whole.apply()
    forget(whole)
    assert whole.plan() == []
    assert len(whole.calls) <= MAX_CALLS
    warm = {name for name, function in whole.cloud.functions.items() if function.reserved}
    assert "koogallery_prod_sync_users" in warm
    assert "koogallery_prod_front_door" not in warm
    forget(whole)
    assert whole.apply() == []
    assert len(whole.calls) <= MAX_CALLS
    assert whole.cloud.count(writes=True) == 0


def test_what_nobody_touched_is_read_in_full_on_request(deployed: Rig) -> None:
    assert deployed.plan(full=True) == []
    full = len(deployed.calls)
    forget(deployed)
    deployed.plan()
    assert len(deployed.calls) < full


def test_routes_that_look_unchanged_after_a_change_by_hand_are_published_again(deployed: Rig) -> None:
    api = deployed.cloud.api("koogallery_prod_order_get")
    api.modified = deployed.cloud.state.tick()
    (change,) = deployed.plan()
    assert change.resource.kind == "publication"
    deployed.apply()
    assert deployed.plan() == []


def test_what_the_template_no_longer_has_is_shown_as_deleted(deployed: Rig) -> None:
    deployed.change = lambda bundle: replace(bundle, alarms=(), timers=())
    removed = [one.resource.kind for one in deployed.plan() if one.action is Action.DELETE]
    assert sorted(removed) == ["alarm", "timer"]


@pytest.mark.parametrize("name", [DOOR, "koogallery_prod"])
def test_a_name_that_somebody_else_has_is_refused(small: Rig, name: str) -> None:
    if name == DOOR:
        small.cloud.add_function(name, description="somebody's own")
    else:
        client = small.account.cloud
        client.call("apig", "create_api_group_v2", instance_id=small.gateway, body={"name": name, "remark": "mine"})
    before = small.cloud.snapshot()
    with pytest.raises(ForeignResource, match=name):
        small.apply()
    assert small.cloud.snapshot() == before


def test_a_bucket_that_somebody_else_has_is_refused(small: Rig) -> None:
    small.objects.create_bucket("example-archive", None)
    with pytest.raises(ForeignResource, match="koogallery-bundle=prod"):
        small.apply()
    assert small.cloud.count(writes=True) == 0
