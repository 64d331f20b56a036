"""``scripts/usage``: the ledger's story, its proof, and what an operator may do to a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from operations.desk import open_services, parse_hour, way_out
from operations.options import ArchiveUrl, At, Env, HourText, InstanceId, Json, Sn, StateUrl
from operations.paper import Paper, print_json

if TYPE_CHECKING:
    from koogallery.use_cases.correct_usage import Correction

HELP = """What became of the usage: the story of an hour, the proof of the sums, and corrections.

Exit status: 0 it is done, and for reconcile everything agrees and nothing waits for an operator; 1 it does not, or
the command was refused; 2 wrong arguments or settings."""
app = typer.Typer(
    help=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


@app.command()
def explain(  # noqa: PLR0913, PLR0917 -- one argument for each option of the command
    instance: InstanceId,
    hour: HourText,
    env: Env = None,
    state: StateUrl = None,
    archive: ArchiveUrl = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Tell the whole story of one hour.

    Events, sums, records, batches, and what the marketplace said of each record. Looks as far back as the state goes.
    """
    with way_out():
        name = parse_hour(hour)
        services = open_services(env, state, archive, at)
        from koogallery.use_cases.explain_usage import explain_usage
        from operations.usage_views import show_story, story_json

        story = explain_usage(services, instance, name)
        print_json(story_json(story)) if json else show_story(Paper(), story)


@app.command()
def reconcile(
    env: Env = None, state: StateUrl = None, archive: ArchiveUrl = None, at: At = None, json: Json = False
) -> None:
    """Prove the sums, list what waits.

    Events = sealed + open + carried, and sealed = delivered + pending + refused, for every meter and in total. Exit
    status 0 only when all agrees and nothing waits for an operator.
    """
    with way_out():
        services = open_services(env, state, archive, at)
        from koogallery.use_cases.reconcile_usage import reconcile_usage
        from operations.usage_views import reconciliation_json, show_reconciliation

        result = reconcile_usage(services)
        print_json(reconciliation_json(result)) if json else show_reconciliation(Paper(), result)
    if not result.is_clean:
        raise typer.Exit(1)


@app.command()
def abnormal(  # noqa: PLR0913, PLR0917 -- one argument for each option of the command
    instance: InstanceId,
    hour: HourText,
    code: Annotated[str, typer.Option("--code", help="The code the Seller Console shows for the record.")],
    sn: Sn = None,
    env: Env = None,
    state: StateUrl = None,
    archive: ArchiveUrl = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Mark a delivered record abnormal.

    The marketplace checks records again after it took them; the Seller Console shows those it did not keep.
    """
    with way_out():
        name = parse_hour(hour)
        services = open_services(env, state, archive, at)
        from koogallery.use_cases.correct_usage import mark_abnormal

        _report(mark_abnormal(services, instance, name, sn, code), json)


@app.command("report-again")
def report_again(  # noqa: PLR0913, PLR0917 -- one argument for each option of the command
    instance: InstanceId,
    hour: HourText,
    sn: Sn = None,
    env: Env = None,
    state: StateUrl = None,
    archive: ArchiveUrl = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Report a refused record again.

    An abnormal or rejected record is replaced by a new one with an interval of its own, which the next run of
    push_usage sends. Saying it twice reports once.
    """
    with way_out():
        name = parse_hour(hour)
        services = open_services(env, state, archive, at)
        from koogallery.use_cases import correct_usage

        _report(correct_usage.report_again(services, instance, name, sn), json)


@app.command()
def acknowledge(  # noqa: PLR0913, PLR0917 -- one argument for each option of the command
    instance: InstanceId,
    hour: HourText,
    note: Annotated[str, typer.Option("--note", help="Why it stays unbilled; explain shows it.")],
    sn: Sn = None,
    env: Env = None,
    state: StateUrl = None,
    archive: ArchiveUrl = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Let a refused record stay unbilled.

    Or what a closed meter still carries. reconcile no longer lists it, explain shows the note.
    """
    with way_out():
        name = parse_hour(hour)
        services = open_services(env, state, archive, at)
        from koogallery.use_cases import correct_usage

        _report(correct_usage.acknowledge(services, instance, name, sn, note), json)


def _report(done: Correction, json: bool) -> None:
    if json:
        print_json(done._asdict())
        return
    Paper().line(done.message if done.changed else f"nothing to do: {done.message}")


if __name__ == "__main__":
    app(prog_name="scripts/usage")
