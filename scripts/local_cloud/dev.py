"""``scripts/dev``: the bundle behind the local gateway, until Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from starlette.routing import Router

from koogallery.clock import SystemClock
from local_cloud.bundle import Bundle
from local_cloud.errors import LocalCloudError
from local_cloud.functions import Functions
from local_cloud.gateway import Gateway
from local_cloud.local_settings import take_settings
from local_cloud.template import PROJECT_TEMPLATE, read_template
from local_cloud.timers import Timers, first_times
from local_cloud.workers import Workers

HOST = "127.0.0.1"
PATIENCE = 1
"""Seconds that running functions get when the gateway stops."""

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@command.command(help="Run the bundle behind a local gateway until Ctrl-C. Prints 'ready URL' when it serves.")
def dev(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8700,
    env: Annotated[Path | None, typer.Option(help="Settings file: NAME=value lines, over the environment.")] = None,
    state: Annotated[str | None, typer.Option(help="STATE_URL, such as sqlite:////absolute/path.db.")] = None,
    archive: Annotated[str | None, typer.Option(help="ARCHIVE_URL, such as file:///absolute/dir.")] = None,
    no_timers: Annotated[bool, typer.Option("--no-timers", help="Do not fire timer functions.")] = False,
    template: Annotated[Path, typer.Option(hidden=True)] = PROJECT_TEMPLATE,
) -> None:
    """Serve until Ctrl-C; exit status 2 when it cannot begin."""
    try:
        bundle = read_template(template)
        functions = Functions(bundle, take_settings(bundle, os.environ, env, state, archive))
        for name in bundle.components:
            functions.check_file(name)
        first_times(bundle, SystemClock().now())
        listener = _listen(port)
    except (LocalCloudError, OSError) as exc:
        print(f"error: {exc}", file=sys.stderr)
        raise typer.Exit(2) from exc
    workers = Workers()
    _serve(application(bundle, functions, workers, timers=not no_timers), listener)
    if not workers.close(PATIENCE):
        sys.stderr.flush()
        os._exit(0)  # a function that does not return must not keep the process alive


def application(bundle: Bundle, functions: Functions, workers: Workers, *, timers: bool) -> Router:
    """The ASGI application: gateway, and timers while it lives."""
    clock = SystemClock()
    gateway = Gateway(bundle, functions, workers, clock)

    @contextlib.asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        running = Timers(bundle, gateway.fire, clock)
        if timers:
            running.start()
        yield
        await running.stop()

    return Router(default=gateway, lifespan=lifespan)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as exc:
        listener.close()
        raise OSError(f"cannot listen on {HOST}:{port}: {exc.strerror}") from exc
    return listener


def _serve(app: Router, listener: socket.socket) -> None:
    output, port = sys.stdout, listener.getsockname()[1]
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
        lifespan="on",
        ws="none",
    )
    server = _Server(config, lambda: print(f"ready http://{HOST}:{port}", file=output, flush=True))
    with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


if __name__ == "__main__":
    command(prog_name="scripts/dev")
