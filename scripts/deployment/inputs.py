"""What a command is given: template with parameters, settings, stage, endpoints and credentials; all checked here."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bundle_template import Bundle, TemplateError, read_template
from bundle_template.naming import STAGE, STAGE_FORM
from deployment.errors import InputError
from deployment.names import Names
from deployment.settings import secret_values
from local_cloud.errors import LocalCloudError
from local_cloud.settings_file import read_settings

SERVICES = ("functiongraph", "apig", "lts", "ces", "csms", "obs")
AK, SK = "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"
TOKEN, PROJECT = "HUAWEICLOUD_SDK_SECURITY_TOKEN", "HUAWEICLOUD_SDK_PROJECT_ID"


@dataclass(frozen=True)
class Credentials:
    """Keys of the account that deploys; ``security_token`` only with temporary keys."""

    access_key: str
    secret_key: str = field(repr=False)
    security_token: str | None = field(repr=False)
    project_id: str


@dataclass(frozen=True)
class Target:
    """Where to deploy: the resolved bundle, the settings, names, endpoints by service."""

    bundle: Bundle
    settings: Mapping[str, str] = field(repr=False)
    names: Names
    endpoints: Mapping[str, str]
    credentials: Credentials

    @property
    def secrets(self) -> list[str]:
        """Texts that no output may hold."""
        keys = [self.credentials.secret_key, self.credentials.security_token or ""]
        return [text for text in [*secret_values(self.bundle, self.settings), *keys] if text]


def read_file(path: Path | None) -> dict[str, str]:
    """``NAME=value`` lines; raises ``InputError``."""
    try:
        return read_settings(path) if path else {}
    except LocalCloudError as exc:
        raise InputError(str(exc)) from exc


def resolve(template: Path, parameters: Mapping[str, str]) -> Bundle:
    """The template with its parameters filled in; raises ``InputError``."""
    try:
        return read_template(template).resolved(parameters)
    except TemplateError as exc:
        raise InputError(str(exc)) from exc


def region_of(bundle: Bundle, parameters: Mapping[str, str]) -> str:
    """The region: the parameter of that name, or its default."""
    known = bundle.parameters.get("region")
    region = parameters.get("region") or (known.default if known else None)
    if not region:
        raise InputError("the template has no parameter region, or it has no value")
    return region


def check_stage(stage: str) -> str:
    """A stage that can be part of names."""
    if not STAGE.fullmatch(stage):
        raise InputError(f"--stage is {STAGE_FORM}")
    return stage


def read_credentials(environ: Mapping[str, str]) -> Credentials:
    """The credentials under the SDK's own names; raises ``InputError`` that says which are missing."""
    if missing := [name for name in (AK, SK, PROJECT) if not environ.get(name)]:
        raise InputError(
            f"no credentials: set {', '.join(missing)} in the environment (console: My Credentials, access keys and "
            f"project id of the region; {TOKEN} too if the keys are temporary)"
        )
    return Credentials(environ[AK], environ[SK], environ.get(TOKEN) or None, environ[PROJECT])


def read_endpoints(texts: Iterable[str]) -> dict[str, str]:
    """``service=URL`` texts; https, or http on a loopback address."""
    found = {}
    for text in texts:
        service, _, url = text.partition("=")
        if service not in SERVICES:
            raise InputError(f"--endpoint {text!r}: write service=URL with one of {', '.join(SERVICES)}")
        parts = urlsplit(url)
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and _loops(parts.hostname))):
            raise InputError(f"--endpoint {service}: an https address is needed; http only on a loopback address")
        if parts.username or parts.query or parts.fragment:
            raise InputError(f"--endpoint {service}: only scheme, host and port")
        found[service] = url.rstrip("/")
    return found


def _loops(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
