"""What still counts of the users and departments of a tenant."""

from __future__ import annotations

from koogallery.directory.buckets import DEPARTMENTS, Floor
from koogallery.directory.tenant import Tenant


def users_floor(tenant: Tenant) -> Floor:
    """What counts of the users."""
    return Floor(tenant.cleared)


def departments_floor(tenant: Tenant) -> Floor:
    """What counts of the departments."""
    return Floor(tenant.cleared, tenant.departments_since)


def floor_of(kind: str, tenant: Tenant) -> Floor:
    """What counts of users or departments."""
    return departments_floor(tenant) if kind == DEPARTMENTS else users_floor(tenant)
