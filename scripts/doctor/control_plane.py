"""What the doctor asks of the account, as plain values; ``sdk_control_plane`` asks the real services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Quota:
    """A quota of FunctionGraph."""

    limit: int
    used: int


@dataclass(frozen=True)
class FunctionSeen:
    """A function of the account. ``urn`` without version; ``in_vpc`` whether it has one."""

    name: str
    urn: str
    runtime: str
    xrole: str
    app_xrole: str
    in_vpc: bool


@dataclass(frozen=True)
class TriggerSeen:
    """A trigger of a function; ``kind`` is TIMER, LTS, …; ``status`` ACTIVE or DISABLED."""

    kind: str
    name: str
    status: str


@dataclass(frozen=True)
class GatewaySeen:
    """A dedicated gateway."""

    name: str
    status: str
    spec: str
    public_address: str


@dataclass(frozen=True)
class GatewayLimits:
    """Quotas of a gateway; None where it does not tell."""

    policies_of_an_api: int | None
    apis: int | None
    authorizers: int | None


@dataclass(frozen=True)
class DomainSeen:
    """A domain of an API group. ``resolved``: its CNAME leads to the gateway."""

    name: str
    resolved: bool
    has_certificate: bool
    least_tls: str


@dataclass(frozen=True)
class GroupSeen:
    """An API group."""

    id: str
    domains: tuple[DomainSeen, ...]
    debug_domain_open: bool
    debug_domain: str


@dataclass(frozen=True)
class Metric:
    """A metric of CES with its dimensions, name to value."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


class ControlPlane(Protocol):
    """Every method raises ``ProbeFailed``: ``Refused`` with the service's own code, or ``NotReached``."""

    def quotas(self) -> Mapping[str, Quota]:
        """FunctionGraph's quotas by their type."""

    def functions(self, prefix: str) -> Sequence[FunctionSeen]:
        """The functions whose names begin so."""

    def triggers(self, urn: str) -> Sequence[TriggerSeen]:
        """Triggers of a function."""

    def invoke(self, urn: str) -> object:
        """The JSON value a function replies with to an empty event."""

    def gateway(self, instance_id: str) -> GatewaySeen | None:
        """A gateway, or None."""

    def gateway_limits(self, instance_id: str) -> GatewayLimits:
        """Its quotas."""

    def gateway_features(self, instance_id: str) -> frozenset[str]:
        """Names of the features this gateway supports."""

    def group(self, instance_id: str, name: str) -> GroupSeen | None:
        """An API group by its exact name, or None."""

    def metric_sums(self, metrics: Sequence[Metric], since: datetime, until: datetime) -> Mapping[Metric, float | None]:
        """Sum over the time; None where there is no data."""

    def has_log_group(self, name: str) -> bool:
        """Whether LTS has a log group of exactly this name."""

    def has_secret(self, name: str) -> bool:
        """Whether CSMS has the secret."""


class Objects(Protocol):
    """The object store of the archive. Methods raise ``ProbeFailed``."""

    def list(self, prefix: str, limit: int) -> Sequence[str] | None:
        """Names of at most ``limit`` objects below a prefix; None when there is no such bucket."""
