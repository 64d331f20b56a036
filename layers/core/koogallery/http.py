"""Outbound HTTP: one request, one answer, no surprises.

https only (plain http to loopback hosts), strict certificates, no redirects, no retries, no proxies, no
netrc, bounded time and size. The errors say the one thing a caller must know: could the request have been
received? ``HttpUnreachable`` = no, nothing was sent; ``HttpInterrupted`` = nobody knows.
"""

from __future__ import annotations

import re
import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from koogallery.clock import SystemClock
from koogallery.errors import PermanentError, RetryableError

if TYPE_CHECKING:
    import ssl

    from koogallery.http_connection import Connection, Watchdog

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
MAX_RESPONSE_BYTES = 1_048_576
IDLE_SECONDS = 4.0
"""Shorter than the keep-alive time of common servers (5 s): an older connection may be closing."""
MAX_IDLE = 8
_PORTS = {"http": 80, "https": 443}
_TARGET = re.compile(r"[\x21-\x7e]*")


class AddressInvalid(PermanentError):
    """An outbound address is not a usable absolute URL."""

    code = "address_invalid"


class InsecureAddress(AddressInvalid):
    """Plain http to a host that is not loopback, or another scheme."""

    code = "insecure_address"


class HttpError(RetryableError):
    """No usable answer. ``host`` is host[:port] and ``kind`` one word: what happened."""

    code = "http_error"

    def __init__(self, host: str, kind: str) -> None:
        super().__init__(f"{host}: {kind}")
        self.host = host
        self.kind = kind


class HttpUnreachable(HttpError):
    """Nothing was sent. ``kind``: ``dns``, ``not_admitted``, ``refused``, ``timeout``, ``tls`` or ``network``."""

    code = "http_unreachable"


class HttpInterrupted(HttpError):
    """The request may have been received and acted on. ``kind``: ``timeout``, ``reset`` or ``malformed``."""

    code = "http_interrupted"


class HttpResponseTooLarge(HttpError):
    """The answer's body passed the limit. ``status`` and ``headers`` were received."""

    code = "http_response_too_large"

    def __init__(self, host: str, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(host, "response too large")
        self.status = status
        self.headers = dict(headers)


@dataclass(frozen=True)
class Address:
    """An outbound address. ``target`` is path and query as sent; ``host`` has no brackets."""

    scheme: str
    host: str
    port: int
    target: str = field(repr=False)

    @property
    def host_header(self) -> str:
        """host[:port], the port only when it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True)
class HttpRequest:
    """What is sent, byte for byte. ``Host`` is added."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class HttpLimits:
    """Seconds and bytes an exchange may take; ``total_seconds`` bounds connecting, sending and reading together.

    The system's name resolution keeps its own time-out.
    """

    connect_seconds: float
    read_seconds: float
    total_seconds: float
    max_response_bytes: int = MAX_RESPONSE_BYTES


@dataclass(frozen=True)
class HttpResponse:
    """An answer of any status. Header names are lower case, repeated ones joined by ``", "``."""

    status: int
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Http(Protocol):
    """What the core's outbound clients need."""

    def send(self, request: HttpRequest, limits: HttpLimits) -> HttpResponse:
        """One exchange; raises ``HttpError`` or ``AddressInvalid``."""


def parse_address(url: str) -> Address:
    """Check and split an outbound URL. Messages name no part that may hold a secret.

    Raises ``InsecureAddress`` (plain http is for loopback hosts only) or ``AddressInvalid``.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise AddressInvalid("not a URL") from exc
    if parts.scheme not in _PORTS:
        raise InsecureAddress("only https addresses are used")
    if not host or not host.isascii() or parts.username is not None or parts.password is not None:
        raise AddressInvalid("an address needs an ASCII host name and no user name")
    if parts.scheme == "http" and host not in LOOPBACK_HOSTS:
        raise InsecureAddress(f"plain http to {host}: only loopback hosts may be spoken to without TLS")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not _TARGET.fullmatch(target) or not _TARGET.fullmatch(host) or port == 0:
        raise AddressInvalid("an address needs percent-encoding and a usable port")
    return Address(parts.scheme, host, port or _PORTS[parts.scheme], target)


class HttpClient:
    """Keeps one idle connection per host; safe to share between threads.

    Time-outs are measured with the machine's clock whatever clock the caller lives by. ``admits(host, address)``
    says whether an address the host resolved to may be connected to; without it, every address may.
    """

    def __init__(self, *, admits: Callable[[str, str], bool] | None = None) -> None:
        # Here, not on top: functions that call nobody never load urllib3.
        from koogallery import http_connection

        self._lower = http_connection
        self._admits = admits
        self._clock = SystemClock()
        self._context: ssl.SSLContext | None = None
        self._idle: dict[tuple[str, str, int], tuple[float, Connection]] = {}
        self._lock = threading.Lock()
        weakref.finalize(self, _close_all, self._idle)

    def send(self, request: HttpRequest, limits: HttpLimits) -> HttpResponse:
        """One exchange: no redirect is followed, nothing is tried again.

        Raises ``HttpUnreachable``, ``HttpInterrupted``, ``HttpResponseTooLarge``; ``AddressInvalid`` for the URL.
        """
        address = parse_address(request.url)
        deadline = self._clock.monotonic() + limits.total_seconds
        connection = self._connected(address, limits)
        healthy = False
        try:
            response = self._exchange(connection, address, request, limits, deadline)
            healthy = True
        finally:
            if healthy:
                self._keep(address, connection)
            else:
                connection.close()
        return response

    def close(self) -> None:
        """Close the idle connections; they are closed with the client otherwise."""
        with self._lock:
            _close_all(self._idle)

    def _exchange(
        self, connection: Connection, address: Address, request: HttpRequest, limits: HttpLimits, deadline: float
    ) -> HttpResponse:
        remaining = deadline - self._clock.monotonic()
        if connection.sock is None or remaining <= 0:
            raise HttpUnreachable(address.host_header, "timeout")
        connection.timeout = limits.read_seconds
        with self._lower.Watchdog(connection.sock, remaining) as watchdog:
            try:
                return self._talk(connection, address, request, limits, watchdog)
            except self._lower.EXCHANGE_FAILURES as exc:
                kind = "timeout" if watchdog.fired else self._lower.exchange_kind(exc)
                raise HttpInterrupted(address.host_header, kind) from exc

    def _talk(
        self, connection: Connection, address: Address, request: HttpRequest, limits: HttpLimits, watchdog: Watchdog
    ) -> HttpResponse:
        headers = {"Host": address.host_header, "User-Agent": "koogallery", **request.headers}
        connection.request(
            request.method,
            address.target,
            body=request.body or (b"" if request.method == "POST" else None),
            headers=headers,
            preload_content=False,
            decode_content=False,
        )
        answer = connection.getresponse()
        received = {name.lower(): answer.headers[name] for name in answer.headers}
        try:
            body = self._lower.read_body(answer, limits.max_response_bytes)
        except self._lower.OversizedBody as exc:
            raise HttpResponseTooLarge(address.host_header, answer.status, received) from exc
        finally:
            answer.close()
        if watchdog.fired:
            # A body that ends with the connection cannot tell the watchdog's cut from its own end.
            raise HttpInterrupted(address.host_header, "timeout")
        return HttpResponse(answer.status, received, body)

    def _connected(self, address: Address, limits: HttpLimits) -> Connection:
        kept = self._take(address)
        if kept is not None:
            return kept
        connection = self._new(address)
        connection.timeout = min(limits.connect_seconds, limits.total_seconds)
        try:
            connection.connect()
        except self._lower.CONNECT_FAILURES as exc:
            connection.close()
            raise HttpUnreachable(address.host_header, self._lower.connect_kind(exc)) from exc
        return connection

    def _new(self, address: Address) -> Connection:
        connection: Connection
        if address.scheme == "http":
            connection = self._lower.PlainConnection(address.host, address.port)
        else:
            connection = self._lower.TlsConnection(address.host, address.port, ssl_context=self._trust())
        connection.clock = self._clock
        connection.admits = self._admits
        return connection

    def _trust(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = self._lower.trusting_context()
            return self._context

    def _take(self, address: Address) -> Connection | None:
        with self._lock:
            since, connection = self._idle.pop((address.scheme, address.host, address.port), (0.0, None))
        if connection is None:
            return None
        if self._clock.monotonic() - since <= IDLE_SECONDS and connection.is_connected:
            return connection
        connection.close()
        return None

    def _keep(self, address: Address, connection: Connection) -> None:
        with self._lock:
            if connection.sock is not None and len(self._idle) < MAX_IDLE:
                key = (address.scheme, address.host, address.port)
                previous = self._idle.pop(key, None)
                self._idle[key] = (self._clock.monotonic(), connection)
            else:
                previous = (0.0, connection)
        if previous is not None:
            previous[1].close()


def _close_all(idle: dict[tuple[str, str, int], tuple[float, Connection]]) -> None:
    while idle:
        idle.popitem()[1][1].close()
