"""``scripts/events``: events the seller's product did not take for three days, and how to send them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from operations.desk import open_services, way_out
from operations.errors import UsageError
from operations.options import ArchiveUrl, At, Env, Json, StateUrl
from operations.paper import Paper, print_json

if TYPE_CHECKING:
    from koogallery.use_cases.replay_events import DeadLetter

HELP = """Dead letters: events the seller's product did not take within three days.

Exit status: 0 it is done; 1 there was nothing to replay, or the command failed; 2 wrong arguments or settings."""
app = typer.Typer(
    help=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


@app.command()
def dead(
    env: Env = None, state: StateUrl = None, archive: ArchiveUrl = None, at: At = None, json: Json = False
) -> None:
    """List the dead letters: of instances, order notices, licence codes, tenants."""
    with way_out():
        services = open_services(env, state, archive, at)
        from koogallery.use_cases.replay_events import dead_letters

        found = list(dead_letters(services.state))
        if json:
            print_json([_letter_json(letter) for letter in found])
        else:
            _show(Paper(), found)


@app.command()
def replay(  # noqa: PLR0913, PLR0917 -- one argument for each option of the command
    owner: Annotated[str | None, typer.Argument(metavar="[OWNER]", help="Id of the instance, or other owner.")] = None,
    event: Annotated[str | None, typer.Option("--event", help="One event of the owner; default: all.")] = None,
    kind: Annotated[str, typer.Option("--kind", help="instance, order, license_code or tenant.")] = "instance",
    everything: Annotated[bool, typer.Option("--all", help="All dead letters there are.")] = False,
    env: Env = None,
    state: StateUrl = None,
    archive: ArchiveUrl = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Send dead letters again.

    They go back into their place, the next run of deliver_events delivers them, for three days if it must.
    """
    with way_out():
        if everything == (owner is not None) or (everything and event):
            raise UsageError("name an OWNER (and an --event of it), or say --all")
        if kind not in ("instance", "order", "license_code", "tenant"):
            raise UsageError("--kind is instance, order, license_code or tenant")
        services = open_services(env, state, archive, at)
        from koogallery.use_cases.replay_events import DeadLetter, dead_letters, replay_events

        letters = [] if owner else dead_letters(services.state)
        owners = [(kind, owner)] if owner else list(dict.fromkeys((letter.kind, letter.owner) for letter in letters))
        moved = [
            DeadLetter(kind_, id_, done)
            for kind_, id_ in owners
            for done in replay_events(services, id_, event, kind=kind_)
        ]
        if json:
            print_json([_letter_json(letter) for letter in moved])
            return
        paper = Paper()
        for letter in moved:
            paper.line(
                f"{letter.event.id} ({letter.event.type}) of {letter.kind} {letter.owner} waits for delivery again"
            )
        paper.line(f"{len(moved)} replayed")


def _show(paper: Paper, found: list[DeadLetter]) -> None:
    if not found:
        paper.line("no dead letters")
        return
    rows = [
        (d.kind, d.owner, d.event.id, d.event.type, d.event.timestamp, d.event.attempts, d.event.last_failure or "-")
        for d in found
    ]
    paper.table(("kind", "owner", "event", "type", "time", ">attempts", "last failure"), rows)
    paper.line(f"{len(found)} dead letters; events replay OWNER [--kind KIND] [--event EVENT] or events replay --all")


def _letter_json(letter: DeadLetter) -> dict[str, Any]:
    event = letter.event
    return {
        "kind": letter.kind,
        "owner": letter.owner,
        "event_id": event.id,
        "type": event.type,
        "timestamp": event.timestamp,
        "attempts": event.attempts,
        "last_failure": event.last_failure,
    }


if __name__ == "__main__":
    app(prog_name="scripts/events")
