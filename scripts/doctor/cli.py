"""The command line of the doctor."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bundle_template import PROJECT_TEMPLATE
from bundle_template.naming import STAGE, STAGE_FORM

if TYPE_CHECKING:
    from doctor.account import Account
    from doctor.diagnosis import World
    from doctor.finding import Finding
    from doctor.subject import Credentials, Subject

HELP = """What stands in the way of a passing debugging page: checks template, parameters and settings offline, the
account when there are credentials, and the production address from outside as a dial test does.

Credentials: HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, HUAWEICLOUD_SDK_PROJECT_ID in the environment, and
HUAWEICLOUD_SDK_SECURITY_TOKEN for temporary keys. Without them everything else is checked.

Exit status: 0 no problem; 1 problems; 2 wrong arguments or files."""
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(help=HELP)
def doctor(  # noqa: PLR0913, PLR0917 -- one argument for each option of the command
    template: Annotated[Path, typer.Option("--template", help="The template.")] = PROJECT_TEMPLATE,
    parameters: Annotated[Path | None, typer.Option(help="Its parameters: a file of NAME=value lines.")] = None,
    env: Annotated[Path | None, typer.Option(help="Settings: NAME=value lines, over the environment.")] = None,
    stage: Annotated[str, typer.Option(help="Which copy in the account.")] = "prod",
    endpoint: Annotated[list[str] | None, typer.Option(help="service=URL of a private endpoint; repeatable.")] = None,
    address: Annotated[str | None, typer.Option(help="Call this address instead of https://<domain>.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document for machines.")] = False,
) -> None:
    """Look, tell, exit."""
    from doctor.errors import UsageError
    from doctor.finding import has_problems
    from doctor.report import as_json, as_table

    try:
        findings = _examine(template, parameters, env, stage, endpoint or [], address)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    print(as_json(findings) if json else as_table(findings))
    if has_problems(findings):
        raise typer.Exit(1)


def _examine(
    template: Path, parameters: Path | None, env: Path | None, stage: str, endpoint: list[str], address: str | None
) -> list[Finding]:
    from bundle_template import TemplateError, read_template
    from bundle_template.addresses import AddressRefused, checked_address, read_endpoints
    from doctor import diagnosis, inputs
    from doctor.errors import UsageError

    if not STAGE.fullmatch(stage):
        raise UsageError(f"--stage is {STAGE_FORM}")
    given, settings = inputs.read_file(parameters), inputs.read_file(env)
    try:
        endpoints = read_endpoints(endpoint)
        where = checked_address(address, "--address") if address else None
    except AddressRefused as error:
        raise UsageError(str(error)) from error
    try:
        bundle = read_template(template)
    except TemplateError as error:
        return diagnosis.template_refused(error)
    subject = inputs.read_subject(bundle, given, settings, os.environ, stage)
    account = _account(subject, inputs.read_credentials(os.environ), endpoints)
    return diagnosis.diagnose(subject, given, _world(account, where), _progress())


def _world(account: Account | None, address: str | None) -> World:
    from doctor.certificate import look_at_certificate, trusting_context
    from doctor.diagnosis import World
    from doctor.https import Https
    from koogallery.clock import SystemClock

    context = trusting_context()
    return World(
        account=account,
        sender=Https(context),
        certificate=lambda host, port: look_at_certificate(host, port, context),
        clock=SystemClock(),
        address=address,
    )


def _account(subject: Subject, credentials: Credentials | None, endpoints: dict[str, str]) -> Account | None:
    from doctor.parameter_checks import FORMS

    region = subject.region
    # Nobody answers in a region that cannot be one, and a client for it cannot be made: parameters.form says so.
    if credentials is None or region is None or not FORMS["region"][0].fullmatch(region):
        return None
    from doctor.account import Account
    from doctor.s3_objects import S3Objects, service_of
    from doctor.sdk_control_plane import SdkControlPlane
    from koogallery.clock import SystemClock

    bucket = subject.value(subject.bundle.bucket.name if subject.bundle.bucket else None)
    objects = S3Objects(service_of(subject, region, endpoints), bucket, credentials) if bucket else None
    return Account(SdkControlPlane(credentials, region, endpoints), objects, SystemClock())


def _progress() -> Callable[[str], None]:
    return lambda text: print(f"doctor: {text} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    app(prog_name="doctor")
