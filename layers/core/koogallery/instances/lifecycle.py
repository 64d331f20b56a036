"""The transitions of an instance: (instance or none, callback, now) → (instance', answer).

    creating → active ⇄ frozen → released

Released is final. A repeated callback gets the earlier answer, one out of order is answered as the guides say
(SaaS guide V2.0, result codes and idempotency of each call) and never breaks a later one.

An outcome whose ``instance`` is the one that was handed in means: nothing to write.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from koogallery import times
from koogallery.inferred import NONCE_MEMORY_SECONDS
from koogallery.instances.instance import FrozenPeriod, Instance, SeenNonce
from koogallery.result_codes import NOT_FOUND, PROCESSING, SUCCESS

MAX_APPLIED = 500
MAX_FROZEN_PERIODS = 200
_FROZEN_MEMORY = timedelta(days=23)

CREATED, RENEWED, FROZEN, UNFROZEN = "instance.created", "instance.renewed", "instance.frozen", "instance.unfrozen"
UPGRADED, RELEASED = "instance.upgraded", "instance.released"


@dataclass(frozen=True)
class Request:
    """What is signed around every callback: its nonce and time (ms), and when it was received."""

    nonce: str
    stamp: int
    now: datetime
    callback: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class OrderFacts:
    """What 1.0 tells about an order in the call itself. ``sealed`` is its personal part, encrypted."""

    product: dict[str, Any]
    order_type: str
    sealed: str


@dataclass(frozen=True)
class Outcome:
    """The answer to the marketplace and the instance as it is to be stored."""

    result_code: str
    message: str
    instance: Instance | None


def create(instance_id: str, order: tuple[str, str], request: Request, facts: OrderFacts | None = None) -> Instance:
    """A new instance with its first event; without facts the order is read when the event is delivered."""
    fresh = Instance(
        instance_id=instance_id,
        order_id=order[0],
        order_line_id=order[1],
        created_at=times.iso_millis(request.now),
    )
    return _remember(_tell_order(fresh, CREATED, order, request, facts), request, PROCESSING)


def answer_new(instance: Instance) -> Outcome:
    """newInstance for an order line that is known: the same id, nothing created."""
    if instance.activated_at or instance.released_at:
        return Outcome(SUCCESS, "success", instance)
    return Outcome(PROCESSING, "provisioning", instance)


def refresh(instance: Instance | None, scene: str, order: tuple[str, str], expire: str, request: Request) -> Outcome:
    """refreshInstance: set the expiry (absolute). Key: instance, scene, order, order line."""
    refused = _refusal(instance, request)
    if refused or instance is None:
        return refused or _unknown()
    # 1.0 has no order line: there the expiry tells a cancellation from the renewal whose order it names.
    key = f"refresh {scene} {order[0]} {order[1] or expire[:14]}"
    if key in instance.applied:
        return Outcome(SUCCESS, "success", instance)
    data: dict[str, Any] = {
        "scene": scene,
        "order_id": order[0],
        "order_line_id": order[1],
        "expire_time": times.iso(times.parse_wire(expire)),
    }
    changed = _apply(replace(instance, expire_time=expire[:14]), key)
    changes_product = scene == "RENEWAL_CHANGE"
    query = {"order_id": order[0], "order_line_id": order[1]} if changes_product else {}
    changed = changed.with_event(RENEWED, request.now, data, callback=request.callback, **query)
    return Outcome(SUCCESS, "success", _remember(changed, request, SUCCESS))


def change_status(instance: Instance | None, status: str, request: Request) -> Outcome:
    """updateInstanceStatus FREEZE or UNFREEZE, ordered by the signed time: an older one changes nothing any more."""
    refused = _refusal(instance, request)
    if refused or instance is None:
        return refused or _unknown()
    if request.stamp < instance.status_stamp:
        return Outcome(SUCCESS, "success", instance)
    changed = replace(instance, status_stamp=request.stamp)
    if status == "FREEZE" and not instance.is_frozen:
        changed = _freeze(changed, request)
    elif status == "UNFREEZE" and instance.is_frozen:
        changed = _unfreeze(changed, request)
    return Outcome(SUCCESS, "success", _remember(changed, request, SUCCESS))


def upgrade(
    instance: Instance | None, order: tuple[str, str], request: Request, facts: OrderFacts | None = None
) -> Outcome:
    """upgradeInstance: without facts the target is in the order, which is read when the event is delivered."""
    refused = _refusal(instance, request)
    if refused or instance is None:
        return refused or _unknown()
    if not instance.activated_at:
        return Outcome(PROCESSING, "the instance is still being provisioned", instance)
    key = f"upgrade {order[0]} {order[1]}"
    if key in instance.applied:
        return Outcome(SUCCESS, "success", instance)
    changed = _tell_order(_apply(instance, key), UPGRADED, order, request, facts)
    return Outcome(SUCCESS, "success", _remember(changed, request, SUCCESS))


def check_change(instance: Instance | None) -> Outcome:
    """changeInstanceCheck: may this renewal change happen? No side effects; a living instance may be changed."""
    if instance is None or instance.released_at:
        return _unknown()
    return Outcome(SUCCESS, "success", instance)


def release(instance: Instance | None, order: tuple[str, str], request: Request) -> Outcome:
    """releaseInstance: final; again and again the same answer."""
    if instance is None:
        return _unknown()
    if instance.released_at:
        return Outcome(SUCCESS, "success", instance)
    at = times.iso_millis(request.now)
    data = {"order_id": order[0], "order_line_id": order[1]} if order[0] else {}
    changed = replace(instance, released_at=at).with_event(RELEASED, request.now, data, callback=request.callback)
    return Outcome(SUCCESS, "success", _remember(changed, request, SUCCESS))


def set_access(instance: Instance, sealed: str, now: datetime) -> Instance:
    """The seller's product reported access data; the first time makes the instance active."""
    return replace(instance, access=sealed, activated_at=instance.activated_at or times.iso_millis(now))


def _tell_order(
    instance: Instance, type_: str, order: tuple[str, str], request: Request, facts: OrderFacts | None
) -> Instance:
    data: dict[str, Any] = {"order_id": order[0], "order_line_id": order[1]}
    if facts is None:
        query = {"order_id": order[0], "order_line_id": order[1]}
        return instance.with_event(type_, request.now, data, callback=request.callback, **query)
    known = replace(instance, product={**instance.product, **facts.product}, order_type=facts.order_type)
    data |= {"order_type": facts.order_type, "product": known.product}
    return known.with_event(type_, request.now, data, callback=request.callback, sealed=facts.sealed)


def _refusal(instance: Instance | None, request: Request) -> Outcome | None:
    if instance is None or instance.released_at:
        return _unknown()
    for seen in instance.nonces:
        if seen.nonce == request.nonce:
            return Outcome(seen.result_code, "success", instance)
    return None


def _unknown() -> Outcome:
    return Outcome(NOT_FOUND, "the instance does not exist", None)


def _apply(instance: Instance, key: str) -> Instance:
    return replace(instance, applied=(*instance.applied, key)[-MAX_APPLIED:])


def _remember(instance: Instance, request: Request, result_code: str) -> Instance:
    oldest = int(request.now.timestamp() * 1000) - NONCE_MEMORY_SECONDS * 1000
    kept = tuple(seen for seen in instance.nonces if seen.stamp >= oldest)
    return replace(instance, nonces=(*kept, SeenNonce(request.nonce, request.stamp, result_code)))


def _freeze(instance: Instance, request: Request) -> Instance:
    horizon = times.iso_millis(request.now - _FROZEN_MEMORY)
    kept = [period for period in instance.frozen if not period.until or period.until > horizon][-MAX_FROZEN_PERIODS:]
    frozen = replace(instance, frozen=(*kept, FrozenPeriod(times.iso_millis(request.now))))
    return frozen.with_event(FROZEN, request.now, {}, callback=request.callback)


def _unfreeze(instance: Instance, request: Request) -> Instance:
    last = replace(instance.frozen[-1], until=times.iso_millis(request.now))
    thawed = replace(instance, frozen=(*instance.frozen[:-1], last))
    return thawed.with_event(UNFROZEN, request.now, {}, callback=request.callback)
