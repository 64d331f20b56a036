"""Dead letters of instances: events that were given up after three days. An operator sees them and sends them again.

A replayed event goes back into the outbox, in its place by sequence, and is tried for three days once more. It counts
as one more change of its instance: its pointer, which is put first, is not taken for done before it is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from koogallery import times
from koogallery.errors import PermanentError
from koogallery.outbox import Event, Outbox
from koogallery.outbox_owners import INSTANCE, OwnerRef, tell
from koogallery.services import Services
from koogallery.state import State
from koogallery.use_cases.all_accounts import all_instances


class NothingToReplay(PermanentError):
    """The instance, or a dead letter of that id, does not exist."""

    code = "nothing_to_replay"


class DeadLetter(NamedTuple):
    """An event that was given up, and the instance it tells of."""

    instance_id: str
    event: Event


def dead_letters(state: State) -> Iterator[DeadLetter]:
    """Every dead letter of every instance, instance by instance in the order of their sequence."""
    for instance in all_instances(state):
        for event in sorted(instance.dead_letters, key=lambda event: event.sequence):
            yield DeadLetter(instance.instance_id, event)


def replay_events(services: Services, instance_id: str, event_id: str | None = None) -> list[Event]:
    """Bring back one dead letter of an instance, or all of them; those that were. Raises ``NothingToReplay``."""
    now = services.clock.now()
    moved: list[Event] = []

    def transition(before: Outbox | None) -> Outbox | None:
        moved.clear()
        if before is None:
            raise NothingToReplay(f"no instance {instance_id} in this state; check the id and STATE_URL")
        chosen = [event for event in before.dead_letters if event_id in (None, event.id)]
        if not chosen:
            what = f"no dead letter {event_id}" if event_id else "no dead letters"
            raise NothingToReplay(f"instance {instance_id} has {what}; events dead lists what there is")
        at = times.iso_millis(now)
        moved.extend(replace(event, attempts=0, next_at="", last_failure="", replayed_at=at) for event in chosen)
        ids = {event.id for event in chosen}
        return replace(
            before,
            sequence=before.sequence + 1,
            outbox=tuple(sorted((*before.outbox, *moved), key=lambda event: event.sequence)),
            dead_letters=tuple(event for event in before.dead_letters if event.id not in ids),
        )

    tell(services.state, OwnerRef(INSTANCE, instance_id), transition, now=now)
    return moved
