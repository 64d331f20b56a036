"""FunctionGraph: reserved instances, and how asynchronous calls are retried and where they end."""

from __future__ import annotations

import json
from typing import Any

from huaweicloudsdkfunctiongraph.v2 import model

from tests.fake_cloud.errors import invalid, missing
from tests.fake_cloud.function_rows import found, moment, version_of
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.paging import marked
from tests.fake_cloud.sdk_models import known_members
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import LATEST, Function, Json, State

SERVICE = "functiongraph"
MOST_RESERVED = 1000
DESTINATION_PARAMETERS = {"OBS": "bucket", "SMN": "topic_urn", "DIS": "stream_name", "FunctionGraph": "func_urn"}


@serves(SERVICE)
def update_function_reserved_instances_count(state: State, site: Site, request: Request) -> Any:
    """Reserved instances of a version or an alias; a count of 0 ends them."""
    function, qualifier = found(state, site, request.path["function_urn"])
    version_of(function, qualifier)
    if not 0 <= request.body["count"] <= MOST_RESERVED:
        raise invalid(f"count must lie between 0 and {MOST_RESERVED}")
    state.tick()
    if request.body["count"] or request.body.get("tactics_config"):
        function.reserved[qualifier or LATEST] = dict(request.body)
    else:
        function.reserved.pop(qualifier or LATEST, None)
    return dict(request.body)


@serves(SERVICE)
def list_function_reserved_instances(state: State, site: Site, request: Request) -> Any:
    """Counts by version or alias, of all functions or of one URN."""
    wanted = request.query.get("urn")
    matching = [
        {"func_urn": f"{function.urn}:{qualifier}", "count": reserved["count"]}
        for function in state.functions.values()
        for qualifier, reserved in function.reserved.items()
        if wanted in {None, function.urn, f"{function.urn}:{qualifier}"}
    ]
    rows, pages = marked(matching, site, request.query, "limit")
    return {"reservedinstances": rows, "count": len(matching), "page_info": _page_info(rows, pages)}


@serves(SERVICE)
def list_reserved_instance_configs(state: State, site: Site, request: Request) -> Any:
    """As the counts, with the rules beside them."""
    wanted = request.query.get("function_urn")
    matching = [
        {
            "function_urn": function.urn,
            "qualifier_type": "alias" if qualifier.startswith("!") else "version",
            "qualifier_name": qualifier.removeprefix("!"),
            "min_count": reserved["count"],
            **{name: reserved[name] for name in ("idle_mode", "tactics_config") if name in reserved},
        }
        for function in state.functions.values()
        for qualifier, reserved in function.reserved.items()
        if wanted in {None, function.urn, f"{function.urn}:{qualifier}"}
    ]
    rows, pages = marked(matching, site, request.query, "limit")
    return {"reserved_instances": rows, "count": len(matching), "page_info": _page_info(rows, pages)}


def _page_info(rows: list[Json], pages: Json) -> Json:
    start = pages["next_marker"] - len(rows)
    return {"next_marker": pages["next_marker"], "previous_marker": start, "current_count": len(rows)}


@serves(SERVICE)
def update_function_async_invoke_config(state: State, site: Site, request: Request) -> Any:
    """The whole configuration of a version or alias."""
    function, qualifier = found(state, site, request.path["function_urn"])
    version_of(function, qualifier)
    body: Json = request.body
    kept = {"max_async_event_age_in_seconds": 3600, "max_async_retry_attempts": 1, "destination_config": {}, **body}
    if not 1 <= kept["max_async_event_age_in_seconds"] <= 86400 or not 0 <= kept["max_async_retry_attempts"] <= 3:
        raise invalid("events live 1 to 86400 seconds and are retried 0 to 3 times")
    for destination in kept["destination_config"].values():
        _check_destination(destination)
    state.tick()
    function.async_invoke[qualifier or LATEST] = kept
    return _async_row(state, function, qualifier or LATEST)


def _check_destination(destination: Json) -> None:
    needed = DESTINATION_PARAMETERS.get(destination.get("destination", ""))
    if needed is None:
        raise invalid(f"a destination is one of {', '.join(DESTINATION_PARAMETERS)}")
    try:
        parameters = json.loads(destination.get("param", ""))
    except ValueError as error:
        raise invalid("param of a destination is not JSON") from error
    if not isinstance(parameters, dict) or not parameters.get(needed):
        raise invalid(f"param of a destination lacks {needed}")


@serves(SERVICE)
def show_function_async_invoke_config(state: State, site: Site, request: Request) -> Any:
    """404 where nothing was configured."""
    function, qualifier = found(state, site, request.path["function_urn"])
    if (qualifier or LATEST) not in function.async_invoke:
        raise missing("the asynchronous configuration of", request.path["function_urn"])
    return _async_row(state, function, qualifier or LATEST)


@serves(SERVICE)
def list_function_async_invoke_config(state: State, site: Site, request: Request) -> Any:
    """The configurations of all versions and aliases of a function."""
    function, _ = found(state, site, request.path["function_urn"])
    matching = [_async_row(state, function, qualifier) for qualifier in function.async_invoke]
    rows, pages = marked(matching, site, request.query, "limit")
    return {"async_invoke_configs": rows, "count": len(matching), "page_info": _page_info(rows, pages)}


@serves(SERVICE)
def delete_function_async_invoke_config(state: State, site: Site, request: Request) -> Any:
    """Back to the service's own defaults."""
    function, qualifier = found(state, site, request.path["function_urn"])
    if function.async_invoke.pop(qualifier or LATEST, None) is None:
        raise missing("the asynchronous configuration of", request.path["function_urn"])
    state.tick()


def _async_row(state: State, function: Function, qualifier: str) -> Json:
    row = {**function.async_invoke[qualifier], "func_urn": f"{function.urn}:{qualifier}"}
    return known_members(model.ListFunctionAsyncInvokeConfigResult, {**row, "last_modified": moment(state.changes)})
