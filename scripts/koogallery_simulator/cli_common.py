"""What the commands share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, NoReturn, cast

import typer

from koogallery_simulator.control_client import call
from koogallery_simulator.errors import SimulatorError

DEFAULT_PORT = 8710
Simulator = Annotated[
    str, typer.Option("--simulator", envvar="MARKETPLACE_SIMULATOR", help="Address of the running simulator.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
HERE = f"http://127.0.0.1:{DEFAULT_PORT}"
Document = Mapping[str, object]


def listed(first: str, named: Mapping[str, str]) -> str:
    """A help text with one line for each name; \\b keeps the lines as they are."""
    return f"{first}\n\n\b\n" + "\n".join(f"{name}: {text}" for name, text in named.items())


def stop(message: str) -> NoReturn:
    """Say why the command did not run, and end with 2."""
    typer.echo(f"marketplace: {message}", err=True)
    raise typer.Exit(2)


def call_simulator(address: str, method: str, name: str, document: Document | None = None) -> object:
    """The running simulator's answer."""
    try:
        return call(address, method, name, document)
    except SimulatorError as exc:
        stop(str(exc))


def print_json(found: object) -> None:
    """For programs."""
    typer.echo(json.dumps(found, indent=2, ensure_ascii=False))


def print_attempt(attempt: Document, indent: str = "") -> None:
    """For people."""
    outcome = "accepted" if attempt["accepted"] else "NOT accepted"
    reason = attempt["failure"] or f"resultCode {attempt['result_code']}"
    typer.echo(f"{indent}{attempt['activity']}: {outcome} ({reason})")
    for violation in cast("list[str]", attempt["violations"]):
        typer.echo(f"{indent}  violation {violation}")


def is_wrong(attempt: Document) -> bool:
    """Not accepted, or an answer that breaks a rule."""
    return not attempt["accepted"] or bool(attempt["violations"])
