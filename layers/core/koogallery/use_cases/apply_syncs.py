"""apply_syncs: what the kit functions stored and answered, but did not finish, is applied here, oldest first."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from koogallery.directory.sync import Sync
from koogallery.errors import PermanentError, RetryableError
from koogallery.kept import forget, read_kept
from koogallery.leases import Lease, LeaseLost
from koogallery.logs import describe, log_line
from koogallery.queues import SYNCS, Pointer, due_pointers, put_pointer
from koogallery.services import Services
from koogallery.state import StateUnavailable
from koogallery.timer import Tick
from koogallery.use_cases.applying import Applying, OutOfTime
from koogallery.use_cases.sync_directory import finish, inbox_place

ENOUGH_SECONDS = 20.0
"""The largest sync takes less: nothing is begun with less time."""
RESERVE_SECONDS = 2.0
PAUSE = timedelta(hours=1)
"""A sync that cannot be applied as things are is tried again after this, for ever: it is never thrown away."""


def apply_syncs(services: Services, tick: Tick) -> Mapping[str, Any]:
    """Apply everything due; counts of what was done."""
    lease = Lease(services.state, services.clock, SYNCS)
    counts: Counter[str] = Counter()
    try:
        if lease.acquire(tick.slots):
            _drain(services, lease, counts)
    except LeaseLost:
        counts["lease_lost"] += 1
    except OutOfTime:
        counts["stopped_out_of_time"] += 1
    except StateUnavailable:
        counts["stopped_state_unavailable"] += 1
        log_line("apply_syncs_stopped", level=logging.WARNING, reason=StateUnavailable.code)
        raise
    finally:
        lease.release()
    return dict(counts)


def _drain(services: Services, lease: Lease, counts: Counter[str]) -> None:
    for pointer in due_pointers(services.state, SYNCS, lease.slots, until=services.clock.now()):
        if services.remaining_seconds() < ENOUGH_SECONDS:
            raise OutOfTime("the rest is done by the next run")
        lease.renew()
        try:
            counts[_follow(services, pointer)] += 1
        except (StateUnavailable, OutOfTime):
            raise
        except RetryableError as error:
            counts["waiting"] += 1
            log_line("sync_waits", level=logging.WARNING, sync_id=pointer.subject, reason=describe(error))
        except PermanentError as error:
            counts["failed"] += 1
            _postpone(services, pointer, error)


def _follow(services: Services, pointer: Pointer) -> str:
    state = services.state
    fields = read_kept(state, services.sealer, inbox_place(pointer.subject))
    if fields is None:
        if pointer.may_be_removed_without_work(services.clock.now()):
            forget(state, inbox_place(pointer.subject))
            state.delete(pointer.key)
        return "nothing_to_do"
    applying = Applying(services, Sync.from_fields(fields), reserve_seconds=RESERVE_SECONDS)
    applying.run()
    applying.forget_strays()
    finish(state, pointer.subject, pointer.key)
    return "applied"


def _postpone(services: Services, pointer: Pointer, error: PermanentError) -> None:
    """Later, so that it does not stand in the way of those behind it; the new pointer is put first."""
    log_line("sync_failed", level=logging.ERROR, alarm=True, sync_id=pointer.subject, reason=describe(error))
    now = services.clock.now()
    put_pointer(services.state, SYNCS, due=now + PAUSE, now=now, owner=pointer.owner, subject=pointer.subject)
    services.state.delete(pointer.key)
