"""What a use case may touch: settings, clock, state, archive, marketplace, webhook. Made per call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from koogallery.agency import agency_keys
from koogallery.clock import Clock, SystemClock
from koogallery.encryption import Sealer
from koogallery.settings import Settings
from koogallery_signing.keyring import Keyring

if TYPE_CHECKING:
    from koogallery.archive import Archive
    from koogallery.http import Http
    from koogallery.marketplace.client import MarketplaceClient
    from koogallery.page_reader import PageReader
    from koogallery.seller_webhook import WebhookSender
    from koogallery.state import State

_warm: dict[tuple[str, ...], Any] = {}
"""Connections that outlive a call, by what they were made from. A function instance serves one configuration."""


@dataclass
class Services:
    """Everything outside the pure core. Tests hand in their own ``state`` and so on by setting the attribute."""

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    context: object = None
    seconds: float = 10.0
    request_id: str = ""

    def __post_init__(self) -> None:
        self._ends = self.clock.monotonic() + self.seconds

    def remaining_seconds(self) -> float:
        """What is left of the function's time-out, by our own clock (the platform's figure is not trusted)."""
        return self._ends - self.clock.monotonic()

    @cached_property
    def state(self) -> State:
        """The state that STATE_URL names."""
        from koogallery.adapters.urls import open_state

        url = self.settings.require("STATE_URL")
        access, secret = self.settings.state_access_key or None, self.settings.state_secret_key or None
        key = ("state", url, access or "", secret or "")
        return _reuse(key, lambda: open_state(url, access_key=access, secret_key=secret))  # type: ignore[no-any-return]

    @cached_property
    def archive(self) -> Archive | None:
        """The archive that ARCHIVE_URL names, or None."""
        from koogallery.adapters.urls import open_archive

        url = self.settings.archive_url
        return open_archive(url, credentials=lambda: agency_keys(self.context)) if url else None

    @cached_property
    def http(self) -> Http:
        """Outbound HTTP; warm calls keep its connections."""
        from koogallery.http import HttpClient

        return _reuse(("http",), HttpClient)  # type: ignore[no-any-return]

    @cached_property
    def marketplace(self) -> MarketplaceClient:
        """Client of the marketplace's open APIs."""
        from koogallery.marketplace.client import MarketplaceClient

        basic = self.settings.marketplace_access_keys
        return MarketplaceClient(
            self.settings.require("MARKETPLACE_ENDPOINT"),
            self.settings.marketplace_ak or None,
            self.settings.marketplace_sk or None,
            Keyring.parse(basic).current if basic else None,
            self.clock,
            self.http,
        )

    @cached_property
    def pages(self) -> PageReader:
        """Reader of the meters' pages; warm calls keep what it has read."""
        from koogallery.page_reader import PageReader

        return _reuse(("pages", self.settings.state_url), PageReader)  # type: ignore[no-any-return]

    @cached_property
    def webhook(self) -> WebhookSender:
        """Sender of events to the seller's product."""
        from koogallery.seller_webhook import WebhookSender

        url, secret = self.settings.require("SELLER_WEBHOOK_URL"), self.settings.require("SELLER_WEBHOOK_SECRET")
        return WebhookSender(url, secret, self.http, self.clock)

    @cached_property
    def tenant_http(self) -> Http:
        """Outbound HTTP to hosts that a tenant named: public addresses only."""
        from koogallery.http import HttpClient
        from koogallery.sign_in.addresses import is_admitted

        return _reuse(("tenant_http",), lambda: HttpClient(admits=is_admitted))  # type: ignore[no-any-return]

    @cached_property
    def sealer(self) -> Sealer:
        """Encrypts what lies in the state."""
        return Sealer(self.settings.require("STATE_ENCRYPTION_KEY"))


def _reuse(key: tuple[str, ...], make: Callable[[], Any]) -> Any:
    if key not in _warm:
        _warm[key] = make()
    return _warm[key]
