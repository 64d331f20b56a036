"""``scripts/invoke push_usage`` is killed with SIGKILL, again and again: in the end everything is billed once.

Real processes, the machine's clock, a state file, and the simulator behind a socket. The usage was reported hours
ago by a bundle that lived then.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from koogallery import times
from koogallery.adapters.urls import open_state
from koogallery.queues import USAGE
from koogallery.state import Key, State
from koogallery_simulator.http_messages import Reply, Request
from koogallery_simulator.marketplace import Marketplace
from koogallery_simulator.server import serving
from tests.support.books import read_books
from tests.support.world import ROOT, SETTINGS, World, usage

INSTANCES = 12
HOURS = 3
KILLS = 6
LEASE = Key("leases", USAGE)
PATIENCE = 20.0


def _three_hours_ago(state: State) -> tuple[World, list[str]]:
    """Usage of three whole hours that are over by now."""
    world = World(state, at=datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=HOURS + 1))
    ids = [world.open("on-demand") for _ in range(INSTANCES)]
    for hour in range(HOURS):
        now = world.clock.now()
        world.use(*(usage(f"{id_}-{hour}", id_, "0.1234", now) for id_ in ids))
        world.clock.advance(3600)
    world.clock.travel(datetime.now(timezone.utc))
    return world, ids


def _start(environment: Path, state_url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "local_cloud.invoke", "push_usage", "--env", str(environment)]
    path = os.pathsep.join(str(ROOT / part) for part in ("layers/signing", "layers/core", "scripts"))
    return subprocess.Popen(
        [*command, "--state", state_url],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class _Counted:
    """The marketplace behind its socket, counting what it was called for."""

    def __init__(self, marketplace: Marketplace) -> None:
        self._marketplace = marketplace
        self.calls = 0

    def handle(self, request: Request) -> Reply:
        """Answer one call."""
        reply = self._marketplace.handle(request)
        self.calls += 1
        return reply


def _wait_for_calls(process: subprocess.Popen[bytes], counted: _Counted, calls: int) -> None:
    """Until the run has made so many calls, so that a kill hits it at work and not at its imports; or until it ends."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None and counted.calls < calls:
        time.sleep(0.001)


def _let_the_lease_expire(state: State) -> None:
    """A minute passes, as far as the lease of the dead run is concerned."""
    item = state.get(LEASE)
    assert item is not None
    held = json.loads(item.document)
    past = times.iso_millis(datetime.now(timezone.utc) - timedelta(seconds=1))
    expired = {slot: {**lease, "expires": past} for slot, lease in held.items()}
    assert state.replace_if_version(item, json.dumps(expired))


def test_a_push_that_is_killed_at_any_moment_bills_everything_once(tmp_path: Path) -> None:
    dice = random.Random(20261121)
    url = f"sqlite:///{tmp_path}/state.db"
    state = open_state(url)
    world, ids = _three_hours_ago(state)
    # Small pushes: many moments between a booking and its being noted.
    world.marketplace.faults.record_limit = 2
    counted = _Counted(world.marketplace)
    killed, billed = 0, []
    with serving(counted.handle) as endpoint:
        environment = tmp_path / "settings"
        settings = {**SETTINGS, "MARKETPLACE_ENDPOINT": endpoint, "STATE_URL": url}
        environment.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
        for _ in range(KILLS):
            process = _start(environment, url)
            _wait_for_calls(process, counted, counted.calls + dice.randint(1, 4))
            time.sleep(dice.uniform(0, 0.03))
            process.send_signal(signal.SIGKILL)
            killed += process.wait(PATIENCE) == -signal.SIGKILL
            billed.append(len(world.marketplace.bill.records()))
            _let_the_lease_expire(state)
        assert _start(environment, url).wait(PATIENCE) == 0
    assert killed
    assert any(0 < count < INSTANCES * HOURS for count in billed), "no kill hit a run at work"
    for instance_id in ids:
        books = read_books(state, instance_id)
        books.check_sums()
        books.check_records()
        assert not books.meter.open
        assert not books.unsettled()
        assert world.marketplace.bill.total(instance_id) == Decimal("0.1234") * HOURS
    assert not world.marketplace.violations.all()
