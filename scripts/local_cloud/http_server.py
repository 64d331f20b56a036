"""An ASGI application on a loopback port: in the foreground until Ctrl-C, or beside other work."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"
PATIENCE = 1
"""Seconds that running requests get when the server stops."""
START_SECONDS = 10.0


class Server(uvicorn.Server):
    """Calls ``ready`` once it accepts connections."""

    def __init__(self, app: ASGIApp, ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=PATIENCE,
            lifespan="on",
            ws="none",
        )
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one. Raises ``OSError`` that names the address."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as exc:
        listener.close()
        raise OSError(f"cannot listen on {HOST}:{port}: {exc.strerror}") from exc
    return listener


def address(listener: socket.socket) -> str:
    """``http://127.0.0.1:PORT`` of a listening socket."""
    return f"http://{HOST}:{listener.getsockname()[1]}"


@contextlib.contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """Serve on a free port in a thread until the block ends; yields the address. Raises ``OSError``."""
    listener, is_ready = listen(0), threading.Event()
    server = Server(app, is_ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="gateway", daemon=True)
    thread.start()
    try:
        if not is_ready.wait(START_SECONDS):
            raise OSError(f"{address(listener)} does not begin to serve")
        yield address(listener)
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listener.close()
