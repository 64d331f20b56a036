"""The doctor after a deployment: what apply leaves is found whole, and what was broken by hand is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from huaweicloudsdkcsms import v1 as csms

from doctor.account import Account, check_account
from doctor.finding import Finding, Verdict
from doctor.sdk_control_plane import SdkControlPlane
from doctor.subject import Credentials
from koogallery.clock import FrozenClock
from tests.fake_cloud import FakeCloud
from tests.support.deployed import CLOUD_SETTINGS, PARAMETERS, subject
from tests.support.deployments import Rig
from tests.support.scripted_account import EmptyBucket

NOW = datetime(2026, 11, 21, 12, 5, tzinfo=timezone.utc)
INSIDE = {"table": "ready", "marketplace": "reachable", "webhook": "reachable", "archive": "writable"}


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeCloud]:
    """An account into which the project's template was applied."""
    with FakeCloud() as found:
        rig = Rig(found, tmp_path_factory.mktemp("packages"), settings=dict(CLOUD_SETTINGS))
        rig.apply()
        found.site.invoke = lambda name, qualifier, event: dict(INSIDE)
        found.state.metric_data += [_runs(name) for name in found.functions] + [_own("usage_oldest_unsent_seconds", 0)]
        yield found


@pytest.fixture
def cloud(applied: FakeCloud) -> Iterator[FakeCloud]:
    """The account; what a test breaks is whole again for the next."""
    kept, invoke = deepcopy(applied.state), applied.site.invoke
    yield applied
    applied.state, applied.site.invoke = kept, invoke


def _point(namespace: str, metric: str, dimension: tuple[str, str], value: float) -> dict[str, Any]:
    where = [{"name": dimension[0], "value": dimension[1]}]
    return {
        "metric": {"namespace": namespace, "metric_name": metric, "dimensions": where},
        "value": value,
        "collect_time": int((NOW - timedelta(minutes=10)).timestamp() * 1000),
        "ttl": 172800,
        "type": "int",
        "unit": "Count",
    }


def _runs(function: str) -> dict[str, Any]:
    return _point("SYS.FunctionGraph", "count", ("package-functionname", f"default-{function}"), 5)


def _own(name: str, value: float) -> dict[str, Any]:
    return _point("KOOGALLERY.Bundle", name, ("bundle", "koogallery_prod"), value)


def look(cloud: FakeCloud) -> dict[str, Finding]:
    """Findings of the account by check."""
    site, (gateway,) = cloud.site, cloud.state.gateways
    credentials = Credentials(site.access_key, site.secret_key, None, site.project_id)
    endpoints = dict.fromkeys(("functiongraph", "apig", "lts", "ces", "csms"), cloud.endpoint)
    about = subject(
        {**_parameters(), "gatewayInstanceId": gateway, "domain": "shop.example.test"},
        {**CLOUD_SETTINGS, "KIT_PRIVATE_KEY": "csms:koogallery-kit-key"},
    )
    account = Account(SdkControlPlane(credentials, site.region, endpoints), EmptyBucket(), FrozenClock(NOW))
    findings, deployed = check_account(about, account, lambda text: None)
    assert deployed
    return {one.check: one for one in findings}


def _parameters() -> dict[str, str]:
    return {name: f"example-{name.lower()}" for name in PARAMETERS}


def worst(found: dict[str, Finding]) -> dict[str, Verdict]:
    """Warnings and problems."""
    return {name: one.verdict for name, one in found.items() if one.verdict in (Verdict.WARNING, Verdict.PROBLEM)}


def test_what_apply_leaves_is_found_whole(cloud: FakeCloud) -> None:
    found = look(cloud)
    assert worst(found) == {
        # Nobody made the secret, and the quota of a new gateway may count for all APIs together.
        "secrets.KIT_PRIVATE_KEY": Verdict.PROBLEM,
        "quota.policies_per_gateway": Verdict.WARNING,
    }, [one for one in found.values() if one.todo]
    assert found["functions.there"].verdict is Verdict.OK
    assert found["inside.table"].verdict is Verdict.OK
    assert found["timer.push_usage.ran"].seen == "5 runs within the last 75 minutes"
    assert found["dead_letters.events"].verdict is Verdict.OK


# ------------------------------------------------------------------------------------------------------ broken by hand
def _disable_a_timer(cloud: FakeCloud) -> None:
    (trigger,) = cloud.functions["koogallery_prod_push_usage"].triggers.values()
    trigger.status = "DISABLED"


def _change_an_agency(cloud: FakeCloud) -> None:
    cloud.functions["koogallery_prod_push_usage"].latest.config["app_xrole"] = "somebody-elses"


def _delete_a_function(cloud: FakeCloud) -> None:
    del cloud.state.functions[cloud.functions["koogallery_prod_sync_users"].urn]


def _open_the_debug_domain(cloud: FakeCloud) -> None:
    for group in cloud.state.groups.values():
        group.sl_domain_access_enabled = True


def _unbind_the_domain(cloud: FakeCloud) -> None:
    for group in cloud.state.groups.values():
        group.domains.clear()


def _stop_the_gateway(cloud: FakeCloud) -> None:
    for gateway in cloud.state.gateways.values():
        gateway.status = "Frozen"


def _let_a_timer_stand_still(cloud: FakeCloud) -> None:
    function = "default-koogallery_prod_deliver_events"
    cloud.state.metric_data = [
        one for one in cloud.state.metric_data if one["metric"]["dimensions"][0]["value"] != function
    ]


def _give_up_an_event(cloud: FakeCloud) -> None:
    cloud.state.metric_data.append(_own("dead_letters", 1))


def _lose_the_logs(cloud: FakeCloud) -> None:
    cloud.state.log_groups.clear()


def _cut_the_network(cloud: FakeCloud) -> None:
    cloud.site.invoke = lambda name, qualifier, event: {**INSIDE, "marketplace": "http_unreachable: timeout"}


@pytest.mark.parametrize(
    ("broken", "check", "verdict"),
    [
        (_disable_a_timer, "timer.push_usage.trigger", Verdict.PROBLEM),
        (_change_an_agency, "functions.as_planned", Verdict.PROBLEM),
        (_delete_a_function, "functions.there", Verdict.PROBLEM),
        (_open_the_debug_domain, "gateway.debug_domain", Verdict.WARNING),
        (_unbind_the_domain, "gateway.domain", Verdict.PROBLEM),
        (_stop_the_gateway, "gateway.running", Verdict.PROBLEM),
        (_let_a_timer_stand_still, "timer.deliver_events.ran", Verdict.PROBLEM),
        (_give_up_an_event, "dead_letters.events", Verdict.PROBLEM),
        (_lose_the_logs, "logs.group", Verdict.PROBLEM),
        (_cut_the_network, "inside.marketplace", Verdict.PROBLEM),
    ],
)
def test_what_was_broken_by_hand_is_told(
    cloud: FakeCloud, broken: Callable[[FakeCloud], None], check: str, verdict: Verdict
) -> None:
    before = worst(look(cloud))
    broken(cloud)
    after = worst(look(cloud))
    assert {name: one for name, one in after.items() if name not in before} == {check: verdict}


def test_a_secret_that_is_there_is_found_without_reading_it(cloud: FakeCloud) -> None:
    body = csms.CreateSecretRequestBody(name="koogallery-kit-key", secret_string="the private key")
    cloud.client("csms").create_secret(csms.CreateSecretRequest(body=body))
    assert look(cloud)["secrets.KIT_PRIVATE_KEY"].verdict is Verdict.OK
    assert cloud.count(operation="show_secret_version") == 0
