"""POST /seller/usage: the seller's product reports usage."""

from __future__ import annotations

from koogallery.apig import Reply
from koogallery.initialization import make_clients
from koogallery.seller_interface import serve
from koogallery.use_cases.record_usage import record_usage

ROUTES = {("POST", "/seller/usage"): record_usage}


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> Reply:
    """APIG event in, the report's outcome or problem+json out."""
    return serve(event, context, ROUTES, seconds=25)
