"""``scripts/deploy build``: the packages alone, without a cloud account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from bundle_packages.building import Build, Options, build
from bundle_packages.errors import PackagingError
from bundle_packages.limits import LAYERS_BYTES
from bundle_packages.target import Target
from bundle_packages.zips import Artifact
from bundle_template import PROJECT_TEMPLATE, TemplateError, read_template

_VERSION = re.compile(r"3\.[0-9]{1,2}")
DEFAULT_OUT = PROJECT_TEMPLATE.parent / "build" / "packages"


def build_command(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the zips and the list of them.")] = DEFAULT_OUT,
    target: Annotated[
        str, typer.Option(metavar="VERSION|here", help="Python of the functions; 'here': this interpreter and machine.")
    ] = Target().python,
    interpreter: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Python of that version to make byte-code with.")
    ] = None,
    template: Annotated[Path, typer.Option(metavar="FILE", help="The bundle's template.")] = PROJECT_TEMPLATE,
) -> None:
    """Build one zip for each function and each dependency package, the same byte for byte wherever it is built.

    Wheels are downloaded once and kept below build/wheels.

    Exit status: 0 built; 1 it failed, and why; 2 arguments or template cannot be used.
    """
    if target != "here" and not _VERSION.fullmatch(target):
        raise typer.BadParameter(f"{target!r} is neither a version such as 3.10 nor 'here'", param_hint="--target")
    try:
        wanted = Target.here() if target == "here" else Target(target)
        options = Options(interpreter=interpreter, say=lambda text: typer.echo(text, err=True))
        made = build(read_template(template), wanted, out, options)
    except TemplateError as exc:
        typer.echo(f"error: {exc}", err=True)
        raise typer.Exit(2) from exc
    except (PackagingError, OSError) as exc:
        typer.echo(f"error: {exc}", err=True)
        raise typer.Exit(1) from exc
    _show(made)


def _show(made: Build) -> None:
    for kind, artifacts in (("function", made.functions), ("layer", made.layers)):
        for name, artifact in artifacts.items():
            typer.echo(f"{kind:<9} {name:<24} {artifact.size:>10,} bytes  sha256 {artifact.sha256[:16]}")
    total = _total(made.layers)
    typer.echo(f"all layers: {total:,} of {LAYERS_BYTES:,} bytes; all functions: {_total(made.functions):,} bytes")
    how = f"byte-code of CPython {made.target.python}" if made.has_byte_code else "no byte-code"
    typer.echo(f"{how}; in {made.folder}")


def _total(artifacts: Mapping[str, Artifact]) -> int:
    return sum(artifact.size for artifact in artifacts.values())
