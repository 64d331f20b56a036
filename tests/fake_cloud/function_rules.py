"""What FunctionGraph asks of a function's settings beyond the types: ranges, patterns, limits, existing things."""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import zipfile

from tests.fake_cloud.errors import conflict, invalid, missing
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import Json, State

RUNTIMES = re.compile(r"Python(2\.7|3\.6|3\.9|3\.10|3\.12)|Node\.js[\d.]+|Java(8|11|17)|Go1\.(8|x)|Custom|http")
FUNCTION_NAME = re.compile(r"[A-Za-z]([A-Za-z0-9_-]{0,58}[A-Za-z0-9])?")
HANDLER = re.compile(r"(?=.{3,128}$)[^.]+\..+")
SETTING_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# 8192 and 10240 are in the product's limits, though not yet in the SDK's text.
MEMORY_SIZES = {128, 256, 512, 768, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 3584, 4096, 8192, 10240}
CODE_MEGABYTES, DEPENDENCY_MEGABYTES = 50, 40
RANGES = {"timeout": (3, 259200), "initializer_timeout": (1, 300), "pre_stop_timeout": (1, 90)}


def check_function(state: State, site: Site, body: Json) -> None:
    """The settings that create and update share."""
    for name, (least, most) in RANGES.items():
        if name in body and not least <= body[name] <= most:
            raise invalid(f"{name} must lie between {least} and {most}")
    for name in ("handler", "initializer_handler", "pre_stop_handler"):
        if name in body and not HANDLER.match(body[name]):
            raise invalid(f"{name} must be <file>.<function>")
    if ("initializer_handler" in body) != ("initializer_timeout" in body):
        raise invalid("initializer_handler and initializer_timeout belong together")
    if body["memory_size"] not in MEMORY_SIZES:
        raise invalid(f"memory_size must be one of {sorted(MEMORY_SIZES)}")
    if not RUNTIMES.fullmatch(body["runtime"]):
        raise invalid(f"runtime {body['runtime']} is not offered")
    for name in ("user_data", "encrypted_user_data"):
        _check_settings(site, name, body.get(name, ""))
    _check_surroundings(state, site, body)


def _check_settings(site: Site, name: str, text: str) -> None:
    if not text:
        return
    if len(text) > site.settings_characters:
        raise invalid(f"{name} is longer than {site.settings_characters} characters")
    try:
        settings = json.loads(text)
    except ValueError as error:
        raise invalid(f"{name} is not JSON") from error
    if not isinstance(settings, dict) or not all(isinstance(value, str) for value in settings.values()):
        raise invalid(f"{name} must be an object of texts")
    if len(settings) > site.settings_keys:
        raise invalid(f"{name} has more than {site.settings_keys} keys")
    if wrong := [key for key in settings if not SETTING_NAME.fullmatch(key)]:
        raise invalid(f"{name}: {wrong[0]} is not a letter followed by letters, digits and underscores")


def _check_surroundings(state: State, site: Site, body: Json) -> None:
    for name in ("xrole", "app_xrole"):
        if site.agencies is not None and body.get(name, "") not in {"", *site.agencies}:
            raise invalid(f"{name}: the agency {body[name]} does not exist")
    if "func_vpc" in body and not body.get("xrole"):
        raise invalid("a function in a VPC needs the agency xrole")
    if "log_config" in body:
        group = state.log_groups.get(body["log_config"].get("group_id", ""))
        if group is None or body["log_config"].get("stream_id") not in group.streams:
            raise invalid("log_config names a log group or stream that does not exist")
    strategy = body.get("strategy_config")
    if strategy and not (-1 <= strategy["concurrency"] <= 1000 and 1 <= strategy["concurrent_num"] <= 1000):
        raise invalid("concurrency must lie between -1 and 1000, concurrent_num between 1 and 1000")


def check_new_name(state: State, site: Site, body: Json) -> None:
    """A new function's name, package and the account's limit."""
    if not FUNCTION_NAME.fullmatch(body["func_name"]):
        raise invalid("func_name must be a letter, then at most 59 letters, digits, - and _, no sign at the end")
    if site.function_urn(body["package"], body["func_name"]) in state.functions:
        raise conflict(f"the function {body['func_name']} already exists")
    if len(state.functions) >= site.functions:
        raise conflict(f"the account has its {site.functions} functions")
    if body.get("type", "v1") not in {"v1", "v2"}:
        raise invalid("type must be v1 or v2")


def check_dependencies(state: State, site: Site, ids: list[str]) -> None:
    """The dependency versions of a function: existing ones, and not too many."""
    if len(ids) > site.dependencies:
        raise invalid(f"a function takes at most {site.dependencies} dependency packages")
    for id_ in ids:
        if id_ not in state.dependencies:
            raise missing("the dependency version", id_)


def code_of(body: Json) -> bytes:
    """The code that a body brings along as a zip."""
    if body.get("code_type") != "zip":
        raise invalid("only code_type zip is played here")
    if not body.get("code_filename"):
        raise invalid("code_filename is mandatory with code_type zip")
    return unpacked(body.get("func_code", {}).get("file"), "func_code.file", CODE_MEGABYTES)


def unpacked(text: str | None, where: str, megabytes: int) -> bytes:
    """The zip that a base64 text holds."""
    try:
        content = base64.b64decode(text or "", validate=True)
    except binascii.Error as error:
        raise invalid(f"{where} is not base64") from error
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise invalid(f"{where} is not a zip")
    if len(content) > megabytes * 1024 * 1024:
        raise invalid(f"{where} is larger than {megabytes} MB")
    return content
