"""Where the aggregates that have an outbox are kept, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from koogallery.instances.instance import Instance
from koogallery.outbox import Outbox
from koogallery.queues import DEAD, EVENTS, Pointer, put_pointer
from koogallery.slots import authorization_code_key, instance_key, order_notice_key
from koogallery.state import Key, State
from koogallery.stores import WRITE_TRIES, Contended, Stored

INSTANCE = "instance"
ORDER = "order"
LICENSE_CODE = "license_code"
TENANT = "tenant"


class OwnerKind(NamedTuple):
    """How an aggregate is found and read."""

    key: Callable[[str], Key]
    from_document: Callable[[str], Outbox]


def _instance() -> OwnerKind:
    return OwnerKind(instance_key, Instance.from_document)


def _order() -> OwnerKind:
    from koogallery.order_notice import OrderNotice

    return OwnerKind(order_notice_key, OrderNotice.from_document)


def _license_code() -> OwnerKind:
    from koogallery.licenses.authorization_code import AuthorizationCode

    return OwnerKind(authorization_code_key, AuthorizationCode.from_document)


def _tenant() -> OwnerKind:
    from koogallery.directory.tenant import Tenant, tenant_key

    return OwnerKind(tenant_key, Tenant.from_document)


_KINDS: Mapping[str, Callable[[], OwnerKind]] = {
    INSTANCE: _instance,
    ORDER: _order,
    LICENSE_CODE: _license_code,
    TENANT: _tenant,
}
"""Read when needed: the callbacks of an instance need not pay for the imports of the others at a cold start."""


class OwnerRef(NamedTuple):
    """An aggregate with an outbox: its kind and id."""

    kind: str
    id: str


def put_event_pointer(state: State, ref: OwnerRef, sequence: int, *, due: datetime, now: datetime) -> Key:
    """Say that an outbox will have work; ``sequence`` is the number of events its owner has told by then."""
    return put_pointer(state, EVENTS, due=due, now=now, owner=ref.id, subject=f"{ref.kind} {sequence}")


def put_dead_pointer(state: State, ref: OwnerRef, *, now: datetime) -> Key:
    """Say that an aggregate will have a dead letter."""
    return put_pointer(state, DEAD, due=now, now=now, owner=ref.id, subject=ref.kind)


def read_event_pointer(pointer: Pointer) -> tuple[OwnerRef, int]:
    """Whose outbox a pointer means, and which sequence its work has."""
    kind, sequence = pointer.subject.split(" ")
    return OwnerRef(kind, pointer.owner), int(sequence)


def load_owner(state: State, ref: OwnerRef) -> tuple[Outbox | None, Stored]:
    """The aggregate, and what it is written back with."""
    kind = _KINDS[ref.kind]()
    item = state.get(kind.key(ref.id))
    return (kind.from_document(item.document) if item else None), Stored(item)


def update_owner(state: State, ref: OwnerRef, change: Callable[[Outbox], Outbox]) -> Outbox | None:
    """Apply a change that tells nothing new; the aggregate as stored, or None when it does not exist."""
    for _ in range(WRITE_TRIES):
        before, stored = load_owner(state, ref)
        if before is None:
            return None
        after = change(before)
        if after is before or stored.write(state, _KINDS[ref.kind]().key(ref.id), after.to_document()):
            return after
    raise Contended(f"{ref.kind} {ref.id}")


def tell(
    state: State, ref: OwnerRef, transition: Callable[[Outbox | None], Outbox | None], *, now: datetime
) -> Outbox | None:
    """Apply a transition that may add events: pointer first, then the aggregate; None or unchanged writes nothing."""
    for _ in range(WRITE_TRIES):
        before, stored = load_owner(state, ref)
        after = transition(before)
        if after is None or after is before:
            return after
        if before is None or after.sequence > before.sequence:
            put_event_pointer(state, ref, after.sequence, due=now, now=now)
        if stored.write(state, _KINDS[ref.kind]().key(ref.id), after.to_document()):
            return after
    raise Contended(f"{ref.kind} {ref.id}")
