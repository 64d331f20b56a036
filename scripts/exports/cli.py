"""The command line of the exports."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bundle_template import PROJECT_TEMPLATE
from bundle_template.naming import STAGE, STAGE_FORM

if TYPE_CHECKING:
    from bundle_template import Bundle

HELP = """The template for those who deploy otherwise: Terraform, or an import of the APIs into the gateway.

Exit status: 0 done; 2 arguments, template or files cannot be used."""
app = typer.Typer(
    help=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
Template = Annotated[Path, typer.Option("--template", help="The template.")]
Out = Annotated[Path | None, typer.Option("--out", help="File to write; default: standard output.")]


@app.command()
def terraform(template: Template = PROJECT_TEMPLATE, out: Out = None) -> None:
    """One *.tf.json file for the provider huaweicloud/huaweicloud.

    Parameters and settings become variables, secret ones sensitive; no value of a setting is ever written.
    """
    from exports.terraform import export_terraform

    _write(export_terraform(_read(template)), out)


@app.command()
def openapi(
    template: Template = PROJECT_TEMPLATE,
    parameters: Annotated[Path | None, typer.Option(help="Parameters: a file of NAME=value lines.")] = None,
    stage: Annotated[str, typer.Option(help="Which copy in the account.")] = "prod",
    out: Out = None,
) -> None:
    """The routes as OpenAPI 3 for the gateway's import.

    With its extensions for backends, policies and authorizer. The project id in the functions' URNs is
    HUAWEICLOUD_SDK_PROJECT_ID of the environment.
    """
    from exports.openapi import NO_DOMAIN, NO_PROJECT, Place, export_openapi

    if not STAGE.fullmatch(stage):
        _stop(f"--stage is {STAGE_FORM}")
    bundle = _read(template)
    values = _parameters(parameters)
    if unknown := sorted(values.keys() - bundle.parameters.keys()):
        _stop(f"{parameters}: the template has no parameter {', '.join(unknown)}")
    given = {name: values.get(name) or one.default or "" for name, one in bundle.parameters.items()}
    project = os.environ.get("HUAWEICLOUD_SDK_PROJECT_ID", "").strip() or NO_PROJECT
    domain = re.sub(r"\$\{(\w+)\}", lambda found: given.get(found[1], ""), bundle.gateway.get("domain", ""))
    _write(export_openapi(bundle, Place(stage, given.get("region", ""), project, domain or NO_DOMAIN)), out)


def _parameters(path: Path | None) -> dict[str, str]:
    from local_cloud.errors import LocalCloudError
    from local_cloud.settings_file import read_settings

    try:
        return read_settings(path) if path else {}
    except LocalCloudError as error:
        _stop(str(error))


def _read(template: Path) -> Bundle:
    from bundle_template import TemplateError, read_template

    try:
        return read_template(template)
    except TemplateError as error:
        _stop(str(error))


def _write(document: dict[str, Any], out: Path | None) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        _stop(f"cannot write {out}: {error.strerror}")
    print(f"wrote {out}", file=sys.stderr)


def _stop(message: str) -> NoReturn:
    print(f"error: {message}", file=sys.stderr)
    raise typer.Exit(2)


if __name__ == "__main__":
    app(prog_name="exports")
