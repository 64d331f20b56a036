"""orderNotify: the marketplace tells of an order."""

from __future__ import annotations

from koogallery.apig import Reply
from koogallery.callback import serve
from koogallery.initialization import make_clients
from koogallery.use_cases.notify_order import notify_order

ACTIVITIES = {"orderNotify": notify_order}


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return serve(event, context, ACTIVITIES)
