"""expire_sessions: sessions that are over and claims of used codes leave the state.

Everything it removes has refused to be used since it became due, so two runs at once, or one that dies, do no harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from koogallery.queues import due_pointers
from koogallery.services import Services
from koogallery.sign_in import sessions
from koogallery.timer import Tick

PAGE = 100
MAX_A_RUN = 10_000
ENOUGH_SECONDS = 5.0


def expire_sessions(services: Services, tick: Tick) -> Mapping[str, Any]:
    """Remove what is due; counts of it."""
    due = due_pointers(services.state, sessions.QUEUE, tick.slots, until=services.clock.now())
    removed = 0
    while removed < MAX_A_RUN and services.remaining_seconds() >= ENOUGH_SECONDS:
        page = list(islice(due, PAGE))
        if not page:
            break
        # The pointers last: a run that dies in between is repeated.
        services.state.delete_many([key for pointer in page for key in sessions.keys_of(pointer.subject)])
        services.state.delete_many([pointer.key for pointer in page])
        removed += len(page)
    return {"removed": removed} if removed else {}
