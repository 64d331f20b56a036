"""GET /seller/tenants, GET /seller/tenants/{id}/users, GET /seller/tenants/{id}/departments."""

from __future__ import annotations

from koogallery.apig import Reply
from koogallery.initialization import make_clients
from koogallery.seller_interface import serve
from koogallery.use_cases.seller_tenants import list_departments, list_tenants, list_users

ROUTES = {
    ("GET", "/seller/tenants"): list_tenants,
    ("GET", "/seller/tenants/[^/]+/users"): list_users,
    ("GET", "/seller/tenants/[^/]+/departments"): list_departments,
}


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> Reply:
    """APIG event in, documents of tenants, users and departments or problem+json out."""
    return serve(event, context, ROUTES, seconds=8)
