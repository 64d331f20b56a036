"""The fake as a server on loopback: takes requests, checks them, lets the faults happen and answers."""

from __future__ import annotations

import contextlib
import json
import pickle
import threading
import time
from collections import deque
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

from tests.fake_cloud import services
from tests.fake_cloud.authorization import check_signature
from tests.fake_cloud.errors import Refused, throttled
from tests.fake_cloud.faults import Call, Faults, without_secrets
from tests.fake_cloud.operations import Operation, Request
from tests.fake_cloud.presets import Presets
from tests.fake_cloud.site import Site
from tests.fake_cloud.snapshot import snapshot
from tests.fake_cloud.state import Json, State, new_id

BROKEN = Refused(500, "an internal error happened")


class CutOff(Exception):
    """The connection ends without an answer."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is none of our business."""


class FakeCloud(Presets):
    """One account. ``with FakeCloud() as cloud:`` serves all five services on ``cloud.endpoint``.

    ``state`` may be read and changed between calls; ``calls`` records what arrived.
    """

    def __init__(self, site: Site | None = None) -> None:
        self.site = site or Site()
        self.state = State()
        self.faults = Faults()
        self.calls: list[Call] = []
        self.mistakes: list[str] = []
        """What the fake itself did wrong, such as a reply that the SDK cannot read; ``with`` raises it at its end."""
        self._lock = threading.RLock()
        self._past: deque[bytes] = deque()

    def __enter__(self) -> FakeCloud:
        cloud = self

        class Handler(_Handler):
            fake = cloud

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
        assert kind is not None or not self.mistakes, f"the fake made mistakes: {self.mistakes}"

    def snapshot(self) -> Json:
        """The whole state without ids and times, to compare."""
        with self._lock:
            return snapshot(self.state)

    def count(self, **members: Any) -> int:
        """Calls whose record has these values, say ``operation="create_function"`` or ``writes=True``."""
        return sum(all(getattr(call, name) == value for name, value in members.items()) for call in self.calls)

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        """The status and JSON of one request; raises ``CutOff`` for none."""
        if self.faults.latency:
            time.sleep(self.faults.latency)
        with self._lock:
            if self.faults.cut:
                raise CutOff
            self.faults.calls += 1
            status, reply = self._answered(method, target, headers, body)
            if self.faults.calls == self.faults.cut_after:
                self.faults.cut = True
                raise CutOff
            return status, reply

    def _answered(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        service, call = "functiongraph", None
        try:
            operation, parameters = _route(method, target)
            service = operation.service
            query = parse_qsl(target.partition("?")[2], keep_blank_values=True)
            call = _record(operation, parameters, dict(query), body)
            self.calls.append(call)
            check_signature(self.site, method, target, headers, body)
            if parameters.get("project_id", self.site.project_id) != self.site.project_id:
                raise Refused(403, "the project is not the key's")
            checked = operation.checked_query(query), headers, operation.checked_body(body)
            reply = self._done(operation, Request(operation, parameters, *checked))
            status = 204 if reply is None else 200
        except Refused as refused:
            status, reply = refused.status, _error(service, refused)
        except Exception as error:  # noqa: BLE001 - the fake's own mistake, which fails the test at its end
            self.mistakes.append(f"{call.operation if call else target}: {error!r}")
            status, reply = BROKEN.status, _error(service, BROKEN)
        if call is not None:
            call.status = status
        return status, reply

    def _done(self, operation: Operation, request: Request) -> Any:
        faults = self.faults
        if faults.throttles():
            raise throttled(operation.service)
        if faults.calls in faults.fail_before:
            raise BROKEN
        reply = operation.handler(self._seen(operation), self.site, request)
        if faults.calls in faults.fail_after:
            raise BROKEN
        reply = deepcopy(reply)
        operation.check_reply(reply)
        return reply

    def _seen(self, operation: Operation) -> State:
        """The present state for changes; for reads, with a lag, the state before so many calls."""
        lag = self.faults.lag
        if not lag:
            self._past.clear()
            return self.state
        self._past.append(pickle.dumps(self.state))
        while len(self._past) > lag + 1:
            self._past.popleft()
        past: State = pickle.loads(self._past[0])  # noqa: S301 - our own state
        return past if operation.reads else self.state


def _route(method: str, target: str) -> tuple[Operation, dict[str, str]]:
    path = target.partition("?")[0]
    segments = path.strip("/").split("/")
    for operation in services.operations():
        if operation.method == method and (parameters := operation.path_parameters(segments)) is not None:
            return operation, parameters
    # Not a 404: a client must not take it for a thing that does not exist.
    raise Refused(501, f"{method} {path} is not played here")


def _record(operation: Operation, parameters: dict[str, str], query: dict[str, str], body: bytes) -> Call:
    try:
        content = without_secrets(json.loads(body)) if body else None
    except ValueError:
        content = None
    path = "/" + "/".join(operation.path)
    return Call(
        operation.service, operation.name, operation.method, path, parameters, query, content, not operation.reads
    )


def _error(service: str, refused: Refused) -> Json:
    return {"error_code": refused.code_for(service), "error_msg": refused.message, "request_id": new_id()}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One write an answer, else the client's delayed acknowledgement costs 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True
    fake: FakeCloud

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            status, reply = self.fake.answer(self.command, self.path, headers, body)
        except CutOff:
            self.close_connection = True
            return
        content = b"" if reply is None else json.dumps(reply).encode()
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Request-Id", new_id())
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names http.server asks for

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""
