"""push_usage at 1,000 and at 100,000 instances: cost of a record as a ratio, peak memory of a process of its own."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from koogallery import times
from koogallery.adapters.urls import open_state
from koogallery.clock import FrozenClock
from koogallery.timer import Tick
from koogallery.use_cases.push_usage import push_usage
from measures import callbacks
from measures.bundle_context import quiet, services
from measures.figures import Figure
from measures.population import populate

HOUR = "2026-11-21T10"
RATIO_LIMIT = 1.2
MEMORY_LIMIT_MB = 150


def measure(small: int, large: int) -> Iterator[Figure]:
    """Cost ratio and the two peaks."""
    with tempfile.TemporaryDirectory(prefix="koogallery-bench-") as folder:
        # The machine drifts while the large seller is billed: the small one is measured before and after it.
        few = _run_apart(small, folder, rounds=5)
        many = _run_apart(large, folder, rounds=1)
        again = _run_apart(small, folder, rounds=5)
    small_seconds = (few["seconds"] + again["seconds"]) / 2
    yield Figure(
        f"cost of a record at {large:,} / at {small:,} instances",
        many["seconds"] / small_seconds,
        RATIO_LIMIT,
        f"{many['seconds'] * 1e6:.0f} / {small_seconds * 1e6:.0f} µs of processor time",
    )
    for number, report in ((small, few), (large, many)):
        yield Figure(f"MB at the peak of push_usage at {number:,} instances", report["megabytes"], MEMORY_LIMIT_MB)


def _run_apart(instances: int, folder: str, *, rounds: int) -> dict[str, float]:
    print(f"  … {instances:,} instances, {rounds} round(s)", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "measures.push_scale", str(instances), folder, str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3000, check=False)
    if done.returncode:
        raise SystemExit(f"a measured process failed:\n{done.stderr[-2000:]}")
    report: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return report


def _run(instances: int, folder: str, rounds: int) -> dict[str, float]:
    """The median processor time a record took in a round. Populating happens in a process of its own."""
    quiet()
    spent = []
    for number in range(rounds):
        url = f"sqlite:///{folder}/{instances}-{number}.db"
        subprocess.run(
            [sys.executable, "-m", "measures.push_scale", "populate", url, str(instances)], check=True, timeout=2000
        )
        clock = FrozenClock(times.hour_end(HOUR) + timedelta(minutes=3))
        run = services(callbacks.settings(), open_state(url), clock)
        started = time.process_time()
        report = push_usage(run, Tick(clock.now(), tuple(range(16))))
        spent.append((time.process_time() - started) / instances)
        if report.get("records_delivered") != instances:
            raise SystemExit(f"not everything was delivered: {dict(report)}")
        for part in Path(folder).glob(f"{instances}-{number}.db*"):
            part.unlink()
    return {"seconds": statistics.median(spent), "megabytes": _peak_megabytes()}


def _peak_megabytes() -> float:
    """Of this program alone: getrusage also counts what the process was before, a copy of its parent."""
    found = re.search(r"^VmHWM:\s*(\d+) kB$", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    if found is None:
        raise SystemExit("the kernel does not say how much memory a process took")
    return int(found[1]) / 1024


if __name__ == "__main__":
    if sys.argv[1] == "populate":
        populate(open_state(sys.argv[2]), range(int(sys.argv[3])), HOUR)
    else:
        print(json.dumps(_run(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
