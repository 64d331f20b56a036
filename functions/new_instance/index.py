"""newInstance: the marketplace sold something."""

from __future__ import annotations

from koogallery.apig import Reply
from koogallery.callback import serve
from koogallery.use_cases.new_instance import new_instance

ACTIVITIES = {"newInstance": new_instance}


def handler(event: object, context: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return serve(event, context, ACTIVITIES)
