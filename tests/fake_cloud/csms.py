"""CSMS: secrets and their versions. A value comes back only through ``show_secret_version``."""

from __future__ import annotations

import re
from typing import Any

from tests.fake_cloud.errors import conflict, invalid, missing
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import Json, Secret, State, new_id

SERVICE = "csms"
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
SETTINGS = ("kms_key_id", "description", "secret_type", "auto_rotation", "rotation_period", "event_subscriptions")
VALUE_BYTES, DESCRIPTION_BYTES, MOST_TAGS, PAGE = 32 * 1024, 2048, 20, 50
CURRENT, PREVIOUS = "SYSCURRENT", "SYSPREVIOUS"


@serves(SERVICE)
def create_secret(state: State, site: Site, request: Request) -> Any:
    """A secret with its first version."""
    body: Json = request.body
    if not NAME.fullmatch(body["name"]):
        raise invalid("the name of a secret is 1 to 64 letters, digits, _ and -")
    if body["name"] in state.secrets:
        raise conflict(f"the secret {body['name']} already exists")
    _check(body)
    state.tick()
    secret = Secret(new_id(), body["name"], {"secret_type": "COMMON", **_settings(body)}, [])
    _add_version(secret, body, [CURRENT])
    state.secrets[secret.name] = secret
    return {"secret": _row(secret)}


def _check(body: Json) -> None:
    if ("secret_string" in body) == ("secret_binary" in body):
        raise invalid("a secret is either secret_string or secret_binary")
    if len(_value(body)[1].encode()) > VALUE_BYTES:
        raise invalid(f"a secret has at most {VALUE_BYTES} bytes")
    if len(body.get("description", "").encode()) > DESCRIPTION_BYTES:
        raise invalid(f"description is longer than {DESCRIPTION_BYTES} bytes")


def _value(body: Json) -> tuple[str, str]:
    kind = "secret_string" if "secret_string" in body else "secret_binary"
    return kind, body[kind]


def _settings(body: Json) -> Json:
    return {name: body[name] for name in SETTINGS if name in body}


def _add_version(secret: Secret, body: Json, stages: list[str]) -> None:
    """A stage belongs to one version; who had SYSCURRENT becomes SYSPREVIOUS."""
    for version in secret.versions:
        if CURRENT in stages and PREVIOUS in version["stages"]:
            version["stages"].remove(PREVIOUS)
        if CURRENT in stages and CURRENT in version["stages"]:
            version["stages"].append(PREVIOUS)
        version["stages"] = [stage for stage in version["stages"] if stage not in stages]
    kind, value = _value(body)
    secret.versions.append({"id": f"v{len(secret.versions) + 1}", "kind": kind, "text": value, "stages": stages})


@serves(SERVICE)
def list_secrets(state: State, site: Site, request: Request) -> Any:
    """By name; ``marker`` is the name to go on after."""
    limit = int(request.query.get("limit", PAGE))
    marker = request.query.get("marker", "")
    following = sorted(name for name in state.secrets if not marker or name > marker)
    page = following[: min(limit, site.page_size)]
    more = {"next_marker": page[-1]} if len(page) < len(following) else {}
    return {"secrets": [_row(state.secrets[name]) for name in page], "page_info": {**more, "current_count": len(page)}}


@serves(SERVICE)
def show_secret(state: State, site: Site, request: Request) -> Any:
    """The secret without its value."""
    return {"secret": _row(_with_secret(state, request))}


@serves(SERVICE)
def update_secret(state: State, site: Site, request: Request) -> Any:
    """Settings; a value changes by a new version only."""
    secret = _with_secret(state, request)
    state.tick()
    secret.settings |= _settings(request.body)
    return {"secret": _row(secret)}


@serves(SERVICE)
def delete_secret(state: State, site: Site, request: Request) -> Any:
    """At once and for ever."""
    secret = _with_secret(state, request)
    state.tick()
    del state.secrets[secret.name]


@serves(SERVICE)
def delete_secret_for_schedule(state: State, site: Site, request: Request) -> Any:
    """Shut now, gone after some days; until then it can be restored."""
    secret = _with_secret(state, request)
    if not 7 <= request.body["recovery_window_in_days"] <= 30:
        raise invalid("recovery_window_in_days must lie between 7 and 30")
    state.tick()
    secret.state = "PENDING_DELETE"
    return {"secret": _row(secret)}


@serves(SERVICE)
def restore_secret(state: State, site: Site, request: Request) -> Any:
    """Takes a planned deletion back."""
    secret = _with_secret(state, request)
    if secret.state != "PENDING_DELETE":
        raise invalid("no deletion of the secret is planned")
    state.tick()
    secret.state = "ENABLED"
    return {"secret": _row(secret)}


@serves(SERVICE)
def create_secret_version(state: State, site: Site, request: Request) -> Any:
    """A new value; it is the current one unless other stages are named."""
    secret = _enabled(state, request)
    _check(request.body)
    state.tick()
    _add_version(secret, request.body, list(request.body.get("version_stages", [CURRENT])))
    return {"version_metadata": _metadata(secret, secret.versions[-1])}


@serves(SERVICE)
def list_secret_versions(state: State, site: Site, request: Request) -> Any:
    """The versions without their values."""
    secret = _with_secret(state, request)
    start = int(request.query.get("marker") or 0)
    page = secret.versions[start : start + min(request.query.get("limit", PAGE), site.page_size)]
    end = start + len(page)
    info: Json = {"current_count": len(page), **({"next_marker": str(end)} if end < len(secret.versions) else {})}
    return {"version_metadatas": [_metadata(secret, version) for version in page], "page_info": info}


@serves(SERVICE)
def show_secret_version(state: State, site: Site, request: Request) -> Any:
    """The value of a version; ``latest`` is the current one."""
    secret, wanted = _enabled(state, request), request.path["version_id"]
    for version in secret.versions:
        if wanted == version["id"] or (wanted == "latest" and CURRENT in version["stages"]):
            return {"version": {"version_metadata": _metadata(secret, version), version["kind"]: version["text"]}}
    raise missing("the secret's version", wanted)


@serves(SERVICE)
def batch_create_or_delete_tags(state: State, site: Site, request: Request) -> Any:
    """Tags of a secret, by its id."""
    secret, given = _by_id(state, request), {tag["key"]: tag.get("value", "") for tag in request.body["tags"]}
    if request.body["action"] not in {"create", "delete"}:
        raise invalid("action must be create or delete")
    state.tick()
    if request.body["action"] == "delete":
        secret.tags = {key: value for key, value in secret.tags.items() if key not in given}
    elif len({**secret.tags, **given}) > MOST_TAGS:
        raise conflict(f"a secret has at most {MOST_TAGS} tags")
    else:
        secret.tags |= given


@serves(SERVICE)
def create_secret_tag(state: State, site: Site, request: Request) -> Any:
    """One tag."""
    secret, tag = _by_id(state, request), request.body["tag"]
    state.tick()
    secret.tags[tag["key"]] = tag.get("value", "")


@serves(SERVICE)
def delete_secret_tag(state: State, site: Site, request: Request) -> Any:
    """One tag."""
    secret = _by_id(state, request)
    state.tick()
    if secret.tags.pop(request.path["key"], None) is None:
        raise missing("the tag", request.path["key"])


@serves(SERVICE)
def list_secret_tags(state: State, site: Site, request: Request) -> Any:
    """The tags of a secret."""
    tags = [{"key": key, "value": value} for key, value in _by_id(state, request).tags.items()]
    return {"tags": tags, "sys_tags": []}


def _with_secret(state: State, request: Request) -> Secret:
    secret = state.secrets.get(request.path["secret_name"])
    if secret is None:
        raise missing("the secret", request.path["secret_name"])
    return secret


def _enabled(state: State, request: Request) -> Secret:
    secret = _with_secret(state, request)
    if secret.state != "ENABLED":
        raise conflict(f"the secret {secret.name} is {secret.state}")
    return secret


def _by_id(state: State, request: Request) -> Secret:
    for secret in state.secrets.values():
        if secret.id == request.path["secret_id"]:
            return secret
    raise missing("the secret", request.path["secret_id"])


def _row(secret: Secret) -> Json:
    return {"id": secret.id, "name": secret.name, "state": secret.state, "create_time": 0, **secret.settings}


def _metadata(secret: Secret, version: Json) -> Json:
    return {"id": version["id"], "secret_name": secret.name, "version_stages": version["stages"], "create_time": 0}
