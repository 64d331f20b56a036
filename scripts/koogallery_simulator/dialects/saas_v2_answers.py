"""The fields of newInstance and queryInstance answers that the platform checks (SaaS guide V2.0)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from koogallery_simulator.assumptions import VALUE_DECIMALS, VALUE_INTEGER_DIGITS
from koogallery_simulator.catalogue import METERED
from koogallery_simulator.dialects.base import Callback, InstanceLookup, Problem
from koogallery_simulator.times import is_statistical_time

LONGEST_INSTANCE_ID = 64
LONGEST_VALUE = 20
APP_INFO = {"frontEndUrl": 512, "adminUrl": 512, "userName": 128, "password": 128, "memo": 1024}
USAGE_INFO = {"relatedInstanceId": 64, "dashboardUrl": 512}


def new_instance_problems(answer: Mapping[str, object]) -> Iterator[Problem]:
    """instanceId: there, a string, 1 to 64 characters."""
    if not _is_text(answer.get("instanceId"), LONGEST_INSTANCE_ID, empty=False):
        yield "new-instance-id", "instanceId is missing or not 1 to 64 characters"


def query_instance_problems(
    callback: Callback, answer: Mapping[str, object], known: InstanceLookup
) -> Iterator[Problem]:
    """``info``: one entry per requested instance, its members by the field table."""
    asked = str(callback.members.get("instanceId", "")).split(",")
    info = answer.get("info")
    if not isinstance(info, list) or not info or not all(isinstance(entry, dict) for entry in info):
        yield "query-info", "000000 without a list info of objects"
        return
    ids = [entry.get("instanceId") for entry in info]
    if not all(_is_text(one, LONGEST_INSTANCE_ID, empty=False) for one in ids):
        yield "query-instance-id", "an entry of info has no instanceId of 1 to 64 characters"
        return
    if len(set(ids)) != len(ids) or not set(ids) <= set(asked):
        yield "query-instance-id", "info holds an instance twice, or one that was not asked for"
    if callback.test and set(ids) != set(asked):
        yield "query-test-info", "a debugging call wants info for every id"
    for entry in info:
        yield from app_info_problems(entry)
        yield from _usage_info_problems(entry, known)


def app_info_problems(entry: Mapping[str, object]) -> Iterator[Problem]:
    """``appInfo`` of an entry, if it has one."""
    if "appInfo" not in entry:
        return
    app_info = entry["appInfo"]
    if not isinstance(app_info, dict):
        yield "query-app-info", "appInfo is no object"
        return
    if not _is_text(app_info.get("frontEndUrl"), APP_INFO["frontEndUrl"], empty=False):
        yield "query-app-info", "appInfo.frontEndUrl is missing or not 1 to 512 characters"
    for name, longest in APP_INFO.items():
        if name in app_info and not _is_text(app_info[name], longest):
            yield "query-app-info", f"appInfo.{name} is no string of at most {longest} characters"


def _usage_info_problems(entry: Mapping[str, object], known: InstanceLookup) -> Iterator[Problem]:
    usage = entry.get("usageInfo", [])
    if not isinstance(usage, list) or not all(isinstance(one, dict) for one in usage):
        yield "query-usage-info", "usageInfo is no list of objects"
        return
    instance = known.find_instance(str(entry["instanceId"]))
    if not usage and instance is not None and instance.mode in METERED:
        yield "query-usage-info-missing", "a pay-per-use or package instance without usageInfo"
    for one in usage:
        if not _is_usage_value(one.get("usageValue")):
            yield "query-usage-value", "usageValue is no JSON number of at most 8 digits and 4 decimals"
        if not is_statistical_time(one.get("statisticalTime")):
            yield "query-statistical-time", "statisticalTime is not yyyyMMddHHmmssSSS"
        for name, longest in USAGE_INFO.items():
            if name in one and not _is_text(one[name], longest):
                yield "query-usage-info", f"usageInfo.{name} is no string of at most {longest} characters"


def _is_usage_value(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or number < 0 or number >= 10**VALUE_INTEGER_DIGITS:
        return False
    return -exponent <= VALUE_DECIMALS and len(str(value)) <= LONGEST_VALUE


def _is_text(value: object, longest: int, *, empty: bool = True) -> bool:
    return isinstance(value, str) and len(value) <= longest and (empty or bool(value))
