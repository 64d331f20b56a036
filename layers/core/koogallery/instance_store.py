"""Instances in the state: a transition is applied in at most two writes, its pointer first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from koogallery.instances.instance import Instance
from koogallery.instances.lifecycle import Outcome
from koogallery.outbox_owners import INSTANCE, OwnerRef, put_event_pointer
from koogallery.slots import instance_key
from koogallery.state import State
from koogallery.stores import WRITE_TRIES, Contended, Stored


def load_instances(state: State, ids: Iterable[str]) -> dict[str, Instance]:
    """The instances that exist among ``ids``."""
    found = state.get_many([instance_key(id_) for id_ in ids])
    return {key.sort: Instance.from_document(item.document) for key, item in found.items()}


def load_instance(state: State, instance_id: str) -> tuple[Instance | None, Stored]:
    """An instance, and what it is written back with."""
    item = state.get(instance_key(instance_id))
    return (Instance.from_document(item.document) if item else None), Stored(item)


def change_instance(
    state: State,
    instance_id: str,
    transition: Callable[[Instance | None], Outcome],
    *,
    now: datetime,
    loaded: tuple[Instance | None, Stored] | None = None,
) -> Outcome:
    """Apply a transition: at most two writes (pointer, instance), none when it changes nothing.

    ``loaded``: what ``load_instance`` gave just now, which spares the first reading.
    """
    for _ in range(WRITE_TRIES):
        before, stored = loaded or load_instance(state, instance_id)
        loaded = None
        outcome = transition(before)
        after = outcome.instance
        if after is None or after is before:
            return outcome
        if before is None or after.sequence > before.sequence:
            put_event_pointer(state, OwnerRef(INSTANCE, instance_id), after.sequence, due=now, now=now)
        if stored.write(state, instance_key(instance_id), after.to_document()):
            return outcome
    raise Contended(f"instance {instance_id}")


def update_instance(state: State, instance_id: str, change: Callable[[Instance], Instance]) -> Instance | None:
    """Apply a change that makes no events; the instance as stored, or None when it does not exist."""
    for _ in range(WRITE_TRIES):
        before, stored = load_instance(state, instance_id)
        if before is None:
            return None
        after = change(before)
        if after is before or stored.write(state, instance_key(instance_id), after.to_document()):
            return after
    raise Contended(f"instance {instance_id}")
