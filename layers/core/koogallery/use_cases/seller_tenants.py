"""GET /seller/tenants…: the directory as the seller's product may read it. Pages; only what counts now; no secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from koogallery.directory.buckets import BUCKETS, DEPARTMENTS, USERS, Entry
from koogallery.directory.reading import as_user, find_tenant, present_entries, present_tenants
from koogallery.directory.tenant import Tenant
from koogallery.messages.seller import MalformedRequest
from koogallery.seller_interface import NotFound, SellerCall
from koogallery.slots import SLOTS

PAGE = 200
MAX_SCANNED = 2000
"""Tenants that a page looks at, removed ones included."""
_CURSOR = re.compile(r"(\d{2})\.([0-9a-f.]{1,64})", re.ASCII)


def list_tenants(call: SellerCall) -> dict[str, Any]:
    """``{"tenants": […], "after": "…"}``; ``after`` is there while more may follow. Query: after."""
    slot, after = _tenant_cursor(call.request.query.get("after", ""))
    found: list[dict[str, Any]] = []
    walk = present_tenants(call.services.state, slot=slot, after=after)
    for scanned, (number, id_, tenant) in enumerate(walk, 1):
        if tenant is not None:
            found.append(document(tenant))
        if len(found) == PAGE or scanned == MAX_SCANNED:
            return {"tenants": found, "after": f"{number:02d}.{id_}"}
    return {"tenants": found}


def list_users(call: SellerCall) -> dict[str, Any]:
    """``{"tenant_id", "instance_id", "users": […], "after"}``. Query: after, instance_id."""
    return _page(call, USERS, lambda entry: as_user(entry).facts)


def list_departments(call: SellerCall) -> dict[str, Any]:
    """``{"tenant_id", "instance_id", "departments": […], "after"}``. Query: after, instance_id."""
    return _page(call, DEPARTMENTS, lambda entry: entry.data)


def _page(call: SellerCall, kind: str, show: Callable[[Entry], Mapping[str, Any]]) -> dict[str, Any]:
    begin, last = _cursor(call.request.query.get("after", ""))
    tenant = _tenant(call)
    found: list[Mapping[str, Any]] = []
    answer: dict[str, Any] = {"tenant_id": tenant.tenant_id, "instance_id": tenant.instance_id, kind: found}
    place = ""
    for number, key, entry in present_entries(call.services.state, call.services.sealer, tenant, kind, begin=begin):
        if number == begin and key <= last:
            continue
        if len(found) == PAGE:
            return {**answer, "after": place}
        found.append(show(entry))
        place = f"{number:02d}.{key}"
    return answer


def _tenant(call: SellerCall) -> Tenant:
    """The tenant of the path: the binding that ``instance_id`` names, else the newest."""
    given = call.request.path_parameters.get("tenant_id") or call.request.path.split("/")[3]
    instance_id = call.request.query.get("instance_id")
    state = call.services.state
    # Whether the gateway has decoded the parameter is not documented: as it is first.
    for tenant in find_tenant(state, given) or find_tenant(state, unquote(given)):
        if instance_id in (None, tenant.instance_id):
            return tenant
    raise NotFound("no tenant has this id, or the instance does not bind it")


def document(tenant: Tenant) -> dict[str, Any]:
    """A tenant as the seller's product sees it."""
    applications = sorted(tenant.present_applications, key=lambda application: application.app_id)
    return {
        "tenant_id": tenant.tenant_id,
        "instance_id": tenant.instance_id,
        "order_id": tenant.order_id,
        "code": tenant.code,
        "name": tenant.name,
        "domain": tenant.domain,
        "applications": [{"app_id": one.app_id, "client_id": one.client_id} for one in applications],
        "events_pending": len(tenant.outbox),
        "events_dead": len(tenant.dead_letters),
    }


def _tenant_cursor(text: str) -> tuple[int, str]:
    if not text:
        return 0, ""
    slot, point, after = text.partition(".")
    is_slot = slot.isascii() and slot.isdigit() and int(slot[:4]) < SLOTS
    if not point or not is_slot or len(after.encode(errors="replace")) > 1000:
        raise MalformedRequest("after must be the value a former answer gave")
    return int(slot), after


def _cursor(text: str) -> tuple[int, str]:
    if not text:
        return 0, ""
    found = _CURSOR.fullmatch(text)
    if not found or int(found[1]) >= BUCKETS:
        raise MalformedRequest("after must be the value a former answer gave")
    return int(found[1]), found[2]
