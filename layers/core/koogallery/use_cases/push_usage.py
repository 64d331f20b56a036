"""push_usage: hours that are over are sealed, batched, sent and settled; nothing is lost, nothing is billed twice.

    seal (meter, one write an hour: the commit point) → batch (stored) → send, the same bytes each time → settle

What a crash leaves behind is found again: a sealed hour without a batch by its usage pointer, a batch without a
settlement by its batch pointer. Both pointers were put before the work they lead to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from koogallery.leases import Lease, LeaseLost
from koogallery.logs import log_line
from koogallery.queues import USAGE
from koogallery.services import Services
from koogallery.timer import Tick
from koogallery.use_cases.retire_usage import retire_usage
from koogallery.use_cases.seal_hours import HourSealer
from koogallery.use_cases.send_batches import BatchSender, StopRun
from koogallery.use_cases.usage_backlog import usage_backlog


def push_usage(services: Services, tick: Tick) -> Mapping[str, Any]:
    """Bring the bill up to ``tick.at``; counts of what was done."""
    lease = Lease(services.state, services.clock, USAGE)
    counts: Counter[str] = Counter()
    slots = lease.acquire(tick.slots)
    if not slots:
        return {"busy": 1}
    try:
        sender = BatchSender(services, lease, counts)
        sender.send_pending()
        HourSealer(services, lease, sender, counts).seal_until(tick.at)
        if services.settings.usage_push_old_products:
            HourSealer(services, lease, sender, counts, old=True).seal_until(tick.at)
        retire_usage(services, lease, counts)
    except LeaseLost:
        counts["lease_lost"] += 1
        log_line("lease_lost", queue=USAGE)
        # Another run has the slots: what it leaves unsent is its to tell.
        return dict(counts)
    except StopRun as stop:
        counts[f"stopped_{stop.reason}"] += 1
    finally:
        lease.release()
    log_line("usage_backlog", **usage_backlog(services, slots, tick.at)._asdict())
    return dict(counts)
