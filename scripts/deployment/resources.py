"""The kinds of resources as plain values. Desired and actual state are made of the same values.

A field with metadata ``{"fact": False}`` travels with the value and takes no part in comparisons: files to upload,
secret values, identifiers of the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from deployment.names import digest_of

_ASIDE = {"fact": False}
Key = tuple[str, str]
"""Kind and name."""


@dataclass(frozen=True)
class Resource:
    """One thing in the account; ``name`` is the template's, not the account's."""

    kind: ClassVar[str] = ""
    name: str

    @property
    def key(self) -> Key:
        """What tells it from every other."""
        return self.kind, self.name

    def facts(self) -> dict[str, Any]:
        """What is compared, by field."""
        return {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name != "name" and one.metadata.get("fact", True)
        }


@dataclass(frozen=True)
class LogGroup(Resource):
    """A log group of LTS."""

    kind: ClassVar[str] = "log group"
    ttl_days: int = 30


@dataclass(frozen=True)
class LogStream(Resource):
    """A stream of the bundle's log group."""

    kind: ClassVar[str] = "log stream"


@dataclass(frozen=True)
class Bucket(Resource):
    """The archive's bucket; ``name`` is its full name. ``expiration_days`` after which objects are removed.

    ``marked`` is false between the two calls that make and mark a bucket, see ``deployment.buckets``.
    """

    kind: ClassVar[str] = "bucket"
    expiration_days: int | None = None
    marked: bool = True


@dataclass(frozen=True)
class DependencyPackage(Resource):
    """The newest version of a dependency package; ``digest``: SHA-256 of its zip."""

    kind: ClassVar[str] = "dependency package"
    digest: str = ""
    runtime: str = ""
    path: Path | None = field(default=None, metadata=_ASIDE)


@dataclass(frozen=True)
class Function(Resource):
    """``latest`` of a function. ``code``: SHA-512 of its zip; ``packages``: ``name@digest`` of each, sorted.

    ``secrets`` is the keyed hash of the encrypted settings, ``secret_values`` the settings themselves.
    """

    kind: ClassVar[str] = "function"
    runtime: str = ""
    handler: str = ""
    memory_size: int = 0
    timeout: int = 0
    initializer_handler: str | None = None
    initializer_timeout: int | None = None
    code: str = ""
    packages: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: str = ""
    xrole: str = ""
    app_xrole: str = ""
    vpc_id: str = ""
    subnet_id: str = ""
    log_stream: str = ""
    concurrency: int = 0
    secret_values: Mapping[str, str] = field(default_factory=dict, metadata=_ASIDE, repr=False)
    path: Path | None = field(default=None, metadata=_ASIDE)

    @property
    def version(self) -> str:
        """The name of the published version with this content: the same content is never published twice."""
        return f"c{digest_of(self.facts(), 12)}"


@dataclass(frozen=True)
class LiveAlias(Resource):
    """The alias ``live`` of a function. ``history``: (release, version), the one that is live first."""

    kind: ClassVar[str] = "alias"
    version: str = ""
    release: str = ""
    other_versions: Mapping[str, int] = field(default_factory=dict)
    history: tuple[tuple[str, str], ...] = field(default=(), metadata=_ASIDE)


@dataclass(frozen=True)
class ReservedInstances(Resource):
    """Instances kept ready for a function's alias."""

    kind: ClassVar[str] = "reserved instances"
    count: int = 0


@dataclass(frozen=True)
class AsyncConfig(Resource):
    """How asynchronous calls of a function's alias are retried, and where the failed ones go."""

    kind: ClassVar[str] = "async configuration"
    max_retries: int = 0
    max_age_seconds: int = 0
    failure_bucket: str = ""
    failure_prefix: str = ""


@dataclass(frozen=True)
class Timer(Resource):
    """A TIMER trigger of a function's alias. Its name ends with a digest of its content: a change is a new name."""

    kind: ClassVar[str] = "timer"
    function: str = ""
    schedule_type: str = ""
    schedule: str = ""
    user_event: str = ""
    active: bool = True


@dataclass(frozen=True)
class LogTrigger(Resource):
    """An LTS trigger: ``name`` is ``<function>/<stream>``."""

    kind: ClassVar[str] = "log trigger"
    function: str = ""
    stream: str = ""
    active: bool = True


@dataclass(frozen=True)
class ApiGroup(Resource):
    """The API group with the bundle's domain. ``debug_domain``: whether the gateway's own domain answers."""

    kind: ClassVar[str] = "API group"
    domain: str = ""
    certificate_id: str = ""
    debug_domain: bool = False


@dataclass(frozen=True)
class GatewayResponses(Resource):
    """What the gateway answers in the place of a function: type to (status, body)."""

    kind: ClassVar[str] = "gateway responses"
    responses: Mapping[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Authorizer(Resource):
    """A front-end custom authorizer over a function's alias; never cached."""

    kind: ClassVar[str] = "authorizer"
    function_urn: str = ""
    need_body: bool = False
    ttl: int = 0


@dataclass(frozen=True)
class Policy:
    """A policy backend: ``conditions`` are (origin, parameter, value), sorted, of which any counts."""

    name: str
    function_urn: str
    conditions: tuple[tuple[str, str, str], ...]
    effect_mode: str = "ANY"


@dataclass(frozen=True)
class Api(Resource):
    """An API with its backends, all of them aliases. ``parameters``: (location, name). ``timeout`` in ms.

    Parameters and policies are sorted: no call says in which order the gateway gives them back, and of the bundle's
    policies of one route never two apply.
    """

    kind: ClassVar[str] = "API"
    method: str = ""
    path: str = ""
    match_mode: str = "NORMAL"
    authorizer: str = ""
    function_urn: str = ""
    timeout: int = 0
    parameters: tuple[tuple[str, str], ...] = ()
    policies: tuple[Policy, ...] = ()
    responses: str = ""
    published: bool = True


@dataclass(frozen=True)
class Alarm(Resource):
    """An alarm rule of CES on one metric; ``dimension``: (name, value).

    ``copies``: rules of this name. An apply that was cut off while it replaced a rule leaves two.
    """

    kind: ClassVar[str] = "alarm"
    namespace: str = ""
    metric: str = ""
    dimension: tuple[str, str] = ("", "")
    statistic: str = ""
    period: int = 0
    comparison: str = ""
    threshold: float = 0
    enabled: bool = True
    runbook: str = ""
    copies: int = 1


@dataclass(frozen=True)
class Publication(Resource):
    """Last of all: every route is published and what was seen is confirmed. ``seal``: see ``deployment.seal``."""

    kind: ClassVar[str] = "publication"
    seal: str = ""
