"""The Terraform file: everything of the template is in it, no value of a secret, and nothing that refers nowhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import hcl2
import pytest
from lark.exceptions import UnexpectedToken

from bundle_template import AsyncInvoke, Bucket, Bundle, LogGroup, LogTrigger
from exports.terraform import export_terraform
from exports.terraform_text import literal, text
from tests.support.deployed import project_bundle

_REFERENCE = re.compile(r"huaweicloud_(\w+)\.(\w+)\.(\w+)")
_VARIABLE = re.compile(r"\bvar\.(\w+)")


def full_bundle() -> Bundle:
    """The project's template with one of everything that a template may say."""
    bundle = project_bundle()
    push = replace(bundle.components["push_usage"], async_invoke=AsyncInvoke(2, 3600, "dead-letters/"))
    first = replace(bundle.components["new_instance"], reserved_instances=1, concurrency=50)
    door = replace(bundle.components["new_instance"], name="front_door", includes_functions=True)
    components = {**bundle.components, "push_usage": push, "new_instance": first, "front_door": door}
    routes = tuple(
        replace(route, through="front_door") if route.name == "license_post" else route for route in bundle.routes
    )
    own = replace(bundle.alarms[0], name="letters", function=None, metric="dead_letters")
    return replace(
        bundle,
        components=components,
        routes=routes,
        alarms=(*bundle.alarms, own),
        bucket=Bucket("${bucketName}", 400),
        log_group=LogGroup("koogallery", 30),
        log_triggers=(LogTrigger("metrics", "expire_sessions", 1),),
    )


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The export as Terraform reads it."""
    loaded: dict[str, Any] = json.loads(json.dumps(export_terraform(full_bundle())))
    return loaded


def resources(document: dict[str, Any], kind: str) -> dict[str, Any]:
    """Resources of a kind by name."""
    found: dict[str, Any] = document["resource"][f"huaweicloud_{kind}"]
    return found


def texts(value: object) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(value, dict):
        yield from (found for one in value.values() for found in texts(one))
    elif isinstance(value, list):
        yield from (found for one in value for found in texts(one))
    elif isinstance(value, str):
        yield value


def test_every_function_layer_timer_and_alarm_is_there(document: dict[str, Any]) -> None:
    bundle = full_bundle()
    assert set(resources(document, "fgs_function")) == set(bundle.components)
    assert set(resources(document, "fgs_dependency_version")) == set(bundle.layers)
    assert set(resources(document, "fgs_function_trigger")) == {one.name for one in bundle.timers} | {"metrics"}
    assert set(resources(document, "ces_alarmrule")) == {one.name for one in bundle.alarms}
    asynchronous = {one.name for one in bundle.components.values() if one.async_invoke}
    assert set(resources(document, "fgs_async_invoke_configuration")) == asynchronous >= {"push_usage"}


def test_every_route_is_an_api_that_is_published(document: dict[str, Any]) -> None:
    names = {route.name for route in full_bundle().routes}
    assert set(resources(document, "apig_api")) == set(resources(document, "apig_api_publishment")) == names


def test_every_reference_leads_to_a_resource_and_every_variable_is_declared(document: dict[str, Any]) -> None:
    for found in texts(document["resource"]):
        for kind, name, _ in _REFERENCE.findall(found):
            assert name in document["resource"][f"huaweicloud_{kind}"], found
        for name in _VARIABLE.findall(found):
            assert name in document["variable"], found
    used = {name for found in texts(document) for name in _VARIABLE.findall(found)}
    assert set(document["variable"]) == used


def test_terraforms_own_language_reads_every_expression(document: dict[str, Any]) -> None:
    written = sorted({found for found in texts(document) if "${" in found})
    assert len(written) > 100
    # Text before the first expression is Terraform's as it stands; inside quotes it needs escapes.
    parts = [found.partition("${") for found in written]
    hcl2.parses_to_tree("".join(f'value = {json.dumps(text)[:-1]}${{{rest}"\n' for text, _, rest in parts))
    with pytest.raises(UnexpectedToken):
        hcl2.parses_to_tree('value = "${jsonencode({})"\n')


def test_settings_are_variables_without_values_and_secret_ones_sensitive(document: dict[str, Any]) -> None:
    for setting in full_bundle().settings.values():
        variable = document["variable"][f"setting_{setting.name.lower()}"]
        assert variable.get("sensitive", False) is setting.encrypted
        assert variable.get("default") == ("" if setting.optional else None)


def test_a_setting_with_a_default_has_it_unless_a_value_is_given(document: dict[str, Any]) -> None:
    assert document["variable"]["setting_ces_endpoint"]["default"] == ""
    given = "var.setting_ces_endpoint"
    wanted = f'CES_ENDPOINT = {given} != "" ? {given} : "https://ces.${{var.region}}.myhuaweicloud.com"'
    assert wanted in resources(document, "fgs_function")["publish_metrics"]["user_data"]


def test_a_function_reads_what_the_template_grants_and_no_more(document: dict[str, Any]) -> None:
    for component in full_bundle().components.values():
        block = resources(document, "fgs_function")[component.name]
        for member, granted in (
            ("user_data", component.settings),
            ("encrypted_user_data", component.encrypted_settings),
        ):
            named = {name.upper() for name in re.findall(r"var\.setting_(\w+)", block.get(member, ""))}
            assert named == set(granted), (component.name, member)


def test_a_function_is_as_the_template_has_it(document: dict[str, Any]) -> None:
    block = resources(document, "fgs_function")["new_instance"]
    assert block["name"] == "koogallery_${var.stage}_new_instance"
    assert (block["handler"], block["memory_size"], block["timeout"]) == ("index.handler", 512, 10)
    assert block["runtime"] == "${var.runtime}"
    assert (block["agency"], block["app_agency"]) == ("${var.configAgency}", "${var.runAgency}")
    assert (block["vpc_id"], block["network_id"]) == ("${var.vpcId}", "${var.subnetId}")
    assert block["max_instance_num"] == "50"
    assert block["reserved_instances"] == [{"qualifier_type": "alias", "qualifier_name": "live", "count": 1}]
    assert block["func_code"] == '${filebase64("${var.packages}/functions/new_instance.zip")}'
    assert block["depend_list"][0] == "${huaweicloud_fgs_dependency_version.signing.version_id}"
    outside = resources(document, "fgs_function")["route_activity"]
    assert not {"vpc_id", "network_id", "depend_list", "user_data", "reserved_instances"} & set(outside)


def test_log_lines_do_not_fire_the_function_that_writes_them(document: dict[str, Any]) -> None:
    assert set(resources(document, "lts_stream")) == {"functions", "expire_sessions"}
    functions = resources(document, "fgs_function")
    assert functions["expire_sessions"]["log_stream_id"] == "${huaweicloud_lts_stream.expire_sessions.id}"
    assert functions["push_usage"]["log_stream_id"] == "${huaweicloud_lts_stream.functions.id}"
    trigger = resources(document, "fgs_function_trigger")["metrics"]
    assert trigger["type"] == "LTS"
    assert "huaweicloud_lts_stream.functions.id" in trigger["event_data"]


def test_a_timer_carries_schedule_and_event(document: dict[str, Any]) -> None:
    block = resources(document, "fgs_function_trigger")["push_usage"]
    assert (block["type"], block["function_urn"]) == ("TIMER", "${huaweicloud_fgs_function.push_usage.urn}")
    found = re.fullmatch(r"\$\{jsonencode\(\{(.*)\}\)\}", block["event_data"])
    assert found
    members = json.loads("{" + re.sub(r'("[a-z_]+") = ', r"\1: ", found[1]) + "}")
    (timer,) = [one for one in full_bundle().timers if one.name == "push_usage"]
    assert members["schedule"] == timer.schedule
    assert json.loads(members["user_event"]) == {"share": "1 of 1"}


def test_failed_calls_go_to_the_archive(document: dict[str, Any]) -> None:
    block = resources(document, "fgs_async_invoke_configuration")["push_usage"]
    assert (block["max_async_retry_attempts"], block["max_async_event_age_in_seconds"]) == (2, 3600)
    (failure,) = block["on_failure"]
    assert failure["destination"] == "OBS"
    assert "dead-letters/" in failure["param"]


def test_the_archive_outlives_everything_and_forgets_after_its_days(document: dict[str, Any]) -> None:
    bucket = resources(document, "obs_bucket")["archive"]
    assert bucket["lifecycle"] == {"prevent_destroy": True}
    assert bucket["lifecycle_rule"][0]["expiration"] == [{"days": 400}]


# ---------------------------------------------------------------------------------------------------------- the gateway
def test_a_routes_policies_ask_the_authorizers_context(document: dict[str, Any]) -> None:
    api, route = resources(document, "apig_api")["saas_post"], full_bundle().routes[0]
    assert (api["request_method"], api["request_path"], api["request_protocol"]) == ("POST", "/saas", "HTTPS")
    assert api["security_authentication"] == "AUTHORIZER"
    assert api["authorizer_id"] == "${huaweicloud_apig_custom_authorizer.route_activity.id}"
    (backend,) = api["func_graph"]
    assert backend["function_alias_urn"] == "${huaweicloud_fgs_function.new_instance.urn}:!live"
    assert (backend["network_type"], backend["invocation_type"], backend["timeout"]) == ("V2", "sync", 10_000)
    assert [one["name"] for one in api["func_graph_policy"]] == [policy.function for policy in route.policies]
    upgrade = api["func_graph_policy"][-1]
    assert upgrade["effective_mode"] == "ANY"
    assert [one["value"] for one in upgrade["conditions"]] == ["upgradeInstance", "changeInstanceCheck"]
    assert {one["frontend_authorizer_name"] for one in upgrade["conditions"]} == {
        "$context.authorizer.frontend.activity"
    }


def test_a_get_route_declares_the_parameter_its_policies_ask(document: dict[str, Any]) -> None:
    api = resources(document, "apig_api")["saas_get"]
    assert api["security_authentication"] == "NONE"
    assert "authorizer_id" not in api
    assert api["request_params"] == [{"name": "activity", "location": "QUERY", "type": "STRING", "required": False}]
    assert api["func_graph_policy"][0]["conditions"][0] == {
        "source": "param",
        "param_name": "activity",
        "type": "Equal",
        "value": "queryInstance",
    }


def test_path_parameters_are_declared(document: dict[str, Any]) -> None:
    (parameter,) = resources(document, "apig_api")["seller_instance_get"]["request_params"]
    assert parameter == {"name": "instance_id", "location": "PATH", "type": "STRING", "required": True}


def test_a_route_through_the_front_door_has_one_backend_and_no_authorizer(document: dict[str, Any]) -> None:
    api = resources(document, "apig_api")["license_post"]
    assert api["func_graph"][0]["function_urn"] == "${huaweicloud_fgs_function.front_door.urn}"
    assert (api["security_authentication"], "func_graph_policy" in api) == ("NONE", False)


def test_the_authorizer_gets_the_body_and_is_never_cached(document: dict[str, Any]) -> None:
    block = resources(document, "apig_custom_authorizer")["route_activity"]
    assert block["is_body_send"] is True
    assert "cache_age" not in block


def test_failures_of_the_gateway_answer_in_the_marketplaces_form_on_its_routes_alone(document: dict[str, Any]) -> None:
    apis = resources(document, "apig_api")
    answering = {name for name, api in apis.items() if "response_id" in api}
    assert {"saas_post", "saas_get", "license_get", "order_notify_post", "kit_root_v1_sync_users"} <= answering
    assert not any(name.startswith(("seller_", "login", "logout")) for name in answering)
    (rule, *_) = resources(document, "apig_response")["marketplace"]["rule"]
    assert json.loads(rule["body"])["resultCode"] == "000005"


def test_the_debug_domain_is_shut_once_there_is_a_domain(document: dict[str, Any]) -> None:
    assert resources(document, "apig_group")["bundle"]["domain_access_enabled"] is False
    domain = resources(document, "apig_group_domain_associate")["bundle"]
    assert (domain["url_domain"], domain["min_ssl_version"]) == ("${var.domain}", "TLSv1.2")


def test_alarms_watch_this_copy(document: dict[str, Any]) -> None:
    alarms = resources(document, "ces_alarmrule")
    fails = alarms["push_usage_fails"]
    assert fails["metric"] == [{"namespace": "SYS.FunctionGraph"}]
    assert fails["resources"][0]["dimensions"][0]["value"] == "default-koogallery_${var.stage}_push_usage"
    assert (fails["condition"][0]["comparison_operator"], fails["condition"][0]["value"]) == (">=", 1)
    own = alarms["letters"]
    assert own["metric"] == [{"namespace": "KOOGALLERY.Bundle"}]
    assert own["resources"][0]["dimensions"][0] == {"name": "bundle", "value": "koogallery_${var.stage}"}


# ---------------------------------------------------------------------------------------------------------------- texts
def test_texts_of_the_template_become_terraforms() -> None:
    assert text("a-${domain}") == "a-${var.domain}"
    assert text("100%{x} $y") == "100%%{x} $y"
    assert literal("${not} a parameter") == "$${not} a parameter"


def test_the_export_is_the_same_every_time_and_needs_nothing_that_is_optional() -> None:
    assert json.dumps(export_terraform(full_bundle())) == json.dumps(export_terraform(full_bundle()))
    bare = replace(full_bundle(), routes=(), alarms=(), log_group=None, log_triggers=(), timers=())
    kinds = set(export_terraform(bare)["resource"])
    assert not any("apig" in kind or "lts" in kind or "ces" in kind for kind in kinds)
