"""Functions, dependency packages, triggers and asynchronous calls as Terraform resources."""

from __future__ import annotations

from bundle_template import Bundle, Component
from bundle_template.bundle import SHARED_STREAM
from bundle_template.gateway import kept_warm
from bundle_template.naming import ALIAS, PACKAGE, TAG
from exports.terraform_text import Block, attribute, encoded, name, text, urn, user_data


def function_resources(bundle: Bundle) -> Block:
    """Resources by kind and name."""
    found: Block = {
        "huaweicloud_fgs_function": {one.name: _function(bundle, one) for one in bundle.components.values()},
        "huaweicloud_fgs_function_trigger": {**_timers(bundle), **_log_triggers(bundle)},
        "huaweicloud_fgs_async_invoke_configuration": _async_invokes(bundle),
        "huaweicloud_obs_bucket_object": {layer: _uploaded(layer) for layer in bundle.layers},
        "huaweicloud_fgs_dependency_version": {layer: _dependency(bundle, layer) for layer in bundle.layers},
    }
    return {kind: members for kind, members in found.items() if members}


def _function(bundle: Bundle, component: Component) -> Block:
    stream = bundle.log_stream_of(component.name)
    network = bundle.network if component.in_vpc else {}
    block: Block = {
        "name": name(component.name),
        "app": PACKAGE,
        "functiongraph_version": "v2",
        "runtime": text(component.runtime),
        "handler": component.handler,
        "memory_size": component.memory_size,
        "timeout": component.timeout,
        "code_type": "zip",
        "code_filename": f"{component.name}.zip",
        "func_code": f'${{filebase64("${{var.packages}}/functions/{component.name}.zip")}}',
        "depend_list": [attribute("fgs_dependency_version", layer, "version_id") for layer in component.layers],
        "user_data": user_data(bundle, component.settings),
        "encrypted_user_data": user_data(bundle, component.encrypted_settings),
        "agency": _text_of(bundle.agencies, "xrole"),
        "app_agency": _text_of(bundle.agencies, "appXrole"),
        "vpc_id": _text_of(network, "vpcId"),
        "network_id": _text_of(network, "subnetId"),
        "initializer_handler": component.initializer_handler,
        "initializer_timeout": component.initializer_timeout,
        "max_instance_num": str(component.concurrency),
        # The provider publishes no versions: the alias that callers use stands on the newest code.
        "versions": [{"name": "latest", "aliases": [{"name": ALIAS}]}],
        "reserved_instances": _reserved(bundle, component),
        "log_group_id": attribute("lts_group", "bundle", "id") if stream else None,
        "log_group_name": attribute("lts_group", "bundle", "group_name") if stream else None,
        "log_stream_id": attribute("lts_stream", stream, "id") if stream else None,
        "log_stream_name": attribute("lts_stream", stream, "stream_name") if stream else None,
        "tags": {TAG: "${var.stage}"},
    }
    return {key: value for key, value in block.items() if value not in (None, [])}


def _text_of(members: object, key: str) -> str | None:
    value = members.get(key) if hasattr(members, "get") else None
    return text(value) if value else None


def _reserved(bundle: Bundle, component: Component) -> list[Block]:
    if component not in kept_warm(bundle):
        return []
    return [{"qualifier_type": "alias", "qualifier_name": ALIAS, "count": component.reserved_instances}]


def _timers(bundle: Bundle) -> Block:
    return {
        timer.name: {
            "function_urn": urn(timer.function),
            "type": "TIMER",
            "status": "ACTIVE",
            "event_data": encoded(
                {
                    "name": name(timer.name),
                    "schedule_type": timer.schedule_type,
                    "schedule": text(timer.schedule),
                    "user_event": text(timer.user_event),
                }
            ),
        }
        for timer in bundle.timers
    }


def _log_triggers(bundle: Bundle) -> Block:
    return {
        trigger.name: {
            "function_urn": urn(trigger.function),
            "type": "LTS",
            "status": "ACTIVE",
            "event_data": encoded(
                {
                    "log_group_id": attribute("lts_group", "bundle", "id"),
                    "log_topic_id": attribute("lts_stream", SHARED_STREAM, "id"),
                }
            ),
        }
        for trigger in bundle.log_triggers
    }


def _async_invokes(bundle: Bundle) -> Block:
    return {name: block for name, one in bundle.components.items() if (block := _async_invoke(bundle, one))}


def _async_invoke(bundle: Bundle, component: Component) -> Block | None:
    rule = component.async_invoke
    if rule is None:
        return None
    block: Block = {
        "function_urn": urn(component.name),
        "max_async_event_age_in_seconds": rule.max_age_seconds,
        "max_async_retry_attempts": rule.max_retries,
    }
    if rule.on_failure_prefix and bundle.bucket:
        place = encoded(
            {"bucket": attribute("obs_bucket", "archive", "bucket"), "prefix": text(rule.on_failure_prefix)}
        )
        block["on_failure"] = [{"destination": "OBS", "param": place}]
    return block


def _file(layer: str) -> str:
    return f"${{var.packages}}/layers/{layer}.zip"


def _uploaded(layer: str) -> Block:
    """The provider takes packages from a bucket only; the hash in the name makes new content a new version."""
    return {
        "bucket": attribute("obs_bucket", "archive", "bucket"),
        "key": f'packages/{layer}-${{filemd5("{_file(layer)}")}}.zip',
        "source": _file(layer),
    }


def _dependency(bundle: Bundle, layer: str) -> Block:
    runtime = next((one.runtime for one in bundle.components.values() if layer in one.layers), "${runtime}")
    domain = attribute("obs_bucket", "archive", "bucket_domain_name")
    return {
        "name": name(layer),
        "runtime": text(runtime),
        "link": f"https://{domain}/{attribute('obs_bucket_object', layer, 'key')}",
        "description": f"{TAG}=${{var.stage}}",
    }
