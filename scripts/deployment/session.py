"""From the options of a command to an account and a desired state."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deployment.actual import Account
from deployment.artifacts import Build
from deployment.buckets import Buckets, connect_buckets
from deployment.clock import Clock
from deployment.cloud import Cloud, Redactor, connect
from deployment.desired import desired_resources
from deployment.errors import InputError
from deployment.inputs import Target, check_stage, endpoints_of, read_credentials, read_file, region_of, resolve
from deployment.names import Names
from deployment.resources import Resource

if TYPE_CHECKING:
    from bundle_packages import Build as BundleBuild
    from bundle_packages import Target as PythonTarget
    from bundle_template import Bundle


@dataclass(frozen=True)
class Options:
    """What every command takes."""

    template: Path
    parameters: Path | None
    env: Path | None
    stage: str
    endpoints: tuple[str, ...]


def read_target(options: Options, environ: Mapping[str, str]) -> Target:
    """Template, settings (the file over the environment over defaults) and credentials; raises ``InputError``."""
    stage, endpoints = check_stage(options.stage), endpoints_of(options.endpoints)
    parameters = read_file(options.parameters)
    bundle = resolve(options.template, parameters)
    given = read_file(options.env)
    credentials = read_credentials(environ)
    around = {name: environ[name] for name in bundle.settings if environ.get(name)}
    settings = {**bundle.setting_defaults, **{name: text for name, text in {**around, **given}.items() if text}}
    region = region_of(bundle, parameters)
    names = Names(stage, region, credentials.project_id)
    return Target(bundle, settings, names, endpoints, credentials)


def open_account(target: Target, clock: Clock | None = None) -> Account:
    """Clients for the target."""
    redact = Redactor(target.secrets)
    region = target.names.region
    clients = connect(target.credentials, region, target.endpoints)
    cloud = Cloud(clients, clock, redact, report=tell)
    buckets = Buckets(connect_buckets(target.credentials, region, target.endpoints), region, redact)
    gateway = target.bundle.gateway.get("instanceId", "") if target.bundle.routes else ""
    return Account(cloud, buckets, target.names, gateway)


def desired_of(target: Target, packages: Path | None) -> list[Resource]:
    """The desired state with packages built now, or built before into ``packages``; raises ``InputError``."""
    # Checked before the build, which takes a minute: the settings are what is wrong most often.
    from deployment.settings import check_settings

    check_settings(target.bundle, target.settings)
    return desired_resources(target.bundle, target.settings, _packages(target, packages), target.names)


def _packages(target: Target, folder: Path | None) -> Build:
    from bundle_packages import Options as BuildOptions
    from bundle_packages import PackagingError, build, read_build
    from bundle_packages import Target as PythonTarget
    from bundle_packages.cli import DEFAULT_OUT

    bundle = target.bundle
    runtime = next(iter(bundle.components.values())).runtime
    try:
        if folder is not None:
            return _fitting(read_build(folder), bundle, PythonTarget.of_runtime(runtime))
        return build(bundle, PythonTarget.of_runtime(runtime), DEFAULT_OUT, BuildOptions(say=tell))
    except (PackagingError, OSError) as exc:
        raise InputError(f"the packages could not be built: {exc}") from exc


def _fitting(built: BundleBuild, bundle: Bundle, wanted: PythonTarget) -> BundleBuild:
    """A build for trying out, or for another Python, would start nowhere in the cloud."""
    missing = sorted((bundle.components.keys() - built.functions.keys()) | (bundle.layers.keys() - built.layers.keys()))
    if missing:
        raise InputError(f"{built.folder} has no package of {', '.join(missing)}; build it again")
    if built.target != wanted:
        raise InputError(
            f"{built.folder} was built for Python {built.target.python} ({built.target.platform}), the functions run "
            f"Python {wanted.python} ({wanted.platform}); build it again with --target {wanted.python}"
        )
    return built


def tell(text: str) -> None:
    """Progress; stdout belongs to the answer."""
    print(text, file=sys.stderr, flush=True)
