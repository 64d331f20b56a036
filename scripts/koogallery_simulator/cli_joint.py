"""Commands for joint products and licences: the enterprise, its people, and what was delivered."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from koogallery_simulator.cli_common import (
    HERE,
    Document,
    Simulator,
    call_simulator,
    is_wrong,
    listed,
    print_attempt,
)
from koogallery_simulator.tenant_desk import EVENTS

SIGNED_IN = (200, 302, 303)


def tenant(
    event: Annotated[str, typer.Argument(help=", ".join(EVENTS))],
    instance: Annotated[str, typer.Option(help="Instance that is bound, as sell printed it.")] = "",
    user: Annotated[str, typer.Option(help="admin.one, user.two or user.three.")] = "user.two",
    count: Annotated[int, typer.Option(min=1, help="How many departments.")] = 100,
    simulator_address: Simulator = HERE,
) -> None:
    """Let something happen to the enterprise."""
    wanted = {"event": event, "instance_id": instance, "user": user, "count": count}
    attempts = cast("list[Document]", call_simulator(simulator_address, "POST", "tenant", wanted))
    for attempt in attempts:
        print_attempt(attempt)
    if any(is_wrong(attempt) for attempt in attempts):
        raise typer.Exit(1)


def login(
    user: Annotated[str, typer.Argument(help="admin.one, user.two or user.three.")] = "user.two",
    simulator_address: Simulator = HERE,
) -> None:
    """Sign a person in with a browser: /login of the bundle, the auth centre, the callback. Exit 1 when refused."""
    page = cast("Document", call_simulator(simulator_address, "POST", "logins", {"user": user}))
    typer.echo(f"HTTP {page['status']} {page['url']}" + (f" -> {page['location']}" if page["location"] else ""))
    if page["status"] not in SIGNED_IN:
        raise typer.Exit(1)


def licenses(simulator_address: Simulator = HERE) -> None:
    """List authorization codes with their states, and applications for licences."""
    found = cast("dict[str, list[Document]]", call_simulator(simulator_address, "GET", "licenses"))
    for code in found["codes"]:
        typer.echo(f"code {code['license_code']}  {code['status']:8}  order {code['order_id']}")
    for one in found["applications"]:
        typer.echo(f"application {one['event_id']}  {'delivered' if one['delivered'] else 'waits for the licence'}")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(help=listed("Let something happen to the enterprise. Exit 1 when not accepted.", EVENTS))(tenant)
    app.command()(login)
    app.command()(licenses)
