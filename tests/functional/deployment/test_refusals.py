"""What the cloud refuses is told with the resource's name and what to do; what is not there is not asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from requests import ReadTimeout

from bundle_template import Bundle, LogTrigger
from deployment.actual import Account
from deployment.apply import apply, plan
from deployment.buckets import Buckets
from deployment.destroy import destroy, doomed
from deployment.errors import ForeignResource, NotFinished, NotFound, Rejected, Unavailable
from deployment.found import Found
from deployment.lock import LEASE, Lock
from deployment.names import Names
from tests.support.deployments import Rig, Straight

DOOR, PREPARE = "koogallery_prod_new_instance", "koogallery_prod_prepare_state"
NAMES = Names("prod", "cn-north-4", "p1")


def test_a_full_account_is_told_with_the_function_that_did_not_fit(small: Rig) -> None:
    small.cloud.site.functions = 1
    with pytest.raises(Rejected, match="function koogallery_prod_new_instance"):
        small.apply()
    small.cloud.site.functions = 400
    small.time.moment += LEASE
    small.apply()
    assert small.plan() == []


def test_an_agency_that_does_not_exist_is_named(small: Rig) -> None:
    small.cloud.site.agencies = frozenset({"config"})
    with pytest.raises(Rejected, match="agency run does not exist"):
        small.apply()


def test_a_gateway_without_enough_policies_is_told_with_the_route(small: Rig) -> None:
    next(iter(small.cloud.state.gateways.values())).policy_quota = 0
    with pytest.raises(Rejected, match=r"API koogallery_prod_saas_post.*policy backends"):
        small.apply()
    next(iter(small.cloud.state.gateways.values())).policy_quota = None
    small.apply()
    assert small.plan() == []


def test_a_gateway_that_does_not_exist_is_told(small: Rig) -> None:
    small.parameters["gatewayInstanceId"] = small.gateway = "f" * 32
    with pytest.raises(NotFound, match="f" * 32):
        small.apply()


def test_a_wrong_key_is_told_with_what_to_check(small: Rig) -> None:
    small.cloud.site.secret_key = "rotated meanwhile"
    account = small.account
    small.cloud.site.secret_key = "another"
    with pytest.raises(Rejected, match="check the access key"):
        account.cloud.call("functiongraph", "list_functions")


def test_an_answer_that_does_not_come_in_time_is_waited_for_again(small: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    answered, late = Straight.send, iter(range(3))

    def send(self: Straight, request: Any, *rest: Any, **more: Any) -> Any:
        if next(late, None) is not None:
            raise ReadTimeout("read timed out")
        return answered(self, request, *rest, **more)

    monkeypatch.setattr(Straight, "send", send)
    small.apply()
    assert sum(small.time.slept) > 3


def test_what_names_a_log_group_or_alarm_of_somebody_else_is_refused(small: Rig) -> None:
    cloud = small.account.cloud
    cloud.call("lts", "create_log_group", body={"log_group_name": "koogallery_prod", "ttl_in_days": 3})
    with pytest.raises(ForeignResource, match="log group koogallery_prod"):
        small.apply()


def watched(bundle: Bundle) -> Bundle:
    return replace(bundle, log_triggers=(LogTrigger("lines", "prepare_state", 1),))


def test_log_lines_fire_a_function(deployed: Rig) -> None:
    deployed.change = watched
    deployed.apply()
    function = deployed.cloud.function(PREPARE)
    (trigger,) = [one for one in function.triggers.values() if one.type_code == "LTS"]
    (group,) = deployed.cloud.state.log_groups.values()
    streams = {stream.name: stream.id for stream in group.streams.values()}
    assert trigger.event_data["log_topic_id"] == streams["functions"]
    assert function.latest.config["log_stream_id"] == streams["prepare_state"]
    trigger.status = "DISABLED"
    deployed.apply()
    assert trigger.status == "ACTIVE"
    deployed.change = lambda bundle: bundle
    deployed.apply()
    assert [one.type_code for one in function.triggers.values()] == ["TIMER"]
    assert [stream.name for stream in group.streams.values()] == ["functions"]
    assert deployed.plan() == []


def test_a_log_trigger_goes_with_a_destroy(deployed: Rig) -> None:
    deployed.change = watched
    deployed.apply()
    account = deployed.account
    destroy(account, doomed(account), lambda: None, deployed.lines.append)
    assert not deployed.cloud.state.log_groups


def without_routes(bundle: Bundle) -> Bundle:
    return replace(bundle, routes=(), authorizers={}, log_group=None, bucket=None, alarms=())


def test_a_bundle_without_routes_needs_no_gateway(small: Rig) -> None:
    small.change = without_routes
    small.gateway = ""

    def account() -> Account:
        return replace(small.account, gateway="")

    apply(account(), small.desired, "one")
    assert plan(account(), small.desired)[0] == []
    assert small.cloud.count(service="apig") == 0
    assert small.cloud.function(DOOR).aliases


def test_a_lost_lock_stops_the_apply(deployed: Rig) -> None:
    lock = Lock(deployed.account, "paused", deployed.lines.append)
    lock.acquire()
    deployed.time.moment += LEASE + timedelta(minutes=1)
    Lock(deployed.account, "other", deployed.lines.append).acquire()
    with pytest.raises(NotFinished, match="took over"):
        lock.keep()
    lock.release()
    assert len(deployed.cloud.state.groups) == 2


def test_the_holder_knows_its_own_lock_again(deployed: Rig) -> None:
    Lock(deployed.account, "same", deployed.lines.append).acquire()
    again = Lock(deployed.account, "same", deployed.lines.append)
    again.acquire()
    again.release()
    assert len(deployed.cloud.state.groups) == 1


class Store:
    """An S3 client that fails as told."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    def get_bucket_tagging(self, **_: Any) -> Any:
        raise self._failure


def refusal(status: int, code: str) -> ClientError:
    reply: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(reply, "GetBucketTagging")


@pytest.mark.parametrize(
    "failure", [refusal(503, "SlowDown"), EndpointConnectionError(endpoint_url="https://obs.example.test")]
)
def test_a_store_that_fails_is_told_as_such(failure: Exception) -> None:
    with pytest.raises(Unavailable, match="bucket archive"):
        Buckets(Store(failure), "cn-north-4").read(NAMES, "archive", Found())


def test_a_bucket_that_one_may_not_look_at_is_somebody_elses() -> None:
    found = Found()
    Buckets(Store(refusal(403, "AccessDenied")), "cn-north-4").read(NAMES, "archive", found)
    assert "AccessDenied" in found.foreign["bucket", "archive"]


def test_a_bucket_without_rules_of_ours_and_others_has_none(deployed: Rig) -> None:
    deployed.change = lambda bundle: replace(bundle, bucket=replace(bundle.bucket, expiration_days=None))  # type: ignore[type-var]  # it has one
    deployed.apply()
    assert deployed.objects.buckets["example-archive"]["rules"] == []
    assert deployed.plan() == []
