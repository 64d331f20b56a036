"""publish_metrics: the log lines LTS hands over become metrics in Cloud Eye, for the alarms of the template.

Source: CES API reference, "Adding monitoring data" (CreateMetricData): POST /V1.0/{project_id}/metric-data, at most
512 KB; a moment from three days ago to ten minutes ahead.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from koogallery.cloud_api import CloudApi
from koogallery.errors import SettingsError
from koogallery.http import AddressInvalid, HttpLimits
from koogallery.log_events import read_log_event
from koogallery.metrics import DIMENSION, NAMESPACE, Point, bundle_name, points
from koogallery.services import Services

ENDPOINT = "CES_ENDPOINT"
PATH = "/V1.0/{project_id}/metric-data"
LIMITS = HttpLimits(connect_seconds=3.0, read_seconds=10.0, total_seconds=10.0)
POINTS_A_CALL = 500
"""Some 250 bytes each: far below 512 KB."""
MAX_POINTS = 5_000
"""Of one event, the newest: LTS hands over what has just been written."""
OLDEST = timedelta(days=3) - timedelta(minutes=1)
NEWEST = timedelta(minutes=9)
KEPT_SECONDS = 7 * 24 * 3600
"""``ttl``, at its largest."""


def publish_metrics(services: Services, event: object) -> Mapping[str, Any]:
    """Write the metrics of one LTS event; counts of lines and points. Raises what ``CloudApi.call`` raises.

    An event that comes again writes the same points again: same moment, same value.
    """
    found = read_log_event(event)
    made, malformed = points(found.lines)
    now = services.clock.now()
    timely = [point for point in made if now - OLDEST <= point.at <= now + NEWEST]
    written = timely[-MAX_POINTS:]
    if written:
        _write(services, written)
    counts = {
        "lines": len(found.lines),
        "malformed": found.malformed + malformed,
        "points": len(written),
        "left_out": len(made) - len(written),
    }
    return {name: count for name, count in counts.items() if count}


def _write(services: Services, written: Sequence[Point]) -> None:
    endpoint = services.settings.require(ENDPOINT)
    api = CloudApi.of_function(endpoint, services.context, services.clock, services.http)
    get_name = getattr(services.context, "getFunctionName", None)
    bundle = bundle_name(get_name() if get_name else publish_metrics.__name__, publish_metrics.__name__)
    for start in range(0, len(written), POINTS_A_CALL):
        body = [_datum(point, bundle) for point in written[start : start + POINTS_A_CALL]]
        try:
            api.call("POST", PATH, LIMITS, json.dumps(body, separators=(",", ":")).encode())
        except AddressInvalid as error:
            raise SettingsError(ENDPOINT, "must be an https address") from error


def _datum(point: Point, bundle: str) -> dict[str, Any]:
    return {
        "metric": {
            "namespace": NAMESPACE,
            "metric_name": point.metric.name,
            "dimensions": [{"name": DIMENSION, "value": bundle}],
        },
        "ttl": KEPT_SECONDS,
        "collect_time": _milliseconds(point.at),
        "type": "int",
        "value": point.value,
        "unit": point.metric.unit,
    }


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
