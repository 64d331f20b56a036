"""The transitions of an instance: (instance or none, callback, now) → (instance', answer).

    creating → active ⇄ frozen → released

Released is final. A repeated callback gets the earlier answer, one out of order is answered as the guides say
(SaaS guide V2.0, result codes and idempotency of each call) and never breaks a later one.

An outcome whose ``instance`` is the one that was handed in means: nothing to write.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from koogallery import times
from koogallery.inferred import V1_RENEWAL_ENDS_EXPIRY
from koogallery.instances.instance import FrozenPeriod, Instance
from koogallery.repetition import SeenNonce, with_applied, with_nonce
from koogallery.result_codes import NOT_FOUND, PROCESSING, SUCCESS

MAX_FROZEN_PERIODS = 200
_FROZEN_MEMORY = timedelta(days=23)

CREATED, RENEWED, FROZEN, UNFROZEN = "instance.created", "instance.renewed", "instance.frozen", "instance.unfrozen"
UPGRADED, RELEASED = "instance.upgraded", "instance.released"
LICENSE_REQUESTED = "license.requested"


@dataclass(frozen=True)
class Request:
    """What is signed around every callback: its nonce and time (ms), and when it was received."""

    nonce: str
    stamp: int
    now: datetime
    callback: dict[str, Any] = field(default_factory=dict)


class OrderFacts(NamedTuple):
    """What 1.0 tells about an order in the call itself. ``sealed`` is its personal part, encrypted."""

    product: dict[str, Any]
    order_type: str
    sealed: str


class Outcome(NamedTuple):
    """The answer to the marketplace and the instance as it is to be stored."""

    result_code: str
    message: str
    instance: Instance | None


def create(
    instance_id: str,
    order: tuple[str, str],
    request: Request,
    facts: OrderFacts | None = None,
    *,
    waits_for_access: bool = True,
) -> Instance:
    """A new instance with its first event; without facts the order is read when the event is delivered."""
    fresh = _fresh(instance_id, order, request)
    if not waits_for_access:
        fresh = replace(fresh, activated_at=fresh.created_at)
    code = PROCESSING if waits_for_access else SUCCESS
    return _remember(_tell_order(fresh, CREATED, order, request, facts), request, code)


def get_license(
    instance: Instance | None, instance_id: str, order: tuple[str, str], request: Request, facts: OrderFacts | None
) -> Outcome:
    """getLicense: the first asks the seller's product for the licence, later ones are answered from what it gave."""
    if instance is not None and (instance.licensed or instance.released_at):
        return _answer_license(instance)
    asked = replace(instance or _fresh(instance_id, order, request), licensed=True)
    changed = _remember(_tell_order(asked, LICENSE_REQUESTED, order, request, facts), request, PROCESSING)
    return _answer_license(changed)


def _answer_license(instance: Instance) -> Outcome:
    if instance.license:
        return Outcome(SUCCESS, "success", instance)
    if instance.released_at:
        return Outcome(NOT_FOUND, "released before there was a licence", instance)
    return Outcome(PROCESSING, "the licence is being made", instance)


def _fresh(instance_id: str, order: tuple[str, str], request: Request) -> Instance:
    return Instance(
        instance_id=instance_id,
        order_id=order[0],
        order_line_id=order[1],
        created_at=times.iso_millis(request.now),
    )


def answer_new(instance: Instance) -> Outcome:
    """newInstance for an order line that is known: the same id, nothing created."""
    if instance.activated_at or instance.released_at:
        return Outcome(SUCCESS, "success", instance)
    return Outcome(PROCESSING, "provisioning", instance)


def refresh(
    instance: Instance | None,
    scene: str,
    order: tuple[str, str],
    expire: str,
    request: Request,
    *,
    product_id: str = "",
) -> Outcome:
    """refreshInstance: set the expiry (absolute). Key: instance, scene, order, order line.

    ``product_id`` is there when the billing cycle changes: each period type of a specification has a product of its
    own (SaaS guide V2.0, refreshInstance).
    """
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
    changed = with_applied(replace(instance, expire_time=expire[:14]), key)
    if product_id:
        data["product_id"] = product_id
        changed = replace(changed, product={**instance.product, "product_id": product_id})
    changes_product = scene == "RENEWAL_CHANGE"
    query = {"order_id": order[0], "order_line_id": order[1]} if changes_product else {}
    changed = changed.with_event(RENEWED, request.now, data, callback=request.callback, **query)
    if _ends_expiry(instance, expire, request):
        changed = replace(_unfreeze(changed, request), status_stamp=max(instance.status_stamp, request.stamp))
    return Outcome(SUCCESS, "success", _remember(changed, request, SUCCESS))


def _ends_expiry(instance: Instance, expire: str, request: Request) -> bool:
    return (
        V1_RENEWAL_ENDS_EXPIRY
        and instance.is_frozen
        and instance.frozen[-1].expired
        and times.parse_wire(expire) > request.now
    )


def change_status(instance: Instance | None, status: str, request: Request, *, expired: bool = False) -> Outcome:
    """updateInstanceStatus FREEZE or UNFREEZE, ordered by the signed time: an older one changes nothing any more.

    ``expired``: the freeze is 1.0's expireInstance, which a renewal ends.
    """
    refused = _refusal(instance, request)
    if refused or instance is None:
        return refused or _unknown()
    if request.stamp < instance.status_stamp:
        return Outcome(SUCCESS, "success", instance)
    changed = replace(instance, status_stamp=request.stamp)
    if status == "FREEZE" and not instance.is_frozen:
        changed = _freeze(changed, request, expired=expired)
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
    changed = _tell_order(with_applied(instance, key), UPGRADED, order, request, facts)
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


def set_license(instance: Instance, sealed: str, now: datetime) -> Instance:
    """The licence getLicense waits for: it never changes, and with it the instance is active."""
    if instance.license:
        return instance
    return replace(instance, license=sealed, activated_at=instance.activated_at or times.iso_millis(now))


def apply_for_license(
    instance: Instance | None, key: str, request: Request, data: dict[str, Any], sealed: str
) -> Outcome:
    """getLicenseAsync: told once per application ``key``."""
    if instance is None or instance.released_at:
        return _unknown()
    if key in instance.applied:
        return Outcome(SUCCESS, "success", instance)
    changed = with_applied(instance, key).with_event(
        LICENSE_REQUESTED, request.now, data, callback=request.callback, sealed=sealed
    )
    return Outcome(SUCCESS, "success", _remember(changed, request, SUCCESS))


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
    if instance is None:
        return _unknown()
    earlier = instance.earlier_code(request.nonce)
    if earlier:
        return Outcome(earlier, "success", instance)
    return _unknown() if instance.released_at else None


def _unknown() -> Outcome:
    return Outcome(NOT_FOUND, "the instance does not exist", None)


def _remember(instance: Instance, request: Request, result_code: str) -> Instance:
    return with_nonce(instance, SeenNonce(request.nonce, request.stamp, result_code), request.now)


def _freeze(instance: Instance, request: Request, *, expired: bool) -> Instance:
    horizon = times.iso_millis(request.now - _FROZEN_MEMORY)
    kept = [period for period in instance.frozen if not period.until or period.until > horizon][-MAX_FROZEN_PERIODS:]
    frozen = replace(instance, frozen=(*kept, FrozenPeriod(times.iso_millis(request.now), expired=expired)))
    return frozen.with_event(FROZEN, request.now, {}, callback=request.callback)


def _unfreeze(instance: Instance, request: Request) -> Instance:
    last = replace(instance.frozen[-1], until=times.iso_millis(request.now))
    thawed = replace(instance, frozen=(*instance.frozen[:-1], last))
    return thawed.with_event(UNFROZEN, request.now, {}, callback=request.callback)
