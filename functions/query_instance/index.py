"""queryInstance: access data and usage of up to a hundred instances."""

from __future__ import annotations

from koogallery.apig import Reply
from koogallery.callback import serve
from koogallery.initialization import make_clients
from koogallery.use_cases.query_instance import query_instance

ACTIVITIES = {"queryInstance": query_instance}


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return serve(event, context, ACTIVITIES)
