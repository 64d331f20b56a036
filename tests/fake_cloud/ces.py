"""CES: alarm rules of the v2 API, and datapoints of the V1.0 API as far as they were put there."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from huaweicloudsdkces.v2 import model

from tests.fake_cloud.errors import conflict, invalid, missing
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.sdk_models import known_members
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import Alarm, Json, State, new_id

SERVICE = "ces"
NAME = re.compile(r"[A-Za-z0-9_一-龥-]{1,128}")
NAMESPACE = re.compile(r"[A-Za-z][A-Za-z0-9_]*\.[A-Za-z][A-Za-z0-9_]*")
PERIODS = {0, 1, 60, 300, 1200, 3600, 14400, 86400}
COUNTS = {1, 2, 3, 4, 5, 10, 15, 30, 60, 90, 120, 180}
SUPPRESS_DURATIONS = {0, 300, 600, 900, 1800, 3600, 10800, 21600, 43200, 86400}
FILTERS = {"average", "variance", "min", "max", "sum"}
OPERATORS = {">", ">=", "<", "<=", "=", "!=", "cycle_decrease", "cycle_increase", "cycle_wave"}
DESCRIPTION_CHARACTERS, MOST_TAGS, MOST_POLICIES, MOST_AT_ONCE, MOST_ALARMS = 256, 20, 50, 100, 1000
PAGE, LARGEST_PAGE = 10, 100


@serves(SERVICE)
def create_alarm_rules(state: State, site: Site, request: Request) -> Any:
    """One rule."""
    body: Json = request.body
    _check(body)
    if len(state.alarms) >= MOST_ALARMS:
        raise conflict(f"the account has its {MOST_ALARMS} alarm rules")
    state.tick()
    alarm = Alarm(f"al{new_id()[:22]}", deepcopy(body))
    state.alarms[alarm.id] = alarm
    return {"alarm_id": alarm.id}


def _check(body: Json) -> None:
    if not NAME.fullmatch(body["name"]) or not NAMESPACE.fullmatch(body["namespace"]):
        raise invalid("the alarm's name or namespace is not one")
    if len(body.get("description", "")) > DESCRIPTION_CHARACTERS:
        raise invalid(f"description is longer than {DESCRIPTION_CHARACTERS} characters")
    if len(body.get("tags", [])) > MOST_TAGS:
        raise invalid(f"an alarm has at most {MOST_TAGS} tags")
    _check_policies(body.get("policies", []))
    if body["notification_enabled"] and not (body.get("alarm_notifications") or body.get("ok_notifications")):
        raise invalid("notification_enabled needs alarm_notifications or ok_notifications")
    for one in body.get("alarm_notifications", []) + body.get("ok_notifications", []):
        if one["type"] == "notification" and not one["notification_list"]:
            raise invalid("a notification needs a topic")
    if body["type"] == "MULTI_INSTANCE" and not all(
        dimension.get("value") for resource in body["resources"] for dimension in resource
    ):
        raise invalid("a rule of type MULTI_INSTANCE names the value of every dimension")


def _check_policies(policies: list[Json]) -> None:
    if not 1 <= len(policies) <= MOST_POLICIES:
        raise invalid(f"a rule has 1 to {MOST_POLICIES} policies")
    for policy in policies:
        for name, allowed in (
            ("period", PERIODS),
            ("count", COUNTS),
            ("filter", FILTERS),
            ("comparison_operator", OPERATORS),
            ("suppress_duration", SUPPRESS_DURATIONS),
            ("level", {1, 2, 3, 4}),
        ):
            if name in policy and policy[name] not in allowed:
                raise invalid(f"{name} must be one of {sorted(allowed, key=str)}")
        if "value" not in policy and "hierarchical_value" not in policy:
            raise invalid("a policy needs a threshold")


@serves(SERVICE)
def list_alarm_rules(state: State, site: Site, request: Request) -> Any:
    """Ten at a time unless told; ``name`` finds every name that contains it."""
    query = request.query
    matching = [
        alarm
        for alarm in state.alarms.values()
        if query.get("name", "") in alarm.body["name"]
        and query.get("namespace") in {None, alarm.body["namespace"]}
        and query.get("alarm_id") in {None, alarm.id}
    ]
    return {"alarms": [_row(alarm) for alarm in _page(matching, site, query)], "count": len(matching)}


def _page(rows: list[Any], site: Site, query: Json) -> list[Any]:
    start, limit = query.get("offset", 0), query.get("limit", PAGE)
    if start < 0 or not 1 <= limit <= LARGEST_PAGE:
        raise invalid(f"offset must not be negative, limit must lie between 1 and {LARGEST_PAGE}")
    return rows[start : start + min(limit, site.page_size)]


def _row(alarm: Alarm) -> Json:
    resources = [{"dimensions": resource} for resource in alarm.body["resources"]]
    row = {**deepcopy(alarm.body), "alarm_id": alarm.id, "resources": resources}
    return known_members(model.ListAlarmRespBodyAlarms, row)


@serves(SERVICE)
def batch_delete_alarm_rules(state: State, site: Site, request: Request) -> Any:
    """Gives the ids that were deleted; unknown ones are passed over."""
    gone = _existing(state, request)
    state.tick()
    for id_ in gone:
        del state.alarms[id_]
    return {"alarm_ids": gone}


@serves(SERVICE)
def batch_enable_alarm_rules(state: State, site: Site, request: Request) -> Any:
    """Switches rules on or off."""
    ids = _existing(state, request)
    state.tick()
    for id_ in ids:
        state.alarms[id_].body["enabled"] = request.body["alarm_enabled"]
    return {"alarm_ids": ids}


def _existing(state: State, request: Request) -> list[str]:
    ids: list[str] = request.body["alarm_ids"]
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise invalid(f"1 to {MOST_AT_ONCE} alarm rules at once")
    return [id_ for id_ in dict.fromkeys(ids) if id_ in state.alarms]


def _alarm(state: State, request: Request) -> Alarm:
    alarm = state.alarms.get(request.path["alarm_id"])
    if alarm is None:
        raise missing("the alarm rule", request.path["alarm_id"])
    return alarm


@serves(SERVICE)
def list_alarm_rule_policies(state: State, site: Site, request: Request) -> Any:
    """The policies of one rule."""
    policies: list[Json] = _alarm(state, request).body["policies"]
    return {"policies": _page(policies, site, request.query), "count": len(policies)}


@serves(SERVICE)
def update_alarm_rule_policies(state: State, site: Site, request: Request) -> Any:
    """All policies of a rule at once."""
    alarm = _alarm(state, request)
    _check_policies(request.body["policies"])
    state.tick()
    alarm.body["policies"] = deepcopy(request.body["policies"])
    return {"policies": alarm.body["policies"]}


@serves(SERVICE)
def update_alarm_notifications(state: State, site: Site, request: Request) -> Any:
    """The whole of a rule's notifications."""
    alarm = _alarm(state, request)
    names = ("notification_enabled", "alarm_notifications", "ok_notifications")
    kept = {name: value for name, value in alarm.body.items() if not name.startswith(names)}
    changed = {**kept, **deepcopy(request.body)}
    _check(changed)
    state.tick()
    alarm.body = changed
    return known_members(model.UpdateAlarmNotificationsResponse, request.body)


@serves(SERVICE)
def list_alarm_rule_resources(state: State, site: Site, request: Request) -> Any:
    """What a rule watches."""
    resources = _alarm(state, request).body["resources"]
    return {"resources": _page(resources, site, request.query), "count": len(resources)}


@serves(SERVICE)
def create_metric_data(state: State, site: Site, request: Request) -> Any:
    """Datapoints of metrics of one's own: SYS. belongs to the services."""
    if any(one["metric"]["namespace"].startswith("SYS.") for one in request.body):
        raise invalid("namespaces that begin with SYS. are the services' own")
    state.metric_data += request.body


@serves(SERVICE)
def show_metric_data(state: State, site: Site, request: Request) -> Any:
    """Datapoints of one metric between two moments, in milliseconds; not brought together by period."""
    query = request.query
    pairs = (query[f"dim.{number}"].split(",", 1) for number in range(4) if f"dim.{number}" in query)
    metric: Json = {"namespace": query["namespace"], "metric_name": query["metric_name"]}
    metric["dimensions"] = [{"name": name, "value": value} for name, value in pairs]
    return {"metric_name": query["metric_name"], "datapoints": _datapoints(state, metric, query)}


@serves(SERVICE)
def batch_list_metric_data(state: State, site: Site, request: Request) -> Any:
    """The same for many metrics."""
    body: Json = request.body
    rows = [{**metric, "unit": "", "datapoints": _datapoints(state, metric, body)} for metric in body["metrics"]]
    return {"metrics": rows}


def _datapoints(state: State, metric: Json, asked: Json) -> list[Json]:
    return [
        {"timestamp": one["collect_time"], asked["filter"]: one["value"]}
        for one in state.metric_data
        if one["metric"] == metric and asked["from"] <= one["collect_time"] <= asked["to"]
    ]


@serves(SERVICE)
def show_quotas(state: State, site: Site, request: Request) -> Any:
    """How many alarm rules there may be."""
    quota = {"type": "alarm", "used": len(state.alarms), "unit": "", "quota": MOST_ALARMS}
    return {"quotas": {"resources": [quota]}}
