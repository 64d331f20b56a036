"""GET /seller/instances, GET /seller/instances/{id}, PUT /seller/instances/{id}/access."""

from __future__ import annotations

from koogallery.apig import Reply
from koogallery.initialization import make_clients
from koogallery.seller_interface import serve
from koogallery.use_cases.seller_instances import get_instance, list_instances, put_access

ROUTES = {
    ("GET", "/seller/instances"): list_instances,
    ("GET", "/seller/instances/[^/]+"): get_instance,
    ("PUT", "/seller/instances/[^/]+/access"): put_access,
}


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> Reply:
    """APIG event in, instance documents or problem+json out."""
    return serve(event, context, ROUTES, seconds=8)
