"""The form of ``template.yaml``: what an editor's schema and the first checks are made from.

Words follow Huawei's cam.yaml for components and the gateway's console for routes. What these models cannot see,
names that refer to other blocks above all, is checked in ``checks``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from bundle_template import forms
from bundle_template.values import Number


class Part(BaseModel):
    """What all parts of a template have in common: camelCase members, and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, use_attribute_docstrings=True)


class MetadataPart(Part):
    """What the bundle is."""

    description: forms.PlainText
    version: forms.PlainText
    author: forms.PlainText | None = None
    home_page_url: forms.PlainText | None = None


class ParameterPart(Part):
    """Something the bundle stands on. ``${name}`` stands for its value."""

    description: forms.PlainText
    default: forms.PlainText | None = None
    """Without one the deployer has to give a value."""


class SettingPart(Part):
    """A setting that functions may be allowed to read."""

    description: forms.PlainText
    encrypted: forms.TrueOrFalse = False
    """Lives in the encrypted user data only and never reaches the environment of a function."""
    optional: forms.TrueOrFalse = False
    """The bundle works without it."""
    default: forms.Text | None = None
    """What a deployment takes when the seller gives no value."""


class LayerPart(Part):
    """A dependency package that functions share: either a folder of packages or a file of requirements."""

    name: forms.Name
    code_uri: forms.RelativePath | None = None
    """Folder whose packages go into the layer."""
    requirements: forms.RelativePath | None = None
    """File of pip's whose packages go into the layer."""


class StrategyPart(Part):
    """How far a function may spread."""

    concurrency: Annotated[int, Number(-1, 1000)] = 400
    """Most instances at once; -1: no limit, 0: switched off."""


class AsyncInvokePart(Part):
    """What becomes of a call that nobody waits for, a timer's above all, when it fails."""

    max_retries: Annotated[int, Number(0, 3)]
    """Tries after the first one, with the same event."""
    max_age_seconds: Annotated[int, Number(1, 86_400)]
    """An event older than this is not tried any more."""
    on_failure_prefix: forms.Prefix | None = None
    """Where in the bucket a failed event is kept."""


class FunctionPart(Part):
    """Properties of one function."""

    code_uri: forms.RelativePath
    """Folder of the function's code."""
    handler: forms.Handler
    runtime: forms.Runtime
    memory_size: Annotated[int, Number(128, 10_240)]
    """MB."""
    timeout: Annotated[int, Number(3, 259_200)]
    """Seconds."""
    initializer_handler: forms.Handler | None = None
    initializer_timeout: Annotated[int, Number(1, 300)] | None = None
    """Seconds."""
    layers: tuple[forms.Name, ...] = ()
    in_vpc: forms.TrueOrFalse = True
    """Whether the function runs in the VPC, where the table is."""
    settings: tuple[forms.SettingName, ...] = ()
    """Plain settings the function may read; no others reach it."""
    encrypted_settings: tuple[forms.SettingName, ...] = ()
    """Encrypted settings the function may read; no others reach it."""
    strategy_config: StrategyPart = StrategyPart()
    reserved_instances: Annotated[int, Number(0, 1000)] = 0
    """Instances that are kept warm, and are paid for all day."""
    async_invoke: AsyncInvokePart | None = None
    includes_functions: forms.TrueOrFalse = False
    """The package also holds the code of the functions that routes name: for ``front_door``."""


class ComponentPart(Part):
    """One function."""

    name: forms.Name
    type: Literal["Huawei::FunctionGraph::Function"]
    properties: FunctionPart


class AuthorizerPart(Part):
    """A front-end custom authorizer; its answer is never cached."""

    name: forms.AuthorizerName
    function: forms.Name
    need_body: forms.TrueOrFalse = False
    """Whether the function is handed the body of the request."""


class PolicyPart(Part):
    """Another backend of a route, taken when a parameter has one of the values."""

    function: forms.Name
    values: tuple[forms.PolicyValue, ...]
    authorizer_parameter: forms.RequestParameter | None = None
    """A member of the authorizer's context."""
    query_parameter: forms.RequestParameter | None = None
    """A query parameter that the route declares."""


class RoutePart(Part):
    """One API of the gateway. ``function`` is the default backend, ``policies`` are the others."""

    name: forms.RouteName
    method: Literal["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "ANY"]
    path: forms.RoutePath
    function: forms.Name
    match_mode: Literal["NORMAL", "SWA"] = "NORMAL"
    """NORMAL: the whole path; SWA: everything below it."""
    authorizer: forms.AuthorizerName | None = None
    query_parameters: tuple[forms.RequestParameter, ...] = ()
    policies: tuple[PolicyPart, ...] = ()
    through: Literal["policies", "front_door"] = "policies"
    """policies: the gateway chooses the function; front_door: the function ``front_door`` does, in its process."""


class TimerPart(Part):
    """A TIMER trigger."""

    name: forms.TimerName
    function: forms.Name
    schedule_type: Literal["Rate", "Cron"]
    schedule: forms.PlainText
    """Rate: 3m, 1h, 1d. Cron: second minute hour day month [weekday], CRON_TZ=zone in front, or @every 30m."""
    user_event: forms.UserEvent = ""
    """A text that every event carries."""


class TablePart(Part):
    """The key-value table; both keys are strings."""

    name: forms.Text
    partition_key: forms.Text
    sort_key: forms.Text


class BucketPart(Part):
    """The archive."""

    name: forms.Text
    expiration_days: Annotated[int, Number(1, 36_500)] | None = None
    """Objects are removed after so many days."""


class NetworkPart(Part):
    """Where functions run that are in the VPC."""

    vpc_id: forms.Text
    subnet_id: forms.Text


class AgenciesPart(Part):
    """Agencies of the functions: of the platform, and of the running code."""

    xrole: forms.Text
    app_xrole: forms.Text


class GatewayPart(Part):
    """The dedicated gateway that carries the routes."""

    instance_id: forms.Text
    group: forms.Text
    domain: forms.Text
    certificate_id: forms.Text


class LogGroupPart(Part):
    """The log group of all functions."""

    name: forms.Text
    ttl_days: Annotated[int, Number(1, 365)]
    """Lines are removed after so many days."""


class LogTriggerPart(Part):
    """A function that is handed the lines of the log group."""

    name: forms.Name
    function: forms.Name


class AlarmPart(Part):
    """Rings when ``statistic`` of ``metric`` over ``period`` meets ``comparison`` with ``threshold``."""

    name: forms.AlarmName
    function: forms.Name | None = None
    """With it ``metric`` is FunctionGraph's for that function, without it one of the bundle's own."""
    metric: forms.Metric
    statistic: Literal["sum", "average", "max", "min"]
    period: Annotated[int, Number(300, 86_400)]
    """Seconds."""
    comparison: Literal[">=", ">", "<=", "<", "="]
    threshold: Annotated[int, Number(0, 999_999_999)]
    runbook: forms.Anchor = "alarms"
    """Anchor of the part of docs/runbook.md that says what to do."""


class TemplatePart(Part):
    """What the bundle creates in the cloud, and what it stands on there."""

    metadata: MetadataPart
    parameters: dict[forms.Name, ParameterPart] = {}
    settings: dict[forms.SettingName, SettingPart] = {}
    layers: tuple[LayerPart, ...] = ()
    components: tuple[ComponentPart, ...]
    authorizers: tuple[AuthorizerPart, ...] = ()
    routes: tuple[RoutePart, ...] = ()
    timers: tuple[TimerPart, ...] = ()
    network: NetworkPart | None = None
    agencies: AgenciesPart | None = None
    gateway: GatewayPart | None = None
    table: TablePart | None = None
    bucket: BucketPart | None = None
    log_group: LogGroupPart | None = None
    log_triggers: tuple[LogTriggerPart, ...] = ()
    alarms: tuple[AlarmPart, ...] = ()
