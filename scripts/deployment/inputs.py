"""What a command is given: template with parameters, settings, stage, endpoints and credentials; all checked here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bundle_template import Bundle, TemplateError, read_template
from bundle_template.addresses import AddressRefused, read_endpoints
from bundle_template.naming import STAGE, STAGE_FORM
from deployment.errors import InputError
from deployment.names import Names
from deployment.settings import secret_values
from doctor.parameter_checks import FORMS, WHERE
from local_cloud.errors import LocalCloudError
from local_cloud.settings_file import read_settings

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
        bundle = read_template(template)
    except TemplateError as exc:
        raise InputError(str(exc)) from exc
    try:
        resolved = bundle.resolved(parameters)
    except TemplateError as exc:
        raise InputError(f"{exc}\n{WHERE}") from exc
    values = {name: parameters.get(name) or one.default or "" for name, one in bundle.parameters.items()}
    wrong = [f"{name} has to be {what}" for name, (form, what) in FORMS.items() if _misfits(values.get(name), form)]
    if wrong:
        raise InputError("\n".join([*wrong, WHERE]))
    return resolved


def _misfits(value: str | None, form: re.Pattern[str]) -> bool:
    return value is not None and not form.fullmatch(value)


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


def endpoints_of(texts: Iterable[str]) -> dict[str, str]:
    """Addresses by service; raises ``InputError``."""
    try:
        return read_endpoints(texts)
    except AddressRefused as exc:
        raise InputError(str(exc)) from exc
