"""The command ``scripts/deploy``."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bundle_template import PROJECT_TEMPLATE
from deployment.errors import DeployError, InputError

if TYPE_CHECKING:
    from deployment.session import Options

HELP = """Brings the bundle to FunctionGraph and the gateway: template and settings in, one account as it shall be out.

Credentials are read from the environment: HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, HUAWEICLOUD_SDK_PROJECT_ID, and
HUAWEICLOUD_SDK_SECURITY_TOKEN with temporary keys. Nothing without the mark of the stage is changed or deleted.

Exit status: 0 done; 1 it failed or was refused, and why; 2 arguments, template or settings cannot be used."""
app = typer.Typer(
    help=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
Template = Annotated[Path, typer.Option("--template", metavar="FILE", help="The bundle's template.")]
Parameters = Annotated[
    Path | None, typer.Option("--parameters", metavar="FILE", help="NAME=value lines: the template's parameters.")
]
Env = Annotated[
    Path | None, typer.Option("--env", metavar="FILE", help="NAME=value lines: the settings, over the environment.")
]
Stage = Annotated[str, typer.Option("--stage", help="Which copy in the account; part of every name.")]
Endpoint = Annotated[
    list[str] | None, typer.Option("--endpoint", metavar="SERVICE=URL", help="A private endpoint; repeatable.")
]
Packages = Annotated[
    Path | None, typer.Option("--packages", metavar="DIR", help="Packages of an earlier build; default: build now.")
]
FORWARDED = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command("plan")
def plan_command(  # noqa: PLR0913, PLR0917 - one argument for each option of the command
    template: Template = PROJECT_TEMPLATE,
    parameters: Parameters = None,
    env: Env = None,
    stage: Stage = "prod",
    endpoint: Endpoint = None,
    packages: Packages = None,
    full: Annotated[bool, typer.Option("--full", help="Read every detail, also of what nobody touched.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document for machines.")] = False,
    detailed: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit status 2 when there is something to do.")
    ] = False,
) -> None:
    """Show what apply would do; nothing is changed.

    Exit status: 0 unless it failed. With --detailed-exitcode: 0 nothing to do, 2 changes, 1 any error.
    """
    from deployment.apply import plan
    from deployment.render import plan_document, show_plan
    from deployment.session import desired_of, open_account, read_target

    with way_out(1 if detailed else 2):
        target = read_target(_options(template, parameters, env, stage, endpoint), os.environ)
        account = open_account(target)
        changes, _ = plan(account, desired_of(target, packages), full)
        if as_json:
            print(plan_document(changes, account.cloud.redact))
        else:
            show_plan(changes, account.cloud.redact)
    raise typer.Exit(2 if detailed and changes else 0)


@app.command("apply")
def apply_command(
    template: Template = PROJECT_TEMPLATE,
    parameters: Parameters = None,
    env: Env = None,
    stage: Stage = "prod",
    endpoint: Endpoint = None,
    packages: Packages = None,
) -> None:
    """Make the account as template and settings say. Cut off anywhere, it is simply run again."""
    from deployment.apply import apply
    from deployment.lock import default_owner
    from deployment.render import show_plan
    from deployment.session import desired_of, open_account, read_target, tell

    with way_out():
        target = read_target(_options(template, parameters, env, stage, endpoint), os.environ)
        desired, account = desired_of(target, packages), open_account(target)
        changes = apply(account, desired, default_owner(), tell)
        if changes:
            print(f"done: {len(changes)} changes; the gateway serves them within 10 seconds")
        else:
            show_plan(changes, account.cloud.redact)


@app.command("status")
def status_command(
    template: Template = PROJECT_TEMPLATE,
    parameters: Parameters = None,
    stage: Stage = "prod",
    endpoint: Endpoint = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document for machines.")] = False,
) -> None:
    """Show what runs: release, versions, timers, and when prepare_state ran last."""
    from deployment.render import show_status
    from deployment.session import open_account, read_target
    from deployment.status import status

    with way_out():
        target = read_target(_options(template, parameters, None, stage, endpoint), os.environ)
        state = status(open_account(target))
        if as_json:
            print(json.dumps(state, indent=2))
        else:
            show_status(state)


@app.command("rollback")
def rollback_command(
    template: Template = PROJECT_TEMPLATE,
    parameters: Parameters = None,
    stage: Stage = "prod",
    endpoint: Endpoint = None,
    to: Annotated[str | None, typer.Option("--to", metavar="RELEASE", help="Default: the release before.")] = None,
) -> None:
    """Move every function back to its version of an earlier release. Run again it goes forward; so does apply."""
    from deployment.lock import default_owner, held
    from deployment.rollback import rollback
    from deployment.session import open_account, read_target, tell

    with way_out():
        target = read_target(_options(template, parameters, None, stage, endpoint), os.environ)
        account = open_account(target)
        with held(account, default_owner(), tell) as keep:
            print(f"release {rollback(account, to, keep, tell)} is live")


@app.command("destroy")
def destroy_command(  # noqa: PLR0913, PLR0917 - one argument for each option of the command
    template: Template = PROJECT_TEMPLATE,
    parameters: Parameters = None,
    stage: Stage = "prod",
    endpoint: Endpoint = None,
    bucket: Annotated[
        str | None, typer.Option("--bucket", metavar="NAME", help="Delete this bucket too, with all its objects.")
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", metavar="NAME", help="Delete this table too, with all its items.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete everything of a stage. Table and bucket stay unless they are named."""
    from deployment.destroy import destroy, doomed
    from deployment.lock import default_owner, held
    from deployment.session import open_account, read_target, tell

    with way_out():
        target = read_target(_options(template, parameters, None, stage, endpoint), os.environ)
        account = open_account(target)
        what = doomed(account, bucket, table)
        if not what.lines:
            print(f"nothing of stage {stage} is there")
            return
        print("\n".join(f"- {line}" for line in what.lines))
        if not yes and _answer(f"delete all of this? Type the stage's name ({stage}): ") != stage:
            raise InputError("not confirmed; nothing was deleted")
        with held(account, default_owner(), tell) as keep:
            destroy(account, what, keep, tell)
        print(f"stage {stage} is gone")


@app.command("rotate")
def rotate_command(  # noqa: PLR0913, PLR0917 - one argument for each option of the command
    setting: Annotated[str, typer.Argument(metavar="SETTING", help="A list of keys, such as MARKETPLACE_ACCESS_KEYS.")],
    env: Annotated[Path, typer.Option("--env", metavar="FILE", help="The settings file; the command changes it.")],
    template: Template = PROJECT_TEMPLATE,
    parameters: Parameters = None,
    stage: Stage = "prod",
    endpoint: Endpoint = None,
    finish: Annotated[bool, typer.Option("--finish", help="Take the old key out.")] = False,
) -> None:
    """Change a key without a gap: first both count, with --finish the new one alone.

    The new key comes from standard input, or is asked for without showing it. Only functions that may read the
    setting are changed, and none of their code.
    """
    from deployment.rotate_command import rotate

    with way_out():
        options = _options(template, parameters, env, stage, endpoint)
        print(rotate(options, setting, finish, os.environ))


def _answer(question: str) -> str:
    """What a person types; nothing where nobody can."""
    try:
        return input(question).strip()
    except EOFError:
        raise InputError("nobody is there to answer; nothing was deleted. --yes does not ask") from None


def _forward(module: str, arguments: list[str], name: str) -> None:
    """Run another command of the project; it is loaded only when it is asked for."""
    command = importlib.import_module(module).app
    command(args=arguments, prog_name=f"deploy {name}")


@app.command("build", context_settings=FORWARDED, add_help_option=False)
def build_command(context: typer.Context) -> None:
    """Build the packages alone, without an account."""
    _forward("bundle_packages.__main__", context.args, "build")


@app.command("doctor", context_settings=FORWARDED, add_help_option=False)
def doctor_command(context: typer.Context) -> None:
    """Find what stands in the way of a passing debugging page, and say what to do."""
    _forward("doctor.cli", context.args, "doctor")


@app.command("export", context_settings=FORWARDED, add_help_option=False)
def export_command(context: typer.Context) -> None:
    """Write the template as Terraform or OpenAPI, for those who deploy otherwise."""
    _forward("exports.cli", context.args, "export")


def _options(
    template: Path, parameters: Path | None, env: Path | None, stage: str, endpoint: list[str] | None
) -> Options:
    from deployment.session import Options

    return Options(template, parameters, env, stage, tuple(endpoint or ()))


@contextmanager
def way_out(for_input: int = 2) -> Iterator[None]:
    """Errors as text on stderr with an honest exit status."""
    try:
        yield
    except InputError as exc:
        print(f"error: {exc}", file=sys.stderr)
        raise typer.Exit(for_input) from None
    except DeployError as exc:
        print(f"error: {exc}", file=sys.stderr)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        print("stopped; run the command again to go on", file=sys.stderr)
        raise typer.Exit(130) from None
