"""A deployment on the fake cloud: made-up packages, a clock that moves when told, a bucket in memory."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from requests import ConnectionError, Response
from requests.adapters import HTTPAdapter

from bundle_template import PROJECT_TEMPLATE, Bundle, read_template
from deployment.actual import Account
from deployment.apply import apply, plan
from deployment.buckets import Buckets
from deployment.clock import Clock
from deployment.cloud import Cloud, Redactor, connect
from deployment.desired import desired_resources
from deployment.diff import Change
from deployment.inputs import Credentials, Target
from deployment.names import Names
from deployment.resources import Resource
from tests.fake_cloud import FakeCloud
from tests.fake_cloud.cloud import CutOff
from tests.fake_cloud.state import Certificate
from tests.support.memory_buckets import MemoryBuckets

SMALL_TEMPLATE = Path(__file__).with_name("small_bundle.yaml")
READY = {"table": "ready", "marketplace": "reachable", "webhook": "not set", "archive": "writable"}
START = datetime(2026, 11, 21, 10, 0, tzinfo=timezone.utc)


@dataclass(frozen=True)
class MadeUpArtifact:
    """A zip with one file."""

    path: Path
    sha256: str
    sha512: str
    size: int


@dataclass(frozen=True)
class MadeUpBuild:
    """What packaging would hand over."""

    functions: Mapping[str, MadeUpArtifact]
    layers: Mapping[str, MadeUpArtifact]


def make_up(folder: Path, name: str, text: str) -> MadeUpArtifact:
    """The same zip for the same name and text."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), f"{name} {text}")
    path = folder / f"{name}-{text}.zip"
    path.write_bytes(content.getvalue())
    zipped = content.getvalue()
    return MadeUpArtifact(path, hashlib.sha256(zipped).hexdigest(), hashlib.sha512(zipped).hexdigest(), len(zipped))


def unchanged(bundle: Bundle) -> Bundle:
    """The bundle as the template has it."""
    return bundle


@cache
def resolved(template: Path, parameters: tuple[tuple[str, str], ...]) -> Bundle:
    """A template with its parameters; read once."""
    return read_template(template).resolved(dict(parameters))


class Straight(HTTPAdapter):
    """Hands requests to the fake without a socket, which is several times as fast; other tests go over the wire."""

    def __init__(self, cloud: FakeCloud) -> None:
        super().__init__()
        self._cloud = cloud

    def send(self, request: Any, *_: Any, **__: Any) -> Any:
        headers = {name.lower(): value for name, value in request.headers.items()}
        headers["host"] = request.url.split("/")[2]
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        try:
            status, reply = self._cloud.answer(request.method, request.path_url, headers, body)
        except CutOff:
            raise ConnectionError("the connection was closed") from None
        response = Response()
        response.status_code, response.request, response.url = status, request, request.url
        response.headers["Content-Type"] = "application/json"
        response.encoding = "utf-8"
        response._content = b"" if reply is None else json.dumps(reply).encode()
        return response


class MovableTime:
    """Moves by what is slept."""

    def __init__(self) -> None:
        self.moment = START
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.moment, self.sleep)


def example_settings(bundle: Bundle) -> dict[str, str]:
    """A value for every setting; secrets can be told apart in any output."""
    values = {}
    for name, setting in bundle.settings.items():
        values[name] = f"hush-{name.lower()}-7c1e" if setting.encrypted else f"plain-{name.lower()}"
    return values


def example_parameters(bundle: Bundle, gateway: str) -> dict[str, str]:
    """A value for every parameter without a default."""
    values = {name: f"example-{name.lower()}" for name, one in bundle.parameters.items() if one.default is None}
    return {**values, "gatewayInstanceId": gateway, "domain": "shop.example.test", "bucketName": "example-archive"}


@dataclass
class Rig:
    """One seller's account and what they deploy."""

    cloud: FakeCloud
    folder: Path
    template: Path = PROJECT_TEMPLATE
    stage: str = "prod"
    text: str = "1"
    time: MovableTime = field(default_factory=MovableTime)
    objects: MemoryBuckets = field(default_factory=MemoryBuckets)
    settings: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    change: Callable[[Bundle], Bundle] = unchanged
    calls: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    owner: str = "machine-1"
    gateway: str = ""

    def __post_init__(self) -> None:
        known = read_template(self.template)
        if not self.gateway:
            self.gateway = self.cloud.add_gateway().id
        if not self.settings:
            self.settings = example_settings(known)
        self.parameters = example_parameters(known, self.gateway)
        certificate = Certificate(self.parameters["certificateId"], "shop", "", "", "global", "")
        self.cloud.state.certificates[certificate.id] = certificate
        self.cloud.site.invoke = lambda name, qualifier, event: dict(READY)

    @property
    def bundle(self) -> Bundle:
        """The resolved template, with the test's changes."""
        return self.change(resolved(self.template, tuple(sorted(self.parameters.items()))))

    @property
    def names(self) -> Names:
        return Names(self.stage, self.cloud.site.region, self.cloud.site.project_id)

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.cloud.site.access_key, self.cloud.site.secret_key, None, self.cloud.site.project_id)

    @property
    def target(self) -> Target:
        endpoints = dict.fromkeys(("functiongraph", "apig", "lts", "ces", "csms"), self.cloud.endpoint)
        return Target(self.bundle, self.settings, self.names, endpoints, self.credentials)

    @property
    def build(self) -> MadeUpBuild:
        """Zips whose content follows ``text``, or ``texts`` for single functions and layers."""
        bundle = self.bundle
        made = {name: make_up(self.folder, name, self.texts.get(name, self.text)) for name in bundle.components}
        layers = {name: make_up(self.folder, name, self.texts.get(name, "layer")) for name in bundle.layers}
        return MadeUpBuild(made, layers)

    @property
    def desired(self) -> list[Resource]:
        return desired_resources(self.bundle, self.settings, self.build, self.names)

    @property
    def account(self) -> Account:
        target = self.target
        redact = Redactor(target.secrets)
        clients = connect(target.credentials, self.names.region, target.endpoints)
        for client in clients.values():
            session = client._http_client._session
            session.trust_env = False
            session.mount("http://", Straight(self.cloud))
        cloud = Cloud(clients, self.time.clock, redact, self._observe)
        buckets = Buckets(self.objects, self.names.region, redact, self._observe)
        return Account(cloud, buckets, self.names, self.gateway)

    def _observe(self, service: str, operation: str) -> None:
        self.calls.append((service, operation))

    def plan(self, full: bool = False) -> list[Change]:
        return plan(self.account, self.desired, full)[0]

    def apply(self) -> list[Change]:
        return apply(self.account, self.desired, self.owner, self.lines.append)

    def again(self, **members: Any) -> Rig:
        """The same account, with something different."""
        return replace(self, **members)
