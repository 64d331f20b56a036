"""Delivers an event to the seller's product: Standard Webhooks over HTTP POST.

Delivered means any 2xx. A delivery that may have arrived is not delivered: it is repeated under the same
``webhook-id``, which the product uses to tell repetitions. Source: Standard Webhooks specification; Retry-After of
RFC 9110 and of RFC 6585, 429 Too Many Requests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from koogallery.clock import Clock
from koogallery.errors import RetryableError, SettingsError
from koogallery.http import (
    Http,
    HttpError,
    HttpLimits,
    HttpRequest,
    HttpResponseTooLarge,
    HttpUnreachable,
    parse_address,
)
from koogallery_signing import standard_webhooks
from koogallery_signing.errors import MalformedKey, UnsignableContent

MAX_ANSWER_BYTES = 65_536
AT_ONCE = timedelta(0)
LIMITS = HttpLimits(connect_seconds=3.0, read_seconds=10.0, total_seconds=12.0, max_response_bytes=MAX_ANSWER_BYTES)
_ASKS_TO_WAIT = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_SECONDS = re.compile(r"[0-9]{1,9}")


class WebhookNotDelivered(RetryableError):
    """The product did not answer 2xx.

    ``reason`` is ``status 500`` or a word for a failed connection; ``status`` 0 when no answer came.
    ``endpoint_down``: unreachable or timing out, other events of this run would fare the same.
    ``retry_after``: how long the product asks to be left alone; zero when it does not say.
    """

    code = "webhook_not_delivered"

    def __init__(
        self, reason: str, *, status: int = 0, endpoint_down: bool = False, retry_after: timedelta = AT_ONCE
    ) -> None:
        super().__init__(f"webhook not delivered: {reason}")
        self.reason = reason
        self.status = status
        self.endpoint_down = endpoint_down
        self.retry_after = retry_after


@dataclass(frozen=True)
class WebhookAnswer:
    """A delivery. ``members`` of the JSON object the product answered with, unchecked; empty without one."""

    members: dict[str, object] = field(default_factory=dict, repr=False)

    @property
    def access(self) -> dict[str, object] | None:
        """The access data among them, unchecked; None without any."""
        access = self.members.get("access")
        return access if isinstance(access, dict) else None


class WebhookSender:
    """Signs and posts events to one address. Raises ``AddressInvalid`` and ``SettingsError`` for unusable settings."""

    def __init__(self, url: str, secret: str, http: Http, clock: Clock) -> None:
        parse_address(url)
        try:
            standard_webhooks.check_secret(secret)
        except MalformedKey as exc:
            raise SettingsError("SELLER_WEBHOOK_SECRET", "must be whsec_ and the base64 of 24 to 64 bytes") from exc
        self._url = url
        self._secret = secret
        self._http = http
        self._clock = clock

    def deliver(self, event_id: str, body: bytes, *, timeout_seconds: float = LIMITS.total_seconds) -> WebhookAnswer:
        """One attempt; the timestamp and the signature are of this attempt. Raises ``WebhookNotDelivered``."""
        now = self._clock.now()
        try:
            headers = standard_webhooks.sign(self._secret, event_id, int(now.timestamp()), body)
        except UnsignableContent as exc:
            # Of this event alone: the others must not wait for it.
            raise WebhookNotDelivered("cannot be signed") from exc
        headers = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        limits = HttpLimits(LIMITS.connect_seconds, LIMITS.read_seconds, timeout_seconds, MAX_ANSWER_BYTES)
        try:
            response = self._http.send(HttpRequest("POST", self._url, headers, body), limits)
        except HttpResponseTooLarge as exc:
            _check_status(exc.status, exc.headers, now)
            return WebhookAnswer()
        except HttpError as exc:
            down = isinstance(exc, HttpUnreachable) or exc.kind == "timeout"
            raise WebhookNotDelivered(exc.kind, endpoint_down=down) from exc
        _check_status(response.status, response.headers, now)
        return WebhookAnswer(_members(response.body))


def _check_status(status: int, headers: Mapping[str, str], now: datetime) -> None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    asked = _retry_after(headers.get("retry-after", ""), now) if status in _ASKS_TO_WAIT else AT_ONCE
    raise WebhookNotDelivered(f"status {status}", status=status, retry_after=asked)


def _retry_after(value: str, now: datetime) -> timedelta:
    """Seconds, or a date of HTTP; what is neither, or lies in the past, asks for nothing."""
    if _SECONDS.fullmatch(value):
        return timedelta(seconds=int(value))
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return AT_ONCE
    # A date without a zone is one of GMT all the same.
    return max(moment.replace(tzinfo=moment.tzinfo or timezone.utc) - now, AT_ONCE)


def _members(body: bytes) -> dict[str, object]:
    """The JSON object of a body; an answer that cannot be read delivers all the same."""
    try:
        answer = json.loads(body) if body else None
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
