"""Runs the simulator until it is told to stop."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import Counter
from collections.abc import Iterator

from koogallery_simulator.caller import Caller
from koogallery_simulator.clock import ImpatientClock, ShiftedClock
from koogallery_simulator.control import Control
from koogallery_simulator.dialects.saas_v2 import query_instance
from koogallery_simulator.errors import SettingsProblem
from koogallery_simulator.marketplace import Marketplace
from koogallery_simulator.server import serving
from koogallery_simulator.settings import Keys
from koogallery_simulator.shops import BundleAddresses, Shops
from koogallery_simulator.tenant_desk import tenant_desk

MOST_POLLS = 720
_log = logging.getLogger("koogallery_simulator")


class Poller:
    """Polls every opened instance with queryInstance until it is returned, at most ``MOST_POLLS`` times each."""

    def __init__(self, caller: Caller, every: float) -> None:
        self._caller = caller
        self._every = every
        self._polls: Counter[str] = Counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits for a poll under way."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self.round()

    def round(self) -> None:
        """Each pending instance once."""
        for instance in self._caller.marketplace.instances():
            instance_id = instance.instance_id
            pending = not instance.ready and instance.closed_at is None
            if self._stop.is_set() or not pending or self._polls[instance_id] >= MOST_POLLS:
                continue
            self._polls[instance_id] += 1
            self._caller.send(query_instance(instance_id))
            if self._polls[instance_id] == MOST_POLLS:
                _log.warning("gave up polling %s after %d tries", instance_id, MOST_POLLS)


@contextlib.contextmanager
def simulator(keys: Keys, addresses: BundleAddresses, *, port: int = 0, poll_every: float = 5.0) -> Iterator[str]:
    """The marketplace, an enterprise with its auth centre, the control API and the poller; yields the address.

    The marketplace's clock runs with the machine's and can be moved ahead; callbacks are always signed with the
    machine's clock, and the pauses between their retries are skipped.
    """
    clock = ShiftedClock()
    shops = Shops(Marketplace(keys, clock), addresses, clock=ImpatientClock())
    poller = Poller(shops.saas.caller, poll_every)
    try:
        with (
            tenant_desk(shops.kit, clock, addresses.saas) as desk,
            serving(Control(shops, desk, clock).handle, port=port) as url,
        ):
            poller.start()
            try:
                yield url
            finally:
                poller.stop()
    except OSError as exc:
        raise SettingsProblem(f"port {port} of 127.0.0.1 cannot be used: {exc.strerror}") from exc
