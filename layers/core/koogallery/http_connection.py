"""The socket side of the outbound HTTP client: the only module of the core that imports urllib3.

urllib3's connection classes are used one level below its pool, because the pool hides the one thing a
caller that moves money must know: whether the request had begun to leave when something broke.
"""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse
from urllib3.util.ssl_ import create_urllib3_context

from koogallery.clock import Clock

CONNECT_FAILURES = (OSError, HTTPError, UnicodeError)
EXCHANGE_FAILURES = (OSError, HTTPError, http.client.HTTPException)
BLOCK_BYTES = 65_536

# Its warnings quote the whole path, and a seller's webhook address may carry a token there.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


class OversizedBody(Exception):
    """The body passed the limit; the rest was not read."""


class NotAdmitted(OSError):
    """A host resolved to an address that may not be spoken to."""


class _FinalResponse(http.client.HTTPResponse):
    """The answer behind the interim ones (RFC 9110, Informational 1xx).

    The standard library passes over 100 alone: any other it takes for the answer, and the answer that follows for that
    of the next request on the connection.
    """

    def begin(self) -> None:
        """Read up to the end of the final answer's headers."""
        super().begin()
        while self.status < HTTPStatus.OK:
            # The next begin() does nothing while there are headers.
            self.headers = None  # type: ignore[assignment]
            super().begin()


class _OneConnectBudget:
    """Makes the connect time-out the budget of all addresses of a host together, not of each one.

    ``admits(host, address)`` is asked about every address the host resolves to, right before they are connected to:
    a check of an own look-up could be told other addresses than the connection gets.
    """

    response_class: type[http.client.HTTPResponse] = _FinalResponse
    admits: Callable[[str, str], bool] | None = None
    clock: Clock
    timeout: float | None
    port: int
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        deadline = self.clock.monotonic() + (self.timeout or 0.0)
        addresses = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        if self.admits is not None and not all(self.admits(self._dns_host, str(found[4][0])) for found in addresses):
            raise NotAdmitted
        failure: OSError = TimeoutError() if addresses else socket.gaierror(socket.EAI_NONAME, "no address")
        for position, (family, kind, protocol, _, address) in enumerate(addresses):
            share = (deadline - self.clock.monotonic()) / (len(addresses) - position)
            if share <= 0:
                break
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(share)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.connect(address)
            except OSError as exc:
                sock.close()
                failure = exc
                continue
            sock.settimeout(max(deadline - self.clock.monotonic(), 0.001))
            return sock
        raise failure


class PlainConnection(_OneConnectBudget, HTTPConnection):
    """http, for loopback hosts."""


class TlsConnection(_OneConnectBudget, HTTPSConnection):
    """https, certificate and host name verified."""


Connection = PlainConnection | TlsConnection


def trusting_context() -> ssl.SSLContext:
    """TLS 1.2 or later, certificates of the system and, when the package is there, of certifi."""
    context = create_urllib3_context(ssl_minimum_version=ssl.TLSVersion.TLSv1_2, cert_reqs=ssl.CERT_REQUIRED)
    context.check_hostname = True
    context.load_default_certs()
    try:
        # Some runtimes carry no certificates of the system, some no certifi.
        import certifi
    except ImportError:
        return context
    context.load_verify_locations(certifi.where())
    return context


class Watchdog:
    """Cuts a connection at a deadline.

    A socket's own time-out starts again with every byte, so a peer that sends one byte now and then would
    hold a request for ever.
    """

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self.fired = False
        self._sock = sock
        self._over = False
        self._lock = threading.Lock()
        self._timer = threading.Timer(max(seconds, 0.0), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Watchdog:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True

    def _cut(self) -> None:
        with self._lock:
            if self._over:
                return
            self.fired = True
            try:
                # The plain method: an SSL socket's own would drop its TLS state under the reader's feet.
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
            except OSError:
                return


def read_body(response: BaseHTTPResponse, limit: int) -> bytes:
    """The whole body as it is on the wire, or ``OversizedBody`` after ``limit`` bytes."""
    blocks: list[bytes] = []
    size = 0
    while block := response.read1(BLOCK_BYTES, decode_content=False):
        size += len(block)
        if size > limit:
            raise OversizedBody
        blocks.append(block)
    return b"".join(blocks)


def connect_kind(failure: BaseException) -> str:
    """Why no connection came about: ``dns``, ``not_admitted``, ``timeout``, ``refused``, ``tls`` or ``network``."""
    reason = _root(failure)
    if isinstance(reason, NotAdmitted):
        return "not_admitted"
    if isinstance(reason, (socket.gaierror, UnicodeError)):
        return "dns"
    if isinstance(reason, TimeoutError):
        return "timeout"
    if isinstance(reason, ConnectionRefusedError):
        return "refused"
    if isinstance(reason, ssl.SSLError):
        return "tls"
    return "network"


def exchange_kind(failure: BaseException) -> str:
    """Why an exchange broke off: ``timeout``, ``reset`` or ``malformed`` (not HTTP)."""
    if isinstance(failure, (TimeoutError, ReadTimeoutError)):
        return "timeout"
    reason = _root(failure)
    if isinstance(reason, http.client.HTTPException) and not isinstance(
        reason, (http.client.RemoteDisconnected, http.client.IncompleteRead)
    ):
        return "malformed"
    return "reset"


def _root(failure: BaseException) -> BaseException:
    """The error that urllib3 wrapped, or the error itself."""
    wrapped = failure.args if isinstance(failure, HTTPError) else ()
    return next((part for part in wrapped if isinstance(part, BaseException)), failure)
