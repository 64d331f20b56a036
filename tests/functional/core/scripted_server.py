"""An HTTP server on loopback that answers by script, misbehaviour included."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple

CONNECTION_WAIT = 5.0
MAX_DROPS = 200


@dataclass(frozen=True)
class Received:
    """A request as it arrived; header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int


class Peer(NamedTuple):
    """What a behaviour may use. ``stopping`` is set when the server stops."""

    socket: socket.socket
    stopping: threading.Event
    outlasted: list[socket.socket]
    """Connections on which a client listened to the very end of what has no end."""


Behaviour = Callable[[Peer], bool]
"""Answers one request; returns whether the connection stays open."""


def answer(status: int, body: bytes = b"", headers: dict[str, str] | None = None, *, keep: bool = True) -> Behaviour:
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body, keep=keep)


def raw(content: bytes, *, keep: bool = False) -> Behaviour:
    def behave(peer: Peer) -> bool:
        peer.socket.sendall(content)
        return keep

    return behave


def reset(peer: Peer) -> bool:
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def close(peer: Peer) -> bool:
    del peer
    return False


def hang(peer: Peer) -> bool:
    peer.stopping.wait(CONNECTION_WAIT)
    return False


def stall(start: bytes) -> Behaviour:
    """Send ``start`` and nothing more."""

    def behave(peer: Peer) -> bool:
        peer.socket.sendall(start)
        return hang(peer)

    return behave


def drip(start: bytes, drop: bytes) -> Behaviour:
    """Send ``start``, then ``drop`` again and again, each well within any read time-out."""

    def behave(peer: Peer) -> bool:
        peer.socket.sendall(start)
        for _ in range(MAX_DROPS):
            if peer.stopping.wait(0.01):
                return False
            peer.socket.sendall(drop)
        peer.outlasted.append(peer.socket)
        return False

    return behave


class ScriptedServer:
    """Gives the scripted behaviours in turn; the last one repeats."""

    def __init__(self, *script: Behaviour, tls: ssl.SSLContext | None = None, handshake: bool = True) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.outlasted: list[socket.socket] = []
        self._script = list(script)
        self._tls = tls
        self._handshake = handshake
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._open: list[socket.socket] = []

    def __enter__(self) -> ScriptedServer:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self._open:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(peer, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(CONNECTION_WAIT)

    def wait_until_closed(self) -> None:
        """Return when every connection accepted so far has been closed on this side."""
        for thread in self._threads[1:]:
            thread.join(CONNECTION_WAIT)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            self._open.append(connection)
            if not self._handshake:
                self._stopping.wait(CONNECTION_WAIT)
                return
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                stack.callback(connection.close)
                self._open.append(connection)
            reader = stack.enter_context(connection.makefile("rb"))
            while self._one(connection, reader.readline, reader.read, number):
                pass

    def _one(
        self,
        connection: socket.socket,
        readline: Callable[[], bytes],
        read: Callable[[int], bytes],
        number: int,
    ) -> bool:
        first = readline()
        if not first:
            return False
        method, target, _ = first.decode().split(" ")
        headers: dict[str, str] = {}
        while line := readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = read(int(headers.get("content-length", "0")))
        self.received.append(Received(method, target, headers, body, number))
        behaviour = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        return behaviour(Peer(connection, self._stopping, self.outlasted))
