"""API group, authorizers and routes as the gateway tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from deployment.cloud import Cloud
from deployment.found import Found, Row
from deployment.names import Names, read_mark
from deployment.resources import Api, ApiGroup, Authorizer, GatewayResponses, Policy

SERVICE = "apig"
RELEASE_ENVIRONMENT = "DEFAULT_ENVIRONMENT_RELEASE_ID"


def group_rows(cloud: Cloud, names: Names, gateway: str) -> dict[str, Row]:
    """The API groups whose names begin like the stage's, by name: its own one, and perhaps the lock."""
    rows = cloud.offset_pages(SERVICE, "list_api_groups_v2", "groups", instance_id=gateway, name=names.prefix)
    return {row["name"]: row for row in rows}


def read_group(names: Names, row: Row, wanted: Mapping[str, ApiGroup], found: Found) -> bool:
    """The group; whether it is ours."""
    name = next(iter(wanted), "routes")
    if not names.owns(row["remark"]):
        found.foreign[ApiGroup.kind, name] = f"API group {row['name']}"
        return False
    goal = wanted.get(name)
    domains = {one["domain"]: one["ssl_id"] or "" for one in row["url_domains"] or []}
    domain = goal.domain if goal and goal.domain in domains else ""
    open_debug = row["sl_domain_access_enabled"] is not False
    found.add(ApiGroup(name, domain, domains.get(domain, ""), open_debug), row["id"])
    noted = read_mark(row["remark"])
    found.seal, found.prepared = noted.get("seal", ""), noted.get("prepared", "")
    return True


def api_rows(cloud: Cloud, gateway: str, group_id: str) -> list[Row]:
    """The rows of ``list_apis_v2`` of the group, foreign ones among them."""
    return cloud.offset_pages(SERVICE, "list_apis_v2", "apis", instance_id=gateway, group_id=group_id)


def read_group_parts(cloud: Cloud, names: Names, gateway: str, group_id: str, found: Found) -> None:
    """The group's own answers."""
    rows = cloud.offset_pages(SERVICE, "list_gateway_responses_v2", "responses", instance_id=gateway, group_id=group_id)
    for row in rows:
        if name := names.short(row["name"]):
            own = {kind: (one["status"], one["body"]) for kind, one in row["responses"].items() if not one["default"]}
            found.add(GatewayResponses(name, own), row["id"])


def read_authorizers(cloud: Cloud, names: Names, gateway: str, found: Found) -> None:
    """Authorizers have neither remark nor tags; the mark is their ``user_data``, a text handed to their function."""
    rows = cloud.offset_pages(
        SERVICE, "list_custom_authorizers_v2", "authorizer_list", instance_id=gateway, name=names.prefix
    )
    for row in rows:
        name = names.short(row["name"])
        if name is None:
            continue
        if not names.owns(row["user_data"]):
            found.foreign[Authorizer.kind, name] = f"authorizer {row['name']}"
            continue
        urn = row["authorizer_alias_uri"] or row["authorizer_uri"]
        found.add(Authorizer(name, urn, bool(row["need_body"]), row["ttl"] or 0), row["id"])


@dataclass(frozen=True)
class ApiReader:
    """Reads routes in full; without ``full`` what lists do not say is as ``wanted``.

    Routes with policies are always read in full: their drift sends calls to the wrong function.
    """

    cloud: Cloud
    names: Names
    gateway: str
    wanted: Mapping[str, Api]
    full: bool

    def read(self, rows: Iterable[Row], found: Found) -> None:
        """Add the routes of these rows."""
        for row in rows:
            name = self.names.short(row["name"])
            if name is None:
                continue
            if self.names.owns(row["remark"]):
                found.add(_api(name, row, self._detail(name, row), found), row["id"])
            else:
                found.foreign[Api.kind, name] = f"API {row['name']}"

    def _detail(self, name: str, row: Row) -> Row:
        goal = self.wanted.get(name)
        if goal is not None and not goal.policies and not self.full:
            return _details(goal)
        about, call = f"API {row['name']}", "show_details_of_api_v2"
        detail: Row = self.cloud.call(SERVICE, call, about, instance_id=self.gateway, api_id=row["id"])
        return detail


def _details(goal: Api) -> Row:
    """What a row does not say, as wanted."""
    return {
        "func_info": {"alias_urn": goal.function_urn, "timeout": goal.timeout},
        "req_params": [{"location": location, "name": name} for location, name in goal.parameters],
        "policy_functions": [],
    }


def _api(name: str, row: Row, detail: Row, found: Found) -> Api:
    backend = detail["func_info"] or {}
    authorizer = found.name_of(Authorizer, row["authorizer_id"]) or f"unknown {row['authorizer_id']}"
    responses = found.name_of(GatewayResponses, row["response_id"]) or f"unknown {row['response_id']}"
    return Api(
        name=name,
        method=row["req_method"],
        path=row["req_uri"],
        match_mode=row["match_mode"] or "NORMAL",
        authorizer=authorizer if row["auth_type"] == "AUTHORIZER" else _other_auth(row["auth_type"]),
        function_urn=backend.get("alias_urn") or backend.get("function_urn") or "",
        timeout=backend.get("timeout") or 0,
        parameters=tuple(sorted((one["location"], one["name"]) for one in detail["req_params"] or [])),
        policies=tuple(sorted(map(_policy, detail["policy_functions"] or []), key=lambda policy: policy.name)),
        responses=responses if row["response_id"] else "",
        published=RELEASE_ENVIRONMENT in (row["run_env_id"] or "").split("|"),
    )


def _other_auth(kind: str) -> str:
    return "" if kind == "NONE" else f"({kind})"


def _policy(row: Row) -> Policy:
    return Policy(
        row["name"],
        row["alias_urn"] or row["function_urn"],
        tuple(sorted(_condition(one) for one in row["conditions"] or [])),
        row["effect_mode"],
    )


def _condition(row: Row) -> tuple[str, str, str]:
    origin: Any = row["condition_origin"]
    parameter = row["frontend_authorizer_param_name"] if origin == "frontend_authorizer" else row["req_param_name"]
    kind = row["condition_type"]
    return (origin if kind == "exact" else f"{origin} {kind}", parameter or "", row["condition_value"])
