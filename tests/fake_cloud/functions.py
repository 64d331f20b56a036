"""FunctionGraph: functions, their code and settings."""

from __future__ import annotations

from typing import Any

from huaweicloudsdkfunctiongraph.v2 import model

from tests.fake_cloud.errors import conflict, invalid
from tests.fake_cloud.function_rows import found, version_of, version_row
from tests.fake_cloud.function_rules import check_dependencies, check_function, check_new_name, code_of
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.paging import marked
from tests.fake_cloud.sdk_models import known_members, members
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import LATEST, Function, FunctionVersion, Json, State, new_id

SERVICE = "functiongraph"
NOT_SETTINGS = {"func_name", "package", "func_code", "depend_version_list", "encrypted_user_data", "log_config", "tags"}


@serves(SERVICE)
def create_function(state: State, site: Site, request: Request) -> Any:
    """Only what CreateFunctionRequestBody knows: the rest needs an update of the settings afterwards."""
    body: Json = request.body
    check_new_name(state, site, body)
    check_function(state, site, body)
    if "tags" in body:
        raise invalid("the form of tags is documented nowhere; use create_tags")
    dependencies = body.get("depend_version_list", [])
    check_dependencies(state, site, dependencies)
    latest = FunctionVersion(
        version=LATEST,
        config={"type": "v1", **_settings(body)},
        code=code_of(body),
        depend_version_list=list(dependencies),
        encrypted_user_data=body.get("encrypted_user_data", ""),
        modified=state.tick(),
    )
    urn = site.function_urn(body["package"], body["func_name"])
    function = Function(body["func_name"], body["package"], urn, new_id(), {LATEST: latest})
    state.functions[urn] = function
    return known_members(model.CreateFunctionResponse, version_row(state, site, function, latest))


def _settings(body: Json) -> Json:
    """A body's settings as the configuration keeps them."""
    kept = {name: value for name, value in body.items() if name not in NOT_SETTINGS}
    if "log_config" in body:
        kept["log_group_id"] = body["log_config"]["group_id"]
        kept["log_stream_id"] = body["log_config"]["stream_id"]
    return kept


@serves(SERVICE)
def list_functions(state: State, site: Site, request: Request) -> Any:
    """Rows without dependency versions; ``func_name`` finds every name that contains it."""
    package, name = request.query.get("package_name"), request.query.get("func_name", "")
    matching = [
        function
        for function in state.functions.values()
        if package in {None, "", function.package} and name in function.name
    ]
    rows, pages = marked(matching, site, request.query)
    shown = [version_row(state, site, function, function.latest) for function in rows]
    return {"functions": [known_members(model.ListFunctionResult, row) for row in shown], **pages}


@serves(SERVICE)
def show_function_config(state: State, site: Site, request: Request) -> Any:
    """The settings of the version that the URN names."""
    function, qualifier = found(state, site, request.path["function_urn"])
    row = version_row(state, site, function, version_of(function, qualifier))
    return known_members(model.ShowFunctionConfigResponse, row)


@serves(SERVICE)
def show_function_code(state: State, site: Site, request: Request) -> Any:
    """The code's size and digest and the dependency versions; the code itself only behind a link."""
    function, qualifier = found(state, site, request.path["function_urn"])
    row = version_row(state, site, function, version_of(function, qualifier))
    link = f"https://obs.{site.region}.example.test/code/{row['digest'][:16]}.zip"
    return known_members(model.ShowFunctionCodeResponse, {**row, "func_code": {"link": link}})


@serves(SERVICE)
def update_function_code(state: State, site: Site, request: Request) -> Any:
    """The one call that changes dependency versions; without ``depend_version_list`` they stay."""
    function = _with_latest(state, site, request)
    body: Json = request.body
    dependencies = body.get("depend_version_list", function.latest.depend_version_list)
    check_dependencies(state, site, dependencies)
    function.latest.code = code_of(body)
    function.latest.depend_version_list = list(dependencies)
    function.latest.config |= {"code_type": body["code_type"], "code_filename": body["code_filename"]}
    function.latest.modified = state.tick()
    row = version_row(state, site, function, function.latest)
    return known_members(model.UpdateFunctionCodeResponse, row)


@serves(SERVICE)
def update_function_config(state: State, site: Site, request: Request) -> Any:
    """Settings of ``latest``. What is left out stays or is cleared, as the site says: no page tells."""
    function = _with_latest(state, site, request)
    body: Json = request.body
    if body["func_name"] != function.name:
        raise invalid("func_name is not the function's")
    if body["runtime"] != function.latest.config["runtime"]:
        raise invalid("the runtime of a function cannot be changed")
    check_function(state, site, body)
    config = function.latest.config
    if site.clears_left_out:
        changeable = members(model.UpdateFunctionConfigRequestBody).keys() | {"log_group_id", "log_stream_id"}
        config = {name: value for name, value in config.items() if name not in changeable}
    function.latest.config = {**config, **_settings(body)}
    function.latest.encrypted_user_data = body.get("encrypted_user_data", function.latest.encrypted_user_data)
    function.latest.modified = state.tick()
    row = version_row(state, site, function, function.latest)
    return known_members(model.UpdateFunctionConfigResponse, row)


@serves(SERVICE)
def update_function_max_instance_config(state: State, site: Site, request: Request) -> Any:
    """The function's own cap of instances."""
    function = _with_latest(state, site, request)
    most = request.body.get("max_instance_num")
    if most is None or not -1 <= most <= 1000:
        raise invalid("max_instance_num must lie between -1 and 1000")
    strategy = function.latest.config.get("strategy_config", {"concurrent_num": 1})
    function.latest.config["strategy_config"] = {**strategy, "concurrency": most}
    function.latest.modified = state.tick()
    row = version_row(state, site, function, function.latest)
    return known_members(model.UpdateFunctionMaxInstanceConfigResponse, row)


@serves(SERVICE)
def delete_function(state: State, site: Site, request: Request) -> Any:
    """The whole function with its versions, aliases and triggers, or one published version with its triggers."""
    function, qualifier = found(state, site, request.path["function_urn"])
    if not qualifier:
        del state.functions[function.urn]
        return None
    if qualifier == LATEST or qualifier.startswith("!"):
        raise invalid("only a published version or the whole function can be deleted")
    version = version_of(function, qualifier).version
    if any(version in {alias.version, *alias.additional_version_weights} for alias in function.aliases.values()):
        raise conflict(f"an alias points at version {version}")
    if version in function.reserved:
        raise conflict(f"version {version} has reserved instances")
    del function.versions[version]
    function.triggers = {id_: one for id_, one in function.triggers.items() if one.qualifier != version}
    function.async_invoke.pop(version, None)
    return None


def _with_latest(state: State, site: Site, request: Request) -> Function:
    """The function of a call that may change ``latest`` only."""
    function, qualifier = found(state, site, request.path["function_urn"])
    if qualifier not in {"", LATEST}:
        raise invalid("a published version cannot be changed")
    return function
