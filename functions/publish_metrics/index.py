"""Log trigger: the bundle's log lines become metrics that alarms watch."""

from __future__ import annotations

from typing import Any

from koogallery.timer import run
from koogallery.use_cases.publish_metrics import publish_metrics


def handler(event: object, context: object) -> dict[str, Any]:
    """LTS event in, counts of what was written out."""
    return run(context, "publish_metrics", lambda services: publish_metrics(services, event))
