"""What a template describes, as plain values. Every value keeps the line it stands on.

``${name}`` inside a text refers to a parameter and is left as it is until the bundle is resolved; a number that
refers to one has the parameter's default until then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Parameter:
    """Something the bundle stands on; without a default the deployer has to give it."""

    name: str
    description: str
    default: str | None
    line: int


@dataclass(frozen=True)
class Setting:
    """A setting the bundle knows. ``encrypted``: lives in the encrypted user data only.

    ``default``: what a deployment takes when no value is given; local commands take none.
    """

    name: str
    description: str
    encrypted: bool
    optional: bool
    line: int
    default: str | None = None


@dataclass(frozen=True)
class AsyncInvoke:
    """What becomes of asynchronous calls that fail: archive objects below ``on_failure_prefix`` when given."""

    max_retries: int
    max_age_seconds: int
    on_failure_prefix: str | None


@dataclass(frozen=True)
class Component:
    """One function. ``timeout`` in seconds, ``memory_size`` in MB.

    ``concurrency``: most instances at once, -1 for no limit. ``includes_functions``: the package also holds the
    code of the functions that the routes name.
    """

    name: str
    code_uri: str
    handler: str
    runtime: str
    memory_size: int
    timeout: int
    initializer_handler: str | None
    initializer_timeout: int | None
    layers: tuple[str, ...]
    in_vpc: bool
    settings: tuple[str, ...]
    encrypted_settings: tuple[str, ...]
    line: int
    concurrency: int = 400
    reserved_instances: int = 0
    async_invoke: AsyncInvoke | None = None
    includes_functions: bool = False

    @property
    def readable_settings(self) -> frozenset[str]:
        """Names that ``context.getUserData`` gives this function."""
        return frozenset(self.settings) | frozenset(self.encrypted_settings)


@dataclass(frozen=True)
class Layer:
    """A dependency package: the folders below ``code_uri``, or what ``requirements`` names."""

    name: str
    code_uri: str | None
    requirements: str | None
    line: int


@dataclass(frozen=True)
class Authorizer:
    """A front-end custom authorizer; ``need_body`` hands it the request body. Never cached."""

    name: str
    function: str
    need_body: bool
    line: int


@dataclass(frozen=True)
class Policy:
    """A policy backend: taken when the parameter has one of the values, exactly.

    ``origin`` is ``frontend_authorizer`` or ``param`` (the declared query parameter), as in the
    gateway's condition origin; several values make several conditions of which ANY counts.
    """

    function: str
    origin: str
    parameter: str
    values: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Route:
    """One API of the gateway. ``match_mode`` NORMAL (whole path) or SWA (prefix).

    ``through``: ``policies`` when the gateway chooses between ``function`` and those of the policies, ``front_door``
    when the function of that name is the only backend and chooses by the same policies.
    """

    name: str
    method: str
    path: str
    match_mode: str
    function: str
    authorizer: str | None
    query_parameters: tuple[str, ...]
    policies: tuple[Policy, ...]
    line: int
    through: str = "policies"


@dataclass(frozen=True)
class Timer:
    """A TIMER trigger; ``schedule_type`` is Rate or Cron."""

    name: str
    function: str
    schedule_type: str
    schedule: str
    user_event: str
    line: int


@dataclass(frozen=True)
class Table:
    """The key-value table; both keys are strings."""

    name: str
    partition_key: str
    sort_key: str


@dataclass(frozen=True)
class Bucket:
    """The archive; objects are removed after ``expiration_days`` when given."""

    name: str
    expiration_days: int | None


@dataclass(frozen=True)
class LogGroup:
    """The log group of all functions; lines are removed after ``ttl_days``."""

    name: str
    ttl_days: int


@dataclass(frozen=True)
class LogTrigger:
    """A function that is handed the lines of the log group."""

    name: str
    function: str
    line: int


@dataclass(frozen=True)
class Alarm:
    """A rule on a metric of SYS.FunctionGraph for ``function``, or without one on a metric of the bundle's own.

    ``period`` in seconds; ``runbook`` is an anchor in ``docs/runbook.md``.
    """

    name: str
    function: str | None
    metric: str
    statistic: str
    period: int
    comparison: str
    threshold: int
    line: int
    runbook: str = "alarms"


SHARED_STREAM = "functions"
"""The log stream of every function that has none of its own."""
Reader = Callable[[Mapping[str, str]], "Bundle"]
"""Values of the parameters → the bundle with them filled in."""


@dataclass(frozen=True)
class Bundle:
    """Everything ``template.yaml`` says."""

    path: Path
    metadata: Mapping[str, str]
    parameters: Mapping[str, Parameter]
    settings: Mapping[str, Setting]
    components: Mapping[str, Component]
    layers: Mapping[str, Layer]
    authorizers: Mapping[str, Authorizer]
    routes: tuple[Route, ...]
    timers: tuple[Timer, ...]
    network: Mapping[str, str]
    agencies: Mapping[str, str]
    gateway: Mapping[str, str]
    table: Table | None
    bucket: Bucket | None
    alarms: tuple[Alarm, ...]
    log_group: LogGroup | None = None
    log_triggers: tuple[LogTrigger, ...] = ()
    reader: InitVar[Reader | None] = None
    """Reads the same template with values for its parameters; a changed copy of a bundle has none."""

    def __post_init__(self, reader: Reader | None) -> None:
        object.__setattr__(self, "_reader", reader)

    def resolved(self, parameters: Mapping[str, str]) -> Bundle:
        """The bundle with every ``${name}`` replaced by the parameter's value, or by its default.

        Raises ``TemplateError`` for a parameter without a value, an unknown one, and a value that does not fit
        where it is used. Only what was read can be resolved: change the resolved bundle, not the one before.
        """
        reader: Reader | None = getattr(self, "_reader", None)
        if reader is None:
            raise ValueError("a bundle that was resolved or changed after it was read cannot be resolved")
        return reader(parameters)

    @property
    def root(self) -> Path:
        """The folder that ``codeUri`` is relative to."""
        return self.path.parent

    @property
    def setting_defaults(self) -> dict[str, str]:
        """The settings a deployment has a value for without being given one."""
        return {name: one.default for name, one in self.settings.items() if one.default is not None}

    def log_stream_of(self, function: str) -> str | None:
        """The stream a function writes to; None without a log group.

        One stream for all, since a version takes ten triggers and a log trigger reads one stream. A function that log
        lines fire has its own: its lines must not fire it again.
        """
        if self.log_group is None:
            return None
        return function if any(trigger.function == function for trigger in self.log_triggers) else SHARED_STREAM

    @property
    def log_streams(self) -> list[str]:
        """All streams of the log group."""
        return [SHARED_STREAM, *sorted({one.function for one in self.log_triggers})] if self.log_group else []

    def timer_of(self, function: str) -> Timer | None:
        """The first timer that fires the function."""
        return next((timer for timer in self.timers if timer.function == function), None)

    def authorizer_functions(self) -> frozenset[str]:
        """Names of the functions that are authorizers."""
        return frozenset(authorizer.function for authorizer in self.authorizers.values())
