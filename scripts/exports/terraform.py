"""The template as one Terraform JSON file (``*.tf.json``) for the provider huaweicloud/huaweicloud."""

from __future__ import annotations

from bundle_template import Alarm, Bundle
from bundle_template.naming import FUNCTION_DIMENSION, FUNCTION_METRICS, TAG, metric_value
from exports.terraform_functions import function_resources
from exports.terraform_gateway import gateway_resources
from exports.terraform_text import Block, attribute, literal, name, text, used_variables
from koogallery.metrics import DIMENSION, NAMESPACE

NOTES = [
    "Made by ./scripts/deploy export terraform from template.yaml. Do not edit: change the template and export again.",
    "Run ./scripts/deploy build first; the variable packages names its folder.",
    "The table is made by the function prepare_state inside the VPC: invoke it once after the first apply.",
    "The alias live stands on the newest code: roll back by applying older packages.",
    "Numbers (memory, instances, days) are those of the template's defaults: change them there and export again.",
    "Bind the certificate to the domain in the APIG console (API Groups > Domain Names).",
]


def export_terraform(bundle: Bundle) -> Block:
    """The file's content; ``bundle`` as read, with its parameters unresolved. Holds no value of a setting."""
    resources = {**_archive(bundle), **_logs(bundle), **function_resources(bundle), **gateway_resources(bundle)}
    if bundle.alarms:
        resources["huaweicloud_ces_alarmrule"] = {one.name: _alarm(one) for one in bundle.alarms}
    provider = {"region": "${var.region}"} if "region" in bundle.parameters else {}
    output = {"address": {"value": _address(bundle)}}
    return {
        "//": NOTES,
        "terraform": {
            "required_version": ">= 1.3",
            "required_providers": {"huaweicloud": {"source": "huaweicloud/huaweicloud"}},
        },
        "provider": {"huaweicloud": provider},
        "variable": used_variables(bundle, [provider, resources, output]),
        "resource": resources,
        "output": output,
    }


def _address(bundle: Bundle) -> str:
    return f"https://{text(bundle.gateway.get('domain', ''))}/saas"


def _archive(bundle: Bundle) -> Block:
    if bundle.bucket is None:
        return {}
    block: Block = {
        "bucket": text(bundle.bucket.name),
        "acl": "private",
        "tags": {TAG: "${var.stage}"},
        # Billing evidence: nobody deletes it by taking the copy down.
        "lifecycle": {"prevent_destroy": True},
    }
    if bundle.bucket.expiration_days:
        expiration = {"days": bundle.bucket.expiration_days}
        block["lifecycle_rule"] = [{"name": "expiration", "enabled": True, "expiration": [expiration]}]
    return {"huaweicloud_obs_bucket": {"archive": block}}


def _logs(bundle: Bundle) -> Block:
    if bundle.log_group is None:
        return {}
    group = {"group_name": name(), "ttl_in_days": bundle.log_group.ttl_days}
    return {
        "huaweicloud_lts_group": {"bundle": group},
        "huaweicloud_lts_stream": {
            stream: {"group_id": attribute("lts_group", "bundle", "id"), "stream_name": name(stream)}
            for stream in bundle.log_streams
        },
    }


def _alarm(alarm: Alarm) -> Block:
    if alarm.function is None:
        namespace, dimension = NAMESPACE, {"name": DIMENSION, "value": name()}
    else:
        namespace = FUNCTION_METRICS
        dimension = {"name": FUNCTION_DIMENSION, "value": metric_value(name(alarm.function))}
    topics = "${length(var.alarm_topics) > 0 ? [var.alarm_topics] : []}"
    return {
        "alarm_name": name(alarm.name),
        "alarm_description": literal(f"docs/runbook.md#{alarm.runbook}"),
        "alarm_type": "MULTI_INSTANCE",
        "alarm_action_enabled": "${length(var.alarm_topics) > 0}",
        "metric": [{"namespace": namespace}],
        "resources": [{"dimensions": [dimension]}],
        "condition": [
            {
                "metric_name": alarm.metric,
                "period": alarm.period,
                "filter": alarm.statistic,
                "comparison_operator": alarm.comparison,
                "value": alarm.threshold,
                "count": 1,
            }
        ],
        "dynamic": {
            "alarm_actions": {
                "for_each": topics,
                "content": {"type": "notification", "notification_list": "${alarm_actions.value}"},
            }
        },
    }
