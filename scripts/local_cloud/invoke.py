"""``scripts/invoke``: one function, once, as the platform would call it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import traceback
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any

import typer

from bundle_template.bundle import Bundle
from bundle_template.errors import TemplateError
from bundle_template.reading import PROJECT_TEMPLATE, read_template
from koogallery.clock import Clock, OffsetClock, SystemClock
from local_cloud.errors import FunctionFailed, FunctionTimedOut, LocalCloudError, ReplyRefused, UsageError
from local_cloud.events import Event, event_time, timer_event
from local_cloud.functions import Functions
from local_cloud.local_settings import take_settings
from local_cloud.reply import read_decision, read_reply, to_json

MAX_EVENT_BYTES = 6 * 1024 * 1024
"""The largest event of a synchronous call (FunctionGraph, notes and constraints)."""
FIRST_YEAR, LAST_YEAR = 1971, 9998
"""Of ``--at``: whatever is added or taken away within a run is a time too."""

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@command.command(help="Call one function once and print its reply as JSON; logs go to stderr.")
def invoke(  # noqa: PLR0913, PLR0917 -- one argument for each option of the command
    function: Annotated[str, typer.Argument(metavar="FUNCTION", help="Name of the function in template.yaml.")],
    event: Annotated[str | None, typer.Option(metavar="FILE|-", help="The event as JSON; - reads stdin.")] = None,
    at: Annotated[
        str | None, typer.Option(help="2026-11-21T10:05:00Z: time of the TIMER event, else the clock.")
    ] = None,
    env: Annotated[Path | None, typer.Option(help="Settings file: NAME=value lines, over the environment.")] = None,
    state: Annotated[str | None, typer.Option(help="STATE_URL, such as sqlite:////absolute/path.db.")] = None,
    archive: Annotated[str | None, typer.Option(help="ARCHIVE_URL, such as file:///absolute/dir.")] = None,
    template: Annotated[Path, typer.Option(hidden=True)] = PROJECT_TEMPLATE,
) -> None:
    """Exit status 0 when the function returned, 1 when it failed, 2 when it could not be called."""
    try:
        bundle = read_template(template)
        if function not in bundle.components:
            raise UsageError(f"unknown function {function!r}; known: {', '.join(bundle.components)}")
        settings = take_settings(bundle, os.environ, env, state, archive)
        functions = Functions(bundle, settings)
        functions.check_file(function)
        clock, content = _clock_and_event(bundle, function, event, _moment(at) if at is not None else None)
    except (TemplateError, LocalCloudError) as exc:
        print(f"error: {exc}", file=sys.stderr)
        raise typer.Exit(2) from exc
    try:
        reply = _call(functions, function, content, clock, bundle.components[function].timeout)
        text = to_json(reply)
    except (FunctionFailed, FunctionTimedOut, ReplyRefused) as exc:
        print(f"error: {exc}", file=sys.stderr)
        if isinstance(exc, FunctionFailed) and exc.__cause__ is not None:
            traceback.print_exception(exc.__cause__, file=sys.stderr)
        raise typer.Exit(1) from exc
    _warn(bundle, function, reply)
    sys.stdout.buffer.write(text.encode("utf-8") + b"\n")
    sys.stdout.flush()


def _clock_and_event(bundle: Bundle, function: str, file: str | None, at: datetime | None) -> tuple[Clock, Event]:
    timer = bundle.timer_of(function)
    if timer is None:
        if file is None:
            raise UsageError(f"function {function} has no timer: give its event with --event")
        return (OffsetClock(at) if at else SystemClock()), _read_event(file)
    # The time of a timer's event names the work; leases and signatures of the run need the real clock.
    clock = SystemClock()
    if file is None:
        return clock, timer_event(timer.name, timer.user_event, at or clock.now())
    event = _read_event(file)
    return clock, event | {"time": event_time(at)} if at else event


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise UsageError("--at is no time such as 2026-11-21T10:05:00Z") from None
    if moment.tzinfo is None:
        raise UsageError("--at has no zone; write 2026-11-21T10:05:00Z")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise UsageError(f"--at lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment.astimezone(timezone.utc)


def _read_event(file: str) -> Event:
    try:
        if file == "-":
            content = sys.stdin.buffer.read(MAX_EVENT_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(MAX_EVENT_BYTES + 1)
    except OSError as exc:
        raise UsageError(f"cannot read the event: {exc.strerror}") from exc
    if len(content) > MAX_EVENT_BYTES:
        raise UsageError(f"the event has more than {MAX_EVENT_BYTES} bytes")
    try:
        event = json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise UsageError("the event is no JSON") from exc
    if not isinstance(event, dict):
        raise UsageError("the event is no JSON object")
    return event


def _call(functions: Functions, name: str, event: Event, clock: Clock, timeout: float) -> object:
    outcome: dict[str, Any] = {}

    def run() -> None:
        try:
            outcome["reply"] = functions.call(name, event, clock, request_id)
        except FunctionFailed as exc:
            outcome["failure"] = exc

    request_id = uuid.uuid4().hex
    thread = threading.Thread(target=run, name=name, daemon=True)
    with contextlib.redirect_stdout(sys.stderr):
        functions.load(name, clock, request_id)
        thread.start()
        thread.join(timeout)
    if "failure" in outcome:
        raise outcome["failure"]
    if "reply" not in outcome:
        raise FunctionTimedOut(f"function {name} did not return within {timeout:g} s")
    return outcome["reply"]


def _warn(bundle: Bundle, function: str, reply: object) -> None:
    if bundle.timer_of(function) is not None:
        return
    try:
        if function in bundle.authorizer_functions():
            read_decision(reply)
        else:
            read_reply(reply)
    except ReplyRefused as exc:
        print(f"the gateway would refuse this reply: {exc}", file=sys.stderr)


if __name__ == "__main__":
    command(prog_name="scripts/invoke")
