"""Own processor time of a warm callback, state excluded: verify, read, decide, answer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from measures import callbacks
from measures.bundle_context import context, load_handler
from measures.figures import Figure
from measures.in_process import bench_settings, hand_in
from measures.metered_state import MeteredState

LIMIT_MILLISECONDS = 1.0


def measure(calls: int) -> Iterator[Figure]:
    """Median for each callback function."""
    for function, activity in callbacks.CALLBACKS.items():
        handler = load_handler(function)
        hand_in(MeteredState())
        handed = context(bench_settings())
        spent = []
        for _ in range(calls):
            event = callbacks.signed_event(callbacks.members(activity))
            started = time.process_time()
            handler(event, handed)
            spent.append((time.process_time() - started) * 1000)
        yield Figure(f"ms of own processor time of a warm {function}", statistics.median(spent), LIMIT_MILLISECONDS)
