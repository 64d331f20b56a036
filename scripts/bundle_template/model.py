"""The form of ``template.yaml``: what an editor's schema and the first checks are made from.

Words follow Huawei's cam.yaml for components and the gateway's console for routes. What these models cannot see,
names that refer to other blocks above all, is checked in ``checks``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from bundle_template.values import Form, Number

FUNCTION_TYPE = "Huawei::FunctionGraph::Function"

_RELATIVE = r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*"
_SEGMENT = r"(?:[A-Za-z0-9_.~-]+|\{[A-Za-z][A-Za-z0-9_-]{0,31}\})"

Text = Annotated[str, Form(r"[^\x00-\x1f]+", "a line of text", parameters=True)]
PlainText = Annotated[str, Form(r"[^\x00-\x1f]+", "a line of text")]
Name = Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_-]{0,59}", "a name: a letter, then letters, digits, _ or -")]
SettingName = Annotated[
    str, Form(r"[A-Za-z][A-Za-z0-9_]{0,63}", "a setting's name: a letter, then letters, digits or _", shown=False)
]
RelativePath = Annotated[str, Form(_RELATIVE, "a path below the template: folder/file")]
Handler = Annotated[str, Form(r"[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*", "a handler: file.function")]
Runtime = Annotated[str, Form(r"Python3\.(?:9|10|12)", "a runtime: Python3.9, 3.10 or 3.12", parameters=True)]
RoutePath = Annotated[str, Form(rf"/|(?:/{_SEGMENT})+", "a path: /part/{parameter}, no / at the end")]
RouteName = Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_]{2,254}", "an API's name: 3 to 255 letters, digits or _")]
AuthorizerName = Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_]{2,63}", "an authorizer's name: 3 to 64 letters, digits, _")]
RequestParameter = Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_-]{0,31}", "a parameter's name: letters, digits, _ or -")]
PolicyValue = Annotated[str, Form(r"[^\x00-\x1f]{1,128}", "a value: at most 128 characters in a line")]
UserEvent = Annotated[str, Form(r"[^\x00]{0,2047}", "a timer's text: at most 2047 characters", shown=False)]
Prefix = Annotated[str, Form(rf"{_RELATIVE}/", "a prefix of object names: folder/")]
Anchor = Annotated[str, Form(r"[a-z0-9_-]{1,200}", "an anchor: small letters, digits, _ or -")]
Metric = Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_]{0,95}", "a metric's name: letters, digits or _")]


class Part(BaseModel):
    """What all parts of a template have in common: camelCase members, and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, use_attribute_docstrings=True)


class MetadataPart(Part):
    """What the bundle is."""

    description: PlainText
    version: PlainText
    author: PlainText | None = None
    home_page_url: PlainText | None = None


class ParameterPart(Part):
    """Something the bundle stands on. ``${name}`` stands for its value."""

    description: PlainText
    default: PlainText | None = None
    """Without one the deployer has to give a value."""


class SettingPart(Part):
    """A setting that functions may be allowed to read."""

    description: PlainText
    encrypted: Annotated[bool, Field(strict=True)] = False
    """Lives in the encrypted user data only and never reaches the environment of a function."""
    optional: Annotated[bool, Field(strict=True)] = False
    """The bundle works without it."""


class LayerPart(Part):
    """A dependency package that functions share: either a folder of packages or a file of requirements."""

    name: Name
    code_uri: RelativePath | None = None
    """Folder whose packages go into the layer."""
    requirements: RelativePath | None = None
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
    on_failure_prefix: Prefix | None = None
    """Where in the bucket a failed event is kept."""


class FunctionPart(Part):
    """Properties of one function."""

    code_uri: RelativePath
    """Folder of the function's code."""
    handler: Handler
    runtime: Runtime
    memory_size: Annotated[int, Number(128, 10_240)]
    """MB."""
    timeout: Annotated[int, Number(3, 259_200)]
    """Seconds."""
    initializer_handler: Handler | None = None
    initializer_timeout: Annotated[int, Number(1, 300)] | None = None
    """Seconds."""
    layers: tuple[Name, ...] = ()
    in_vpc: Annotated[bool, Field(strict=True)] = True
    """Whether the function runs in the VPC, where the table is."""
    settings: tuple[SettingName, ...] = ()
    """Plain settings the function may read; no others reach it."""
    encrypted_settings: tuple[SettingName, ...] = ()
    """Encrypted settings the function may read; no others reach it."""
    strategy_config: StrategyPart = StrategyPart()
    reserved_instances: Annotated[int, Number(0, 1000)] = 0
    """Instances that are kept warm, and are paid for all day."""
    async_invoke: AsyncInvokePart | None = None
    includes_functions: Annotated[bool, Field(strict=True)] = False
    """The package also holds the code of the functions that routes name: for ``front_door``."""


class ComponentPart(Part):
    """One function."""

    name: Name
    type: Literal["Huawei::FunctionGraph::Function"]
    properties: FunctionPart


class AuthorizerPart(Part):
    """A front-end custom authorizer; its answer is never cached."""

    name: AuthorizerName
    function: Name
    need_body: Annotated[bool, Field(strict=True)] = False
    """Whether the function is handed the body of the request."""


class PolicyPart(Part):
    """Another backend of a route, taken when a parameter has one of the values."""

    function: Name
    values: tuple[PolicyValue, ...]
    authorizer_parameter: RequestParameter | None = None
    """A member of the authorizer's context."""
    query_parameter: RequestParameter | None = None
    """A query parameter that the route declares."""


class RoutePart(Part):
    """One API of the gateway. ``function`` is the default backend, ``policies`` are the others."""

    name: RouteName
    method: Literal["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "ANY"]
    path: RoutePath
    function: Name
    match_mode: Literal["NORMAL", "SWA"] = "NORMAL"
    """NORMAL: the whole path; SWA: everything below it."""
    authorizer: AuthorizerName | None = None
    query_parameters: tuple[RequestParameter, ...] = ()
    policies: tuple[PolicyPart, ...] = ()
    through: Literal["policies", "front_door"] = "policies"
    """policies: the gateway chooses the function; front_door: the function ``front_door`` does, in its process."""


class TimerPart(Part):
    """A TIMER trigger."""

    name: Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_-]{0,63}", "a timer's name: at most 64 letters, digits, _ or -")]
    function: Name
    schedule_type: Literal["Rate", "Cron"]
    schedule: PlainText
    """Rate: 3m, 1h, 1d. Cron: second minute hour day month [weekday], CRON_TZ=zone in front, or @every 30m."""
    user_event: UserEvent = ""
    """A text that every event carries."""


class TablePart(Part):
    """The key-value table; both keys are strings."""

    name: Text
    partition_key: Text
    sort_key: Text


class BucketPart(Part):
    """The archive."""

    name: Text
    expiration_days: Annotated[int, Number(1, 36_500)] | None = None
    """Objects are removed after so many days."""


class NetworkPart(Part):
    """Where functions run that are in the VPC."""

    vpc_id: Text
    subnet_id: Text


class AgenciesPart(Part):
    """Agencies of the functions: of the platform, and of the running code."""

    xrole: Text
    app_xrole: Text


class GatewayPart(Part):
    """The dedicated gateway that carries the routes."""

    instance_id: Text
    group: Text
    domain: Text
    certificate_id: Text


class LogGroupPart(Part):
    """The log group of all functions, one stream for each."""

    name: Text
    ttl_days: Annotated[int, Number(1, 365)]
    """Lines are removed after so many days."""


class LogTriggerPart(Part):
    """A function that is handed the lines of the log group."""

    name: Name
    function: Name


class AlarmPart(Part):
    """Rings when ``statistic`` of ``metric`` over ``period`` meets ``comparison`` with ``threshold``."""

    name: Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_-]{0,127}", "an alarm's name: letters, digits, _ or -")]
    function: Name | None = None
    """With it ``metric`` is FunctionGraph's for that function, without it one of the bundle's own."""
    metric: Metric
    statistic: Literal["sum", "average", "max", "min"]
    period: Annotated[int, Number(300, 86_400)]
    """Seconds."""
    comparison: Literal[">=", ">", "<=", "<", "="]
    threshold: Annotated[int, Number(0, 999_999_999)]
    runbook: Anchor = "alarms"
    """Anchor of the part of docs/runbook.md that says what to do."""


class TemplatePart(Part):
    """What the bundle creates in the cloud, and what it stands on there."""

    metadata: MetadataPart
    parameters: dict[Name, ParameterPart] = {}
    settings: dict[SettingName, SettingPart] = {}
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
