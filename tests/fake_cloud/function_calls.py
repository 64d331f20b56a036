"""FunctionGraph: calls of functions, tags, quotas and what else is asked about functions."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from tests.fake_cloud.errors import conflict, invalid, missing
from tests.fake_cloud.function_rows import found, version_of
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.paging import marked
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import LATEST, Function, Json, State, new_id

SERVICE = "functiongraph"
MOST_TAGS = 20
TAG_KEY = re.compile(r"[^=*<>\\,|/]{1,128}")


@serves(SERVICE)
def invoke_function(state: State, site: Site, request: Request) -> Any:
    """Runs the callable of the test. An exception of it is a function error: HTTP 200, ``status`` 500."""
    function, qualifier = found(state, site, request.path["function_urn"])
    version_of(function, qualifier)
    if request.headers.get("x-cff-request-version") != "v1":
        raise invalid("the SDK reads JSON only: X-CFF-Request-Version must be v1")
    if request.headers.get("x-cff-log-type", "tail") not in {"tail", ""}:
        raise invalid("X-Cff-Log-Type must be tail or absent")
    if site.invoke is None:
        raise invalid("nothing runs functions here: Site.invoke is not set")
    status = 200
    try:
        result = json.dumps(site.invoke(function.name, qualifier or LATEST, request.body))
    except Exception as error:  # noqa: BLE001 - whatever the function raises is its error
        status, result = 500, json.dumps({"errorMessage": str(error), "errorType": type(error).__name__})
    reply = {"request_id": new_id(), "result": result, "status": status}
    if request.headers.get("x-cff-log-type") == "tail":
        reply["log"] = base64.b64encode(f"{function.name} ended with {status}".encode()).decode()
    return reply


@serves(SERVICE)
def async_invoke_function(state: State, site: Site, request: Request) -> Any:
    """Accepts the event and runs it at once; nobody hears of its end."""
    function, qualifier = found(state, site, request.path["function_urn"])
    version_of(function, qualifier)
    id_ = new_id()
    row = {"request_id": id_, "status": "SUCCESS", "error_code": 0, "error_message": ""}
    if site.invoke is not None:
        try:
            site.invoke(function.name, qualifier or LATEST, request.body)
        except Exception as error:  # noqa: BLE001 - whatever the function raises is its error
            row |= {"status": "FAIL", "error_code": 4201, "error_message": str(error)}
    function.async_invocations.append(row)
    return {"request_id": id_}


@serves(SERVICE)
def list_async_invocations(state: State, site: Site, request: Request) -> Any:
    """The asynchronous calls of a function; only their status is filtered here."""
    function, _ = found(state, site, request.path["function_urn"])
    wanted = request.query.get("status")
    matching = [row for row in function.async_invocations if wanted in {None, row["status"]}]
    rows, pages = marked(matching, site, request.query, "limit")
    return {"invocations": rows, **pages}


@serves(SERVICE)
def list_function_statistics(state: State, site: Site, request: Request) -> Any:
    """What the test put there, whatever the period."""
    function, _ = found(state, site, request.path["func_urn"])
    return function.statistics


@serves(SERVICE)
def show_lts_log_details(state: State, site: Site, request: Request) -> Any:
    """Where the function's logs go; 404 while they go nowhere."""
    function, qualifier = found(state, site, request.path["function_urn"])
    config = version_of(function, qualifier).config
    group = state.log_groups.get(config.get("log_group_id", ""))
    stream = group.streams.get(config.get("log_stream_id", "")) if group else None
    if group is None or stream is None:
        raise missing("the log stream of", request.path["function_urn"])
    return {"group_name": group.name, "group_id": group.id, "stream_name": stream.name, "stream_id": stream.id}


@serves(SERVICE)
def list_quotas(state: State, site: Site, request: Request) -> Any:
    """The account's limits and what is used of them."""
    megabytes = sum(len(function.latest.code) for function in state.functions.values()) // 2**20
    reserved = sum(one["count"] for function in state.functions.values() for one in function.reserved.values())
    resources = [
        {"type": "fgs_func_num", "quota": site.functions, "used": len(state.functions)},
        {"type": "fgs_func_code_size", "quota": 10240, "used": megabytes, "unit": "MB"},
        {"type": "fgs_func_occurs", "quota": 1000, "used": reserved},
        {"type": "fgs_on_demand_instance_limit", "quota": site.concurrency, "used": 0},
    ]
    return {"quotas": {"resources": resources}}


def _tagged(state: State, request: Request) -> Function:
    if request.path["resource_type"] != "functions":
        raise invalid("resource_type must be functions")
    for function in state.functions.values():
        if request.path["resource_id"] in {function.urn, f"{function.urn}:{LATEST}", function.resource_id}:
            return function
    raise missing("the function", request.path["resource_id"])


@serves(SERVICE)
def create_tags(state: State, site: Site, request: Request) -> Any:
    """Adds tags or changes their values. The resource id is the function's URN or its ``resource_id``."""
    function = _tagged(state, request)
    tags = {**function.tags, **{tag["key"]: tag.get("value", "") for tag in request.body.get("tags", [])}}
    if wrong := [key for key in tags if not TAG_KEY.fullmatch(key)]:
        raise invalid(f"{wrong[0]} cannot be the key of a tag")
    if len(tags) > MOST_TAGS:
        raise conflict(f"a function has at most {MOST_TAGS} tags")
    state.tick()
    function.tags = tags


@serves(SERVICE)
def delete_tags(state: State, site: Site, request: Request) -> Any:
    """Takes tags away by their keys."""
    function = _tagged(state, request)
    gone = {tag["key"] for tag in request.body.get("tags", [])}
    state.tick()
    function.tags = {key: value for key, value in function.tags.items() if key not in gone}


@serves(SERVICE)
def list_function_tags(state: State, site: Site, request: Request) -> Any:
    """The tags of one function."""
    return {"tags": _tag_rows(_tagged(state, request)), "sys_tags": []}


@serves(SERVICE)
def show_res_instance_info(state: State, site: Site, request: Request) -> Any:
    """Functions that carry all the given tags: POST .../functions/resource-instances/filter."""
    if request.path["resource_type"] != "functions" or request.path["action"] not in {"filter", "count"}:
        raise invalid("functions can be filtered or counted")
    wanted = {tag["key"]: tag.get("value", "") for tag in request.body.get("matches", [])}
    matching = [one for one in state.functions.values() if wanted.items() <= one.tags.items()]
    if request.path["action"] == "count":
        return {"total_count": len(matching)}
    pages: Json = {"marker": request.body.get("offset", "0"), "limit": request.body.get("limit", "0")}
    rows, _ = marked(matching, site, pages, "limit")
    resources = [
        {
            "resource_id": function.resource_id,
            "resource_name": function.name,
            "resource_detail": {"detailId": function.urn},
            "tags": _tag_rows(function),
        }
        for function in rows
    ]
    return {"resources": resources, "total_count": len(matching)}


def _tag_rows(function: Function) -> list[Json]:
    return [{"key": key, "value": value} for key, value in function.tags.items()]
