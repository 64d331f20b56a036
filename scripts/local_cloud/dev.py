"""``scripts/dev``: the bundle behind the local gateway, until Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated

import typer
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route, Router

from bundle_packages import PackagingError
from bundle_template.bundle import Bundle
from bundle_template.errors import TemplateError
from bundle_template.reading import PROJECT_TEMPLATE, read_template
from koogallery.clock import Clock, SystemClock
from local_cloud.built_functions import opened
from local_cloud.errors import LocalCloudError
from local_cloud.functions import Callees, Functions
from local_cloud.gateway import Gateway
from local_cloud.http_server import PATIENCE, Server, address, listen
from local_cloud.local_settings import take_settings
from local_cloud.timers import Timers, first_times
from local_cloud.workers import Workers

SELLER_INTERFACE = "docs/seller-interface.yaml"

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@command.command(help="Run the bundle behind a local gateway until Ctrl-C. Prints 'ready URL' when it serves.")
def dev(  # noqa: PLR0913, PLR0917 -- one argument for each option of the command
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8700,
    env: Annotated[Path | None, typer.Option(help="Settings file: NAME=value lines, over the environment.")] = None,
    state: Annotated[str | None, typer.Option(help="STATE_URL, such as sqlite:////absolute/path.db.")] = None,
    archive: Annotated[str | None, typer.Option(help="ARCHIVE_URL, such as file:///absolute/dir.")] = None,
    no_timers: Annotated[bool, typer.Option("--no-timers", help="Do not fire timer functions.")] = False,
    built: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run the functions from this build; see scripts/deploy build.")
    ] = None,
    template: Annotated[Path, typer.Option(hidden=True)] = PROJECT_TEMPLATE,
) -> None:
    """Serve until Ctrl-C; exit status 2 when it cannot begin."""
    try:
        bundle = read_template(template)
        settings = take_settings(bundle, os.environ, env, state, archive)
        first_times(bundle, SystemClock().now())
        with _functions(bundle, settings, built) as functions:
            listener = listen(port)
            workers = Workers()
            _serve(application(bundle, functions, workers, timers=not no_timers), listener)
            is_done = workers.close(PATIENCE)
    except (TemplateError, LocalCloudError, PackagingError, OSError) as exc:
        print(f"error: {exc}", file=sys.stderr)
        raise typer.Exit(2) from exc
    if not is_done:
        sys.stderr.flush()
        os._exit(0)  # a function that does not return must not keep the process alive


@contextlib.contextmanager
def _functions(bundle: Bundle, settings: dict[str, str], built: Path | None) -> Iterator[Callees]:
    if built is not None:
        with opened(bundle, settings, built) as running:
            yield running
        return
    functions = Functions(bundle, settings)
    for name in bundle.components:
        functions.check_file(name)
    yield functions


def application(
    bundle: Bundle, functions: Callees, workers: Workers, *, timers: bool, clock: Clock | None = None
) -> Router:
    """The ASGI application: gateway, and timers while it lives. ``clock`` is the machine's unless given."""
    clock = clock or SystemClock()
    gateway = Gateway(bundle, functions, workers, clock)

    @contextlib.asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        running = Timers(bundle, gateway.fire, clock)
        if timers:
            running.start()
        yield
        await running.stop()

    return Router(_documents(bundle), default=gateway, lifespan=lifespan, redirect_slashes=False)


def _documents(bundle: Bundle) -> list[Route]:
    """What the local gateway serves itself: the description of the seller interface."""
    file = bundle.root / SELLER_INTERFACE

    def seller_interface(_: Request) -> FileResponse:
        return FileResponse(file, media_type="application/yaml")

    return [Route("/seller/openapi.yaml", seller_interface)] if file.is_file() else []


def _serve(app: Router, listener: socket.socket) -> None:
    output = sys.stdout
    server = Server(app, lambda: print(f"ready {address(listener)}", file=output, flush=True))
    with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


if __name__ == "__main__":
    command(prog_name="scripts/dev")
