"""The transitions of a tenant: (tenant | none, sync) → tenant'. The one handed in again means: nothing to write.

Repeated calls tell nothing, older ones change nothing, a deletion never asks whether there is something to delete, and
a modification of what is not known adds it (joint kit, common body rules; the last is *inferred* there).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from koogallery.directory.stamps import Stamp
from koogallery.directory.tenant import Application, Tenant

TENANT_ADDED, TENANT_MODIFIED, TENANT_REMOVED = "tenant.added", "tenant.modified", "tenant.removed"
ADDED, MODIFIED, REMOVED = "application.added", "application.modified", "application.removed"


@dataclass(frozen=True)
class TenantFacts:
    """What tenantSync says of an enterprise."""

    order_id: str
    code: str
    name: str
    domain: str


def bind(before: Tenant, facts: TenantFacts, stamp: Stamp, now: datetime) -> Tenant:
    """tenantSync, flag 1 or 2."""
    if _is_old(before, stamp):
        return before
    same = before.is_bound and facts == TenantFacts(before.order_id, before.code, before.name, before.domain)
    if same and stamp == before.stamp:
        return before
    after = replace(
        before,
        order_id=facts.order_id,
        code=facts.code,
        name=facts.name,
        domain=facts.domain,
        stamp=stamp,
        is_bound=True,
    )
    if same:
        return after
    return after.telling(TENANT_MODIFIED if before.is_bound else TENANT_ADDED, now, _shown(after))


def unbind(before: Tenant, stamp: Stamp, now: datetime) -> Tenant:
    """tenantSync, flag 0: applications, users and departments of the tenant count no more either."""
    if before.cleared is not None and stamp.moment <= before.cleared:
        return before
    if _is_old(before, stamp):
        return _clear_behind(before, stamp, now)
    after = replace(before, stamp=stamp, is_bound=False, cleared=stamp.moment)
    if not before.is_open:
        return after
    return replace(after.telling(TENANT_REMOVED, now, {}), is_open=False)


def _clear_behind(before: Tenant, stamp: Stamp, now: datetime) -> Tenant:
    """A removal that a newer tenantSync has overtaken still ends what was synced before it."""
    after = replace(before, cleared=stamp.moment)
    if not before.is_open:
        return after
    removed = after.telling(TENANT_REMOVED, now, {})
    return removed.telling(TENANT_ADDED, now, _shown(removed)) if before.is_bound else replace(removed, is_open=False)


def put_application(before: Tenant, wanted: Application, *, same_secret: bool, now: datetime) -> Tenant:
    """applicationSync, flag 1 or 2. ``same_secret``: the secret is the one that is stored."""
    known = before.applications.get(wanted.app_id)
    if _is_old_application(before, known, wanted.stamp):
        return before
    present = known is not None and not known.removed and before.counts(known.stamp)
    if known is not None and present and known.client_id == wanted.client_id and same_secret:
        if known.stamp == wanted.stamp:
            return before
        return _with_application(before, replace(known, stamp=wanted.stamp))
    data = {"app_id": wanted.app_id, "client_id": wanted.client_id}
    return _with_application(before, wanted).telling(MODIFIED if present else ADDED, now, data)


def remove_application(before: Tenant, app_id: str, stamp: Stamp, now: datetime) -> Tenant:
    """applicationSync, flag 0. Nothing of the secret stays."""
    known = before.applications.get(app_id)
    if _is_old_application(before, known, stamp) or (known is not None and known.removed and known.stamp == stamp):
        return before
    after = _with_application(before, Application(app_id, "", stamp, removed=True))
    if known is None or known.removed or not before.counts(known.stamp):
        return after
    return after.telling(REMOVED, now, {"app_id": app_id})


def _shown(tenant: Tenant) -> dict[str, str]:
    return {"order_id": tenant.order_id, "code": tenant.code, "name": tenant.name, "domain": tenant.domain}


def _is_old(before: Tenant, stamp: Stamp) -> bool:
    return before.stamp is not None and stamp < before.stamp


def _is_old_application(before: Tenant, known: Application | None, stamp: Stamp) -> bool:
    return not before.counts(stamp) or (known is not None and stamp < known.stamp)


def _with_application(before: Tenant, application: Application) -> Tenant:
    return replace(before, applications={**before.applications, application.app_id: application})
