"""Asks again for what was not ready: queryInstance of 2.0, and the opening calls of the 1.0 guides."""

from __future__ import annotations

import logging
import threading
from collections import Counter

from koogallery_simulator.dialects.saas_v2 import query_instance
from koogallery_simulator.shops import Shops

MOST_POLLS = 720
_log = logging.getLogger("koogallery_simulator")


class Poller:
    """Asks for every opened instance until it is returned, at most ``MOST_POLLS`` times each."""

    def __init__(self, shops: Shops, every: float) -> None:
        self._shops = shops
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
        """Each pending instance and each pending order line once."""
        for instance in self._shops.marketplace.instances():
            pending = not instance.ready and instance.closed_at is None
            if pending and self._may_ask(instance.instance_id):
                self._shops.saas.caller.send(query_instance(instance.instance_id))
        for line in self._shops.waiting():
            if self._may_ask(f"{line.order_line_id} {line.product.product_id}"):
                self._shops.ask_again(line)

    def _may_ask(self, what: str) -> bool:
        if self._stop.is_set() or self._polls[what] >= MOST_POLLS:
            return False
        self._polls[what] += 1
        if self._polls[what] == MOST_POLLS:
            _log.warning("gave up polling %s after %d tries", what, MOST_POLLS)
        return True
