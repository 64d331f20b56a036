"""Reads what the command was given: files, environment, endpoints. Never shows a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bundle_template import Bundle
from doctor.errors import UsageError
from doctor.parameter_checks import FORMS
from doctor.subject import Credentials, Subject, given_parameters
from local_cloud.errors import LocalCloudError
from local_cloud.settings_file import read_settings

ACCESS_KEY, SECRET_KEY = "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"
TOKEN, PROJECT = "HUAWEICLOUD_SDK_SECURITY_TOKEN", "HUAWEICLOUD_SDK_PROJECT_ID"


def read_file(path: Path | None) -> dict[str, str]:
    """NAME=value lines; nothing without a file. Raises ``UsageError``."""
    try:
        return read_settings(path) if path else {}
    except LocalCloudError as error:
        raise UsageError(str(error)) from error


def read_subject(
    bundle: Bundle, parameters: Mapping[str, str], settings: Mapping[str, str], environ: Mapping[str, str], stage: str
) -> Subject:
    """What the run is about; settings of the environment count where the file has none, defaults where neither has.

    Defaults hold the region: one that cannot be is told of by itself.
    """
    around = {name: environ[name] for name in bundle.settings if environ.get(name)}
    subject = Subject(bundle, given_parameters(bundle, parameters), {**around, **settings}, stage)
    if FORMS["region"][0].fullmatch(subject.region or "") is None:
        return subject
    defaults = {name: subject.value(text) for name, text in bundle.setting_defaults.items()}
    filled = {name: text for name, text in defaults.items() if text and not subject.settings.get(name)}
    return replace(subject, settings={**subject.settings, **filled})


def read_credentials(environ: Mapping[str, str]) -> Credentials | None:
    """From the SDK's own variables; None unless access key, secret key and project are all there."""
    access_key, secret_key, project = (environ.get(name, "").strip() for name in (ACCESS_KEY, SECRET_KEY, PROJECT))
    if not (access_key and secret_key and project):
        return None
    return Credentials(access_key, secret_key, environ.get(TOKEN, "").strip() or None, project)
