"""What a template describes, as plain values. Every value keeps the line it stands on.

The words follow cam.yaml (CodeArts application template) for components and the APIG console
for routes; ``${name}`` inside a text refers to a parameter and is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    """A setting the bundle knows. ``encrypted``: lives in the encrypted user data only."""

    name: str
    description: str
    encrypted: bool
    optional: bool
    line: int


@dataclass(frozen=True)
class Component:
    """One function. ``timeout`` in seconds, ``memory_size`` in MB."""

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
    """One API of the gateway. ``match_mode`` NORMAL (whole path) or SWA (prefix)."""

    name: str
    method: str
    path: str
    match_mode: str
    function: str
    authorizer: str | None
    query_parameters: tuple[str, ...]
    policies: tuple[Policy, ...]
    line: int


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
class Alarm:
    """A rule on a metric of SYS.FunctionGraph; ``period`` in seconds."""

    name: str
    function: str
    metric: str
    statistic: str
    period: int
    comparison: str
    threshold: int
    line: int


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

    @property
    def root(self) -> Path:
        """The folder that ``codeUri`` is relative to."""
        return self.path.parent

    def timer_of(self, function: str) -> Timer | None:
        """The first timer that fires the function."""
        return next((timer for timer in self.timers if timer.function == function), None)

    def authorizer_functions(self) -> frozenset[str]:
        """Names of the functions that are authorizers."""
        return frozenset(authorizer.function for authorizer in self.authorizers.values())
