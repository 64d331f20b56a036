"""What is known of things sold by all guides at once: the small model that ``test_dialects_machine`` compares with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from koogallery import times
from koogallery.inferred import NONCE_MEMORY_SECONDS
from tests.functional.core.test_lifecycle_machine import Model, Signed


@dataclass
class Told(Signed):
    """A callback of any dialect; ``key`` names an effect that happens once, ``expires`` is expireInstance.

    ``event`` and ``device``: of an application for an online licence.
    """

    by: int = 2
    expires: bool = False
    key: tuple[str, str, str] = ("", "", "")
    unknown: bool = False
    event: str = ""
    device: str = ""


@dataclass
class Both(Model):
    """One sold thing, opened by GET (``by`` 1) or POST (2), as SaaS or in the words of a licence guide.

    ``license``: what getLicense answers once the seller's product has given it. ``applications``: device by event id,
    ``given``: the licence by event id.
    """

    by: int = 2
    of_licenses: bool = False
    expired: bool = False
    license: str = ""
    applications: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    keys: set[tuple[str, str, str]] = field(default_factory=set)
    remembered: dict[int, datetime] = field(default_factory=dict)

    @property
    def gets_license(self) -> bool:
        """Opened by getLicense of the old guide."""
        return self.of_licenses and self.by == 1

    @property
    def is_online(self) -> bool:
        """Opened by newInstance of the guide of online licences."""
        return self.of_licenses and self.by == 2

    def take_at(self, call: Told, now: datetime) -> str:
        """The expected result code; changes the model as the callback changes the instance."""
        if call.kind == "new":
            return self._take_new()
        if not self.events:
            return self.take(call)
        if call.kind == "apply":
            return self._take_application(call, now)
        if call.kind == "release":
            if not self.released:
                self.remember(call, now)
            return self.take(call)
        if call.number in self.remembered:
            return "000000"
        if self.released:
            return "000003"
        if call.kind == "upgrade" and not self.opened:
            return "000004"
        self._change(call, now)
        return "000000"

    def _take_new(self) -> str:
        if not self.events:
            self.events.append("license.requested" if self.gets_license else "instance.created")
            self.opened = self.is_online
            return "000000" if self.is_online else "000004"
        if self.gets_license:
            return "000000" if self.license else "000003" if self.released else "000004"
        return "000000" if self.opened or self.released else "000004"

    def _take_application(self, call: Told, now: datetime) -> str:
        if self.released:
            return "000003"
        if self.applications.setdefault(call.event, call.device) != call.device:
            return "000002"
        if call.key not in self.keys:
            self.keys.add(call.key)
            self.events.append("license.requested")
            self.remember(call, now)
        return "000000"

    def take_license(self, text: str) -> int:
        """Status of the seller's product giving the licence of getLicense: one for ever, none after the end."""
        if not self.events or not self.gets_license:
            return 404
        if self.license:
            return 200 if self.license == text else 409
        if self.released:
            return 409
        self.license, self.opened = text, True
        return 200

    def take_licence_of(self, event: str, text: str) -> int:
        """Status of the seller's product giving the licence of an application: one for ever."""
        if event not in self.applications:
            return 404
        return 200 if self.given.setdefault(event, text) == text else 409

    def _change(self, call: Told, now: datetime) -> None:
        if call.kind in ("freeze", "unfreeze"):
            if self.stamp and call.at < self.stamp:
                return
        elif call.key in self.keys:
            return
        self.keys.add(call.key)
        self.applied.clear()
        was_frozen = self.frozen
        self._apply(call)
        self._expire_or_renew(call, was_frozen, now)
        self.remember(call, now)

    def _expire_or_renew(self, call: Told, was_frozen: bool, now: datetime) -> None:
        """1.0 has no call that thaws a yearly product: a renewal ends what expireInstance began."""
        if call.kind == "freeze" and not was_frozen:
            self.expired = call.expires
        elif call.kind in ("refresh", "cancel") and self.frozen and self.expired and call.expire > times.wire(now):
            self.frozen, self.stamp = False, max(call.at, self.stamp or call.at)
            self.events.append("instance.unfrozen")

    def remember(self, call: Told, now: datetime) -> None:
        """Known again by its nonce or token; what is older than the memory is forgotten at the same time."""
        oldest = now - timedelta(seconds=NONCE_MEMORY_SECONDS)
        self.remembered = {number: at for number, at in self.remembered.items() if at >= oldest}
        self.remembered[call.number] = call.at
