"""FunctionGraph's rules for triggers, dependency packages, tags and calls."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import huaweicloudsdkfunctiongraph.v2 as model
import huaweicloudsdklts.v2 as lts_model
import pytest

from tests.fake_cloud import FakeCloud
from tests.fake_cloud.examples import (
    create_dependency,
    create_function,
    create_timer,
    publish_version,
    update_code,
    zip_of,
)
from tests.fake_cloud.state import DependencyVersion

Refused = Callable[[int], Any]


def test_a_timer_is_listed_with_its_data(functiongraph: Any, urn: str) -> None:
    made = functiongraph.create_function_trigger(create_timer(urn, schedule="0 1,5 * * * *", kind="Cron"))
    (trigger,) = functiongraph.list_function_triggers(model.ListFunctionTriggersRequest(urn)).body
    assert (trigger.trigger_id, trigger.trigger_status) == (made.trigger_id, "ACTIVE")
    assert (trigger.event_data.name, trigger.event_data.schedule) == ("every_minute", "0 1,5 * * * *")


@pytest.mark.parametrize(
    ("name", "schedule", "kind"),
    [
        ("9_o_clock", "1m", "Rate"),
        ("t", "61m", "Rate"),
        ("t", "25h", "Rate"),
        ("t", "31d", "Rate"),
        ("t", "0m", "Rate"),
        ("t", "1m", "Cron"),
        ("t", "1m", "Sometimes"),
        ("t", None, "Rate"),
        (None, "1m", "Rate"),
    ],
)
def test_a_wrong_timer_is_refused(
    functiongraph: Any, urn: str, refused: Refused, name: str, schedule: str, kind: str
) -> None:
    with refused(400):
        functiongraph.create_function_trigger(create_timer(urn, name, schedule, kind))


def test_a_timer_carries_less_than_two_kilobytes(functiongraph: Any, urn: str, refused: Refused) -> None:
    request = create_timer(urn)
    request.body.event_data.user_event = "x" * 2048
    with refused(400):
        functiongraph.create_function_trigger(request)


def test_a_timer_s_name_is_taken_once_and_a_version_has_ten_triggers(
    functiongraph: Any, urn: str, refused: Refused
) -> None:
    for number in range(10):
        functiongraph.create_function_trigger(create_timer(urn, f"timer_{number}"))
    with refused(409):
        functiongraph.create_function_trigger(create_timer(urn, "timer_10"))
    functiongraph.create_function_version(publish_version(urn, "v1"))
    functiongraph.create_function_trigger(create_timer(f"{urn}:v1", "timer_0"))
    with refused(409):
        functiongraph.create_function_trigger(create_timer(f"{urn}:v1", "timer_0"))


def test_a_timer_can_be_switched_off_but_not_changed(
    cloud: FakeCloud, functiongraph: Any, urn: str, refused: Refused
) -> None:
    made = functiongraph.create_function_trigger(create_timer(urn))
    off = model.UpdateTriggerRequestBody(trigger_status="DISABLED")
    functiongraph.update_trigger(model.UpdateTriggerRequest(urn, "TIMER", made.trigger_id, off))
    (trigger,) = cloud.functions["new_instance"].triggers.values()
    assert trigger.status == "DISABLED"
    timer = model.UpdateTriggerRequestBody(trigger_status="ACTIVE", event_data=[{"schedule": "2m"}])
    serial = [model.UpdateriggerEventData(is_serial=True)]
    stream = model.UpdateTriggerRequestBody(trigger_status="ACTIVE", event_data=serial)
    for body in (timer, stream):
        with refused(400):
            functiongraph.update_trigger(model.UpdateTriggerRequest(urn, "TIMER", made.trigger_id, body))


def test_a_log_trigger_needs_its_stream(cloud: FakeCloud, functiongraph: Any, urn: str, refused: Refused) -> None:
    lts = cloud.client("lts")
    group = lts.create_log_group(lts_model.CreateLogGroupRequest(body=lts_model.CreateLogGroupParams("logs", 7)))
    body = lts_model.CreateLogStreamParams(log_stream_name="new_instance")
    stream = lts.create_log_stream(lts_model.CreateLogStreamRequest(group.log_group_id, body))

    def trigger(topic: str) -> Any:
        data = model.TriggerEventDataRequestBody(log_group_id=group.log_group_id, log_topic_id=topic)
        body = model.CreateFunctionTriggerRequestBody(trigger_type_code="LTS", event_data=data)
        return model.CreateFunctionTriggerRequest(urn, body)

    with refused(400):
        functiongraph.create_function_trigger(trigger("unknown"))
    functiongraph.create_function_trigger(trigger(stream.log_stream_id))
    with refused(409):
        functiongraph.create_function_trigger(trigger(stream.log_stream_id))
    with refused(409):
        lts.delete_log_group(lts_model.DeleteLogGroupRequest(group.log_group_id))
    functiongraph.batch_delete_function_triggers(model.BatchDeleteFunctionTriggersRequest(urn))
    lts.delete_log_group(lts_model.DeleteLogGroupRequest(group.log_group_id))
    assert not cloud.state.log_groups


def test_every_upload_is_a_version_of_its_own(functiongraph: Any, refused: Refused) -> None:
    first = functiongraph.create_dependency_version(create_dependency("core", "one"))
    second = functiongraph.create_dependency_version(create_dependency("core", "one"))
    assert (first.version, second.version, first.dep_id) == (1, 2, second.dep_id)
    assert first.id != second.id
    assert first.etag == hashlib.md5(zip_of("one"), usedforsecurity=False).hexdigest()
    (row,) = functiongraph.list_dependencies(model.ListDependenciesRequest(name="cor")).dependencies
    versions = functiongraph.list_dependency_version(model.ListDependencyVersionRequest(row.id)).dependencies
    assert [one.id for one in versions] == [second.id, first.id]


def test_a_dependency_version_in_use_cannot_be_deleted(cloud: FakeCloud, functiongraph: Any, refused: Refused) -> None:
    made = functiongraph.create_dependency_version(create_dependency())
    urn = functiongraph.create_function(create_function(depend_version_list=[made.id])).func_urn
    functiongraph.create_function_version(publish_version(urn, "v1"))
    functiongraph.update_function_code(update_code(urn, "new", depend_version_list=[]))
    delete = model.DeleteDependencyVersionRequest(made.dep_id, "1")
    with refused(409):
        functiongraph.delete_dependency_version(delete)
    functiongraph.delete_function(model.DeleteFunctionRequest(urn.replace(":latest", ":v1")))
    functiongraph.delete_dependency_version(delete)
    assert not cloud.state.dependencies


def test_a_function_takes_existing_dependency_versions_and_not_too_many(
    cloud: FakeCloud, functiongraph: Any, refused: Refused
) -> None:
    with refused(404):
        functiongraph.create_function(create_function(depend_version_list=["unknown"]))
    cloud.site.dependencies = 1
    ids = [functiongraph.create_dependency_version(create_dependency(name)).id for name in ("one", "two")]
    with refused(400):
        functiongraph.create_function(create_function(depend_version_list=ids))


def test_public_dependency_packages_are_listed_among_the_own(cloud: FakeCloud, functiongraph: Any) -> None:
    public = DependencyVersion("p1", "p", "requests", 1, "Python3.10", "", zip_of(), "public")
    cloud.state.dependencies["p1"] = public
    functiongraph.create_dependency_version(create_dependency())
    everything = functiongraph.list_dependencies(model.ListDependenciesRequest())
    private = functiongraph.list_dependencies(model.ListDependenciesRequest(dependency_type="private"))
    assert {one.name for one in everything.dependencies} == {"requests", "core"}
    assert {one.name for one in private.dependencies} == {"core"}


def test_tags_are_found_again(functiongraph: Any, urn: str, refused: Refused) -> None:
    tag = model.KvItem(key="koogallery-bundle", value="prod")
    body = model.UpdateFunctionTagsRequestBody(tags=[tag])
    functiongraph.create_tags(model.CreateTagsRequest("functions", urn, body))
    functiongraph.create_function(create_function("foreign"))
    found = functiongraph.show_res_instance_info(
        model.ShowResInstanceInfoRequest("functions", "filter", model.ListEnterpriseResourceRequestBody(matches=[tag]))
    )
    assert [one.resource_name for one in found.resources] == ["new_instance"]
    assert [one.value for one in functiongraph.list_function_tags(listing(urn)).tags] == ["prod"]
    functiongraph.delete_tags(model.DeleteTagsRequest("functions", urn, body))
    assert functiongraph.list_function_tags(listing(urn)).tags == []
    with refused(404):
        functiongraph.create_tags(model.CreateTagsRequest("functions", "unknown", body))


def listing(urn: str) -> Any:
    """ListFunctionTagsRequest."""
    return model.ListFunctionTagsRequest("functions", urn)


def test_a_call_runs_what_the_test_hands_in(cloud: FakeCloud, functiongraph: Any, urn: str, refused: Refused) -> None:
    def invoke(name: str, qualifier: str, event: dict[str, Any]) -> Any:
        if event.get("fail"):
            raise ValueError("boom")
        return {"table": "ready", "called": [name, qualifier]}

    cloud.site.invoke = invoke
    reply = functiongraph.invoke_function(model.InvokeFunctionRequest(urn, "tail", "v1", body={}))
    failed = functiongraph.invoke_function(model.InvokeFunctionRequest(urn, None, "v1", body={"fail": True}))
    assert (reply.status, json.loads(reply.result)["called"]) == (200, ["new_instance", "latest"])
    assert reply.log
    assert (failed.status, json.loads(failed.result)["errorMessage"], failed.log) == (500, "boom", None)
    with refused(400):
        functiongraph.invoke_function(model.InvokeFunctionRequest(urn, body={}))


def test_asynchronous_calls_leave_a_trace(cloud: FakeCloud, functiongraph: Any, urn: str) -> None:
    cloud.site.invoke = lambda name, qualifier, event: 1 / event["by"]
    for by in (1, 0):
        functiongraph.async_invoke_function(model.AsyncInvokeFunctionRequest(urn, body={"by": by}))
    failed = functiongraph.list_async_invocations(model.ListAsyncInvocationsRequest(urn, status="FAIL"))
    assert [one.error_message for one in failed.invocations] == ["division by zero"]


def test_quotas_say_what_is_used(functiongraph: Any, urn: str) -> None:
    quotas = functiongraph.list_quotas(model.ListQuotasRequest()).quotas.resources
    assert [(one.quota, one.used) for one in quotas if one.type == "fgs_func_num"] == [(400, 1)]


def test_a_function_says_where_it_logs(functiongraph: Any, urn: str, refused: Refused) -> None:
    with refused(404):
        functiongraph.show_lts_log_details(model.ShowLtsLogDetailsRequest(urn))
