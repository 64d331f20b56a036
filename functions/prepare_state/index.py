"""Run by a deployment: makes the table inside the VPC, and tries what the bundle has to reach."""

from __future__ import annotations

from typing import Any

from koogallery.errors import KoogalleryError
from koogallery.timer import run
from koogallery.use_cases.prepare_state import nothing_tried, prepare_state


def handler(event: object, context: object) -> dict[str, Any]:
    """Any event in; what is ready, and what is wrong with the rest, out."""
    del event
    try:
        return run(context, "prepare_state", prepare_state)
    except KoogalleryError as error:
        return nothing_tried(error)
