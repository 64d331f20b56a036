"""Calls the marketplace's open APIs. One call is one attempt: when to try again is the caller's decision.

The only repetition inside is the documented one: the China site's second host, when the first cannot be reached and
nothing was sent. Every attempt is signed anew (date, ts, nonce, host).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from urllib.parse import unquote

from koogallery import inferred
from koogallery.clock import Clock
from koogallery.errors import SettingsError
from koogallery.http import (
    MAX_RESPONSE_BYTES,
    Address,
    Http,
    HttpClient,
    HttpError,
    HttpLimits,
    HttpRequest,
    HttpResponse,
    HttpUnreachable,
    parse_address,
)
from koogallery.marketplace import hosts, order_query, usage_push
from koogallery.marketplace.answers import Answer, no_answer, read_answer
from koogallery.marketplace.errors import MarketplaceRefused
from koogallery.marketplace.order_query import Order
from koogallery.marketplace.usage_push import PushAnswer
from koogallery_signing import aksk, usage_push_signature
from koogallery_signing.errors import MalformedKey, UnsignableContent

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
AVOID_SECONDS = 300.0
"""How long the fallback host goes first after the main one could not be reached."""
ORDER_QUERY = "order query"
USAGE_PUSH = "usage push"
_JSON = "application/json"

_Prepare = Callable[[Address], HttpRequest]


class MarketplaceClient:
    """The open APIs of one marketplace site.

    ``access_key``/``secret_key`` is the IAM pair (AK/SK) of the open APIs; ``basic_key`` the seller key bound to the
    basic interface, the first of ``MARKETPLACE_ACCESS_KEYS``. Each may be missing as long as nothing needs it.
    Raises ``AddressInvalid`` for an unusable endpoint.
    """

    def __init__(
        self,
        endpoint: str,
        access_key: str | None,
        secret_key: str | None,
        basic_key: str | None,
        clock: Clock,
        http: Http | None = None,
    ) -> None:
        self._bases = hosts.addresses(endpoint)
        self._push_aksk = hosts.usage_push_aksk(endpoint)
        self._access_key = access_key or ""
        self._secret_key = secret_key or ""
        self._basic_key = basic_key or ""
        self._clock = clock
        self._http = http or HttpClient()
        self._avoid_main_until = float("-inf")

    def query_order(self, order_id: str, order_line_id: str | None = None, *, timeout_seconds: float = 10) -> Order:
        """Ask for an order; see ``order_query.choose_line`` for the line.

        Raises a ``MarketplaceError``; ``SettingsError`` without a usable AK/SK pair.
        """
        self._need_pair()
        query = [("orderId", order_id)] + ([("orderLineId", order_line_id)] if order_line_id else [])

        def prepare(base: Address) -> HttpRequest:
            path = _path(base, order_query.PATH)
            headers = self._pair_headers("GET", base, path, query, b"")
            return HttpRequest("GET", _url(base, path, query), headers)

        limits = HttpLimits(self._connect_seconds(timeout_seconds), READ_SECONDS, timeout_seconds)
        answer = read_answer(ORDER_QUERY, self._send(ORDER_QUERY, prepare, limits))
        order = order_query.read_order(answer)
        if order.order_id != order_id:
            raise answer.unreadable("another order was answered")
        return order

    def push_usage(self, body: bytes, *, timeout_seconds: float = 30) -> PushAnswer:
        """Send a stored batch byte for byte; a new ts and nonce each time.

        An answer without an error is reception, not acceptance: read ``abnormal``, and know that the marketplace
        checks again later. Raises a ``MarketplaceError``; ``SettingsError`` without the basic-interface key.
        """
        if not self._basic_key:
            raise SettingsError("MARKETPLACE_ACCESS_KEYS", "is missing: it signs the usage push")

        def prepare(base: Address) -> HttpRequest:
            path = _path(base, usage_push.PATH)
            stamp = int(self._clock.now().timestamp() * 1000)
            own = usage_push_signature.sign(self._basic_key, stamp, str(uuid.uuid4()), body)
            # The pair signs host, date and content type alone: it must not cover headers of the other scheme.
            pair = self._pair_headers("POST", base, path, (), body) if self._push_with_pair() else {}
            return HttpRequest("POST", _url(base, path, ()), {"Accept": _JSON, **pair, **own}, body)

        connect_seconds = self._connect_seconds(timeout_seconds)
        limits = HttpLimits(connect_seconds, READ_SECONDS, timeout_seconds, inferred.USAGE_PUSH_RESPONSE_BYTES)
        return usage_push.read_push_answer(read_answer(USAGE_PUSH, self._send(USAGE_PUSH, prepare, limits)))

    def push_usage_old(self, body: bytes, *, timeout_seconds: float = 30) -> PushAnswer:
        """Send a stored batch of the old push, signed with the pair alone; as ``push_usage`` otherwise."""
        answer = self.post(
            USAGE_PUSH,
            usage_push.OLD_PATH,
            body,
            timeout_seconds=timeout_seconds,
            max_response_bytes=inferred.USAGE_PUSH_RESPONSE_BYTES,
        )
        return usage_push.read_push_answer(answer)

    def post(
        self,
        operation: str,
        path: str,
        body: bytes,
        *,
        content_type: str = _JSON,
        timeout_seconds: float = 10,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
    ) -> Answer:
        """One call of an open API that needs the pair and nothing else; ``path`` is decoded.

        A body that is no JSON is signed as an upload, by its headers alone. Raises a ``MarketplaceError``;
        ``SettingsError`` without a usable AK/SK pair.
        """
        self._need_pair()

        def prepare(base: Address) -> HttpRequest:
            full = _path(base, path)
            headers = self._pair_headers("POST", base, full, (), body, content_type)
            return HttpRequest("POST", _url(base, full, ()), {"Accept": _JSON, **headers}, body)

        connect_seconds = self._connect_seconds(timeout_seconds)
        limits = HttpLimits(connect_seconds, READ_SECONDS, timeout_seconds, max_response_bytes)
        return read_answer(operation, self._send(operation, prepare, limits))

    def _connect_seconds(self, timeout_seconds: float) -> float:
        """Leaves the fallback host its share of a short budget."""
        return min(CONNECT_SECONDS, timeout_seconds / len(self._bases))

    def _push_with_pair(self) -> bool:
        return self._push_aksk and bool(self._access_key or self._secret_key)

    def _need_pair(self) -> None:
        for setting, value in (("MARKETPLACE_AK", self._access_key), ("MARKETPLACE_SK", self._secret_key)):
            if not value:
                raise SettingsError(setting, "is missing: it signs calls of the open APIs")

    def _pair_headers(
        self,
        method: str,
        base: Address,
        path: str,
        query: Sequence[tuple[str, str]],
        body: bytes,
        content_type: str = _JSON,
    ) -> dict[str, str]:
        self._need_pair()
        try:
            return aksk.sign_request(
                access_key=self._access_key,
                secret_key=self._secret_key,
                method=method,
                host=base.host_header,
                path=path,
                query=query,
                headers={"Content-Type": content_type, aksk.DATE_HEADER: aksk.sdk_date(self._clock.now())},
                body=body,
            )
        except MalformedKey as exc:
            raise SettingsError("MARKETPLACE_AK", "or MARKETPLACE_SK has a form that cannot sign") from exc

    def _send(self, operation: str, prepare: _Prepare, limits: HttpLimits) -> HttpResponse:
        """One attempt on the endpoint, one more on the fallback host when the first could not be reached."""
        deadline = self._clock.monotonic() + limits.total_seconds
        *others, last = self._in_order()
        for base in others:
            try:
                return self._attempt(operation, base, prepare, _within(limits, deadline - self._clock.monotonic()))
            except HttpUnreachable as exc:
                self._note_unreachable(base)
                if self._clock.monotonic() >= deadline:
                    no_answer(operation, exc)
        try:
            return self._attempt(operation, last, prepare, _within(limits, deadline - self._clock.monotonic()))
        except HttpError as exc:
            no_answer(operation, exc)

    def _attempt(self, operation: str, base: str, prepare: _Prepare, limits: HttpLimits) -> HttpResponse:
        try:
            request = prepare(parse_address(base))
        except UnsignableContent as exc:
            raise MarketplaceRefused(operation, kind="cannot be signed") from exc
        try:
            return self._http.send(request, limits)
        except HttpUnreachable:
            raise
        except HttpError as exc:
            no_answer(operation, exc)

    def _in_order(self) -> tuple[str, ...]:
        avoid_main = self._clock.monotonic() < self._avoid_main_until
        return tuple(reversed(self._bases)) if avoid_main else self._bases

    def _note_unreachable(self, base: str) -> None:
        main = base == self._bases[0]
        self._avoid_main_until = self._clock.monotonic() + AVOID_SECONDS if main else float("-inf")


def _path(base: Address, path: str) -> str:
    """Decoded path of an API below the endpoint's own path."""
    return unquote(base.target).rstrip("/") + path


def _url(base: Address, path: str, query: Sequence[tuple[str, str]]) -> str:
    return f"{base.scheme}://{base.host_header}{aksk.request_target(path, query)}"


def _within(limits: HttpLimits, seconds: float) -> HttpLimits:
    return HttpLimits(limits.connect_seconds, limits.read_seconds, seconds, limits.max_response_bytes)
