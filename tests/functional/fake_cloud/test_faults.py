"""What goes wrong on request, who is let in, and what the record and the snapshot say."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import huaweicloudsdkapig.v2 as apig_model
import huaweicloudsdkfunctiongraph.v2 as model
import pytest
import urllib3
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import (
    ClientRequestException,
    ConnectionException,
    ServerResponseException,
)

from tests.fake_cloud import FakeCloud, Site, examples
from tests.fake_cloud.examples import create_alias, create_dependency, create_function, create_timer, publish_version

Refused = Callable[[int], Any]
LIST = model.ListFunctionsRequest()


def names(functiongraph: Any) -> list[str]:
    """The functions that the list shows."""
    return [row.func_name for row in functiongraph.list_functions(LIST).functions]


def test_every_nth_call_is_one_too_many(cloud: FakeCloud, functiongraph: Any, apig: Any) -> None:
    cloud.faults.throttle_every = 2
    names(functiongraph)
    with pytest.raises(ClientRequestException) as raised:
        functiongraph.create_function(create_function())
    assert (raised.value.status_code, raised.value.error_code) == (429, "FSS.0429")
    assert not cloud.functions
    names(functiongraph)
    with pytest.raises(ClientRequestException) as raised:
        apig.create_api_group_v2(apig_model.CreateApiGroupV2Request("any", apig_model.ApiGroupCreate("group")))
    assert (raised.value.status_code, raised.value.error_code) == (429, "APIGW.0308")


def test_the_sdk_keeps_the_code_of_a_throttled_read_to_itself(cloud: FakeCloud, functiongraph: Any) -> None:
    cloud.faults.throttle_every = 1
    with pytest.raises(ClientRequestException) as raised:
        names(functiongraph)
    assert (raised.value.status_code, raised.value.error_code) == (429, "429")


def test_a_call_fails_before_or_after_its_effect(cloud: FakeCloud, functiongraph: Any) -> None:
    cloud.faults.fail_before, cloud.faults.fail_after = {1}, {2}
    for name, made in (("before", []), ("after", ["after"])):
        with pytest.raises(ServerResponseException):
            functiongraph.create_function(create_function(name))
        assert list(cloud.functions) == made
    functiongraph.create_function(create_function("proper"))
    assert list(cloud.functions) == ["after", "proper"]


def test_a_cut_lets_the_effect_happen_and_nothing_after_it(cloud: FakeCloud, functiongraph: Any) -> None:
    cloud.faults.cut_after = 2
    functiongraph.create_function(create_function("first"))
    for name in ("second", "third"):
        with pytest.raises(ConnectionException):
            functiongraph.create_function(create_function(name))
    assert list(cloud.functions) == ["first", "second"]
    cloud.faults.revive()
    assert names(functiongraph) == ["first", "second"]
    assert [call.operation for call in cloud.calls] == ["create_function", "create_function", "list_functions"]


def test_reads_see_a_change_only_after_so_many_further_calls(cloud: FakeCloud, functiongraph: Any) -> None:
    functiongraph.create_function(create_function("before"))
    cloud.faults.lag = 2
    urn = functiongraph.create_function(create_function("after")).func_urn
    assert names(functiongraph) == ["before"]
    with pytest.raises(ClientRequestException):
        functiongraph.show_function_config(model.ShowFunctionConfigRequest(urn))
    assert names(functiongraph) == ["before", "after"]
    functiongraph.delete_function(model.DeleteFunctionRequest(urn.removesuffix(":latest")))
    assert [len(names(functiongraph)) for _ in range(3)] == [2, 2, 1]


def test_changes_see_the_present_whatever_the_lag(cloud: FakeCloud, functiongraph: Any, refused: Refused) -> None:
    cloud.faults.lag = 5
    urn = functiongraph.create_function(create_function()).func_urn
    functiongraph.create_function_version(publish_version(urn, "v1"))
    with refused(409):
        functiongraph.create_function(create_function())


def test_answers_take_their_time(cloud: FakeCloud, functiongraph: Any) -> None:
    cloud.faults.latency = 0.05
    start = time.monotonic()
    names(functiongraph)
    assert time.monotonic() - start >= 0.05


def test_after_a_reset_nothing_goes_wrong_and_counting_starts_again(cloud: FakeCloud, functiongraph: Any) -> None:
    cloud.faults.throttle_every, cloud.faults.cut_after = 1, 9
    with pytest.raises(ClientRequestException):
        names(functiongraph)
    cloud.faults.reset()
    assert names(functiongraph) == []
    assert cloud.faults.calls == 1


def test_clients_at_once_do_not_disturb_each_other(cloud: FakeCloud) -> None:
    clients = [cloud.client("functiongraph") for _ in range(4)]
    urn = clients[0].create_function(create_function()).func_urn

    def work(number: int) -> list[str]:
        client = clients[number]
        client.create_function(create_function(f"function_{number}"))
        return [client.create_function_version(publish_version(urn)).version for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        versions = [version for found in pool.map(work, range(4)) for version in found]
    assert len(set(versions)) == 16
    assert len(cloud.functions) == 5


def other_client(cloud: FakeCloud, access_key: str, secret_key: str, project: str) -> Any:
    """A client with another key."""
    credentials = BasicCredentials(access_key, secret_key, project)
    return model.FunctionGraphClient.new_builder().with_credentials(credentials).with_endpoint(cloud.endpoint).build()


@pytest.mark.parametrize("wrong", ["access_key", "secret_key"])
def test_a_wrong_key_is_refused(cloud: FakeCloud, wrong: str) -> None:
    key = {"access_key": cloud.site.access_key, "secret_key": cloud.site.secret_key, wrong: "wrong"}
    client = other_client(cloud, project=cloud.site.project_id, **key)
    with pytest.raises(ClientRequestException) as raised:
        names(client)
    assert (raised.value.status_code, raised.value.error_code) == (401, "APIGW.0301")


def test_another_project_is_refused(cloud: FakeCloud, refused: Refused) -> None:
    with refused(403):
        names(other_client(cloud, cloud.site.access_key, cloud.site.secret_key, "other"))


def test_an_unsigned_request_is_refused(cloud: FakeCloud) -> None:
    path = f"/v2/{cloud.site.project_id}/fgs/functions"
    assert urllib3.request("GET", f"{cloud.endpoint}{path}", retries=False).status == 401


@pytest.fixture
def short_lived() -> Iterator[FakeCloud]:
    """An account that lets temporary keys in only."""
    with FakeCloud(Site(security_token="token-of-tests")) as cloud:
        yield cloud


def test_temporary_keys_come_with_their_token(short_lived: FakeCloud, refused: Refused) -> None:
    assert names(short_lived.client("functiongraph")) == []
    site = short_lived.site
    with refused(401):
        names(other_client(short_lived, site.access_key, site.secret_key, site.project_id))


def test_what_is_not_played_is_not_mistaken_for_what_is_not_there(functiongraph: Any) -> None:
    with pytest.raises(ServerResponseException, match="is not played here"):
        functiongraph.list_workflow(model.ListWorkflowRequest())


@pytest.mark.parametrize("query", ["maxitems=two", "marker=-1", "unknown=1"])
def test_a_wrong_query_is_refused(cloud: FakeCloud, functiongraph: Any, refused: Refused, query: str) -> None:
    name, value = query.split("=")
    with refused(400):
        functiongraph.call_api(
            "/v2/{project_id}/fgs/functions", "GET", query_params=[(name, value)], response_type="ListFunctionsResponse"
        )


def _bundle(cloud: FakeCloud, functiongraph: Any, apig: Any, gateway: str) -> None:
    dependency = functiongraph.create_dependency_version(create_dependency())
    made = functiongraph.create_function(
        create_function(depend_version_list=[dependency.id], encrypted_user_data='{"KEY":"made-up-secret"}')
    )
    functiongraph.create_function_version(publish_version(made.func_urn, "v1"))
    functiongraph.create_version_alias(create_alias(made.func_urn, "v1"))
    functiongraph.create_function_trigger(create_timer(made.func_urn))
    create = apig_model.CreateApiGroupV2Request(gateway, apig_model.ApiGroupCreate("koogallery_prod"))
    group = apig.create_api_group_v2(create).id
    urn = cloud.site.function_urn("default", "new_instance")
    body = examples.authorizer(urn)
    authorizer = apig.create_custom_authorizer_v2(apig_model.CreateCustomAuthorizerV2Request(gateway, body)).id
    routed = examples.api(group, urn, auth_type="AUTHORIZER", authorizer_id=authorizer)
    api = apig.create_api_v2(apig_model.CreateApiV2Request(gateway, routed)).id
    publish = apig_model.ApiBatchPublish(apis=[api], env_id="DEFAULT_ENVIRONMENT_RELEASE_ID")
    apig.batch_publish_or_offline_api_v2(
        apig_model.BatchPublishOrOfflineApiV2Request(gateway, action="online", body=publish)
    )


def test_the_same_work_gives_the_same_snapshot_without_ids_and_secrets() -> None:
    snapshots = []
    for wait in (0, 3):
        with FakeCloud() as cloud:
            functiongraph, apig = cloud.client("functiongraph"), cloud.client("apig")
            gateway = cloud.add_gateway().id
            for _ in range(wait):
                functiongraph.create_function(create_function("passing"))
                functiongraph.delete_function(
                    model.DeleteFunctionRequest(cloud.site.function_urn("default", "passing"))
                )
            _bundle(cloud, functiongraph, apig, gateway)
            snapshots.append(cloud.snapshot())
    assert snapshots[0] == snapshots[1]
    text = str(snapshots[0]).replace(Site().project_id, "")
    assert not re.search(r"[^0-9a-f][0-9a-f]{32}[^0-9a-f]", text)
    assert "made-up-secret" not in text
    assert snapshots[0]["apis"]["<saas_post>"]["body"]["authorizer_id"] == "<route_activity>"


def test_a_change_by_hand_shows_in_the_snapshot_and_in_replies(cloud: FakeCloud, functiongraph: Any) -> None:
    function = cloud.add_function("new_instance")
    before = cloud.snapshot()
    function.latest.config["memory_size"] = 1024
    shown = functiongraph.show_function_config(model.ShowFunctionConfigRequest(function.urn))
    assert shown.memory_size == 1024
    assert cloud.snapshot() != before


def test_calls_are_counted_by_what_they_are(cloud: FakeCloud, functiongraph: Any, urn: str) -> None:
    names(functiongraph)
    names(functiongraph)
    assert cloud.count(operation="list_functions") == 2
    assert (cloud.count(writes=True), cloud.count(writes=False), cloud.count(service="apig")) == (1, 2, 0)
