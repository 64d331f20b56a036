"""GET /seller/instances…, PUT /seller/instances/{id}/access: what the seller's product may see and say."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from koogallery import times
from koogallery.instance_store import load_instance, update_instance
from koogallery.instances.instance import RELEASED, STATUSES, Instance
from koogallery.messages.seller import MalformedRequest, parse_access
from koogallery.seller_interface import NotFound, Refused, SellerCall
from koogallery.slots import SLOTS
from koogallery.use_cases.give_access import with_access

PAGE = 100
_MAX_SCANNED = 2000
_SLOT = re.compile(r"[0-9]{2}")


def list_instances(call: SellerCall) -> dict[str, Any]:
    """``{"instances": […], "after": "…"}``; ``after`` is there while more may follow. Query: status, after."""
    status = call.request.query.get("status", "")
    if status and status not in STATUSES:
        raise MalformedRequest(f"status must be one of {', '.join(STATUSES)}")
    slot, after = _cursor(call.request.query.get("after", ""))
    found: list[dict[str, Any]] = []
    scanned = 0
    while slot < SLOTS:
        page = call.services.state.query(f"instances#{slot:02d}", after=after, limit=PAGE)
        for item in page:
            instance = Instance.from_document(item.document)
            after, scanned = instance.instance_id, scanned + 1
            if not status or instance.status == status:
                found.append(document(instance))
            if len(found) == PAGE or scanned == _MAX_SCANNED:
                return {"instances": found, "after": f"{slot:02d}.{after}"}
        if len(page) < PAGE:
            slot, after = slot + 1, ""
    return {"instances": found}


def _cursor(text: str) -> tuple[int, str]:
    if not text:
        return 0, ""
    slot, point, after = text.partition(".")
    if not point or not _SLOT.fullmatch(slot) or int(slot) >= SLOTS or len(after) > 64:
        raise MalformedRequest("after must be the value a former answer gave")
    return int(slot), after


def get_instance(call: SellerCall) -> dict[str, Any]:
    """One instance document."""
    instance, _ = load_instance(call.services.state, _instance_id(call))
    if instance is None:
        raise NotFound("no instance has this id")
    return document(instance)


def put_access(call: SellerCall) -> dict[str, Any]:
    """Store access data; the first time makes the instance active. The instance document."""
    access = parse_access(call.read_body())
    sealer, now = call.services.sealer, call.services.clock.now()
    stored = update_instance(
        call.services.state, _instance_id(call), lambda before: with_access(before, access, sealer, now)
    )
    if stored is None:
        raise NotFound("no instance has this id")
    if stored.status == RELEASED:
        raise Refused("the instance is released")
    return document(stored)


def _instance_id(call: SellerCall) -> str:
    # Whether the gateway decodes a path parameter is stated nowhere; the path itself arrives decoded.
    given = call.request.path_parameters.get("instance_id")
    return unquote(given) if given else call.request.path.split("/")[3]


def document(instance: Instance) -> dict[str, Any]:
    """The instance as the seller's product sees it; no access data, no personal data."""
    shown = {
        "instance_id": instance.instance_id,
        "status": instance.status,
        "order_id": instance.order_id,
        "order_line_id": instance.order_line_id,
        "created_at": _short(instance.created_at),
        "activated_at": _short(instance.activated_at),
        "released_at": _short(instance.released_at),
        "expire_time": times.iso(times.parse_wire(instance.expire_time)) if instance.expire_time else None,
        "product": instance.product or None,
        "events_pending": len(instance.outbox),
        "events_dead": len(instance.dead_letters),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _short(moment: str) -> str | None:
    return times.iso(times.parse_iso(moment)) if moment else None
