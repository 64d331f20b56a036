"""FunctionGraph's rules for versions, aliases, reserved instances and asynchronous calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import huaweicloudsdkfunctiongraph.v2 as model
import pytest

from tests.fake_cloud import FakeCloud
from tests.fake_cloud.examples import create_alias, create_timer, publish_version, update_code, update_config, zip_of

Refused = Callable[[int], Any]


def test_a_published_version_stays_as_it_was(cloud: FakeCloud, functiongraph: Any, urn: str, refused: Refused) -> None:
    functiongraph.create_function_version(publish_version(urn, "v1"))
    cap = model.UpdateFunctionMaxInstanceConfigRequestBody(max_instance_num=5)
    functiongraph.update_function_max_instance_config(model.UpdateFunctionMaxInstanceConfigRequest(urn, cap))
    functiongraph.update_function_config(update_config(urn, timeout=60))
    functiongraph.update_function_code(update_code(urn, "new"))
    versions = cloud.functions["new_instance"].versions
    assert "strategy_config" not in versions["v1"].config
    assert (versions["v1"].config["timeout"], versions["v1"].code) == (10, zip_of())
    assert (versions["latest"].config["timeout"], versions["latest"].code) == (60, zip_of("new"))
    with refused(400):
        functiongraph.update_function_config(update_config(f"{urn}:v1"))


def test_a_version_with_equal_content_is_another_version(cloud: FakeCloud, functiongraph: Any, urn: str) -> None:
    names = [functiongraph.create_function_version(publish_version(urn)).version for _ in range(2)]
    assert len(set(names)) == 2
    listed = functiongraph.list_function_versions(model.ListFunctionVersionsRequest(urn)).versions
    assert [one.version for one in listed] == ["latest", *names]


def test_a_function_has_twenty_versions_with_latest(
    cloud: FakeCloud, functiongraph: Any, urn: str, refused: Refused
) -> None:
    for number in range(19):
        functiongraph.create_function_version(publish_version(urn, f"v{number}"))
    with refused(409):
        functiongraph.create_function_version(publish_version(urn, "v19"))
    functiongraph.delete_function(model.DeleteFunctionRequest(f"{urn}:v0"))
    functiongraph.create_function_version(publish_version(urn, "v19"))
    assert len(cloud.functions["new_instance"].versions) == 20


@pytest.mark.parametrize("name", ["latest", "v 1", "-v", "v" * 43])
def test_a_version_has_a_proper_name(functiongraph: Any, urn: str, refused: Refused, name: str) -> None:
    with refused(400):
        functiongraph.create_function_version(publish_version(urn, name))


def test_a_version_is_published_only_of_the_code_it_was_meant_for(
    functiongraph: Any, urn: str, refused: Refused
) -> None:
    body = model.CreateFunctionVersionRequestBody(digest="0" * 32, version="v1")
    with refused(400):
        functiongraph.create_function_version(model.CreateFunctionVersionRequest(urn, body))


def test_an_alias_names_an_existing_version(cloud: FakeCloud, functiongraph: Any, urn: str, refused: Refused) -> None:
    with refused(404):
        functiongraph.create_version_alias(create_alias(urn, "v1"))
    functiongraph.create_function_version(publish_version(urn, "v1"))
    made = functiongraph.create_version_alias(create_alias(urn, "v1", description="koogallery-bundle=prod"))
    assert made.alias_urn == f"{urn}:!live"
    shown = functiongraph.show_function_config(model.ShowFunctionConfigRequest(made.alias_urn))
    assert shown.version == "v1"
    with refused(409):
        functiongraph.create_version_alias(create_alias(urn, "v1"))


def test_an_alias_moves_as_a_whole(cloud: FakeCloud, functiongraph: Any, urn: str, refused: Refused) -> None:
    for version in ("v1", "v2"):
        functiongraph.create_function_version(publish_version(urn, version))
    functiongraph.create_version_alias(create_alias(urn, "v1", description="first"))
    body = model.UpdateVersionAliasRequestBody(version="v2", additional_version_weights={"v1": 10})
    functiongraph.update_version_alias(model.UpdateVersionAliasRequest(urn, "live", body))
    (alias,) = functiongraph.list_version_aliases(model.ListVersionAliasesRequest(urn)).body
    assert (alias.version, alias.description, alias.additional_version_weights) == ("v2", "", {"v1": 10})
    for weights in ({"latest": 10}, {"v1": 101}):
        body = model.UpdateVersionAliasRequestBody(version="v2", additional_version_weights=weights)
        with refused(400):
            functiongraph.update_version_alias(model.UpdateVersionAliasRequest(urn, "live", body))


def test_a_version_that_an_alias_names_cannot_be_deleted(
    cloud: FakeCloud, functiongraph: Any, urn: str, refused: Refused
) -> None:
    functiongraph.create_function_version(publish_version(urn, "v1"))
    functiongraph.create_version_alias(create_alias(urn, "v1"))
    with refused(409):
        functiongraph.delete_function(model.DeleteFunctionRequest(f"{urn}:v1"))
    functiongraph.delete_version_alias(model.DeleteVersionAliasRequest(urn, "live"))
    functiongraph.delete_function(model.DeleteFunctionRequest(f"{urn}:v1"))
    assert set(cloud.functions["new_instance"].versions) == {"latest"}


def test_a_function_has_ten_aliases(functiongraph: Any, urn: str, refused: Refused) -> None:
    for number in range(10):
        functiongraph.create_version_alias(create_alias(urn, "latest", f"alias_{number}"))
    with refused(409):
        functiongraph.create_version_alias(create_alias(urn, "latest", "one_more"))


def test_an_alias_that_something_hangs_on_cannot_be_deleted(functiongraph: Any, urn: str, refused: Refused) -> None:
    functiongraph.create_version_alias(create_alias(urn, "latest"))
    trigger = functiongraph.create_function_trigger(create_timer(f"{urn}:!live"))
    with refused(409):
        functiongraph.delete_version_alias(model.DeleteVersionAliasRequest(urn, "live"))
    functiongraph.delete_function_trigger(model.DeleteFunctionTriggerRequest(urn, "TIMER", trigger.trigger_id))
    functiongraph.delete_version_alias(model.DeleteVersionAliasRequest(urn, "live"))


def test_a_version_s_name_is_taken_once(functiongraph: Any, urn: str, refused: Refused) -> None:
    functiongraph.create_function_version(publish_version(urn, "v1"))
    with refused(409):
        functiongraph.create_function_version(publish_version(urn, "v1"))


def test_a_version_goes_with_its_triggers_but_not_with_reserved_instances(
    cloud: FakeCloud, functiongraph: Any, urn: str, refused: Refused
) -> None:
    functiongraph.create_function_version(publish_version(urn, "v1"))
    functiongraph.create_function_trigger(create_timer(f"{urn}:v1"))
    functiongraph.create_function_trigger(create_timer(urn))
    reserve(functiongraph, f"{urn}:v1", 1)
    with refused(409):
        functiongraph.delete_function(model.DeleteFunctionRequest(f"{urn}:v1"))
    reserve(functiongraph, f"{urn}:v1", 0)
    functiongraph.delete_function(model.DeleteFunctionRequest(f"{urn}:v1"))
    assert [one.qualifier for one in cloud.functions["new_instance"].triggers.values()] == ["latest"]


def reserve(functiongraph: Any, urn: str, count: int) -> None:
    """Reserve instances of a version or alias."""
    body = model.UpdateFunctionReservedInstancesCountRequestBody(count=count)
    functiongraph.update_function_reserved_instances_count(model.UpdateFunctionReservedInstancesCountRequest(urn, body))


def test_instances_are_reserved_for_a_version_or_an_alias(
    cloud: FakeCloud, functiongraph: Any, urn: str, refused: Refused
) -> None:
    functiongraph.create_version_alias(create_alias(urn, "latest"))
    reserve(functiongraph, f"{urn}:!live", 2)
    counts = functiongraph.list_function_reserved_instances(model.ListFunctionReservedInstancesRequest())
    configs = functiongraph.list_reserved_instance_configs(model.ListReservedInstanceConfigsRequest(urn))
    (config,) = configs.reserved_instances
    assert [(one.func_urn, one.count) for one in counts.reservedinstances] == [(f"{urn}:!live", 2)]
    assert (config.qualifier_type, config.qualifier_name, config.min_count) == ("alias", "live", 2)
    with refused(400):
        reserve(functiongraph, urn, 1001)
    with refused(404):
        reserve(functiongraph, f"{urn}:!none", 1)
    reserve(functiongraph, f"{urn}:!live", 0)
    assert not cloud.functions["new_instance"].reserved


def asynchronous(urn: str, **members: Any) -> Any:
    """UpdateFunctionAsyncInvokeConfigRequest."""
    body = model.UpdateFunctionAsyncInvokeConfigRequestBody(**members)
    return model.UpdateFunctionAsyncInvokeConfigRequest(urn, body)


def destination(parameters: str, kind: str = "OBS") -> Any:
    """Where failures go."""
    return model.FuncAsyncDestinationConfig(on_failure=model.FuncDestinationConfig(kind, parameters))


def test_failed_calls_have_a_destination(functiongraph: Any, urn: str, refused: Refused) -> None:
    archive = destination(json.dumps({"bucket": "archive", "prefix": "dead-letters/", "expires": 0}))
    functiongraph.update_function_async_invoke_config(
        asynchronous(urn, max_async_retry_attempts=3, destination_config=archive)
    )
    shown = functiongraph.show_function_async_invoke_config(model.ShowFunctionAsyncInvokeConfigRequest(urn))
    assert (shown.max_async_retry_attempts, shown.max_async_event_age_in_seconds) == (3, 3600)
    assert json.loads(shown.destination_config.on_failure.param)["bucket"] == "archive"
    listed = functiongraph.list_function_async_invoke_config(model.ListFunctionAsyncInvokeConfigRequest(urn))
    assert [one.func_urn for one in listed.async_invoke_configs] == [f"{urn}:latest"]
    functiongraph.delete_function_async_invoke_config(model.DeleteFunctionAsyncInvokeConfigRequest(urn))
    with refused(404):
        functiongraph.show_function_async_invoke_config(model.ShowFunctionAsyncInvokeConfigRequest(urn))


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_async_retry_attempts": 4},
        {"max_async_event_age_in_seconds": 0},
        {"destination_config": destination("bucket")},
        {"destination_config": destination("{}")},
        {"destination_config": destination("{}", "MAIL")},
    ],
)
def test_a_wrong_configuration_of_asynchronous_calls_is_refused(
    functiongraph: Any, urn: str, refused: Refused, wrong: dict[str, Any]
) -> None:
    with refused(400):
        functiongraph.update_function_async_invoke_config(asynchronous(urn, **wrong))
