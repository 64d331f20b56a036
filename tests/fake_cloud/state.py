"""What the account holds, as plain data: tests look at it and change it by hand to make drift.

Members of the services' own bodies stay dictionaries with wire names. Everything else is a field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

RELEASE = "DEFAULT_ENVIRONMENT_RELEASE_ID"
LATEST = "latest"
Json = dict[str, Any]


def new_id() -> str:
    """32 hexadecimal digits, as the services' ids."""
    return uuid4().hex


@dataclass
class FunctionVersion:
    """``latest`` or a published version. ``config``: members of ShowFunctionConfigResponse that were set.

    ``encrypted_user_data`` is what was sent; no reply ever carries it.
    """

    version: str
    config: Json
    code: bytes
    depend_version_list: list[str]
    encrypted_user_data: str = ""
    description: str = ""
    modified: int = 0


@dataclass
class Alias:
    """A name for a version; ``additional_version_weights`` sends a share of the calls to another."""

    name: str
    version: str
    description: str = ""
    additional_version_weights: dict[str, int] = field(default_factory=dict)
    additional_version_strategy: Json = field(default_factory=dict)


@dataclass
class Trigger:
    """``qualifier``: the version or ``!alias`` it fires."""

    id: str
    type_code: str
    status: str
    event_data: Json
    qualifier: str = LATEST


@dataclass
class Function:
    """A function with all its versions. ``reserved`` and ``async_invoke`` are kept by qualifier."""

    name: str
    package: str
    urn: str
    resource_id: str
    versions: dict[str, FunctionVersion]
    aliases: dict[str, Alias] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    reserved: dict[str, Json] = field(default_factory=dict)
    async_invoke: dict[str, Json] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    async_invocations: list[Json] = field(default_factory=list)
    """Rows of list_async_invocations."""
    statistics: Json = field(default_factory=dict)
    """ListFunctionStatisticsResponse; a test puts it there."""

    @property
    def latest(self) -> FunctionVersion:
        """The version that can be changed."""
        return self.versions[LATEST]


@dataclass
class DependencyVersion:
    """One upload of a dependency package. ``dep_id`` is the package's, ``id`` this version's."""

    id: str
    dep_id: str
    name: str
    version: int
    runtime: str
    description: str
    content: bytes
    owner: str


@dataclass
class Gateway:
    """A dedicated gateway. ``features``: name to configuration; ``quotas``: configuration name to value.

    ``policy_quota``: policy backends of the whole instance, ``None`` for no such limit; the documentation's pages
    disagree whether there is one.
    """

    id: str
    name: str
    spec: str = "BASIC"
    status: str = "Running"
    eip_address: str = "203.0.113.10"
    supported_features: list[str] = field(default_factory=lambda: ["backend_timeout", "route"])
    features: dict[str, Json] = field(default_factory=dict)
    quotas: dict[str, int] = field(
        default_factory=lambda: {"API_NUM_LIMIT": 250, "APIGROUP_NUM_LIMIT": 50, "API_POLICY_NUM_LIMIT": 5}
    )
    policy_quota: int | None = None
    details: Json = field(default_factory=dict)
    """More members of ShowDetailsOfInstanceV2Response, such as ``vpc_id``."""


@dataclass
class Environment:
    """Where APIs are published."""

    id: str
    name: str
    gateway: str
    remark: str = ""


@dataclass
class Domain:
    """A domain of a group, with the ids of its certificates."""

    id: str
    name: str
    settings: Json
    certificates: list[str] = field(default_factory=list)
    cname_status: int = 3
    """1 not resolved, 2 resolving, 3 resolved, 4 failed."""


@dataclass
class Group:
    """An API group. ``responses``: gateway responses by id."""

    id: str
    name: str
    gateway: str
    sl_domain: str
    remark: str = ""
    sl_domain_access_enabled: bool = True
    domains: dict[str, Domain] = field(default_factory=dict)
    responses: dict[str, Json] = field(default_factory=dict)


@dataclass
class Certificate:
    """``private_key`` never comes back."""

    id: str
    name: str
    cert_content: str
    private_key: str
    type: str
    gateway: str


@dataclass
class Authorizer:
    """``body``: AuthorizerCreate."""

    id: str
    gateway: str
    body: Json


@dataclass
class Publication:
    """What an environment serves: the API's body as it was when it was published."""

    id: str
    env_id: str
    body: Json
    remark: str


@dataclass
class Api:
    """``body``: ApiCreate as last written; ``live``: by environment id, what callers meet."""

    id: str
    gateway: str
    body: Json
    live: dict[str, Publication] = field(default_factory=dict)
    modified: int = 0


@dataclass
class Secret:
    """A CSMS secret: ``versions`` in order of creation, each ``{id, text, stages}``."""

    id: str
    name: str
    settings: Json
    versions: list[Json]
    state: str = "ENABLED"
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class LogStream:
    """A stream of a log group."""

    id: str
    name: str
    ttl_in_days: int
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class LogGroup:
    """A log group with its streams by id."""

    id: str
    name: str
    ttl_in_days: int
    tags: dict[str, str] = field(default_factory=dict)
    streams: dict[str, LogStream] = field(default_factory=dict)


@dataclass
class Alarm:
    """``body``: PostAlarmsReqV2."""

    id: str
    body: Json


@dataclass
class State:
    """The whole account. Functions are kept by URN, everything else by id; CSMS secrets by name."""

    functions: dict[str, Function] = field(default_factory=dict)
    dependencies: dict[str, DependencyVersion] = field(default_factory=dict)
    gateways: dict[str, Gateway] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    certificates: dict[str, Certificate] = field(default_factory=dict)
    authorizers: dict[str, Authorizer] = field(default_factory=dict)
    apis: dict[str, Api] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)
    log_groups: dict[str, LogGroup] = field(default_factory=dict)
    alarms: dict[str, Alarm] = field(default_factory=dict)
    metric_data: list[Json] = field(default_factory=list)
    """Datapoints as create_metric_data takes them."""
    changes: int = 0
    """Stands for time: grows with every change."""

    def tick(self) -> int:
        """The moment of a change."""
        self.changes += 1
        return self.changes
