"""The command ``scripts/bench``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from measures import built_cold_start, cold_start, plan_calls, push_scale, state_calls, warm_callback
from measures.bundle_context import quiet
from measures.figures import Figure

app = typer.Typer(add_completion=False)


@app.command()
def bench(
    runs: Annotated[int, typer.Option(help="Fresh processes for each cold start.", min=1, max=50)] = 7,
    calls: Annotated[int, typer.Option(help="Calls of each warm callback.", min=10, max=100_000)] = 1000,
    instances: Annotated[int, typer.Option(help="Size of the large seller.", min=2000, max=1_000_000)] = 100_000,
    only: Annotated[list[str] | None, typer.Option(help="calls, warm, cold, built, push, plan; repeatable.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
) -> None:
    """Measure the bundle: counts and ratios of one run, each against its limit. Exit 0 when all hold, else 1."""
    quiet()
    parts: dict[str, Iterable[Figure]] = {
        "calls": state_calls.measure(),
        "warm": warm_callback.measure(calls),
        "cold": cold_start.measure(runs),
        "built": built_cold_start.measure(runs),
        "push": push_scale.measure(1000, instances),
        "plan": plan_calls.measure(),
    }
    unknown = set(only or ()) - parts.keys()
    if unknown:
        raise typer.BadParameter(f"unknown part {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    figures = []
    for name, part in parts.items():
        if only and name not in only:
            continue
        for figure in part:
            figures.append(figure)
            sign = "ok  " if figure.holds else "OVER"
            typer.echo(f"{sign} {figure.name}: {figure.value:.3g} (limit {figure.limit:g}) {figure.note}".rstrip())
    if json_file:
        json_file.write_text(json.dumps([figure._asdict() for figure in figures], indent=1))
    raise typer.Exit(0 if all(figure.holds for figure in figures) else 1)


app()
