"""One runner a slot: leases with owner, expiry and fencing, all of one queue in a single item.

A lease keeps two runs from doing the same work side by side. What may not happen twice is never left to it:
every commit is a conditional write of its own, so that a run that lost its lease without noticing cannot do harm.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from koogallery import times
from koogallery.clock import Clock
from koogallery.state import Item, Key, State

TTL = timedelta(seconds=60)
"""A run that was killed blocks its slots no longer than this; no single step of a run takes longer than 45 s."""
_RENEW_AFTER = timedelta(seconds=10)
_TRIES = 8


class LeaseLost(Exception):
    """Another owner holds a slot that this run believed its own: stop."""


class Lease:
    """The slots one run holds. ``fence`` grows with every change of owner."""

    def __init__(self, state: State, clock: Clock, queue: str) -> None:
        self._state, self._clock = state, clock
        self._key = Key("leases", queue)
        self._owner = secrets.token_hex(8)
        self._renewed_at: datetime | None = None
        self.slots: tuple[int, ...] = ()

    def acquire(self, wanted: Iterable[int]) -> tuple[int, ...]:
        """Take every wanted slot that is free or expired; the slots taken, possibly none."""
        wanted = tuple(wanted)
        for _ in range(_TRIES):
            item, held = self._read()
            now = self._clock.now()
            free = [s for s in wanted if self._is_free(held.get(str(s)), now)]
            if not free:
                break
            if self._write(item, held, free, now):
                self.slots = tuple(free)
                break
        return self.slots

    def renew(self) -> None:
        """Hold on to the slots; raises ``LeaseLost``. Writes only when 10 s have passed."""
        now = self._clock.now()
        if self._renewed_at is not None and now - self._renewed_at < _RENEW_AFTER:
            return
        for _ in range(_TRIES):
            item, held = self._read()
            if any(held.get(str(s), {}).get("owner") != self._owner for s in self.slots):
                raise LeaseLost
            if self._write(item, held, self.slots, now):
                return
        raise LeaseLost

    def release(self) -> None:
        """Give the slots back; what another owner took meanwhile stays his."""
        for _ in range(_TRIES if self.slots else 0):
            item, held = self._read()
            kept = {s: h for s, h in held.items() if h["owner"] != self._owner}
            for slot in held.keys() - kept.keys():
                kept[slot] = {**held[slot], "owner": "", "expires": times.iso_millis(self._clock.now())}
            if item is None or self._state.replace_if_version(item, json.dumps(kept)):
                break
        self.slots = ()

    def _is_free(self, held: dict[str, str] | None, now: datetime) -> bool:
        return held is None or not held["owner"] or times.parse_iso(held["expires"]) <= now

    def _read(self) -> tuple[Item | None, dict[str, dict[str, str]]]:
        item = self._state.get(self._key)
        return item, json.loads(item.document) if item else {}

    def _write(self, item: Item | None, held: dict[str, dict[str, str]], slots: Iterable[int], now: datetime) -> bool:
        entry = {"owner": self._owner, "expires": times.iso_millis(now + TTL)}
        document = json.dumps({**held, **{str(s): {**entry, "fence": self._fence(held, s)} for s in slots}})
        if item is None:
            written = self._state.put_if_absent(self._key, document)
        else:
            written = self._state.replace_if_version(item, document)
        if written:
            self._renewed_at = now
        return written

    def _fence(self, held: dict[str, dict[str, str]], slot: int) -> str:
        before = held.get(str(slot), {"owner": "", "fence": "0"})
        return before["fence"] if before["owner"] == self._owner else str(int(before["fence"]) + 1)
