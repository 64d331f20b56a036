"""Runs the simulator until it is told to stop."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from koogallery_simulator.clock import ImpatientClock, ShiftedClock
from koogallery_simulator.control import Control
from koogallery_simulator.errors import SettingsProblem
from koogallery_simulator.marketplace import Marketplace
from koogallery_simulator.poller import Poller
from koogallery_simulator.server import serving
from koogallery_simulator.settings import Keys
from koogallery_simulator.shops import BundleAddresses, Shops
from koogallery_simulator.tenant_desk import tenant_desk


@contextlib.contextmanager
def simulator(keys: Keys, addresses: BundleAddresses, *, port: int = 0, poll_every: float = 5.0) -> Iterator[str]:
    """The marketplace, an enterprise with its auth centre, the control API and the poller; yields the address.

    The marketplace's clock runs with the machine's and can be moved ahead; callbacks are always signed with the
    machine's clock, and the pauses between their retries are skipped.
    """
    clock = ShiftedClock()
    shops = Shops(Marketplace(keys, clock), addresses, clock=ImpatientClock())
    poller = Poller(shops, poll_every)
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
