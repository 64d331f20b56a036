"""The marketplace on a loopback port: a thread per connection, standard library only."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from koogallery_simulator.http_messages import HANG, RESET, Reply, Request, json_reply
from koogallery_simulator.marketplace import LARGEST_BODY, Marketplace

Handler = Callable[[Request], Reply]
CONNECTION_TIMEOUT = 60.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handle: Handler) -> None:
        self.handle = handle
        self.stopped = threading.Event()
        super().__init__(address, _Connection)


class _Connection(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = CONNECTION_TIMEOUT
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: request lines carry signatures."""

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            refused = json_reply(
                413, {"error_code": "APIGW.0201", "error_msg": "Bad request", "request_id": "simulated"}
            )
            self.close_connection = True
            self._send(refused)
            return
        if len(body) < int(self.headers.get("Content-Length", "0")):
            # The caller died in the middle of its request: a gateway never hands such a one on.
            self.close_connection = True
            return
        headers = dict(self.headers.items())
        reply = self.server.handle(Request.of_target(self.command, self.path, headers, body))
        with contextlib.suppress(OSError):
            self._act(reply)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815  the names http.server looks for

    def _body(self) -> bytes | None:
        text = self.headers.get("Content-Length", "0").strip()
        length = int(text) if text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_BODY)) + 1 else -1
        if not 0 <= length <= LARGEST_BODY or "Transfer-Encoding" in self.headers:
            return None
        return self.rfile.read(length)

    def _act(self, reply: Reply) -> None:
        if reply.action == HANG:
            self.server.stopped.wait(reply.seconds)
            self.close_connection = True
        elif reply.action == RESET:
            # SO_LINGER with zero seconds turns the close into a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            os.close(self.connection.detach())
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()


@contextlib.contextmanager
def serving(handle: Handler, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve ``handle`` until the block ends; yields ``http://host:port``. Port 0 takes a free one."""
    server = _Server((host, port), handle)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@contextlib.contextmanager
def running(marketplace: Marketplace, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """The marketplace's open APIs on loopback; yields the address for MARKETPLACE_ENDPOINT."""
    with serving(marketplace.handle, host=host, port=port) as url:
        yield url
