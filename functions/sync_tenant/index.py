"""tenantSync: an enterprise is bound, changed or removed."""

from __future__ import annotations

from koogallery.apig import Reply
from koogallery.callback import serve
from koogallery.dialects.kit import MAX_BODY_BYTES
from koogallery.initialization import make_clients
from koogallery.use_cases.sync_tenant import sync_tenant

ACTIVITIES = {"tenantSync": sync_tenant}


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return serve(event, context, ACTIVITIES, max_body_bytes=MAX_BODY_BYTES)
