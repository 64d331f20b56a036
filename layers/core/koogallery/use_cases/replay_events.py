"""Dead letters: events that were given up after three days. An operator sees them and sends them again.

A replayed event goes back into the outbox, in its place by sequence, and is tried for three days once more. It counts
as one more change of its owner: its pointer, which is put first, is not taken for done before it is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from typing import NamedTuple

from koogallery import times
from koogallery.errors import PermanentError
from koogallery.outbox import Event, Outbox
from koogallery.outbox_owners import INSTANCE, OwnerRef, load_owner, tell
from koogallery.queues import DEAD, Pointer, due_pointers
from koogallery.services import Services
from koogallery.slots import SLOTS
from koogallery.state import State
from koogallery.use_cases.all_accounts import all_instances

_ALL = datetime.max.replace(tzinfo=timezone.utc)


class NothingToReplay(PermanentError):
    """The instance, or a dead letter of that id, does not exist."""

    code = "nothing_to_replay"


class DeadLetter(NamedTuple):
    """An event that was given up, and whose it is: kind (instance, order, license_code, tenant) and id."""

    kind: str
    owner: str
    event: Event


def dead_letters(state: State) -> Iterator[DeadLetter]:
    """Every dead letter, owner by owner in the order of their sequence; instances first."""
    for instance in all_instances(state):
        yield from _letters(OwnerRef(INSTANCE, instance.instance_id), instance)
    for ref in dict.fromkeys(_others(state)):
        owner, _ = load_owner(state, ref)
        if owner is not None:
            yield from _letters(ref, owner)


def _letters(ref: OwnerRef, owner: Outbox) -> Iterator[DeadLetter]:
    for event in sorted(owner.dead_letters, key=lambda event: event.sequence):
        yield DeadLetter(ref.kind, ref.id, event)


def _others(state: State) -> Iterator[OwnerRef]:
    """Owners that are no instances: each kind has its own place, so the pointers lead to them."""
    for pointer in _pointers(state):
        if pointer.subject != INSTANCE:
            yield OwnerRef(pointer.subject, pointer.owner)


def _pointers(state: State) -> Iterator[Pointer]:
    return due_pointers(state, DEAD, range(SLOTS), until=_ALL)


def replay_events(
    services: Services, owner_id: str, event_id: str | None = None, *, kind: str = INSTANCE
) -> list[Event]:
    """Bring back one dead letter of an owner, or all of them; those that were. Raises ``NothingToReplay``."""
    moved = _move_back(services, OwnerRef(kind, owner_id), event_id)
    owner, _ = load_owner(services.state, OwnerRef(kind, owner_id))
    if owner is not None and not owner.dead_letters:
        done = [p.key for p in _pointers(services.state) if (p.subject, p.owner) == (kind, owner_id)]
        services.state.delete_many(done)
    return moved


def _move_back(services: Services, ref: OwnerRef, event_id: str | None) -> list[Event]:
    now = services.clock.now()
    moved: list[Event] = []

    def transition(before: Outbox | None) -> Outbox | None:
        moved.clear()
        if before is None:
            raise NothingToReplay(f"no {ref.kind} {ref.id} in this state; check the id and STATE_URL")
        chosen = [event for event in before.dead_letters if event_id in (None, event.id)]
        if not chosen:
            what = f"no dead letter {event_id}" if event_id else "no dead letters"
            raise NothingToReplay(f"{ref.kind} {ref.id} has {what}; events dead lists what there is")
        at = times.iso_millis(now)
        moved.extend(replace(event, attempts=0, next_at="", last_failure="", replayed_at=at) for event in chosen)
        ids = {event.id for event in chosen}
        return replace(
            before,
            sequence=before.sequence + 1,
            outbox=tuple(sorted((*before.outbox, *moved), key=lambda event: event.sequence)),
            dead_letters=tuple(event for event in before.dead_letters if event.id not in ids),
        )

    tell(services.state, ref, transition, now=now)
    return moved
